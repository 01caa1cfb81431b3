"""The cache: what is not computed again, and everything that must be."""

import importlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hamilton import driver
from hamilton.caching.adapter import CachingEventType

from headrace import Answer, Pipeline
from headrace.errors import ModelError
from headrace.execution.caching import NodeCache
from headrace.types import TextEvent
from support.samples import RETURNS

QUESTION = "How long do I have to return an item, and what does the warranty cover?"


@pytest.fixture
def cached(data_dir: Path) -> Iterator[Pipeline]:
    with Pipeline.open(
        data_dir=data_dir, cache=True, reranking="off", generation="extractive"
    ) as pipeline:
        yield pipeline


@pytest.fixture
def reranking(data_dir: Path) -> Iterator[Pipeline]:
    with Pipeline.open(
        data_dir=data_dir, cache=True, generation="extractive", download_models=False
    ) as pipeline:
        yield pipeline


def computed(rag: Pipeline) -> set[str]:
    """The nodes that the last run did not take from the cache."""
    cache = rag.driver.cache
    events = cache.logs(cache.last_run_id, level="debug")
    return {
        name
        for name, of_node in events.items()
        if any(event.event_type == CachingEventType.EXECUTE_NODE for event in of_node)
    }


def nodes_needed(rag: Pipeline, name: str) -> set[str]:
    return {
        variable.name
        for variable in rag.driver.what_is_upstream_of(name)
        if not variable.is_external_input
    }


# ------------------------------------------------------------------------------------------------- what is used again


def test_a_question_asked_again_computes_nothing_but_the_corpus(cached, returns):
    first = cached.ask(QUESTION, returns)
    assert computed(cached) == nodes_needed(cached, "answer")
    again = cached.ask(QUESTION, returns)
    assert computed(cached) == {"tenant_facts"}
    assert (again.text, again.citations) == (first.text, first.citations)
    assert first.answered


def test_what_one_session_computed_the_next_one_uses(data_dir, returns):
    for expected in ("answer", "tenant_facts"):
        with Pipeline.open(
            data_dir=data_dir, cache=True, reranking="off", generation="extractive"
        ) as rag:
            rag.ask(QUESTION, returns)
            assert (expected in computed(rag)) and (computed(rag) == {"tenant_facts"}) == (
                expected == "tenant_facts"
            )


def test_the_cache_answers_as_no_cache_does(rag, cached, returns):
    cached.ask(QUESTION, returns)
    fresh, again = rag.ask(QUESTION, returns), cached.ask(QUESTION, returns)
    assert (again.text, again.citations, again.usage) == (fresh.text, fresh.citations, fresh.usage)


# ------------------------------------------------------------------------------------------------ what is computed anew


def test_another_question_is_computed(cached, returns):
    cached.ask(QUESTION, returns)
    other = cached.ask("Which battery is covered?", returns)
    assert {
        "query_embeddings",
        "semantic_hits",
        "keyword_hits",
        "fused_hits",
        "context",
        "answer",
    } <= computed(cached)
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
    assert {
        "tenant_facts",
        "semantic_hits",
        "keyword_hits",
        "fused_hits",
        "context",
        "answer",
    } <= computed(cached)
    assert not {"normalized_query", "sub_queries", "query_embeddings"} & computed(cached)


def test_a_database_that_went_the_same_way_has_another_version(rag, tenant):
    """A database made anew counts from the beginning, and would be answered for by the old one's results."""
    for name in (tenant, f"{tenant}-again"):
        rag.ingest(RETURNS, name)
    one, other = (
        rag.run(["tenant_facts"], tenant=name)["tenant_facts"] for name in (tenant, f"{tenant}-again")
    )
    assert one.documents == other.documents
    assert one.version.partition(":")[2] != other.version.partition(":")[2]


def test_what_comes_after_an_override_is_computed_and_nothing_else(cached, returns):
    asked = {"question": QUESTION, "tenant": returns}
    both = cached.run(["fused_hits", "answer"], **asked)["fused_hits"]
    semantic = cached.run(["fused_hits", "answer"], overrides={"keyword_hits": []}, **asked)[
        "fused_hits"
    ]
    after_fusion = {
        "fused_hits",
        "linked_hits",
        "passage_hits",
        "rerank_scores",
        "ranked_hits",
        "reranked_hits",
        "context",
        "answerability_signs",
        "answerability",
        "sentence_scores",
        "quotes",
        "answer",
    }
    assert computed(cached) - {"tenant_facts"} <= after_fusion
    assert {"fused_hits", "reranked_hits"} <= computed(cached)
    assert all(stream.startswith("semantic") for hit in semantic for stream, _ in hit.found_by)
    assert any(stream.startswith("keyword") for hit in both for stream, _ in hit.found_by)
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
        assert (
            "".join(event.text for event in events if isinstance(event, TextEvent)).strip()
            == answer.text
        )
        assert isinstance(last, Answer)
        assert computed(cached) == {"tenant_facts", "answer"}


