"""The floor, the same retrieval by hand, beside the dataflow."""

import numpy as np
import pytest

from headrace import Pipeline
from headrace.measuring.speed.floor import Floor
from headrace.measuring.speed.interleaved import found
from headrace.measuring.speed.pipelines import variant
from headrace.resources.postgres.bare_connection import BareConnection
from headrace.types import TenantDatabase


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"understanding": "off"},
        {"keyword": "ts_rank"},
        {"fusion": "rrf"},
        {"hop": "off"},
        {"passages": "fused"},
        {"exact_search_chunks": 0},
        {"token_budget": 300},
        {"answer_passages": 2},
    ],
    ids=str,
)
def test_the_floor_finds_the_same_chunks_in_the_same_order_and_the_same_context(
    rag, workload, held, changes
):
    pipeline = variant(rag, **changes)
    with Floor(pipeline, held) as floor:
        for question in workload.questions(24):
            ours = found(pipeline, held, question)
            chunk_ids, _, tokens = ours
            assert floor.ask(question).result == ours
            assert chunk_ids and 0 < tokens <= pipeline.settings.token_budget


class ByLength:
    """A reranker to which longer is better; it reads 15 texts."""

    name = "by length"

    def score(self, question, texts, deadline_s=None):
        scores = np.array([len(text) / 300 - 2 for text in texts], np.float32)
        scores[15:] = np.nan
        return scores


def test_the_floor_reranks_as_the_dataflow_does(rag, workload, held):
    settings = rag.settings.model_copy(update={"reranking": "cross_encoder"})
    reranking = Pipeline(settings, rag.encoder, rag.database, reranker=ByLength())
    questions = workload.questions(16)
    reranked = [found(reranking, held, question) for question in questions]
    with Floor(reranking, held) as floor:
        assert [floor.found(question) for question in questions] == reranked
    assert [found(rag, held, question) for question in questions] != reranked


def test_the_floor_reranks_by_late_interaction_as_the_dataflow_does(rag, workload, held):
    reranking = variant(rag, reranking="late_interaction", rerank_deadline_s=30.0)
    with Floor(reranking, held) as floor:
        for question in workload.questions(4):
            assert floor.found(question) == found(reranking, held, question)


def test_the_floor_of_a_tenant_without_documents_finds_nothing(rag, tenant):
    question = "Is there anything at all?"
    with Floor(rag, tenant) as floor:
        assert floor.found(question) == ([], "", 0) == found(rag, tenant, question)


def test_the_floor_times_the_stages_of_the_graph(rag, held):
    question = "What is said about installing packages?"
    _, recording = rag.recorded_run(["context"], question=question, tenant=held)
    with Floor(rag, held) as floor:
        by_hand = floor.ask(question)
    assert set(by_hand.stages) == {stage.node for stage in recording.stages}


def test_a_bare_connection_is_a_database_bound_to_its_tenant(rag, returns):
    connection = BareConnection(rag.database, returns)
    database = rag.database.for_tenant(returns)
    assert isinstance(connection, TenantDatabase)
    assert connection.fingerprint == database.fingerprint
    asked = {"known_version": None}
    assert connection.query("tenant_facts", asked) == database.query("tenant_facts", asked)
    assert connection.query_all([("tenant_facts", asked)]) == [
        database.query("tenant_facts", asked)
    ]
    assert connection.read(lambda reader: reader.query("tenant_facts", asked))
    with connection.transaction() as transaction:
        assert transaction.query("delete_tenant") == [(3,)]
        assert transaction.query("tenant_facts", asked)
    (facts,) = database.query("tenant_facts", asked)
    assert facts[1] == 0
    connection.close()
