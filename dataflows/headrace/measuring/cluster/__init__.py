"""A Ray cluster on this machine: `run.py bench --cluster` and `bench --kills --of`.

kills.py        workers, drivers and raylets are killed during ingest and batch
speed.py        ingest, batch and evaluation beside the same without a cluster
nodes.py        a head and nodes of one worker each, and their processes
processes.py    the commands of run.py as processes
contents.py     what is stored of a tenant, to compare two
sightings.py    looks again and again whether a document is half there
documents.py    documents and questions, and an encoder that waits
"""
