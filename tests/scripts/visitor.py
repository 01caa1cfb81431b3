"""Opens the embedded database, ingests a document and stays: `visitor.py DATA_DIR NAME`, until its input ends."""

import sys

from headrace import Document, Pipeline

data_dir, name = sys.argv[1:]
with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as rag:
    rag.ingest([Document(name, "", f"The walrus sleeps on {name}", "s")], "shared")
    print("ready", rag.database._server._server.get_pid(), flush=True)
    sys.stdin.read()
