"""`run.py recall`: the audit of semantic search, its figures and simulated filters."""

import json
from collections.abc import Iterator

import numpy as np
import pytest

from headrace import Document, Pipeline
from headrace.commands import main
from headrace.errors import DatabaseError
from headrace.measuring.recall import audit
from headrace.measuring.recall.searches import Search, TenantSearches
from headrace.measuring.recall.selectivities import Selectivity, simulated_selectivities
from headrace.resources.postgres.tenant_database import Transaction
from support.databases import empty_database

WORDS = (
    "walrus ice warranty refund parcel river invoice kettle lantern orchard piano quarry "
    "saddle teapot violin window"
)


@pytest.fixture(scope="module")
def rag(rag: Pipeline, data_dir) -> Iterator[Pipeline]:
    """A database of this module's own: all its vectors decide how a search is routed."""
    choices = {"reranking": "off", "generation": "extractive"}
    with (
        empty_database(rag.database.admin_uri, "audited") as address,
        Pipeline.open(data_dir=data_dir, database_url=address, **choices) as pipeline,
    ):
        yield pipeline


@pytest.fixture(scope="module")
def catalogue(rag: Pipeline) -> str:
    """A tenant of 120 chunks, half of one kind and a tenth of one colour; its name."""
    rag.ingest([described(number) for number in range(120)], "catalogue")
    rag.database.build_index()
    return "catalogue"


