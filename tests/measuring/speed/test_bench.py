import json
from itertools import islice

import numpy as np
import psycopg
import pytest

from headrace import Document, Pipeline
from headrace.commands import main
from headrace.errors import SettingsError
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.speed import benchmark, vocabulary
from headrace.measuring.speed.floor import Floor
from headrace.measuring.speed.interleaved import found
from headrace.measuring.speed.throughput import rate
from headrace.measuring.speed.workload import GivenVectors, Workload, sample_base
from support.places import ROOT

#: Every table that holds a tenant's rows.
TABLES = (
    "documents",
    "chunks",
    "embeddings",
    "postings",
    "segments",
    "tenant_statistics",
    "document_fields",
    "words",
    "spellings",
    "glossary",
    "definitions",
    "value_names",
)
TINY = benchmark.Plan(
    scales=(60,),
    questions=10,
    base_chunks=12,
    embedded_documents=2,
    slice_s=0.05,
    slices=1,
    answers=2,
)


@pytest.fixture(scope="module")
def packages() -> list[Document]:
    return installed_packages()


@pytest.fixture(scope="module")
def workload(rag, packages) -> Workload:
    return Workload(sample_base(packages, rag.encoder, 24, seed=7), seed=7)


@pytest.fixture(scope="module")
def held(rag, workload) -> str:
    """A tenant that holds 20 documents of the workload; its name."""
    given = Pipeline(rag.settings, GivenVectors(workload, rag.encoder), rag.database)
    outcomes = given.ingest(islice(workload.documents(), 20), "bench-test")
    assert {outcome.status for outcome in outcomes} <= {"new", "unchanged"}
    rag.database.build_index()
    return "bench-test"


# ------------------------------------------------------------------------------------------------------------ workload


def test_the_same_seed_makes_the_same_documents_questions_and_vectors(rag, packages, workload):
    again = Workload(sample_base(packages, rag.encoder, 24, seed=7), seed=7)
    other = Workload(workload.base, seed=8)
    first = list(islice(workload.documents(), 5))
    assert (
        list(islice(again.documents(), 5)) == first
        and list(islice(again.documents(3), 2)) == first[3:]
    )
    assert list(islice(other.documents(), 5)) != first
    assert again.questions(40) == workload.questions(40) != other.questions(40)
    texts = [document.text for document in first]
    assert np.array_equal(again.vectors(texts), workload.vectors(texts)) and not np.array_equal(
        other.vectors(texts), workload.vectors(texts)
    )


def test_vectors_have_norm_1_and_lie_near_the_real_ones(workload):
    texts = [chunk.text for chunk in workload.base]
    vectors = workload.vectors(texts)
    assert vectors.dtype == np.float32 and np.allclose(
        np.linalg.norm(vectors, axis=1), 1, atol=1e-6
    )
    real = np.array([chunk.vector for chunk in workload.base])
    assert 0.8 < (vectors * real).sum(axis=1).mean() < 0.95
    assert np.allclose(np.linalg.norm(workload.vectors(["text of nobody"]), axis=1), 1, atol=1e-6)


def test_resampled_text_is_made_of_real_sentences(workload, packages):
    real = " ".join(" ".join(document.text for document in packages).split())
    for document in islice(workload.documents(), 10):
        lines = [line for line in document.text.split("\n") if line]
        assert lines and all(line in real for line in lines)
        assert document.title in {package.title for package in packages}


def test_chunks_of_one_origin_differ_and_share_text(workload):
    texts = [document.text for document in islice(workload.documents(), 40)]
    pieces = [frozenset(piece.split("\n")) for text in texts for piece in text.split("\n\n")]
    assert len(set(pieces)) > 0.9 * len(pieces)
    assert any(a & b and a != b for a in pieces[:50] for b in pieces[50:])


def test_questions_differ_and_are_words_of_real_sentences(workload):
    questions = workload.questions(16)
    sentences = " ".join(sentence for chunk in workload.base for sentence in chunk.sentences)
    assert (
        len(set(questions)) == 16
        and sum(", and what is said about " in question for question in questions) == 2
    )
    assert questions[0].removeprefix("What is said about ").split()[0] in sentences


