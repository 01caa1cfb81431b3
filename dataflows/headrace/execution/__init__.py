"""How a graph runs.

concurrent.py           independent searches overlap, every node is timed
planning.py             the order of the nodes, and which of them run aside
recording.py            when each node began, and how long it took
inputs.py               what Hamilton accepts as an input
arguments.py            what callers give, checked
names.py                the names of a graph, checked
modules.py              the user's own modules: loaded, checked against the graph
blocks.py               blocks of an ingest that overlap, ThreadExecutor
streaming.py            events of work in another thread, one by one
caching.py              results of earlier runs used again
cache_files.py          the cache's files, for their owner alone
fingerprints.py         what the cache knows a value by
code.py                 what the cache knows code by
picture.py              the graph as a picture
hamilton_extensions.py  Hamilton's plugins, loaded when first asked for
"""
