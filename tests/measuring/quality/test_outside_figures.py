"""Measures against outside figures, on public collections beside the project.

They are skipped where the collections are not there.
"""

import numpy as np
import pytest

from headrace import Pipeline, load_settings
from headrace.measuring.quality.labelled import read_collection
from headrace.measuring.quality.retrieval import ranking_values
from headrace.measuring.statistics import paired
from headrace.resources.postgres.opening import open_database
from support.places import SHARED

#: nDCG@10 of Lucene's BM25 (title and text as one field), from the collections' READMEs.
LUCENE = {"cranfield": 0.3851, "cacm": 0.4994}


class Unread:
    """The bundled encoder without its model, for keyword search, which reads no vectors.

    Chunks are sized as ever; the vectors are noise.
    """

    def __init__(self, encoder):
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        self.tokenizer = encoder.tokenizer
        self.count_tokens = encoder.count_tokens

    def encode(self, texts):
        random = np.random.default_rng(0)
        vectors = random.normal(size=(len(texts), self.dimension)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def unread(rag, data_dir):
    settings = load_settings(
        data_dir=data_dir, reranking="off", generation="extractive", understanding="off"
    )
    encoder = Unread(rag.encoder)
    with Pipeline(settings, encoder, open_database(settings, encoder)) as pipeline:
        yield pipeline


@pytest.mark.parametrize("name", LUCENE)
def test_keyword_hits_are_as_good_as_lucenes_bm25(unread, name):
    values = keyword_ndcg(unread, name)
    assert np.mean(values) >= LUCENE[name] - 0.015


def test_the_paired_test_finds_gains_and_seldom_finds_what_is_not_there(unread, record_property):
    """On real differences per question: nDCG@10 of BM25 less that of ts_rank.

    With their signs thrown at random, a difference is found at the 5 % level in about
    5 % of the trials. With a gain added to them, the share in which it is found is the
    power.
    """
    differences = real_differences(unread)
    random = np.random.default_rng(11)
    thrown = [differences * random.choice([-1, 1], len(differences)) for _ in range(200)]
    false_alarms = significant_share(thrown, 0.0)
    power = {gain: significant_share(thrown, gain) for gain in (0.01, 0.02, 0.05)}
    record_property("false_alarms", false_alarms)
    record_property("power", power)
    print(f"\n{len(differences)} questions: false alarms {false_alarms:.3f}, power {power}")
    assert false_alarms <= 0.08
    assert power[0.05] >= 0.95


def significant_share(trials: list[np.ndarray], gain: float) -> float:
    p_values = [paired([trial + gain], resamples=999).p for trial in trials]
    return float(np.mean([p < 0.05 for p in p_values]))


def real_differences(unread: Pipeline) -> np.ndarray:
    settings = unread.settings.model_copy(update={"keyword": "ts_rank"})
    bm25 = keyword_ndcg(unread, "cranfield")
    with Pipeline(settings, unread.encoder, open_database(settings, unread.encoder)) as usual:
        return bm25 - keyword_ndcg(usual, "cranfield")


def keyword_ndcg(rag: Pipeline, name: str) -> np.ndarray:
    """nDCG@10 of the keyword search for each judged question of a collection."""
    folder = SHARED / name
    if not folder.exists():
        pytest.skip(f"the collection {name} is not beside the project")
    rag.ingest([folder / "corpus.jsonl.gz"], name)
    questions = list(read_collection(folder).judged)
    rankings = {}
    for question in questions:
        hits = rag.run(["keyword_hits"], question=question.text, tenant=name)["keyword_hits"]
        documents = dict.fromkeys(hit.chunk.document_id for hit in hits)
        rankings[question.query_id] = tuple(documents)
    values = ranking_values({"keyword_hits": rankings}, questions)["keyword_hits"]["nDCG@10"]
    return np.array([values[question.query_id] for question in questions])