def test_what_is_ingested_has_the_vectors_that_were_given(rag, workload, held):
    with rag.database.for_tenant(held).transaction() as transaction:
        rows = transaction.execute(
            "SELECT c.text, e.embedding::text FROM chunks c JOIN embeddings e USING (tenant_id, chunk_id) LIMIT 20"
        )
    for text, vector in rows:
        given = workload.vectors([text])[
            0
        ]  # the title in front is part of the seed of the noise, not of the origin
        assert float(given @ np.array(json.loads(vector))) > 0.6


# --------------------------------------------------------------------------------------------------------------- floor


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"understanding": "off"},
        {"keyword": "ts_rank"},
        {"fusion": "convex"},
        {"exact_search_chunks": 0},
        {"token_budget": 300},
    ],
    ids=str,
)
def test_the_floor_finds_the_same_chunks_in_the_same_order_and_the_same_context(
    rag, workload, held, changes
):
    variant = Pipeline(rag.settings.model_copy(update=changes), rag.encoder, rag.database)
    with Floor(variant, held) as floor:
        for question in workload.questions(24):
            ours, by_hand = found(variant, held, question), floor.ask(question)
            assert (
                by_hand.result == ours and ours[0] and 0 < ours[2] <= variant.settings.token_budget
            )


def test_the_floor_reranks_as_the_dataflow_does(rag, workload, held):
    class ByLength:
        name = "by length"

        def score(self, question, texts, deadline_s=None):
            scores = np.array([len(text) / 300 - 2 for text in texts], np.float32)
            scores[15:] = np.nan
            return scores

    variant = Pipeline(
        rag.settings.model_copy(update={"reranking": "cross_encoder"}), rag.encoder, rag.database
    )
    variant.reranker = ByLength()
    with Floor(variant, held) as floor:
        results = [
            (found(variant, held, question), floor.found(question))
            for question in workload.questions(16)
        ]
    assert all(ours == by_hand for ours, by_hand in results)
    assert any(
        ours != found(rag, held, question)
        for (ours, _), question in zip(results, workload.questions(16), strict=True)
    )


def test_the_floor_of_a_tenant_without_documents_finds_nothing(rag, tenant):
    with Floor(rag, tenant) as floor:
        assert (
            floor.ask("Is there anything at all?").result
            == ([], "", 0)
            == found(rag, tenant, "Is there anything at all?")
        )


def test_the_floor_times_the_stages_of_the_graph(rag, held):
    _, recording = rag.recorded_run(
        ["context"], question="What is said about installing packages?", tenant=held
    )
    with Floor(rag, held) as floor:
        by_hand = floor.ask("What is said about installing packages?")
    assert set(by_hand.stages) == {stage.node for stage in recording.stages}


# ---------------------------------------------------------------------------------------------------------- throughput


def test_wrong_answers_and_errors_are_counted():
    def ask(question: str) -> str:
        if question == "broken":
            raise RuntimeError
        return "wrong" if question == "b" else question

    made = rate([ask, ask], ["a", "b", "broken"], {"a": "a", "b": "b", "broken": ""}, seconds=0.05)
    assert made.wrong > 0 and made.errors > 0 and made.answers > made.wrong and made.per_second > 0


# ---------------------------------------------------------------------------------------------------------- the command


@pytest.fixture
def bench(monkeypatch, capfd, tmp_path):
    """run.py bench, made tiny; its exit code, the report, standard output and standard error."""
    monkeypatch.setattr(benchmark, "QUICK", TINY)
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))

    def call(*arguments: str) -> tuple[int, dict, str, str]:
        code = main(["bench", "--quick", "--json", str(tmp_path / "report.json"), *arguments])
        report = (
            json.loads((tmp_path / "report.json").read_text())
            if (tmp_path / "report.json").exists()
            else {}
        )
        return code, report, *capfd.readouterr()

    return call


