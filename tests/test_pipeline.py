"""The pipeline: any node, any input, errors with names, many questions at once."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headrace import Answer, Pipeline, TextEvent
from headrace.errors import DatabaseError, QuestionError, SettingsError, SourceError
from headrace.types import Document, Hit, known_scale, known_weights
from support.graphs import written
from support.hits import chunk, found, ids
from support.own_parts import OrderReranker, SayingModel, WordCounter, own
from support.places import ROOT
from support.waiting import PATIENCE_S

QUESTION = "How long does the warranty last?"


#: What only some users need, and what is slow to import.
FOR_SOME = {"torch", "sentence_transformers", "anthropic", "openai", "mcp"} | {
    "fastapi",
    "starlette",
    "uvicorn",
    "prometheus_client",
    "headrace.service",
}


def test_importing_the_package_touches_nothing(tmp_path):
    code = (
        "import sys; import headrace.pipeline, headrace.commands.ask; "
        f"print({FOR_SOME!r} & set(sys.modules))"
    )
    packages = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PATH": "", "PYTHONPATH": packages},
        timeout=PATIENCE_S,
    )
    assert done.stdout.strip() == "set()", done.stderr
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------- any node, any input


def test_any_node_can_be_asked_for_and_another_replaced(rag, returns):
    text = "The warranty of ours lasts ten years."
    hit = Hit(chunk(1, text), 0.9, 1, "semantic", 0)
    values = rag.run(
        ["fused_hits", "context"],
        question=QUESTION,
        tenant=returns,
        overrides={"semantic_hits": [hit], "keyword_hits": []},
    )
    assert ids(values["fused_hits"]) == [1]
    assert values["fused_hits"][0].found_by == found("semantic", 0, 1)
    assert "ten years" in values["context"].text


@pytest.mark.parametrize(
    ("nodes", "given", "complaint"),
    [
        (["fused_hit"], {}, "unknown node: fused_hit, did you mean fused_hits"),
        (
            ["fused_hits"],
            {"overrides": {"semantic_hit": []}},
            "unknown node to override: semantic_hit, did you mean semantic_hits",
        ),
        (
            ["fused_hits"],
            {"cosine_scal": (0.0, 1.0)},
            "unknown input: cosine_scal, did you mean cosine_scale",
        ),
    ],
)
def test_a_misspelt_name_is_refused_instead_of_ignored(rag, returns, nodes, given, complaint):
    with pytest.raises(SettingsError, match=complaint):
        rag.run(nodes, question=QUESTION, tenant=returns, **given)


def test_cosines_and_signs_count_as_for_the_encoder_or_as_is_set(rag):
    named = copy(rag.encoder)
    named.name = "intfloat/multilingual-e5-small"
    known = Pipeline(rag.settings, named, rag.database)
    assert known._parameters({})["cosine_scale"] == known_scale("multilingual-e5-small")
    weights = known_weights("multilingual-e5-small")
    assert known._parameters({})["answerability_weights"] == weights
    own = {"answerability_weights": (0.0, 0.0, 0.0, 0.0, 0.0, 1.0)}
    assert known._parameters(own)["answerability_weights"] == own["answerability_weights"]
    settings = rag.settings.model_copy(update={"cosine_scale": (0.5, 1.0)})
    assert Pipeline(settings, named, rag.database)._parameters({})["cosine_scale"] == (0.5, 1.0)


def test_a_parameter_of_a_node_may_be_given_with_the_question(rag, returns):
    asked = {"question": QUESTION, "tenant": returns}
    hits = rag.run(["semantic_hits"], candidate_count=1, **asked)["semantic_hits"]
    assert len(hits) == 1
    assert rag.ask(QUESTION, returns, token_budget=60).settings["token_budget"] == 60


def test_what_the_graph_takes_from_outside_is_there_for_hamiltons_driver(rag, returns):
    inputs = rag.inputs(QUESTION, returns, candidate_count=1)
    assert inputs["question"] == QUESTION and inputs["candidate_count"] == 1
    assert inputs["database"].tenant == returns
    values = rag.driver.execute(["semantic_hits"], inputs=inputs)
    assert len(values["semantic_hits"]) == 1


@pytest.mark.parametrize("tenant", ["", "  ", None])
def test_a_question_without_a_tenant_is_refused(rag, tenant):
    with pytest.raises(QuestionError, match="no tenant was named"):
        rag.ask(QUESTION, tenant)


def test_a_tenant_of_the_settings_is_asked_where_none_is_named(data_dir, rag, returns):
    choices = own(encoder=rag.encoder, tenant=returns)
    with Pipeline.open(data_dir=data_dir, **choices) as pipeline:
        assert pipeline.ask(QUESTION).answered
        assert not pipeline.ask(QUESTION, f"{returns}-other").answered


# --------------------------------------------------------------- errors and times


class Broken:
    """An encoder that fails."""

    name = "broken"
    dimension = 384
    max_tokens = 256
    tokenizer = None

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        raise RuntimeError("the model fell over")

    def count_tokens(self, text: str) -> int:
        return 0


def test_a_failed_stage_says_which_node_it_was(rag, returns):
    with pytest.raises(RuntimeError, match="the model fell over") as caught:
        rag.ask(QUESTION, returns, encoder=Broken())
    assert 'in node "question_embedding" (stage: semantic search)' in caught.value.__notes__


def test_every_stage_is_timed_in_every_answer(rag, returns):
    answer = rag.ask(QUESTION, returns)
    names = [stage.node for stage in answer.stages]
    assert len(names) == len(set(names))
    searches = {"normalized_query", "semantic_hits", "keyword_hits", "fused_hits"}
    assert searches | {"context", "answer"} <= set(names)
    for stage in answer.stages:
        assert 0 <= stage.ms <= answer.total_ms
        assert 0 <= stage.start_ms <= answer.total_ms


def test_a_recorded_run_gives_the_values_and_the_stages(rag, returns):
    values, recording = rag.recorded_run(["fused_hits"], question=QUESTION, tenant=returns)
    assert values["fused_hits"]
    assert recording.stages[-1].node == "fused_hits" and recording.total_ms > 0


def test_a_stream_yields_typed_events_and_last_the_answer(rag, returns):
    *events, answer = rag.stream(QUESTION, returns)
    assert isinstance(answer, Answer)
    texts = [event.text for event in events if isinstance(event, TextEvent)]
    assert "".join(texts) == answer.text


def test_an_error_in_a_stream_reaches_the_caller(rag, returns):
    with pytest.raises(QuestionError, match="empty"):
        list(rag.stream("?", returns))


def test_many_questions_at_once_all_get_their_own_answer(rag, returns):
    questions = {
        "How long does the warranty last?": "warranty",
        "Within how many days may I return an item?": "refunds",
    }
    found: list[bool] = []

    def ask(question: str, document: str) -> None:
        for _ in range(5):
            answer = rag.ask(question, returns)
            is_own = answer.question == question and len(answer.stages) >= 15
            found.append(is_own and answer.citations[0].document_id == document)

    threads = [threading.Thread(target=ask, args=item) for item in list(questions.items()) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 40 and all(found)


# --------------------------------------------------------------- variants and parts


@pytest.mark.parametrize("understanding", ["rules", "off"])
@pytest.mark.parametrize("keyword", ["bm25", "ts_rank"])
def test_every_variant_answers(data_dir, rag, returns, understanding, keyword):
    choices = own(encoder=rag.encoder, understanding=understanding, keyword=keyword)
    with Pipeline.open(data_dir=data_dir, **choices) as other:
        assert other.ask(QUESTION, returns).citations[0].document_id == "warranty"


def test_without_weights_the_answer_says_not_reranked(data_dir, rag, returns):
    with Pipeline.open(data_dir=data_dir, generation="extractive") as other:
        answer = other.ask(QUESTION, returns)
    assert answer.answered
    (note,) = answer.degraded
    assert note.stage == "rerank"
    assert "not reranked" in note.text and "doctor" in note.text


def test_parts_of_the_users_own_are_used_and_named_in_the_answer(data_dir, rag, returns):
    parts = {
        "encoder": rag.encoder,
        "reranker": OrderReranker(1),
        "language_model": SayingModel("Two years."),
        "token_counter": WordCounter(2),
    }
    with Pipeline.open(data_dir=data_dir, **parts) as pipeline:
        answer = pipeline.ask(QUESTION, returns, answer_threshold=0.0)
    assert answer.text == "Two years."
    ran = {name: answer.settings[name] for name in ("generation", *parts)}
    assert ran == {
        "generation": "anthropic",
        "encoder": rag.encoder.name,
        "reranker": "order",
        "language_model": "saying",
        "token_counter": "WordCounter",
    }


def test_a_part_that_lacks_something_is_refused_with_what_it_lacks(data_dir, rag):
    class Half:
        name = "half"

    with pytest.raises(SettingsError, match="reranker: Half lacks score"):
        Pipeline.open(data_dir=data_dir, encoder=rag.encoder, reranker=Half())


OWN_NODES = """
from headrace.types import Hit

