"""The file of answers: whole lines, one writer at a time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from headrace.commands.batching.answers_file import AnswersFile, written_lines
from headrace.errors import SourceError
from support.places import ROOT

LINE = b'{"id": 1, "answer": "yes"}\n'


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


@pytest.mark.parametrize(
    "torn", [b'{"id": 2, "ans', b"{", b"\x00\x00\x00", b'{"id": 2, "a": "\xc3']
)
def test_a_torn_last_line_is_cut_off(out, torn):
    out.write_bytes(LINE + torn)
    assert set(written_lines(out)) == {"1"} and out.read_bytes().endswith(torn)
    with AnswersFile(out) as file:
        assert set(file.lines) == {"1"}
        file.write({"id": 2, "answer": "no"})
    assert out.read_bytes() == LINE + b'{"id": 2, "answer": "no"}\n'


def test_a_last_line_without_its_end_is_an_answer(out):
    out.write_bytes(LINE.rstrip())
    with AnswersFile(out) as file:
        assert set(file.lines) == {"1"}
    assert out.read_bytes() == LINE


@pytest.mark.parametrize("foreign", [b"no JSON", b"[1]", b'{"name": 2}', b'"1"', b"[" * 100_000])
def test_a_line_that_is_no_answer_is_named_and_nothing_is_changed(out, foreign):
    before = LINE + foreign + b"\n" + LINE + b"{"
    out.write_bytes(before)
    with pytest.raises(SourceError, match=r"answers\.jsonl, line 2 is no answer"):
        AnswersFile(out)
    assert out.read_bytes().startswith(before.rstrip(b"{"))


def test_two_writers_exclude_each_other_until_the_first_is_closed(out):
    with AnswersFile(out), pytest.raises(SourceError, match=rf"process {os.getpid()}\) is writing"):
        AnswersFile(out)
    AnswersFile(out).__exit__()


def test_on_a_full_disk_the_finished_lines_are_kept_whole(tmp_path):
    """A limit of the size of files stands for the full disk: it needs no mount."""
    out = tmp_path / "answers.jsonl"
    program = (
        "import sys, resource; from pathlib import Path\n"
        "from headrace.commands.batching.answers_file import AnswersFile\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "with AnswersFile(Path(sys.argv[1])) as file:\n"
        "    [file.write({'id': number, 'answer': 'x' * 20}) for number in range(9)]\n"
    )
    command = [sys.executable, "-c", program, str(out)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "dataflows")}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert "SourceError: writing the answers" in ran.stderr and "File too large" in ran.stderr
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [0, 1]


def test_what_no_text_can_hold_is_written_and_read_again(out):
    with AnswersFile(out) as file:
        file.write({"id": "\ud800", "answer": "\u2028"})
    assert set(written_lines(out)) == {'"\\ud800"'}
    assert json.loads(out.read_text("utf-8").rstrip("\n"))["id"] == "\ud800"


def test_an_error_that_is_the_last_line_of_its_id_is_written_once(out):
    failed = {"id": 1, "question": "Who?", "error": "no answer"}
    for _ in range(2):
        with AnswersFile(out) as file:
            file.write(failed)
            file.write(failed)
    assert len(out.read_bytes().splitlines()) == 1
    with AnswersFile(out) as file:
        for entry in ({"id": 1, "answer": "Ada"}, failed):
            file.write(entry)
        assert [entry["error"] for entry in file.entries()] == ["no answer"]
    assert len(out.read_bytes().splitlines()) == 3