def described(number: int) -> Document:
    words = WORDS.split()
    first = words[number % 16]
    second = words[(number * 7 + number // 16) % 16]
    text = f"The {first} of the {second} is number {number} in the catalogue."
    kind = "even" if number % 2 == 0 else "odd"
    colour = "red" if number % 10 == 0 else f"shade {number}"
    return Document(f"d{number}", "", text, "s", {"kind": kind, "colour": colour})


@pytest.fixture
def run(data_dir, rag, monkeypatch, capfd):
    """run.py recall: its exit code, standard output and error."""
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    monkeypatch.setenv("DATABASE_URL", rag.database.admin_uri)

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["recall", *(str(argument) for argument in arguments)])
        return code, *capfd.readouterr()

    return call


def test_the_audit_reports_every_selectivity_and_leaves_no_trace(run, rag, catalogue, tmp_path):
    before = count_field_values(rag, catalogue)
    file = tmp_path / "r.json"
    choices = ("--sample", 6, "--json", file, "--set", "exact_search_chunks=70")
    code, out, _ = run("--tenant", catalogue, *choices)
    report = json.loads(file.read_text())
    assert code == 0 and report["version"] == 1 and report["passed"] and report["questions"] == 6
    entries = {entry["share"]: entry for entry in report["selectivities"]}
    assert list(entries) == [1.0, 0.5, 0.1, 0.01]  # 0.1 % of 120 documents is none
    assert [entry["chunks"] for entry in entries.values()] == [120, 60, 12, 1]
    assert [entry["path"] for entry in entries.values()] == ["index", "exact", "exact", "exact"]
    assert [entry["simulated"] for entry in entries.values()] == [False, False, False, False]
    assert entries[0.5]["filter"] == "kind = even" and entries[0.1]["filter"] == "colour = red"
    for entry in entries.values():
        assert entry["index"]["short"] == 0 and entry["routed"]["recall"] == 1
    assert "enough everywhere" in out and "12 of 12" in out
    assert count_field_values(rag, catalogue) == before and before[1] == 0


def count_field_values(rag: Pipeline, tenant: str) -> tuple[int, int]:
    """How many values are stored, and how many of them are simulated."""
    with rag.database.for_tenant(tenant).transaction() as transaction:
        (counts,) = transaction.execute(
            "SELECT count(*), count(*) FILTER (WHERE field LIKE 'headrace%') FROM document_fields"
        )
    return counts


def test_a_simulated_filter_is_read_by_the_statements_of_the_application(rag, catalogue):
    searches = TenantSearches(rag, catalogue)
    (question,) = searches.questions(1, seed=3)
    with rag.database.session() as session:
        database = session.for_tenant(catalogue)
        shares = [0.5, 0.1, 0.0001]
        with simulated_selectivities(database, shares, documents=120, seed=5) as found:
            chunks = {share: selectivity.chunks for share, selectivity in found.items()}
            assert chunks == {0.5: 60, 0.1: 12}
            for selectivity in found.values():
                ways = searches.three_ways(database, question, selectivity.filters)
                assert len(ways.exact.scores) == selectivity.chunks
                assert len(ways.index.scores) == selectivity.chunks
                assert ways.exact.recall(ways.index) == 1
    # Outside the session there is no such value.
    other = rag.database.for_tenant(catalogue)
    assert not searches.search(other, question, found[0.1].filters).scores


def test_a_simulation_that_the_statements_do_not_read_is_an_error():
    """Were filters kept in another table, the audit must not report an empty search."""
    simulated = Selectivity(0.5, None, 60, simulated=True)
    found_nothing = Search(("semantic_hits_exact",), (), 1.0)
    with pytest.raises(DatabaseError, match="does not read it"):
        audit.check_simulation(simulated, [found_nothing], 100)


def test_a_login_that_may_create_no_temporary_table_is_told_what_it_needs(
    rag, catalogue, monkeypatch
):
    execute = Transaction.execute

    def refused(transaction: Transaction, text: str) -> list[tuple]:
        return [(False,)] if "has_database_privilege" in text else execute(transaction, text)

    monkeypatch.setattr(Transaction, "execute", refused)
    database = rag.database.for_tenant(catalogue)
    with (
        pytest.raises(DatabaseError, match="Grant TEMPORARY"),
        simulated_selectivities(database, [0.5], documents=120, seed=5),
    ):
        pass


def test_questions_are_sentences_and_noisy_vectors_by_turns_and_the_same_for_a_seed(rag, catalogue):
    searches = TenantSearches(rag, catalogue)
    database = rag.database.for_tenant(catalogue)
    first = searches.questions(40, seed=1)
    assert np.array_equal(first, searches.questions(40, seed=1))
    assert not np.array_equal(first, searches.questions(40, seed=2))
    assert all(np.linalg.norm(question) == pytest.approx(1, abs=1e-3) for question in first)
    nearest = [searches.search(database, question, ()).scores[0] for question in first]
    assert min(nearest[::2]) > 0.9  # a sentence that is nearly all of its chunk
    assert 0.8 < np.mean(nearest[1::2]) < 0.95 and max(nearest[1::2]) < 0.97


@pytest.mark.parametrize(
    ("scores", "recall"),
    [((0.9, 0.8), 2 / 3), ((0.9, 0.8, 0.8), 1), ((0.9, 0.7, 0.6), 1 / 3)],
)
def test_recall_counts_equals_as_right_and_is_of_those_there_are(scores, recall):
    exact = Search(("semantic_hits_exact",), (0.9, 0.8, 0.8), 1.0)
    found = Search(("semantic_hits_index",), scores, 1.0)
    assert found.recall(exact) == pytest.approx(recall)


def test_too_little_recall_is_exit_code_1_with_the_setting_to_raise(run, catalogue, monkeypatch):
    def half_by_index(search: Search, exact: Search) -> float:
        return 1.0 if search.path == "exact" else 0.5

    monkeypatch.setattr(Search, "recall", half_by_index)
    choices = ("--sample", 2, "--set", "exact_search_chunks=70,hnsw_ef_search=600")
    code, out, _ = run("--tenant", catalogue, *choices)
    assert code == 1 and "too little" in out
    assert "HEADRACE_EXACT_SEARCH_CHUNKS=130 recall 1.0000" in out
    assert "raising HEADRACE_HNSW_EF_SEARCH to 1000 would only bring" in out


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
