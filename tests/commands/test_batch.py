import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headrace import Document
from headrace.commands.batching.answers_file import written_lines
from support.places import ROOT

QUESTIONS = [
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
BAD_LINES = [
    '{"id": "x"}',
    "not json",
    '{"id": "q", "question": "?"}',
    '{"id": "w", "question": "again"}',
    '{"id": "k", "question": "a b", "tennant": 1}',
    '{"id": "d", "question": "who?", "today": "soon"}',
    '{"id": "f", "question": "who is it?", "filters": {"colour": "red"}}',
]


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def answered_ids(path: Path) -> set[str]:
    return {name for name, line in written_lines(path).items() if not line.error}


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in QUESTIONS))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.jsonl", "No such file or directory; give a file of JSON lines, CSV or Parquet"),
        ("folder", "Is a directory; give a file of JSON lines, CSV or Parquet"),
        ("old.jsonl", "it is not UTF-8"),
    ],
)
def test_what_is_no_file_of_questions_is_said_once_with_what_to_give(run, tmp_path, name, reason):
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.jsonl").write_bytes(b'{"question": "M\xfcller?"}')
    ran = run("batch", tmp_path / name, "--out", tmp_path / "out.jsonl", "--tenant", "t")
    assert ran.code == 2 and f"reading the questions {tmp_path / name} failed: {reason}" in ran.err


def test_no_empty_line_stands_for_the_bar_off_a_terminal(run, tmp_path):
    ran = run("evaluate", tmp_path)
    assert ran.code == 2 and ran.err.startswith("error: reading the collection")


def test_a_batch_writes_one_line_per_question(run, questions, returns, out):
    ran = run("batch", questions, "--out", out, "--tenant", returns, "--workers", 2)
    answers = {entry["id"]: entry for entry in entries(out)}
    assert ran.code == 0
    assert "3 questions: 2 answered, 1 declined, 0 failed; with notes: 0" in ran.out
    assert re.search(r"^3 now, in [\d.]+ s \([\d.]+ a second\); 0 before$", ran.out, re.M)
    assert re.search(r"^tokens: [\d,]+ context; cost: \$0.00$", ran.out, re.M)
    answered = {name: answer["answered"] for name, answer in answers.items()}
    assert answered == {"w": True, 2: True, "none": False}
    asked = json.loads(run("ask", QUESTIONS[0]["question"], "--tenant", returns, "--json").out)
    assert list(answers["w"]) == ["id", *asked]


def test_questions_to_a_tenant_without_documents_have_failed(run, rag, returns, tmp_path, out):
    rag.ingest([Document("a", "", "The seal swims.", "a")], f"{returns}-emptied")
    rag.remove(ids=["a"], tenant=f"{returns}-emptied")
    path = tmp_path / "questions.jsonl"
    lines = []
    for number, tenant in enumerate([returns, f"{returns}x", f"{returns}-emptied"]):
        lines.append(json.dumps({"id": number, "question": "Who swims?", "tenant": tenant}))
    path.write_text("\n".join(lines))
    ran = run("batch", path, "--out", out)
    assert ran.code == 1 and "2 failed" in ran.out
    errors = {entry["id"]: entry.get("error", "") for entry in entries(out)}
    assert errors[0] == ""
    assert f"did you mean {returns}" in errors[1]
    assert errors[2] == f'Tenant "{returns}-emptied" holds no documents.'


def test_the_tenant_may_be_a_setting(run, questions, returns, out, monkeypatch):
    monkeypatch.setenv("HEADRACE_TENANT", returns)
    assert run("batch", questions, "--out", out).code == 0


def test_a_bad_question_is_an_error_line_and_is_asked_when_it_is_mended(
    run, questions, returns, out
):
    good = questions.read_text()
    questions.write_text(good + "\n".join(BAD_LINES) + "\n")
    ran = run("batch", questions, "--out", out, "--tenant", returns)
    errors = {entry["id"]: entry["error"] for entry in entries(out) if "error" in entry}
    assert ran.code == 1
    assert "10 questions: 2 answered, 1 declined, 7 failed" in ran.out
    assert set(errors) == {"x", "line 5", "q", "line 7", "k", "d", "f"}
    assert errors["line 7"] == "line 7 repeats the id 'w' of line 1"
    assert "unknown tennant, did you mean tenant?" in errors["k"]
    assert "5 now, in" in ran.out and "; 0 before; 5 that cannot be asked" in ran.out
    assert "failed: line 5 is not JSON" in ran.err and "and 2 more" in ran.err
    assert "line 1 column" not in ran.err  # of the line, not of the file
    ran = run("batch", questions, "--out", out, "--tenant", returns)
    assert "\n0 now; 5 before; 5 that cannot be asked\n" in ran.out
    right = '{"id": "q", "question": "Is the battery covered by the warranty?"}\n'
    questions.write_text(good + right)
    ran = run("batch", questions, "--out", out, "--tenant", returns)
    assert ran.code == 0
    assert "4 questions: 3 answered, 1 declined, 0 failed" in ran.out
    assert "1 now" in ran.out and "3 before" in ran.out
    assert answered_ids(out) == {'"w"', "2", '"none"', '"q"'}


def test_what_failed_is_asked_again_on_request_only(run, rag, tenant, tmp_path, out):
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": 1, "question": "Who swims?"}\n')
    arguments = ("batch", path, "--out", out, "--tenant", tenant)
    first = run(*arguments)
    assert first.code == 1 and "--retry-failed asks them again" in first.err
    rag.ingest([Document("a", "", "The seal swims.", "a")], tenant)
    assert run(*arguments).code == 1
    assert run(*arguments, "--retry-failed").code == 0
    assert ["error" in entry for entry in entries(out)] == [True, False]


