"""Ingests twelve documents: `killed_ingest.py DATA_DIR TENANT VERSION [N]`.

VERSION stands in their texts. With N, the process kills itself, as `kill -9` would,
just before the N-th statement of its ingest.
"""

import os
import signal
import sys

from headrace import Document, Pipeline
from headrace.resources.postgres.tenant_database import Transaction

data_dir = sys.argv[1]
tenant = sys.argv[2]
version = sys.argv[3]
kill_at = int(sys.argv[4]) if len(sys.argv) > 4 else None
query = Transaction.query
statements_run = 0


def counting(self, statement, parameters=None):
    global statements_run
    statements_run += 1
    if kill_at is not None and statements_run >= kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return query(self, statement, parameters)


def text(number: int) -> str:
    return "\n\n".join(f"{version} {number} {part}. " + "walrus speaks. " * 80 for part in range(4))


Transaction.query = counting
with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as rag:
    rag.ingest([Document(f"d{number}", "", text(number), "s") for number in range(12)], tenant)