def fused_hits(semantic_hits: list[Hit]) -> list[Hit]:
    return semantic_hits[:1]

def hit_count(fused_hits: list[Hit], least: float) -> int:
    return len(fused_hits)

def half_count(hit_count: int) -> float:
    return hit_count / 2
"""


@pytest.fixture
def with_own_nodes(data_dir: Path, rag: Pipeline, tmp_path: Path) -> Any:
    path = written(tmp_path, "own_nodes_of_pipeline", OWN_NODES)
    with Pipeline.open(data_dir=data_dir, modules=[path], **own(encoder=rag.encoder)) as pipeline:
        yield pipeline


def test_nodes_of_the_users_own_join_the_graph_and_are_named_in_the_answer(with_own_nodes, returns):
    answer = with_own_nodes.ask(QUESTION, returns)
    assert answer.settings["own_nodes"] == ["fused_hits", "half_count", "hit_count"]
    values = with_own_nodes.run(["hit_count"], question=QUESTION, tenant=returns, least=0.5)
    assert values == {"hit_count": 1}


def test_a_node_of_the_users_own_that_needs_what_nobody_gives_is_named(with_own_nodes, returns):
    complaint = 'node "hit_count" needs least, which is neither a node nor given'
    with pytest.raises(SettingsError, match=complaint):
        with_own_nodes.run(["half_count"], question=QUESTION, tenant=returns)
    asked = {"question": QUESTION, "tenant": returns, "overrides": {"hit_count": 4}}
    assert with_own_nodes.run(["half_count"], **asked) == {"half_count": 2.0}


# --------------------------------------------------------------- documents


@pytest.mark.parametrize(
    "sources",
    [["a.txt", Document("d", "", "text", "s")], [Document("d", "", "text", "s"), "a.txt"], [7]],
)
def test_paths_and_documents_in_one_call_are_refused(rag, tenant, sources):
    with pytest.raises(SourceError, match="each in a call of its own"):
        rag.ingest(sources, tenant)


def test_a_closed_pipeline_says_that_it_is_closed(data_dir):
    with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as closed:
        pass
    with pytest.raises(DatabaseError, match="the database was closed with its pipeline"):
        closed.ask("How long does the warranty last?", "t")
    with pytest.raises(DatabaseError, match="open another one"):
        closed.ingest([Document("d", "", "The ferry sails.", "s")], "t")