def test_the_report_is_the_documented_one_and_the_temporary_database_is_gone(bench, tmp_path):
    code, report, out, _ = bench("--seed", "3")
    assert code == 0, out
    _check_contract(report)
    assert (
        report["environment"]["postgresql"]
        and report["seed"] == 3
        and "rerank: no weights" in report["notes"][0]
    )
    said = (
        "query embedding",
        "claimed p50",
        "not measured",
        "by hand",
        "askers at once",
        "ingestion:",
        "understanding off",
        "errors, and answers",
    )
    assert [text for text in said if text not in out] == []
    assert _left_behind(tmp_path / "data") == []


def _left_behind(data_dir) -> list[str]:
    """What a benchmark left there: the encoder's weights are no part of it."""
    return (
        sorted(path.name for path in data_dir.iterdir() if path.name != "models")
        if data_dir.exists()
        else []
    )


def _check_contract(report: dict) -> None:
    assert report["version"] == 1 and list(report["scale"]) == ["60"] and report["chunks"] >= 60
    for node in ("query_embeddings", "semantic_hits", "keyword_hits", "fused_hits", "context"):
        assert all(
            report["stages"][node][key] > 0 for key in ("p50_ms", "p99_ms", "floor_p50_ms")
        ), node
    for total in (report["total"], report["total_without_understanding"]):
        assert list(total) == ["p50_ms", "p99_ms", "floor_p50_ms", "floor_p99_ms", "ratio"]
        assert total["ratio"] == pytest.approx(total["p50_ms"] / total["floor_p50_ms"], abs=0.002)
    assert set(report["throughput"]) == {
        f"{prefix}{count}" for prefix in ("", "floor_") for count in (1, 2, 4, 8)
    }
    assert all(value > 0 for value in report["throughput"].values())
    assert (
        report["throughput_errors"]
        == report["throughput_wrong"]
        == report["differs_from_floor"]
        == 0
    )
    for key in (
        "overhead_us",
        "ingest_chunks_per_s",
        "ingest_stored_chunks_per_s",
        "memory_mb",
        "wall_s",
    ):
        assert isinstance(report[key], float), key
    assert (
        report["settings"]["understanding"] == "rules" and "database_url" not in report["settings"]
    )


def test_in_a_database_of_ones_own_its_tenants_are_gone_afterwards(
    bench, monkeypatch, rag, tmp_path
):
    monkeypatch.setenv("DATABASE_URL", rag.database.admin_uri)
    kept = _tenants(rag.database.admin_uri)
    code, report, _, _ = bench("--set", "understanding=off")
    assert (
        code == 0
        and report["settings"]["understanding"] == "off"
        and report["server_memory_mb"] is None
    )
    assert _tenants(rag.database.admin_uri) == kept and _left_behind(tmp_path / "data") == []


@pytest.mark.parametrize(
    ("error", "own_database"), [(RuntimeError, True), (KeyboardInterrupt, False)]
)
def test_nothing_stays_behind_when_it_ends_early(
    bench, monkeypatch, rag, tmp_path, error, own_database
):
    def broken(*_: object) -> None:
        raise error("in the middle")

    monkeypatch.setattr(benchmark._Benchmark, "_compared", broken)
    if own_database:
        monkeypatch.setenv("DATABASE_URL", rag.database.admin_uri)
    kept = _tenants(rag.database.admin_uri)
    if error is KeyboardInterrupt:
        assert bench()[0] == 130
    else:
        with pytest.raises(RuntimeError, match="in the middle"):
            bench()
    assert _tenants(rag.database.admin_uri) == kept
    assert _left_behind(tmp_path / "data") == []


@pytest.mark.parametrize("scale", ["0", "-5"])
def test_a_scale_below_1_is_refused_before_anything_is_started(bench, tmp_path, scale):
    code, report, _, err = bench(f"--scale={scale}")
    assert (
        code == 2 and f"--scale {scale}" in err and not report and not (tmp_path / "data").exists()
    )


