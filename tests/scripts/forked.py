"""Opens a pipeline, forks a worker for each tenant, and prints what each was answered.

Usage: forked.py DATA_DIR
"""

import json
import os
import sys
from pathlib import Path

from headrace import Document, Pipeline

TENANTS = ("alpha", "beta")
ROUNDS = 15


def ingest(rag: Pipeline) -> None:
    for tenant in TENANTS:
        documents = []
        for number in range(20):
            text = f"The {tenant} keeper of colony {number} counts {number * 7} pelicans."
            documents.append(Document(f"{tenant}{number}", f"Colony {number}", text, "s"))
        rag.ingest(documents, tenant)


def asked(rag: Pipeline, tenant: str) -> list[str]:
    """The texts of all hits and answers, of many questions."""
    texts = []
    for number in range(ROUNDS):
        question = f"How many pelicans does the keeper of colony {number} count?"
        texts.append(rag.ask(question, tenant).text)
        hits = rag.run(["fused_hits"], question=question, tenant=tenant)["fused_hits"]
        texts += [hit.chunk.text for hit in hits]
    return texts


def worker(rag: Pipeline, tenant: str, to: int) -> None:
    os.write(to, json.dumps(asked(rag, tenant)).encode())
    rag.close()
    os._exit(0)


def main() -> None:
    with Pipeline.open(data_dir=sys.argv[1], reranking="off", generation="extractive") as rag:
        ingest(rag)
        asked(rag, "alpha")
        files = [Path(sys.argv[1], f"{tenant}.json") for tenant in TENANTS]
        workers = []
        for tenant, file in zip(TENANTS, files, strict=True):
            child = os.fork()
            if child == 0:
                worker(rag, tenant, os.open(file, os.O_WRONLY | os.O_CREAT))
            workers.append(child)
        own = asked(rag, "alpha")
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in workers]
        after = asked(rag, "beta")
        told = [json.loads(file.read_text()) for file in files]
    print(json.dumps({"codes": codes, "own": own, "after": after, "workers": told}))


main()
