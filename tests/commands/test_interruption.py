import json
import os
import signal
import subprocess
import sys
import time

import pytest

from headrace import DatabaseError
from headrace.commands import interruption, load_command
from support.places import ROOT
from support.waiting import PATIENCE_S

#: What is asked or stored takes an hour; so it did not wait for that.
AT_ONCE_S = 60

SLOW_STAGE = """
import pathlib
import time

from headrace.types import Hit


def reranked_hits(ranked_hits: list[Hit]) -> list[Hit]:
    pathlib.Path({marker!r}).touch()
    time.sleep(3600)
    return ranked_hits
"""


SLOW_EMBEDDING = """
import pathlib
import time

import numpy as np
from headrace.types import ChunkDraft, Encoder


def chunk_embeddings(new_chunks: list[ChunkDraft], encoder: Encoder) -> np.ndarray:
    if any("slow" in chunk.text for chunk in new_chunks):
        pathlib.Path({marker!r}).touch()
        time.sleep(3600)
    return encoder.encode([chunk.embedded_text for chunk in new_chunks])
"""


@pytest.fixture
def asking(returns, tmp_path, data_dir):
    """Starts a command; the process, once its question waits in a stage."""
    marker = tmp_path / "marker"
    module = tmp_path / "slow_stage.py"
    module.write_text(SLOW_STAGE.format(marker=str(marker)))

    def start(*arguments: object) -> subprocess.Popen:
        command = [*map(str, arguments), "--tenant", returns, "--module", str(module)]
        process = subprocess.Popen(
            [sys.executable, "run.py", *command],
            cwd=ROOT,
            env=os.environ | {"HEADRACE_DATA_DIR": str(data_dir), "HEADRACE_RERANKING": "off"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not marker.exists():
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.05)
        return process

    return start


def ended(process: subprocess.Popen, number: int) -> tuple[int, float, str]:
    """The exit code, the seconds it took to end, and standard error."""
    began = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, time.monotonic() - began, err


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_ctrl_c_ends_a_question_at_once(asking, how):
    code, seconds, err = ended(asking("ask", "How long?", *how), signal.SIGINT)
    assert (code, err) == (130, "interrupted; what was finished is kept\n")
    assert seconds < AT_ONCE_S


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_ends_an_ingest_at_once_and_the_next_one_goes_on(
    run, tenant, tmp_path, data_dir, presses
):
    marker, docs = tmp_path / "marker", tmp_path / "docs"
    (tmp_path / "slow.py").write_text(SLOW_EMBEDDING.format(marker=str(marker)))
    docs.mkdir()
    (docs / "walrus.md").write_text("This one is slow.")
    command = ["ingest", str(docs), "--tenant", tenant]
    process = subprocess.Popen(
        [sys.executable, "run.py", *command, "--module", str(tmp_path / "slow.py")],
        cwd=ROOT,
        env=os.environ | {"HEADRACE_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not marker.exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    if presses == 2:
        process.send_signal(signal.SIGINT)
    code, seconds, err = ended(process, signal.SIGINT)
    assert seconds < AT_ONCE_S and "Traceback" not in err
    if presses == 1:
        assert code == 130
        assert "0 of 1 documents are stored; the same command goes on with the others" in err
    else:
        assert code in (130, -signal.SIGINT)
    assert run(*command).out.startswith("1 new (")


def test_ctrl_c_ends_a_batch_at_once(asking, tmp_path):
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": 1, "question": "How long is the warranty?"}))
    process = asking("batch", questions, "--out", tmp_path / "answers.jsonl")
    code, seconds, err = ended(process, signal.SIGINT)
    assert code == 130
    assert "Traceback" not in err
    assert seconds < AT_ONCE_S


def test_sigterm_ends_a_question_as_a_program_ends(asking):
    code, seconds, err = ended(asking("ask", "How long?"), signal.SIGTERM)
    assert (code, err) == (128 + signal.SIGTERM, "")
    assert seconds < AT_ONCE_S


def test_a_command_that_ctrl_c_is_meant_to_end_closes_in_peace(monkeypatch):
    monkeypatch.setattr(interruption, "_PATIENCE_S", 3600)
    monkeypatch.setattr(signal, "signal", lambda *given: None)
    with pytest.raises(KeyboardInterrupt):
        interruption._interrupt(signal.SIGINT, None)
    (impatience,) = interruption._impatient
    assert not impatience.finished.is_set()
    interruption.close_calmly()
    assert impatience.finished.is_set()


@pytest.mark.parametrize("moment", ["load_command", "run"])
def test_ctrl_c_while_loading_or_running_is_exit_code_130(run, monkeypatch, moment):
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    if moment == "run":
        monkeypatch.setattr(load_command("graph"), "run", interrupted)
    else:
        monkeypatch.setattr("headrace.commands.load_command", interrupted)
    assert run("graph").code == 130


def test_an_interruption_is_not_hidden_by_the_error_of_a_cleanup(run, monkeypatch):
    def interrupted(*given: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise DatabaseError("the connection is closed")  # noqa: B904 (as a library does)

    monkeypatch.setattr(load_command("graph"), "run", interrupted)
    assert run("graph").code == 130
