"""The audit of semantic search: its figures, its simulated filters, its advice; and a small tenant beside a large one."""

import json
from collections.abc import Iterator

import numpy as np
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline
from headrace.commands import main
from headrace.measuring.recall import advice as recall_advice
from headrace.measuring.recall import audit as recall
from headrace.measuring.recall import selectivities
from headrace.measuring.statistics import share_interval

WORDS = "walrus ice warranty refund parcel river invoice kettle lantern orchard piano quarry saddle teapot violin window"


@pytest.fixture(scope="module")
def catalogue(rag: Pipeline) -> str:
    """A tenant of 120 chunks, half of them of one kind and a tenth of one colour; its name."""
    words = WORDS.split()
    documents = [
        Document(
            f"d{i}",
            "",
            f"The {words[i % 16]} of the {words[(i * 7 + i // 16) % 16]} is number {i} in the catalogue.",
            "s",
            {
                "kind": "even" if i % 2 == 0 else "odd",
                "colour": "red" if i % 10 == 0 else f"shade {i}",
            },
        )
        for i in range(120)
    ]
    rag.ingest(documents, "catalogue")
    rag.database.build_index()
    return "catalogue"


@pytest.fixture
def run(data_dir, rag, monkeypatch, capfd):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["recall", *(str(argument) for argument in arguments)])
        return code, *capfd.readouterr()

    return call


def test_the_audit_reports_every_selectivity_and_leaves_no_trace(run, rag, catalogue, tmp_path):
    counted = "SELECT count(*), count(*) FILTER (WHERE field LIKE 'headrace%') FROM document_fields"
    with rag.database.for_tenant(catalogue).transaction() as transaction:
        before = transaction.execute(counted)
    code, out, _ = run(
        "--tenant",
        catalogue,
        "--sample",
        6,
        "--json",
        tmp_path / "r.json",
        "--set",
        "exact_search_chunks=70",
    )
    report = json.loads((tmp_path / "r.json").read_text())
    assert code == 0 and report["version"] == 1 and report["passed"] and report["questions"] == 6
    entries = {entry["share"]: entry for entry in report["selectivities"]}
    assert list(entries) == [1.0, 0.5, 0.1, 0.01]  # 0.1 % of 120 documents is none
    assert [entry["chunks"] for entry in entries.values()] == [120, 60, 12, 1]
    assert [entry["path"] for entry in entries.values()] == ["index", "exact", "exact", "exact"]
    assert [entry["simulated"] for entry in entries.values()] == [False, False, False, False]
    assert entries[0.5]["filter"] == "kind = even" and entries[0.1]["filter"] == "colour = red"
    assert all(
        entry["index"]["short"] == 0 and entry["routed"]["recall"] == 1
        for entry in entries.values()
    )
    assert "enough everywhere" in out and "12 of 12" in out
    with rag.database.for_tenant(catalogue).transaction() as transaction:
        assert transaction.execute(counted) == before and before[0][1] == 0


def test_a_simulated_filter_is_read_by_the_statements_of_the_application(rag, catalogue):
    audit = recall.Audit(rag, catalogue)
    question = audit.questions(1, seed=3)[0]
    with selectivities.simulated_selectivities(
        rag.database, catalogue, [0.5, 0.1, 0.0001], 120, seed=5
    ) as (session, found):
        assert {share: selectivity.chunks for share, selectivity in found.items()} == {
            0.5: 60,
            0.1: 12,
        }
        for selectivity in found.values():
            three = audit.three(session, question, selectivity.filters)
            assert (
                len(three.exact.scores) == len(three.index.scores) == selectivity.chunks
                and three.exact.recall(three.index) == 1
            )
    assert not audit.search(
        rag.database, question, found[0.1].filters
    ).scores  # outside the session there is no such value


