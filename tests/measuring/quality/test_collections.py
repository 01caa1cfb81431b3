"""Keyword search against outside figures, on public collections that lie beside the project; skipped where they do not."""

import numpy as np
import pytest

from headrace import Pipeline, load_settings
from headrace.measuring.quality.collections import read_collection
from headrace.measuring.quality.evaluation import ranking_values
from headrace.measuring.statistics import paired
from headrace.resources.postgres.database import open_database
from support.places import SHARED

#: nDCG@10 of Lucene's BM25 (title and text as one field), as the collections' own README gives it.
LUCENE = {"cranfield": 0.3851, "cacm": 0.4994}


class Unread:
    """The bundled encoder without its model: chunks are sized as ever, their vectors are noise. Keyword search reads none."""

    def __init__(self, encoder):
        self.name, self.dimension, self.max_tokens, self.tokenizer = (
            encoder.name,
            encoder.dimension,
            encoder.max_tokens,
            encoder.tokenizer,
        )
        self.count_tokens = encoder.count_tokens

    def encode(self, texts):
        vectors = (
            np.random.default_rng(0).normal(size=(len(texts), self.dimension)).astype(np.float32)
        )
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def unread(rag, data_dir):
    settings = load_settings(
        data_dir=data_dir, reranking="off", generation="extractive", understanding="off"
    )
    encoder = Unread(rag.encoder)
    with Pipeline(
        settings, encoder, open_database(settings, encoder), cache=False, adapters=()
    ) as pipeline:
        yield pipeline


@pytest.mark.parametrize("name", LUCENE)
def test_keyword_hits_are_as_good_as_lucenes_bm25(unread, name):
    folder = SHARED / name
    if not folder.exists():
        pytest.skip(f"the collection {name} is not beside the project")
    unread.ingest([folder / "corpus.jsonl.gz"], name)
    questions = list(read_collection(folder).judged)
    rankings = {
        question.query_id: best_documents(unread, question.text, name) for question in questions
    }
    values = ranking_values({"keyword_hits": rankings}, questions)["keyword_hits"]["nDCG@10"]
    assert np.mean(list(values.values())) >= LUCENE[name] - 0.015


def test_the_paired_test_of_real_questions_finds_nothing_where_there_is_nothing_and_a_gain_where_there_is_one(
    unread, record_property
):
    """Real differences per question (nDCG@10 of BM25 less that of ts_rank on cranfield) with their signs thrown at random: at the 5 % level a
    difference is found in about 5 % of the trials. With a real gain of 0.02 added to them, the share in which it is found is the power."""
    differences = real_differences(unread)
    random = np.random.default_rng(11)
    thrown = [differences * random.choice([-1, 1], len(differences)) for _ in range(200)]
    false_alarms = np.mean([paired([trial], resamples=999).p < 0.05 for trial in thrown])
    power = {
        gain: np.mean([paired([trial + gain], resamples=999).p < 0.05 for trial in thrown])
        for gain in (0.01, 0.02, 0.05)
    }
    record_property("false_alarms", false_alarms)
    record_property("power", power)
    print(
        f"\n{len(differences)} questions, sd {differences.std():.3f}: false alarms {false_alarms:.3f}, power {power}"
    )
    assert false_alarms <= 0.08
    assert power[0.05] >= 0.95


def real_differences(unread: Pipeline) -> np.ndarray:
    folder = SHARED / "cranfield"
    if not folder.exists():
        pytest.skip("the collection cranfield is not beside the project")
    unread.ingest([folder / "corpus.jsonl.gz"], "cranfield")
    questions = list(read_collection(folder).judged)
    found = []
    settings = unread.settings.model_copy(update={"keyword": "ts_rank"})
    with Pipeline(settings, unread.encoder, open_database(settings, unread.encoder)) as usual:
        for rag in (unread, usual):
            rankings = {
                question.query_id: best_documents(rag, question.text, "cranfield")
                for question in questions
            }
            values = ranking_values({"keyword_hits": rankings}, questions)["keyword_hits"][
                "nDCG@10"
            ]
            found.append(np.array([values[question.query_id] for question in questions]))
    return found[0] - found[1]


def best_documents(rag: Pipeline, text: str, tenant: str) -> tuple[str, ...]:
    """The documents that keyword search finds, each at its best chunk."""
    hits = rag.run(["keyword_hits"], question=text, tenant=tenant)["keyword_hits"]
    return tuple(dict.fromkeys(hit.chunk.document_id for hit in hits))
