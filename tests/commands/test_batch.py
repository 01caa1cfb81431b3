import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headrace import Document
from headrace.commands.answers_file import AnswersFile
from headrace.errors import SourceError
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
    with AnswersFile(path) as file:
        return file.answered


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in QUESTIONS))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


def test_a_batch_writes_one_line_per_question(run, questions, returns, out):
    ran = run("batch", questions, "--out", out, "--tenant", returns, "--workers", 2)
    answers = {entry["id"]: entry for entry in entries(out)}
    assert ran.code == 0
    assert "3 questions: 0 answered before, 3 now, 0 failed" in ran.out
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
    assert ran.code == 1 and "1 now, 2 failed" in ran.out
    errors = {entry["id"]: entry.get("error", "") for entry in entries(out)}
    assert errors[0] == ""
    assert f"did you mean {returns}" in errors[1]
    assert errors[2] == f'Tenant "{returns}-emptied" holds no documents.'


def test_the_tenant_may_be_a_setting(run, questions, returns, out, monkeypatch):
    monkeypatch.setenv("HEADRACE_TENANT", returns)
    assert run("batch", questions, "--out", out).code == 0


def test_a_bad_question_is_an_error_line_and_is_tried_again(run, questions, returns, out):
    good = questions.read_text()
    questions.write_text(good + "\n".join(BAD_LINES) + "\n")
    ran = run("batch", questions, "--out", out, "--tenant", returns)
    errors = {entry["id"]: entry["error"] for entry in entries(out) if "error" in entry}
    assert ran.code == 1
    assert "10 questions: 0 answered before, 3 now, 7 failed" in ran.out
    assert set(errors) == {"x", "line 5", "q", "line 7", "k", "d", "f"}
    assert "repeats the id" in errors["line 7"]
    assert "unknown tennant, did you mean tenant?" in errors["k"]
    right = '{"id": "q", "question": "Is the battery covered by the warranty?"}\n'
    questions.write_text(good + right)
    ran = run("batch", questions, "--out", out, "--tenant", returns)
    assert ran.code == 0
    assert "4 questions: 3 answered before, 1 now, 0 failed" in ran.out
    assert answered_ids(out) == {'"w"', "2", '"none"', '"q"'}


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
    assert f"{before + 5} questions: {before} answered before, 5 now, 0 failed" in ran.out
    assert len(answered_ids(out)) == before + 5


# ----------------------------------------------------------------------- the answers file

LINE = b'{"id": 1, "answer": "yes"}\n'


@pytest.mark.parametrize(
    "torn", [b'{"id": 2, "ans', b"{", b"\x00\x00\x00", b'{"id": 2, "a": "\xc3']
)
def test_a_torn_last_line_is_cut_off(out, torn):
    out.write_bytes(LINE + torn)
    with AnswersFile(out) as file:
        assert file.answered == {"1"}
        file.write({"id": 2, "answer": "no"})
    assert out.read_bytes() == LINE + b'{"id": 2, "answer": "no"}\n'


def test_a_last_line_without_its_end_is_an_answer(out):
    out.write_bytes(LINE.rstrip())
    assert answered_ids(out) == {"1"}
    assert out.read_bytes() == LINE


@pytest.mark.parametrize("foreign", [b"no JSON", b"[1]", b'{"name": 2}', b'"1"', b"[" * 100_000])
def test_a_line_that_is_no_answer_is_named_and_nothing_is_changed(out, foreign):
    before = LINE + foreign + b"\n" + LINE + b"{"
    out.write_bytes(before)
    with pytest.raises(SourceError, match=r"answers\.jsonl, line 2 is no answer"):
        AnswersFile(out)
    assert out.read_bytes().startswith(before.rstrip(b"{"))


def test_what_cannot_be_appended_to_is_said(run, questions, returns, tmp_path):
    device = run("batch", questions, "--out", "/dev/full", "--tenant", returns)
    folder = run("batch", questions, "--out", tmp_path, "--tenant", returns)
    beneath = run("batch", questions, "--out", questions / "answers.jsonl", "--tenant", returns)
    itself = run("batch", questions, "--out", questions, "--tenant", returns)
    assert [ran.code for ran in (device, folder, beneath, itself)] == [2] * 4
    assert "/dev/full are no file" in device.err
    assert f"{tmp_path} are no file" in folder.err
    assert "opening the answers" in beneath.err
    assert "is the file of the questions" in itself.err


def test_two_writers_exclude_each_other_until_the_first_is_closed(out):
    with AnswersFile(out), pytest.raises(SourceError, match=rf"process {os.getpid()}\) is writing"):
        AnswersFile(out)
    AnswersFile(out).__exit__()


def test_on_a_full_disk_the_finished_lines_are_kept_whole(tmp_path):
    """A limit of the size of files stands for the full disk: it needs no mount."""
    out = tmp_path / "answers.jsonl"
    program = (
        "import sys, resource; from pathlib import Path\n"
        "from headrace.commands.answers_file import AnswersFile\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "with AnswersFile(Path(sys.argv[1])) as file:\n"
        "    [file.write({'id': number, 'answer': 'x' * 20}) for number in range(9)]\n"
    )
    command = [sys.executable, "-c", program, str(out)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "dataflows")}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert "SourceError: writing the answers" in ran.stderr and "File too large" in ran.stderr
    assert [entry["id"] for entry in entries(out)] == [0, 1]


def test_what_no_text_can_hold_is_written_and_read_again(out):
    with AnswersFile(out) as file:
        file.write({"id": "\ud800", "answer": "\u2028"})
    assert answered_ids(out) == {'"\\ud800"'}
    assert json.loads(out.read_text("utf-8").rstrip("\n"))["id"] == "\ud800"


def test_a_questions_file_that_is_not_there_is_exit_code_2(run, tmp_path, out):
    ran = run("batch", tmp_path / "nowhere.jsonl", "--out", out, "--tenant", "t")
    assert ran.code == 2
    assert "nowhere.jsonl" in ran.err
    assert not out.exists()
