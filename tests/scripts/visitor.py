"""Opens the embedded database and stays: `visitor.py DATA_DIR NAME`.

It ingests a document, prints the process id of the server, and waits until its input
ends.
"""

import sys

from headrace import Document, Pipeline

data_dir = sys.argv[1]
name = sys.argv[2]
with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as rag:
    rag.ingest([Document(name, "", f"The walrus sleeps on {name}", "s")], "shared")
    print("ready", rag.database._server._server.get_pid(), flush=True)
    sys.stdin.read()