def test_a_simulation_that_the_statements_do_not_read_is_an_error():
    """Were filters kept in another table, the audit must say so and not report the recall of an empty search."""
    simulated = selectivities.Selectivity(0.5, None, 60, simulated=True)
    with pytest.raises(recall.DatabaseError, match="does not read it"):
        recall._check_simulation(simulated, [recall.Search(("semantic_hits_exact",), (), 1.0)], 100)


def test_questions_are_sentences_and_noisy_vectors_by_turns_and_the_same_for_a_seed(rag, catalogue):
    audit = recall.Audit(rag, catalogue)
    first, again, other = audit.questions(40, 1), audit.questions(40, 1), audit.questions(40, 2)
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert all(np.linalg.norm(question) == pytest.approx(1, abs=1e-3) for question in first)
    exact = [audit.search(rag.database, question, ()).scores[0] for question in first]
    assert min(exact[::2]) > 0.9  # a sentence that is nearly all of its chunk
    assert 0.8 < np.mean(exact[1::2]) < 0.95 and max(exact[1::2]) < 0.97


def test_recall_counts_equals_as_right_and_is_of_those_there_are():
    exact = recall.Search(("semantic_hits_exact",), (0.9, 0.8, 0.8), 1.0)
    assert recall.Search(("semantic_hits_index",), (0.9, 0.8), 1.0).recall(exact) == pytest.approx(
        2 / 3
    )
    assert recall.Search(("semantic_hits_index",), (0.9, 0.8, 0.8), 1.0).recall(exact) == 1
    assert recall.Search(("semantic_hits_index",), (0.9, 0.7, 0.6), 1.0).recall(
        exact
    ) == pytest.approx(1 / 3)


def test_too_little_recall_is_exit_code_1_with_the_setting_to_raise(run, catalogue, monkeypatch):
    monkeypatch.setattr(
        recall.Search, "recall", lambda search, exact: 1.0 if search.path == "exact" else 0.5
    )
    code, out, _ = run(
        "--tenant", catalogue, "--sample", 2, "--set", "exact_search_chunks=70,hnsw_ef_search=600"
    )
    assert code == 1 and "too little" in out
    assert (
        "HEADRACE_EXACT_SEARCH_CHUNKS=130 recall 1.0000" in out
        and "raising HEADRACE_HNSW_EF_SEARCH to 1000 would only bring" in out
    )


@pytest.mark.parametrize(
    "wrong",
    [
        ["--tenant", "nobody here"],
        ["--tenant", "catalogue", "--sample", "0"],
        ["--tenant", "t", "--at-least", "95"],
    ],
)
def test_wrong_use_is_exit_code_2(run, catalogue, wrong):
    assert run(*wrong)[0] == 2


# -------------------------------------------------------------------------------------------------------------- advice


def entry(
    path: str,
    found: float,
    *,
    low: float = 0.9,
    chunks: int = 100_000,
    p50: float = 5.0,
    exact_p50: float = 40.0,
    **more,
) -> dict:
    figures = {
        "recall": found,
        "low": low,
        "high": 1.0,
        "rows": 20,
        "short": 0,
        "completed": 0,
        "p50_ms": p50,
        "p99_ms": 9.0,
    }
    routed = (
        figures if path == "index" else {**figures, "recall": 1.0, "low": 1.0, "p50_ms": exact_p50}
    )
    exact = {"p50_ms": exact_p50, "p99_ms": 60.0}
    return {
        "share": 1.0,
        "chunks": chunks,
        "path": path,
        "routed": routed,
        "exact": exact,
        "index": figures,
        "tried": [],
        **more,
    }


def test_the_first_number_of_candidates_that_is_enough_is_advised_with_its_figures():
    tried = [
        {"hnsw_ef_search": n, "recall": r, "short": 0, "p50_ms": ms}
        for n, r, ms in ((400, 0.94, 7.0), (600, 0.97, 9.0))
    ]
    advice = recall_advice.recall_advice([entry("index", 0.9, tried=tried)], {}, 0.95)
    assert [(one["setting"], one["value"], one["recall"], one["p50_ms"]) for one in advice] == [
        ("hnsw_ef_search", 600, 0.97, 9.0),
        ("exact_search_chunks", 110_000, 1.0, 40.0),
    ]


