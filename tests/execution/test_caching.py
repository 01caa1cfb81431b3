"""The cache: what is not computed again, what is not kept, and many at once."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hamilton.function_modifiers import tag

from headrace import Answer, Pipeline
from headrace.errors import ModelError
from headrace.execution import caching
from headrace.execution.caching import NodeCache
from headrace.types import Hit, Note, RerankScores, TextEvent
from support.caches import computed, computed_by
from support.graphs import cell, driver_of, driver_with, freshly_imported, package_of
from support.samples import RETURNS
from support.waiting import PATIENCE_S

QUESTION = "How long do I have to return an item, and what does the warranty cover?"
EXTRACTIVE = {"cache": True, "generation": "extractive"}


@pytest.fixture
def cached(data_dir: Path) -> Iterator[Pipeline]:
    with Pipeline.open(data_dir=data_dir, reranking="off", **EXTRACTIVE) as pipeline:
        yield pipeline


@pytest.fixture
def reranking(data_dir: Path) -> Iterator[Pipeline]:
    with Pipeline.open(data_dir=data_dir, download_models=False, **EXTRACTIVE) as pipeline:
        yield pipeline


def needed_for(rag: Pipeline, name: str) -> set[str]:
    upstream = rag.driver.what_is_upstream_of(name)
    return {variable.name for variable in upstream if not variable.is_external_input}


# --------------------------------------------------------------- what is used again


def test_a_question_asked_again_computes_nothing_but_the_tenants_facts(cached, returns):
    first = cached.ask(QUESTION, returns)
    assert computed(cached) == needed_for(cached, "answer")
    again = cached.ask(QUESTION, returns)
    assert computed(cached) == {"tenant_facts"}
    assert (again.text, again.citations) == (first.text, first.citations)
    assert first.answered


def test_what_one_session_computed_the_next_one_uses(data_dir, returns):
    for is_first in (True, False):
        with Pipeline.open(data_dir=data_dir, reranking="off", **EXTRACTIVE) as rag:
            rag.ask(QUESTION, returns)
            assert ("answer" in computed(rag)) == is_first
            assert (computed(rag) == {"tenant_facts"}) == (not is_first)


def test_the_cache_answers_as_no_cache_does(rag, cached, returns):
    cached.ask(QUESTION, returns)
    fresh, again = rag.ask(QUESTION, returns), cached.ask(QUESTION, returns)
    assert (again.text, again.citations) == (fresh.text, fresh.citations)
    assert again.usage == fresh.usage


# --------------------------------------------------------------- what is computed anew


def test_another_question_is_computed(cached, returns):
    cached.ask(QUESTION, returns)
    other = cached.ask("Which battery is covered?", returns)
    searches = {"query_embeddings", "semantic_hits", "keyword_hits", "fused_hits"}
    assert searches | {"context", "answer"} <= computed(cached)
    assert "battery" in other.text


def test_the_same_question_of_another_tenant_is_computed(cached, returns):
    cached.ask(QUESTION, returns)
    assert not cached.ask(QUESTION, f"{returns}-other").answered
    assert {"semantic_hits", "keyword_hits", "answer"} <= computed(cached)
    assert "query_embeddings" not in computed(cached)  # the words are the same


def test_a_changed_document_is_seen(cached, returns):
    cached.ask(QUESTION, returns)
    refunds = replace(RETURNS[0], text=RETURNS[0].text.replace("30 days", "90 days"))
    assert [outcome.status for outcome in cached.ingest([refunds], returns)] == ["changed"]
    assert "90 days" in cached.ask(QUESTION, returns).text
    searches = {"tenant_facts", "semantic_hits", "keyword_hits", "fused_hits"}
    assert searches | {"context", "answer"} <= computed(cached)
    # The languages of the documents may have changed; the texts to search for have not.
    assert not {"normalized_query", "query_embeddings"} & computed(cached)


def test_a_database_that_went_the_same_way_has_another_version(rag, tenant):
    """A new database counts from the beginning; an old one's results are not its."""
    versions = []
    for name in (tenant, f"{tenant}-again"):
        rag.ingest(RETURNS, name)
        facts = rag.run(["tenant_facts"], tenant=name)["tenant_facts"]
        assert facts.documents == len(RETURNS)
        versions.append(facts.version.partition(":")[2])
    assert versions[0] != versions[1]


