import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from headrace.commands import COMMANDS, main
from headrace.commands.batch import answered_ids
from support.places import ROOT

KEYS = [
    "question",
    "answer",
    "answered",
    "citations",
    "unsupported",
    "degraded",
    "stages",
    "total_ms",
    "usage",
    "cost_usd",
    "settings",
]
CITATION_KEYS = [
    "number",
    "document_id",
    "title",
    "source",
    "chunk_id",
    "start",
    "end",
    "page",
    "quote",
]


@pytest.fixture
def run(data_dir, rag, monkeypatch, capfd):
    """run.py in this process, with the tests' database; its exit code, standard output and standard error."""
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    monkeypatch.setenv("HEADRACE_RERANKING", "off")
    handler = signal.getsignal(signal.SIGTERM)

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        return code, *capfd.readouterr()

    yield call
    signal.signal(signal.SIGTERM, handler)


# -------------------------------------------------------------------------------------------------------------- overall


def test_the_overview_names_every_command(run):
    code, out, _ = run("--help")
    assert code == 0 and all(name in out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0 and out.startswith(f"usage: run.py {command}")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["ask"], ["ask", "q"], ["ask", "q", "--tenant", "t", "--jsno"]]
)
def test_wrong_use_is_exit_code_2(run, arguments):
    assert run(*arguments)[0] == 2


def test_a_wrong_setting_is_said_before_anything_is_started(run):
    code, _, err = run("ask", "q", "--tenant", "t", "--set", "keyword=tfidf")
    assert code == 2 and "HEADRACE_KEYWORD = 'tfidf'" in err


