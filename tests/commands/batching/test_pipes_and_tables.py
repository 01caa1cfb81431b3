"""Questions and answers in pipes, CSV and Parquet."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from headrace.commands.batching.questions import read_questions
from headrace.commands.batching.tables import write_table
from support.places import ROOT

QUESTIONS = ["How long does the warranty last?", "How many moons does Jupiter have?"]


def batch(*arguments: object) -> list[str]:
    return [sys.executable, str(ROOT / "run.py"), "batch", *map(str, arguments)]


@pytest.mark.parametrize("out", ["-", "/dev/stdout"])
def test_answers_go_through_a_pipe_line_by_line_and_nothing_else_does(
    out, returns, data_dir, monkeypatch
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    lines = "".join(json.dumps({"question": text}) + "\n" for text in QUESTIONS)
    ran = subprocess.run(
        batch("-", "--out", out, "--tenant", returns, "--in-order"),
        input=lines,
        capture_output=True,
        text=True,
    )
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, ran.stderr
    assert [answer["id"] for answer in answers] == ["line 1", "line 2"]
    assert [answer["answered"] for answer in answers] == [True, False]
    assert "2 questions: 1 answered, 1 declined, 0 failed" in ran.stderr
    assert not Path("-").exists()


def test_a_reader_that_leaves_ends_the_batch(run, returns, data_dir, monkeypatch):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    read, write = os.pipe()
    os.close(read)
    question = json.dumps({"question": QUESTIONS[1]}).encode()
    command = batch("-", "--out", "-", "--tenant", returns)
    ran = subprocess.run(command, input=question, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert ran.returncode == 0 and b"Traceback" not in ran.stderr


ROWS = [
    {
        "id": "w",
        "question": "How long; does the warranty last?",
        "filters": {"author": "Grace Hopper"},
        "history": ["Is there a shop?", "Yes."],
    },
    {"question": "How many moons does Jupiter have?", "today": "2026-01-01"},
    {"question": "Who?", "filters": {"colour": "red"}},
]


def questions_file(path: Path) -> Path:
    """ROWS as the kind of file that the path's name says."""
    if path.suffix == ".parquet":
        pd.DataFrame(ROWS).to_parquet(path)
        return path
    rows = []
    for row in ROWS:
        rows.append({name: _cell(value) for name, value in row.items()})
    separator = {".csv": ";", ".tsv": "\t"}[path.suffix]
    pd.DataFrame(rows).to_csv(path, index=False, sep=separator, encoding="utf-8-sig")
    return path


def _cell(value: object) -> object:
    return value if isinstance(value, str) else json.dumps(value)


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",")


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet"])
def test_a_table_of_questions_becomes_a_table_of_answers(run, returns, tmp_path, ending):
    path = questions_file(tmp_path / f"questions{ending}")
    out = tmp_path / f"answers{ending}"
    ran = run("batch", path, "--out", out, "--tenant", returns, "--workers", 3)
    assert ran.code == 1 and "3 questions: 1 answered, 1 declined, 1 failed" in ran.out
    frame = read(out)
    assert list(frame["id"]) == ["w", "row 2", "row 3"]
    assert [bool(value) for value in frame["answered"].fillna(False)] == [True, False, False]
    (citation, *_) = json.loads(frame["citations"][0])
    assert citation["document_id"] == "warranty"
    assert "colour" in frame["error"][2] and frame["error"].isna().tolist() == [True, True, False]


def test_a_table_is_made_from_its_lines_which_the_next_run_goes_on_with(run, returns, tmp_path):
    path, out = tmp_path / "questions.csv", tmp_path / "answers.csv"
    arguments = ("batch", path, "--out", out, "--tenant", returns)
    path.write_text("id,question\n1,What is RRF?\n")
    assert run(*arguments).code == 0
    # As after a kill: the lines are there, the table is not, and a question is left.
    out.unlink()
    path.write_text("id,question\n0,Is the battery covered?\n1,What is RRF?\n")
    ran = run(*arguments)
    assert "1 now" in ran.out and "1 before" in ran.out
    assert list(read(out)["id"]) == [0, 1]
    (tmp_path / "answers.csv.jsonl").unlink()
    foreign = run(*arguments)
    assert foreign.code == 2 and "which they are made from" in foreign.err


def test_what_is_no_such_table_is_an_error_that_names_it(run, tmp_path, monkeypatch):
    path = tmp_path / "questions.parquet"
    path.write_text("id,question\n")
    arguments = ("batch", path, "--out", tmp_path / "answers.jsonl", "--tenant", "t")
    ran = run(*arguments)
    assert ran.code == 2 and f"reading the questions {path} failed" in ran.err
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ran = run(*arguments)
    assert ran.code == 2 and "pip install 'headrace[parquet]'" in ran.err


def test_faults_of_single_rows_fail_these_rows(tmp_path):
    path = tmp_path / "questions.csv"
    path.write_text('id,question,filters\n1,a,b,c\n2,What?,{\n,,\n3,"two\nlines",\n')
    first, second, third, last = read_questions(path, "t")
    assert first.problem == "row 1 has more cells than there are columns"
    assert second.problem.startswith('row 2 has "filters" that is not JSON')
    assert third.problem == 'row 3: "question" is missing or not text'
    assert (last.id, last.text, last.problem) == ("3", "two\nlines", "")


def test_ids_stay_numbers_where_all_are_and_text_survives(tmp_path):
    entries = [{"id": 1, "answer": "\ud800, ü\n"}, {"id": 2, "error": "failed"}]
    write_table(tmp_path / "numbers.parquet", entries)
    frame = read(tmp_path / "numbers.parquet")
    assert frame["id"].tolist() == [1, 2] and frame["answer"][0] == "\\ud800, ü\n"
    write_table(tmp_path / "mixed.parquet", [*entries, {"id": "a"}, {"id": 2**70}])
    assert read(tmp_path / "mixed.parquet")["id"].tolist() == ["1", "2", "a", str(2**70)]