def arms(hits: Sequence[Hit]) -> set[str]:
    """The searches that found the hits."""
    found = set()
    for hit in hits:
        found.update(place.arm for place in hit.found_by)
    return found


AFTER_FUSION = {
    "fused_hits",
    "linked_hits",
    "passage_hits",
    "rerank_scores",
    "ranked_hits",
    "reranked_hits",
    "context",
    "answerability_signs",
    "answerability",
    "document_metadata",
    "sentence_scores",
    "quotes",
    "answer",
}


def test_what_comes_after_an_override_is_computed_and_nothing_else(cached, returns):
    asked = {"question": QUESTION, "tenant": returns}
    nodes = ["fused_hits", "answer"]
    both = cached.run(nodes, **asked)["fused_hits"]
    semantic = cached.run(nodes, overrides={"keyword_hits": []}, **asked)["fused_hits"]
    assert computed(cached) - {"tenant_facts"} <= AFTER_FUSION
    assert {"fused_hits", "reranked_hits"} <= computed(cached)
    assert arms(semantic) == {"semantic"}
    assert arms(both) == {"semantic", "keyword"}
    assert cached.run(["fused_hits"], **asked)["fused_hits"] == both


def test_a_parameter_changes_what_takes_it(cached, returns):
    cached.ask(QUESTION, returns)
    cached.ask(QUESTION, returns, token_budget=60)
    assert {"context", "answer"} <= computed(cached)
    assert not {"semantic_hits", "keyword_hits", "fused_hits", "reranked_hits"} & computed(cached)


def test_a_listener_hears_an_answer_that_is_in_the_cache(cached, returns):
    answer = cached.ask(QUESTION, returns)
    for _ in range(2):
        *events, last = cached.stream(QUESTION, returns)
        texts = [event.text for event in events if isinstance(event, TextEvent)]
        assert "".join(texts).strip() == answer.text
        assert isinstance(last, Answer)
        assert computed(cached) == {"tenant_facts", "answer"}


# --------------------------------------------------------------- what is not kept


class Echo:
    """A reranker that prefers the last hit."""

    name = "echo"

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        return np.arange(len(texts), dtype=np.float32)


class Absent:
    """A reranker without weights, of the same name."""

    name = "echo"

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        raise ModelError("no weights")


def test_without_weights_nothing_is_remembered_that_would_outlive_their_coming(reranking, returns):
    reranking.models.reranker = Absent()
    assert reranking.ask(QUESTION, returns).degraded
    reranking.ask(QUESTION, returns)
    assert "rerank_scores" in computed(reranking)
    assert not {"fused_hits", "reranked_hits", "context", "answer"} & computed(reranking)
    reranking.models.reranker = Echo()
    assert not reranking.ask(QUESTION, returns).degraded
    reranking.ask(QUESTION, returns)
    assert computed(reranking) == {"tenant_facts"}


@tag(stage="rerank")
def scores(number: int) -> RerankScores:
    return RerankScores((None,), Note("rerank", "the deadline was missed", is_passing=True))


@pytest.mark.parametrize("place", ["disk", "memory"])
def test_what_fell_short_is_computed_again(tmp_path, place):
    dr = driver_of(scores, adapters=(NodeCache(tmp_path if place == "disk" else None),))
    for _ in range(2):
        dr.execute(["scores"], inputs={"number": 1})
        assert computed_by(dr) == {"scores"}


@pytest.mark.parametrize("place", ["disk", "memory"])
def test_two_runs_that_fell_short_at_once_disturb_neither(tmp_path, monkeypatch, place):
    cache = NodeCache(tmp_path if place == "disk" else None)
    dr = driver_of(scores, adapters=(cache,))
    barrier = threading.Barrier(2, timeout=PATIENCE_S)
    delete = cache.metadata_store.delete

    def delete_at_once(cache_key: str) -> None:
        barrier.wait()
        delete(cache_key)

    monkeypatch.setattr(cache.metadata_store, "delete", delete_at_once)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(dr.execute, ["scores"], inputs={"number": 1}) for _ in range(2)]
    assert [run.result()["scores"].note.is_passing for run in runs] == [True, True]