def test_a_question_without_an_id_gets_its_line_and_is_asked_again_when_it_changes(
    run, returns, tmp_path, out
):
    path = tmp_path / "questions.jsonl"
    arguments = ("batch", path, "--out", out, "--tenant", returns)
    for text in ("How long does the warranty last?", "Is the battery covered?"):
        path.write_text(f'\n{{"question": "{text}"}}\n')
        assert "1 now" in run(*arguments).out
    assert "0 now" in run(*arguments).out
    assert [entry["id"] for entry in entries(out)] == ["line 2", "line 2"]


def test_answers_are_in_the_order_of_the_questions_on_request(run, returns, tmp_path, out):
    path = tmp_path / "questions.jsonl"
    lines = []
    for number in range(12):
        # The longer a question, the later it is done.
        question = "How long does the warranty last, and what is RRF? " * (12 - number)
        lines.append(json.dumps({"id": number, "question": question}) + "\n")
    path.write_text("".join(lines))
    run("batch", path, "--out", out, "--tenant", returns, "--workers", 4, "--in-order")
    assert [entry["id"] for entry in entries(out)] == [*range(12)]


def test_a_dry_run_counts_and_asks_nothing(run, questions, returns, out, monkeypatch):
    arguments = ("batch", questions, "--out", out, "--tenant", returns)
    ran = run(*arguments, "--dry-run")
    assert ran.code == 0 and not out.exists()
    assert "3 questions: 3 to ask, 0 that cannot be asked, 0 asked before" in ran.out
    assert "cost: nothing, no paid model is used" in ran.out
    run(*arguments)
    before = out.read_bytes()
    questions.write_text(questions.read_text() + BAD_LINES[0] + '\n{"question": "New?"}\n')
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    monkeypatch.setenv("HEADRACE_PRICES", '{"claude-haiku-5-5": [1, 5]}')
    ran = run(*arguments, "--dry-run", "--set", "max_answer_tokens=1000")
    assert ran.code == 1 and out.read_bytes() == before
    assert "5 questions: 1 to ask, 1 that cannot be asked, 3 asked before, 0 failed" in ran.out
    # 3,000 tokens in for $1 a million, 1,000 out for $5.
    assert "cost: at most about $0.008: 3,000 tokens in and 1,000 out a question" in ran.out
    assert "line 4" in ran.out


def test_a_line_cut_off_by_a_kill_is_asked_again_and_spoils_no_other(run, questions, returns, out):
    run("batch", questions, "--out", out, "--tenant", returns)
    whole = out.read_bytes()
    out.write_bytes(whole[: whole.rindex(b"{", 0, -400)])
    ran = run("batch", questions, "--out", out, "--tenant", returns)
    assert ran.code == 0
    assert len(answered_ids(out)) == 3


def test_after_a_kill_the_next_run_answers_what_is_left(run, returns, tmp_path, out):
    questions = tmp_path / "questions.jsonl"
    lines = []
    for number in range(400):
        question = f"How long does warranty number {number} last?"
        lines.append(json.dumps({"id": number, "question": question}) + "\n")
    questions.write_text("".join(lines))
    arguments = ["batch", questions, "--out", out, "--tenant", returns, "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, ROOT / "run.py", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (out.exists() and out.read_bytes().count(b"\n") >= 3):
        assert process.poll() is None
    second = run("batch", questions, "--out", out, "--tenant", returns)
    assert second.code == 2
    assert f"another run (process {process.pid}) is writing" in second.err
    process.kill()
    process.wait()
    before = len(answered_ids(out))
    assert 3 <= before < 400
    questions.write_text("".join(lines[: before + 5]))
    ran = run("batch", questions, "--out", out, "--tenant", returns)
    assert ran.code == 0
    assert f"{before + 5} questions: " in ran.out and " 0 failed" in ran.out
    assert "5 now" in ran.out and f"{before} before" in ran.out
    assert len(answered_ids(out)) == before + 5


def test_what_cannot_be_appended_to_is_said(run, questions, returns, tmp_path):
    device = run("batch", questions, "--out", "/dev/full", "--tenant", returns)
    folder = run("batch", questions, "--out", tmp_path, "--tenant", returns)
    beneath = run("batch", questions, "--out", questions / "answers.jsonl", "--tenant", returns)
    itself = run("batch", questions, "--out", questions, "--tenant", returns)
    assert [ran.code for ran in (device, folder, beneath, itself)] == [2] * 4
    assert "writing the answers /dev/full failed: No space left" in device.err
    assert f"{tmp_path} are a folder" in folder.err
    assert "opening the answers" in beneath.err
    assert "is the file of the questions" in itself.err


def test_a_questions_file_that_is_not_there_is_exit_code_2(run, tmp_path, out):
    ran = run("batch", tmp_path / "nowhere.jsonl", "--out", out, "--tenant", "t")
    assert ran.code == 2
    assert "nowhere.jsonl" in ran.err
    assert not out.exists()


def test_questions_on_a_cluster_are_not_tracked(run, questions, tenant, out):
    given = ("--tenant", tenant, "--executor", "ray", "--track")
    ran = run("batch", questions, "--out", out, *given)
    assert ran.code == 2 and "leave out --executor" in ran.err and not out.exists()


def test_a_file_of_another_form_is_refused_as_a_whole(run, returns, tmp_path):
    questions, answers = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"
    questions.write_text('{"_id": 1, "text": "Why?"}\n{"_id": 2, "text": "When?"}\n')
    ran = run("batch", questions, "--out", answers, "--tenant", returns)
    assert ran.code == 2 and not answers.exists()
    assert "line 1: unknown _id, text" in ran.err and '{"question": "..."}' in ran.err