# ----------------------------------------------------------------------------------------------------- ingest and ask


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "warranty.md").write_text(
        "# Warranty\n\nThe warranty lasts two years. The battery is covered for one year."
    )
    (tmp_path / "docs" / "ranking.txt").write_text(
        "Results are merged by RRF, which adds up inverse ranks."
    )
    (tmp_path / "docs" / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    return tmp_path / "docs"


def test_ingest_counts_names_failures_and_the_second_time_embeds_nothing(run, folder, tenant):
    code, out, _ = run("ingest", folder, "--tenant", tenant)
    assert code == 1 and "2 new, 0 changed, 0 unchanged, 1 failed, 2 chunks embedded" in out
    assert f"failed: {folder / 'broken.pdf'}: " in out
    (folder / "broken.pdf").unlink()
    code, out, _ = run("ingest", folder, "--tenant", tenant, "--prune")
    assert code == 0 and "0 new, 0 changed, 2 unchanged, 0 failed, 0 chunks embedded" in out
    (folder / "ranking.txt").unlink()
    assert "1 removed" in run("ingest", folder, "--tenant", tenant, "--prune")[1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.csv", "short form,long form\nRRF,reciprocal rank fusion\n"),
        ("h.csv", "Abbreviation,Meaning\nRRF,reciprocal rank fusion\n"),
        ("g.yaml", "RRF: reciprocal rank fusion\n"),
        ("g.tsv", "RRF\treciprocal rank fusion\n"),
    ],
)
def test_a_glossary_is_taken_along(run, folder, tenant, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert (
        "1 abbreviations given"
        in run("ingest", folder / "ranking.txt", "--tenant", tenant, "--glossary", tmp_path / name)[
            1
        ]
    )
    assert (
        "RRF (reciprocal rank fusion)"
        in run("ask", "How does RRF merge?", "--tenant", tenant, "--until", "expanded_query")[1]
    )


def test_a_broken_glossary_stores_nothing_and_names_the_line(run, folder, tenant, tmp_path):
    (tmp_path / "g.csv").write_text("RRF,reciprocal rank fusion\nlonely\n")
    code, _, err = run("ingest", folder, "--tenant", tenant, "--glossary", tmp_path / "g.csv")
    assert code == 2 and "line 2" in err


def test_a_path_that_does_not_exist_is_exit_code_2(run, tenant, tmp_path):
    code, _, err = run("ingest", tmp_path / "nowhere", "--tenant", tenant)
    assert code == 2 and "nowhere" in err


def test_ask_prints_the_answer_its_citations_and_where_they_stand(run, returns):
    code, out, _ = run("ask", "How long does the warranty last?", "--tenant", returns)
    assert (
        code == 0
        and "The warranty lasts two years. [1]" in out
        and "handbook/warranty.md, characters 0-29" in out
    )


def test_ask_json_is_the_documented_object(run, returns):
    code, out, _ = run("ask", "How long does the warranty last?", "--tenant", returns, "--json")
    answer = json.loads(out)
    assert code == 0 and list(answer) == KEYS and list(answer["citations"][0]) == CITATION_KEYS
    assert answer["answered"] and {"node", "ms"} <= answer["stages"][0].keys()


def test_a_declined_question_is_no_failure(run, returns):
    code, out, _ = run("ask", "How many moons does Jupiter have?", "--tenant", returns)
    assert code == 0 and "The documents do not answer this." in out


def test_facets_show_the_fields_then_the_values_and_as_json_both_alike(run, returns):
    code, out, _ = run("facets", "--tenant", returns)
    assert code == 0 and out.split() == [
        "field",
        "documents",
        "ranges",
        "of",
        "author",
        "3",
        "license",
        "3",
        "published",
        "3",
        "dates",
    ]
    code, out, _ = run("facets", "--tenant", returns, "--field", "author")
    assert code == 0 and out.split() == [
        "author",
        "documents",
        "Grace",
        "Hopper",
        "2",
        "Ada",
        "Lovelace",
        "1",
    ]
    code, out, _ = run(
        "facets", "--tenant", returns, "--field", "license", "--limit", "1", "--json"
    )
    assert json.loads(out) == [{"field": "license", "documents": 2, "value": "MIT", "kinds": []}]


def test_facets_of_an_unknown_field_name_those_there_are_and_of_an_empty_tenant_say_so(
    run, returns, tenant
):
    code, _, err = run("facets", "--tenant", returns, "--field", "licence")
    assert (
        code == 2
        and 'no document has the field "licence", did you mean license?; there are: author, license, published'
        in err
    )
    assert (
        f'The documents of "{tenant}-empty" have no fields.'
        in run("facets", "--tenant", f"{tenant}-empty")[1]
    )


def test_ask_takes_conditions_of_every_kind_and_explains_a_wrong_one(run, returns):
    conditions = [
        part
        for condition in ("published=2020-01-01..", "license!=MIT", "author?")
        for part in ("--filter", condition)
    ]
    code, out, _ = run(
        "ask",
        "How long does the warranty last?",
        "--tenant",
        returns,
        *conditions,
        "--until",
        "fused_hits",
    )
    assert code == 0 and "warranty" in out and "refunds" not in out and "ranking" not in out
    code, _, err = run("ask", "How long?", "--tenant", returns, "--filter", "license")
    assert (
        code == 2
        and "possible are FIELD=VALUE, FIELD!=VALUE, FIELD=FROM..BEFORE, FIELD? and !FIELD" in err
    )


def test_until_stops_at_a_node_and_shows_it_as_a_table(run, returns):
    code, out, _ = run(
        "ask", "How long does the warranty last?", "--tenant", returns, "--until", "fused_hits"
    )
    assert (
        code == 0
        and out.startswith("fused: 3 hits")
        and "found by" in out
        and "semantic 0 #1" in out
    )


@pytest.mark.parametrize(
    "node",
    [
        "normalized_query",
        "sub_queries",
        "query_embeddings",
        "query_filters",
        "context",
        "prompt",
        "sentence_scores",
        "answer",
    ],
)
def test_until_shows_any_node(run, returns, node):
    code, out, _ = run(
        "ask", "How long does the warranty last?", "--tenant", returns, "--until", node
    )
    assert code == 0 and out.strip()


def test_trace_shows_the_question_on_its_way_and_the_stages(run, returns):
    _, out, _ = run("ask", "How long does the waranty last?", "--tenant", returns, "--trace")
    assert "typo: waranty -> warranty" in out and "semantic_hits" in out.partition("the stages")[2]


def test_filters_come_from_the_command_line(run, returns):
    ask = ("ask", "Who covers faults?", "--tenant", returns, "--until", "query_filters")
    assert '"mit"' in run(*ask, "--filter", "license=MIT")[1].lower()
    assert "2021-01-01" in run(*ask, "--filter", "published=2021-01-01..2022-01-01")[1]
    assert run(*ask, "--filter", "colour=red")[0] == 2


# --------------------------------------------------------------------------------------------------------------- batch


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def questions(tmp_path, returns) -> Path:
    path = tmp_path / "questions.jsonl"
    entries = [
        {"id": "w", "question": "How long does the warranty last?"},
        {
            "id": 2,
            "question": "Within how many days may I return an item?",
            "filters": {"author": "Ada Lovelace"},
        },
        {
            "id": "none",
            "question": "How many moons does Jupiter have?",
            "today": "2026-01-01",
            "history": [],
        },
    ]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def test_a_batch_writes_one_line_per_question(run, questions, returns, tmp_path):
    code, out, _ = run(
        "batch", questions, "--out", tmp_path / "a.jsonl", "--tenant", returns, "--workers", 2
    )
    answers = {line["id"]: line for line in lines(tmp_path / "a.jsonl")}
    assert code == 0 and "3 questions: 0 answered before, 3 now, 0 failed" in out
    assert {name: answer["answered"] for name, answer in answers.items()} == {
        "w": True,
        2: True,
        "none": False,
    }
    assert list(answers["w"]) == ["id", *KEYS]


def test_a_bad_question_is_an_error_line_and_is_tried_again(run, questions, returns, tmp_path):
    good = questions.read_text()
    bad = [
        '{"id": "x"}',
        "not json",
        '{"id": "q", "question": "?"}',
        '{"id": "w", "question": "again"}',
    ]
    bad += ['{"id": "k", "question": "a b", "tennant": 1}']
    bad += [
        '{"id": "d", "question": "who?", "today": "soon"}',
        '{"id": "f", "question": "who is it?", "filters": {"colour": "red"}}',
    ]
    questions.write_text(good + "\n".join(bad) + "\n")
    out_path = tmp_path / "a.jsonl"
    code, out, _ = run("batch", questions, "--out", out_path, "--tenant", returns)
    errors = {line["id"]: line["error"] for line in lines(out_path) if "error" in line}
    assert code == 1 and "10 questions: 0 answered before, 3 now, 7 failed" in out
    assert (
        set(errors) == {"x", "line 5", "q", "line 7", "k", "d", "f"}
        and "repeats the id" in errors["line 7"]
        and "tennant" in errors["k"]
    )
    questions.write_text(
        good + '{"id": "q", "question": "Is the battery covered by the warranty?"}\n'
    )
    code, out, _ = run("batch", questions, "--out", out_path, "--tenant", returns)
    assert (
        code == 0
        and "4 questions: 3 answered before, 1 now, 0 failed" in out
        and answered_ids(out_path) == {'"w"', "2", '"none"', '"q"'}
    )


def test_a_line_cut_off_by_a_kill_is_asked_again_and_spoils_no_other(
    run, questions, returns, tmp_path
):
    out_path = tmp_path / "a.jsonl"
    run("batch", questions, "--out", out_path, "--tenant", returns)
    whole = out_path.read_bytes()
    out_path.write_bytes(whole[: whole.rindex(b"{", 0, -400)])
    code, _, _ = run("batch", questions, "--out", out_path, "--tenant", returns)
    assert code == 0 and len(answered_ids(out_path)) == 3


def test_a_killed_batch_goes_on_where_it_was(run, returns, tmp_path, data_dir):
    questions, out_path = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    questions.write_text(
        "".join(
            json.dumps({"id": i, "question": f"How long does warranty number {i} last?"}) + "\n"
            for i in range(400)
        )
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        ROOT / "run.py",
        "batch",
        questions,
        "--out",
        out_path,
        "--tenant",
        returns,
        "--workers",
        "1",
    ]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not (out_path.exists() and out_path.read_bytes().count(b"\n") >= 3):
        assert process.poll() is None
    process.kill()
    process.wait()
    before = len(answered_ids(out_path))
    assert 3 <= before < 400
    questions.write_text("".join(questions.read_text().splitlines(keepends=True)[: before + 5]))
    code, out, _ = run("batch", questions, "--out", out_path, "--tenant", returns)
    assert code == 0 and f"{before + 5} questions: {before} answered before, 5 now, 0 failed" in out
    assert len(answered_ids(out_path)) == before + 5


def test_a_questions_file_that_is_not_there_is_exit_code_2(run, tmp_path):
    code, _, err = run(
        "batch", tmp_path / "nowhere.jsonl", "--out", tmp_path / "a.jsonl", "--tenant", "t"
    )
    assert code == 2 and "nowhere.jsonl" in err and not (tmp_path / "a.jsonl").exists()


# ------------------------------------------------------------------------------------------------- graph, doctor, demo


def test_the_graph_is_printed_in_each_format(run, monkeypatch):
    assert run("graph")[1].startswith("flowchart TD")
    assert run("graph", "--format", "dot", "--until", "fused_hits")[1].startswith("digraph")
    monkeypatch.setenv("PATH", "")
    code, _, err = run("graph", "--format", "svg")
    assert code == 2 and "install graphviz" in err


def test_the_doctor_says_what_is_here_and_what_to_do_about_the_rest(run):
    code, out, _ = run("doctor", "--set", "reranking=cross_encoder")
    assert code == 0
    found = (
        "PostgreSQL 18",
        "pgvector 0.8",
        "all-MiniLM-L6-v2",
        "not reranked",
        "HEADRACE_RERANKER",
        "ANTHROPIC_API_KEY",
        "GB free",
        "extra torch",
    )
    assert [item for item in found if item not in out] == []


def test_the_doctor_reports_a_database_that_cannot_be_reached(run, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    code, out, _ = run("doctor")
    assert code == 1 and "broken" in out and "Check DATABASE_URL" in out


def test_the_demo_answers_two_questions_and_declines_one(run, monkeypatch):
    from headrace.commands import demo

    named = ("numpy", "RapidFuzz", "pydantic", "psycopg", "tiktoken", "rich")
    packages = [
        document for document in demo.installed_packages() if document.title.split()[0] in named
    ]
    monkeypatch.setattr(
        demo, "installed_packages", lambda: packages
    )  # six of them: the whole environment takes a minute
    code, out, _ = run("demo")
    assert code == 0, out
    compound, filtered, declined = out.split("\nQ: ")[1:]
    assert "RapidFuzz/METADATA, characters" in compound and "numpy/METADATA, characters" in compound
    assert (
        "pydantic/METADATA, characters" in filtered
        and "The documents do not answer this." in declined
    )
    assert "semantic_hits" in compound and "run.py ingest PATH" in declined


def test_installed_packages_are_documents_with_their_metadata():
    from headrace.commands.demo import installed_packages

    documents = {document.document_id: document for document in installed_packages()}
    pydantic = documents["package:pydantic"]
    assert "package:headrace" not in documents
    assert (
        pydantic.metadata["license"] == "MIT"
        and "Data validation" in pydantic.text
        and pydantic.markup == "markdown"
    )