# --------------------------------------------------------------- in memory


def doubled(number: int) -> int:
    return 2 * number


def one_more(doubled: int) -> int:
    return doubled + 1


def test_two_caches_that_share_their_memory_compute_once():
    module = cell("def doubled(number: int) -> int:\n    return 2 * number\n")
    first = NodeCache(None)
    one = driver_with(module, first)
    other = driver_with(module, NodeCache(None, shared=first))
    assert one.execute(["doubled"], inputs={"number": 2}) == {"doubled": 4}
    assert computed_by(one) == {"doubled"}
    assert other.execute(["doubled"], inputs={"number": 2}) == {"doubled": 4}
    assert computed_by(other) == set()


def sizes(cache: Any) -> dict[str, int]:
    """How much each attribute of a cache in memory holds, and of its stores."""
    found = {}
    for owner in (cache, cache.metadata_store, cache.result_store):
        for name, value in vars(owner).items():
            if hasattr(value, "__len__") and not isinstance(value, str):
                found[f"{type(owner).__name__}.{name}"] = len(value)
    return found


def test_what_is_forgotten_leaves_nothing_behind():
    cache = NodeCache(None)
    dr = driver_of(doubled, one_more, adapters=(cache,))
    dr.execute(["one_more"], inputs={"number": 2})
    assert sum(sizes(cache).values())
    cache.forget()
    held = {name: size for name, size in sizes(cache).items() if size}
    assert held.keys() <= {"NodeCache._module_codes"}
    dr.execute(["one_more"], inputs={"number": 2})
    assert computed_by(dr) == {"doubled", "one_more"}


def test_the_notes_on_old_runs_go(monkeypatch):
    monkeypatch.setattr(caching, "_RUNS_KEPT", 3)
    dr = driver_of(doubled, adapters=(NodeCache(None),))
    for number in range(3):
        dr.execute(["doubled"], inputs={"number": number})
    held = sizes(dr.cache)
    for number in range(3):
        dr.execute(["doubled"], inputs={"number": number})
    ours = {name: size for name, size in sizes(dr.cache).items() if name.startswith("NodeCache")}
    assert ours.items() <= held.items()
    assert computed_by(dr) == set()


# --------------------------------------------------------------- many at once


def test_questions_asked_at_once_find_whole_results_or_none(cached, returns):
    with ThreadPoolExecutor(8) as pool:
        for number in range(3):
            question = f"{QUESTION} ({number})"
            answers = [pool.submit(cached.ask, question, returns) for _ in range(16)]
            assert len({answer.result().text for answer in answers}) == 1


# --------------------------------------------------------------- a node's code

SOURCES = {
    "factors": "FACTOR = 2\n",
    "helpers": "from {package}.factors import FACTOR\n\n\n"
    "def doubled(number):\n    return FACTOR * number\n",
    "nodes": "from .helpers import doubled\n\n\n"
    "def result(number: int) -> int:\n    return doubled(number)\n",
}


def result_of(package: str, folder: Path) -> tuple[int, bool]:
    """What a new driver with new code returns, and whether it computed that."""
    dr = driver_with(freshly_imported(f"{package}.nodes"), NodeCache(folder))
    value = dr.execute(["result"], inputs={"number": 2})["result"]
    return value, computed_by(dr) == {"result"}


@pytest.mark.parametrize(
    ("edited", "old", "new"),
    [
        ("factors", "= 2", "= 30"),
        ("helpers", "FACTOR *", "15 * FACTOR *"),
        ("nodes", "doubled(number)", "15 * doubled(number)"),
    ],
)
def test_an_edited_helper_counts_as_an_edited_node(tmp_path, monkeypatch, edited, old, new):
    package = f"edited_{edited}"
    sources = {name: source.format(package=package) for name, source in SOURCES.items()}
    folder = package_of(tmp_path, package, sources)
    monkeypatch.syspath_prepend(tmp_path)
    assert result_of(package, tmp_path / "cache") == (4, True)
    assert result_of(package, tmp_path / "cache") == (4, False)
    path = folder / f"{edited}.py"
    path.write_text(path.read_text().replace(old, new))
    assert result_of(package, tmp_path / "cache") == (60, True)