def test_a_scale_that_is_no_number_is_wrong_use(bench, capfd):
    with pytest.raises(SystemExit) as end:
        bench("--scale", "many")
    assert end.value.code == 2 and "invalid int value: 'many'" in capfd.readouterr().err


def test_a_report_that_cannot_be_written_is_said_first(capfd, tmp_path):
    assert main(["bench", "--quick", "--json", str(tmp_path / "nowhere" / "report.json")]) == 2
    assert "cannot be written" in capfd.readouterr().err


@pytest.mark.parametrize("choice", ["understanding=llm", "packing=greedy", "spelling=off"])
def test_what_the_floor_cannot_do_is_refused_and_no_model_paid(capfd, choice):
    assert main(["bench", "--quick", "--set", choice]) == 2
    assert "the same work by hand" in capfd.readouterr().err


def test_understanding_is_timed_alone_where_there_are_many_words(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(vocabulary, "QUESTIONS", 12)
    assert main(["bench", "--words", "1000", "--json", str(tmp_path / "words.json")]) == 0
    report = json.loads((tmp_path / "words.json").read_text())
    assert report["words"] > 1000 == report["asked_words"] and report["asked"] == 12
    assert (
        0 < report["questions"]["p50_ms"] <= report["questions"]["p99_ms"]
        and report["misspelt"]["p50_ms"] > 0
    )
    assert report["bars"]["p99_ms"]["value"] == report["questions"]["p99_ms"]
    assert not list((tmp_path / "data").glob("bench-*"))


def test_slips_change_every_third_longer_word_by_one_slip():
    question = "What is said about turbines, generators and channels beside rivers flowing north?"
    slipped = vocabulary._misspelt(question, np.random.default_rng(1)).split(" ")
    changed = [
        (old, new) for old, new in zip(question.split(" "), slipped, strict=True) if old != new
    ]
    assert [old for old, _ in changed] == ["about", "beside"] and all(
        abs(len(old) - len(new)) <= 1 for old, new in changed
    )


@pytest.mark.parametrize(
    ("words", "url", "said"),
    [
        ("999", "", "at least 1000"),
        ("2000", "postgresql://someone@example.org/theirs", "DATABASE_URL"),
    ],
)
def test_words_that_are_too_few_or_another_database_are_refused(
    words, url, said, monkeypatch, tmp_path, capfd
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    if url:
        monkeypatch.setenv("DATABASE_URL", url)
    assert main(["bench", "--words", words]) == 2
    assert said in capfd.readouterr().err and not (tmp_path / "data").exists()


def test_scales_go_up_by_tens():
    assert benchmark.plan_for(False, None, 0).scales == (1_000, 10_000, 100_000)
    assert benchmark.plan_for(False, 1_000_000, 0).scales == (1_000, 10_000, 100_000, 1_000_000)
    assert benchmark.plan_for(False, 5_000, 0).scales == (1_000, 5_000) and benchmark.plan_for(
        False, 200, 0
    ).scales == (200,)
    assert benchmark.plan_for(True, None, 0).scales == (1_000,) and benchmark.plan_for(
        True, 300, 4
    ).scales == (300,)
    with pytest.raises(SettingsError, match="at least 1"):
        benchmark.plan_for(True, 0, 0)


def _tenants(admin_uri: str) -> set[tuple[str, str]]:
    """(table, tenant) of every tenant that has a row anywhere."""
    with psycopg.connect(admin_uri) as connection:
        return {
            (table, tenant)
            for table in TABLES
            for (tenant,) in connection.execute(f"SELECT DISTINCT tenant_id FROM {table}")
        }


def test_every_table_with_tenants_is_known_here(rag):
    with psycopg.connect(rag.database.admin_uri) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id'"
        ).fetchall()
    assert {name for (name,) in rows} == set(TABLES)


def test_the_readme_shows_how_it_is_called():
    assert "run.py bench" in (ROOT / "README.md").read_text()