# ----------------------------------------------------------------------------------------------------- what is not kept


class Echo:
    """A reranker that prefers the last hit."""

    name = "echo"

    def score(self, question, texts, deadline_s=None):
        return np.arange(len(texts), dtype=np.float32)


class Absent:
    name = "absent"

    def score(self, question, texts, deadline_s=None):
        raise ModelError("no weights")


def test_without_weights_nothing_is_remembered_that_would_outlive_their_coming(reranking, returns):
    reranking.reranker = Absent()
    assert reranking.ask(QUESTION, returns).degraded
    reranking.ask(QUESTION, returns)
    assert "rerank_scores" in computed(reranking)
    assert not {"fused_hits", "reranked_hits", "context", "answer"} & computed(reranking)
    reranking.reranker = Echo()
    assert not reranking.ask(QUESTION, returns).degraded
    reranking.ask(QUESTION, returns)
    assert computed(reranking) == {"tenant_facts"}


# --------------------------------------------------------------------------------------------------------- many at once


def test_questions_asked_at_once_find_whole_results_or_none(cached, returns):
    with ThreadPoolExecutor(8) as pool:
        for number in range(3):
            answers = list(
                pool.map(
                    lambda _, number=number: cached.ask(f"{QUESTION} ({number})", returns).text,
                    range(16),
                )
            )
            assert len(set(answers)) == 1


def test_a_result_is_never_written_where_it_could_be_read_half_done(tmp_path, monkeypatch):
    store = NodeCache(tmp_path, ignore=()).result_store
    written = []
    write = Path.write_bytes
    monkeypatch.setattr(
        Path, "write_bytes", lambda path, data: (written.append(path), write(path, data))[1]
    )
    store.set("version", [1, 2])
    assert written and tmp_path / "version" not in written
    assert store.get("version") == [1, 2]
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".db"] == ["version"]


# -------------------------------------------------------------------------------------------------------- a node's code

NODES = "from .helpers import doubled\n\n\ndef result(number: int) -> int:\n    return doubled(number)\n"
HELPERS = (
    "from {package}.factors import FACTOR\n\n\ndef doubled(number):\n    return FACTOR * number\n"
)


@pytest.mark.parametrize("edited", ["factors", "helpers", "nodes"])
def test_an_edited_helper_counts_as_an_edited_node(tmp_path, monkeypatch, edited):
    package = f"edited_{edited}"
    folder = tmp_path / package
    folder.mkdir()
    sources = {
        "__init__": "",
        "factors": "FACTOR = 2\n",
        "helpers": HELPERS.format(package=package),
        "nodes": NODES,
    }
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)

    assert _result(package, tmp_path / "cache") == (4, True)
    assert _result(package, tmp_path / "cache") == (4, False)
    _replace(
        folder / f"{edited}.py",
        {
            "factors": ("= 2", "= 30"),
            "helpers": ("FACTOR *", "15 * FACTOR *"),
            "nodes": ("doubled(", "15 * doubled("),
        },
    )
    assert _result(package, tmp_path / "cache") == (60, True)


def _result(package: str, path: Path) -> tuple[int, bool]:
    """What a newly made driver returns, its code freshly imported, and whether it computed it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
    importlib.invalidate_caches()
    cache = NodeCache(path, ignore=())
    dr = (
        driver.Builder()
        .with_modules(importlib.import_module(f"{package}.nodes"))
        .with_adapters(cache)
        .build()
    )
    value = dr.execute(["result"], inputs={"number": 2})["result"]
    return value, any(
        event.event_type == CachingEventType.EXECUTE_NODE
        for event in cache.logs(cache.last_run_id)["result"]
    )


def _replace(path: Path, edits: dict[str, tuple[str, str]]) -> None:
    old, new = edits[path.stem]
    path.write_text(path.read_text().replace(old, new))