def test_exact_search_is_advised_to_be_given_up_only_where_the_index_surely_does_as_well_in_half_the_time():
    assert [
        one["value"]
        for one in recall_advice.recall_advice([entry("exact", 0.99, low=0.97)], {}, 0.95)
    ] == [99_999]
    assert recall_advice.recall_advice([entry("exact", 0.99, low=0.94)], {}, 0.95) == []
    assert recall_advice.recall_advice([entry("exact", 0.99, low=0.97, p50=30.0)], {}, 0.95) == []


def test_an_interval_that_reaches_below_asks_for_a_larger_sample():
    (advice,) = recall_advice.recall_advice([entry("index", 0.97, low=0.93)], {}, 0.95)
    assert advice["setting"] is None and "larger --sample" in advice["text"]


def test_the_interval_is_wilsons_where_each_question_is_one_row():
    stats = pytest.importorskip("scipy.stats")
    for hits, of in ((45, 50), (50, 50), (3, 40)):
        expected = stats.binomtest(hits, of).proportion_ci(method="wilson")
        assert share_interval([1.0] * hits + [0.0] * (of - hits), 1) == pytest.approx(
            (expected.low, expected.high), abs=1e-6
        )


def test_the_interval_holds_the_true_recall_nineteen_times_of_twenty_though_rows_fail_together():
    """A tenth of the questions lose all their rows: as if there were 100 questions, not 2,000 rows."""
    random = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        low, high = share_interval((random.random(100) > 0.1).astype(float), 20)
        held += low <= 0.9 <= high
    assert 0.92 <= held / 400 <= 0.98


# ---------------------------------------------------------------------------------------- a small tenant beside a large


@pytest.fixture
def beside(rag: Pipeline, data_dir) -> Iterator[Pipeline]:
    """A database where one tenant has 3 chunks and another 20,000."""
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as admin:
        admin.execute("CREATE DATABASE beside")
        address = make_conninfo(admin.info.dsn, dbname="beside")
        with Pipeline.open(
            data_dir=data_dir, database_url=address, reranking="off", generation="extractive"
        ) as pipeline:
            pipeline.ingest(
                [Document(f"d{i}", "", f"The walrus number {i} sleeps.", "s") for i in range(3)],
                "small",
            )
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(
                    "SET session_replication_role = replica"
                )  # no keys to check: these rows are only there to be many
                connection.execute("""INSERT INTO embeddings (tenant_id, chunk_id, encoder_id, embedding)
                    SELECT 'large', 1000 + n, encoder_id, embedding FROM embeddings, generate_series(1, 20000) AS n WHERE chunk_id = 1""")
                connection.execute("ANALYZE embeddings")
            yield pipeline
        admin.execute("DROP DATABASE beside WITH (FORCE)")
        admin.execute("DROP ROLE beside_app")


def test_a_small_tenant_beside_a_large_one_is_searched_exactly_along_its_own_key(beside):
    audit = recall.Audit(beside, "small")
    question = beside.encoder.encode(["walrus"])[0]
    found = audit.search(beside.database, question, ())
    assert found.statements == ("semantic_hits_exact",) and len(found.scores) == 3
    with beside.database.for_tenant("small").transaction() as transaction:
        values = {
            "query_embedding": question,
            "filters": None,
            "top_k": 20,
            "excluded": None,
            "languages": ["english"],
        }
        plan = transaction.explain("semantic_hits_exact", values)
    assert (
        "embeddings_pkey" in plan
        and "Index Cond: ((tenant_id = 'small'::text)" in plan
        and "Seq Scan on embeddings" not in plan
    )
