"""Keyword search against outside figures, on public collections that lie beside the project; skipped where they do not."""

import gzip
import json

import ir_measures
import numpy as np
import pytest
from conftest import SHARED
from ir_measures import nDCG

from dataflows import Pipeline, load_settings
from dataflows.resources.database import open_database

#: nDCG@10 of Lucene's BM25 (title and text as one field), as the collections' own README gives it.
LUCENE = {"cranfield": 0.3851, "cacm": 0.4994}


class Unread:
    """The bundled encoder without its model: chunks are sized as ever, their vectors are noise. Keyword search reads none."""

    def __init__(self, encoder):
        self.name, self.dimension, self.max_tokens, self.tokenizer = encoder.name, encoder.dimension, encoder.max_tokens, encoder.tokenizer
        self.count_tokens = encoder.count_tokens

    def encode(self, texts):
        vectors = np.random.default_rng(0).normal(size=(len(texts), self.dimension)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def unread(rag, data_dir):
    settings = load_settings(data_dir=data_dir, reranking="off", generation="extractive", understanding="off")
    encoder = Unread(rag.encoder)
    with Pipeline(settings, encoder, open_database(settings, encoder), cache=False, adapters=()) as pipeline:
        yield pipeline


@pytest.mark.parametrize("name", LUCENE)
def test_keyword_hits_are_as_good_as_lucenes_bm25(unread, name):
    folder = SHARED / name
    if not folder.exists():
        pytest.skip(f"the collection {name} is not beside the project")
    unread.ingest([folder / "corpus.jsonl.gz"], name)
    qrels = [ir_measures.Qrel(*line.split("\t")[:2], int(line.split("\t")[2])) for line in (folder / "qrels.tsv").read_text().splitlines()[1:]]
    queries = [json.loads(line) for line in gzip.decompress((folder / "queries.jsonl.gz").read_bytes()).splitlines()]
    run = [scored for query in queries for scored in best_chunks(unread, query["_id"], query["text"], name)]
    measured = ir_measures.calc_aggregate([nDCG @ 10], qrels, run)[nDCG @ 10]
    assert measured >= LUCENE[name] - 0.015


def best_chunks(rag: Pipeline, query_id: str, text: str, tenant: str) -> list:
    """The documents found, each at its best chunk; -rank as the score, so that ties keep our order."""
    hits = rag.run(["keyword_hits"], question=text, tenant=tenant)["keyword_hits"]
    documents = dict.fromkeys(hit.chunk.document_id for hit in hits)
    return [ir_measures.ScoredDoc(query_id, name, -rank) for rank, name in enumerate(documents)]
