"""`run.py bench`: its report, and what it leaves behind."""

import json
from pathlib import Path

import psycopg
import pytest

from headrace.commands import main
from headrace.measuring.speed import benchmark, plan

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
    "removals",
    "jobs",
    "feedback",
)
TINY = plan.Plan(
    scales=(60,),
    questions=10,
    base_chunks=12,
    embedded_documents=2,
    slice_s=0.05,
    slices=1,
    recall_questions=3,
    answers=2,
)
#: Parts of what is printed.
PRINTED = (
    "query embedding",
    "claimed p50",
    "not measured",
    "by hand",
    "askers at once",
    "ingestion:",
    "understanding off",
    "errors, and answers",
)


@pytest.fixture
def bench(monkeypatch, capfd, tmp_path, with_weights):
    """run.py bench, made tiny: exit code, report, standard output and error."""
    monkeypatch.setattr(plan, "QUICK", TINY)
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(with_weights(tmp_path / "data")))
    file = tmp_path / "report.json"

    def call(*arguments: str) -> tuple[int, dict, str, str]:
        code = main(["bench", "--quick", "--json", str(file), *arguments])
        report = json.loads(file.read_text()) if file.exists() else {}
        return code, report, *capfd.readouterr()

    return call


def test_the_report_is_the_documented_one_and_the_temporary_database_is_gone(bench, tmp_path):
    code, report, out, _ = bench("--seed", "3")
    assert code == 0, out
    check_contract(report)
    assert report["environment"]["postgresql"] and report["seed"] == 3
    assert "rerank: no weights" in report["notes"][0]
    assert [text for text in PRINTED if text not in out] == []
    assert left_behind(tmp_path / "data") == []


OWN_STAGES = """
from headrace import Hit

def reranked_hits(fused_hits: list[Hit]) -> list[Hit]:
    return fused_hits[-1:]
"""


def test_stages_of_ones_own_are_measured_and_may_find_something_else(bench, tmp_path):
    file = tmp_path / "own_stages.py"
    file.write_text(OWN_STAGES)
    code, report, _, _ = bench("--module", str(file), "--set", "reranking=off")
    assert code == 0 and report["bars"]["errors_or_wrong_answers"]["value"] == 0
    assert report["differs_from_floor"] > 0
    assert report["notes"] == ["with own_stages; by hand are the stages without"]


def left_behind(data_dir) -> list[str]:
    """What a benchmark left there; the encoder's weights are no part of it."""
    return sorted(path.name for path in data_dir.iterdir() if path.name != "models")


def check_contract(report: dict) -> None:
    assert report["version"] == 1 and list(report["scale"]) == ["60"] and report["chunks"] >= 60
    for node in ("query_embeddings", "semantic_hits", "keyword_hits", "fused_hits", "context"):
        figures = report["stages"][node]
        assert all(figures[key] > 0 for key in ("p50_ms", "p99_ms", "floor_p50_ms")), node
    assert set(report["shown"]) <= {*report["stages"], *report["groups"]}
    for total in (report["total"], report["total_without_understanding"]):
        assert list(total) == ["p50_ms", "p99_ms", "floor_p50_ms", "floor_p99_ms", "ratio"]
        assert total["ratio"] == pytest.approx(total["p50_ms"] / total["floor_p50_ms"], abs=0.002)
    ours = {str(count) for count in benchmark.ASKERS}
    assert set(report["throughput"]) == ours | {f"floor_{count}" for count in ours}
    assert all(value > 0 for value in report["throughput"].values())
    processor = report["processor"]
    sides = processor["client_ms"] + (processor["server_ms"] or 0)
    assert processor["ms"] == pytest.approx(sides, abs=0.02) and processor["client_ms"] > 0
    assert processor["floor_ms"] > 0
    for fault in ("throughput_errors", "throughput_wrong", "differs_from_floor"):
        assert report[fault] == 0, fault
    for key in ("overhead_us", "ingest_chunks_per_s", "memory_mb", "wall_s"):
        assert isinstance(report[key], float), key
    assert isinstance(report["ingest_stored_chunks_per_s"], float)
    assert report["recall_at_20"] == report["bars"]["recall_at_20"]["value"] == 1
    assert report["settings"]["understanding"] == "rules"
    assert "database_url" not in report["settings"]


def test_in_a_database_of_ones_own_its_tenants_are_gone_afterwards(
    bench, monkeypatch, rag, tmp_path
):
    monkeypatch.setenv("DATABASE_URL", rag.database.admin_uri)
    kept = tenants(rag.database.admin_uri)
    code, report, _, _ = bench("--set", "understanding=off")
    assert code == 0 and report["server_memory_mb"] is None
    assert report["processor"]["server_ms"] is None
    assert report["settings"]["understanding"] == "off"
    assert tenants(rag.database.admin_uri) == kept and left_behind(tmp_path / "data") == []


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
    kept = tenants(rag.database.admin_uri)
    if error is KeyboardInterrupt:
        assert bench()[0] == 130
    else:
        with pytest.raises(RuntimeError, match="in the middle"):
            bench()
    assert tenants(rag.database.admin_uri) == kept
    assert left_behind(tmp_path / "data") == []


@pytest.mark.parametrize("scale", ["0", "-5"])
def test_a_scale_below_1_is_refused_before_anything_is_started(bench, tmp_path, scale):
    code, report, _, err = bench(f"--scale={scale}")
    assert code == 2 and f"--scale {scale}" in err
    assert not report and left_behind(tmp_path / "data") == []


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


def tenants(admin_uri: str) -> set[tuple[str, str]]:
    """(table, tenant) of every tenant that has a row anywhere."""
    found = set()
    with psycopg.connect(admin_uri) as connection:
        for table in TABLES:
            rows = connection.execute(f"SELECT DISTINCT tenant_id FROM {table}").fetchall()
            found.update((table, tenant) for (tenant,) in rows)
    return found


def test_every_table_with_tenants_is_known_here(rag):
    with psycopg.connect(rag.database.admin_uri) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id'"
        ).fetchall()
    assert {name for (name,) in rows} == set(TABLES)


def test_the_page_on_speed_shows_how_it_is_called():
    assert "run.py bench" in (Path(benchmark.__file__).parent / "README.md").read_text()


def scale(p50_ms: float, p99_ms: float = 50.0, recall_at_20: float = 1.0) -> dict:
    """What the bars read of one size."""
    both = {"p50_ms": p50_ms, "p99_ms": p99_ms}
    return {"groups": {"hybrid_retrieval": both}, "recall_at_20": recall_at_20}


def test_a_million_chunks_are_held_to_their_own_bars_and_to_ten_thousand():
    scales = {"10000": scale(5.0), "1000000": scale(12.5, p99_ms=61.0, recall_at_20=0.98)}
    bars = benchmark._bars_of_growth(scales)
    assert {name: (bar["value"], bar["met"]) for name, bar in bars.items()} == {
        "recall_at_20": (0.98, True),
        "million_p50_ms": (12.5, True),
        "million_p99_ms": (61.0, False),
        "million_growth": (2.5, False),
    }


def test_of_smaller_sizes_only_the_lowest_recall_has_a_bar():
    bars = benchmark._bars_of_growth({"1000": scale(5.0), "10000": scale(5.0, recall_at_20=0.9)})
    assert bars == {"recall_at_20": {"value": 0.9, "bar": 0.97, "met": False}}
