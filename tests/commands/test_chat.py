"""A conversation in the terminal, in a pseudo-terminal and through a pipe."""

import codecs
import io
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from headrace.commands.chat import _COMMANDS, __doc__
from support.places import ROOT
from support.waiting import PATIENCE_S

SLOW_STAGE = """
import time

from headrace.types import Hit


def reranked_hits(ranked_hits: list[Hit], normalized_query: str) -> list[Hit]:
    if "slow" in normalized_query:
        print("waiting", flush=True)
        time.sleep(60)
    return ranked_hits
"""


class Terminal:
    """A process in a pseudo-terminal."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def read_until(self, wanted: str) -> str:
        """What is printed up to `wanted`, which is not read again."""
        end = time.monotonic() + PATIENCE_S
        while wanted not in self._text:
            assert time.monotonic() < end, f"no {wanted!r} in {self._text!r}"
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    self._text += self._decoder.decode(os.read(self._master, 4096))
                except OSError:  # the process has closed its end
                    raise AssertionError(f"no {wanted!r} in {self._text!r}") from None
        before, _, self._text = self._text.partition(wanted)
        return before

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C, once the process waits; `input` overlooks it just before it waits."""
        process, end = psutil.Process(self.process.pid), time.monotonic() + PATIENCE_S
        while process.status() != psutil.STATUS_SLEEPING:
            assert time.monotonic() < end, "the process does not wait"
        self.process.send_signal(signal.SIGINT)

    def code(self) -> int:
        return self.process.wait(timeout=PATIENCE_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def chat(returns, data_dir, tmp_path) -> Iterator[Callable[..., Terminal]]:
    """Starts a chat in a pseudo-terminal, and waits for its prompt."""
    module = tmp_path / "slow_stage.py"
    module.write_text(SLOW_STAGE)
    chosen = {"HEADRACE_DATA_DIR": str(data_dir), "HEADRACE_RERANKING": "off", "TERM": "dumb"}
    started = []

    def start() -> Terminal:
        command = [sys.executable, "run.py", "chat", "--tenant", returns, "--module", str(module)]
        terminal = Terminal(command, os.environ | chosen)
        started.append(terminal)
        terminal.read_until("> ")
        return terminal

    yield start
    for terminal in started:
        terminal.close()


def test_in_a_terminal_questions_follow_each_other_until_ctrl_d(chat):
    terminal = chat()
    terminal.type("How long is the warranty?\n")
    answer = terminal.read_until("\n> ")
    assert "two years" in answer and "[1] " in answer
    terminal.type("/why\n")
    assert "standalone_query" in terminal.read_until("\n> ")
    terminal.type("\x04")
    assert terminal.code() == 0


def test_ctrl_c_ends_the_answer_and_a_second_one_the_chat(chat):
    terminal = chat()
    terminal.type("a slow question\n")
    terminal.read_until("waiting")
    terminal.interrupt()
    terminal.read_until("ends the chat")
    terminal.read_until("> ")
    terminal.type("How long is the warranty?\n")
    assert "two years" in terminal.read_until("\n> ")
    terminal.interrupt()
    terminal.read_until("ends the chat")
    terminal.read_until("> ")
    terminal.interrupt()
    assert terminal.code() == 130


@pytest.fixture
def piped(run, returns, monkeypatch):
    """What a chat prints for lines on its standard input."""

    def call(*lines: str):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return run("chat", "--tenant", returns)

    return call


def test_lines_from_a_pipe_are_a_conversation(piped):
    code, out, _ = piped("How long is the warranty?", "And for the battery?", "thanks!")
    assert code == 0
    first, second, third = out.split("> ")[1:]
    assert "two years" in first
    assert "one year" in second
    assert third.startswith("thanks!\nYou're welcome.")
    assert "[1]" not in third


def test_the_sources_are_those_of_the_last_answer(piped):
    code, out, _ = piped("/sources", "How long is the warranty?", "/sources", "/quit", "never read")
    assert code == 0
    assert "Nothing was asked yet." in out.split("How long")[0]
    assert "characters" in out.split("> /sources")[2]
    assert "never read" not in out


def test_what_comes_nearest_is_named_where_there_is_no_answer(piped):
    _, out, _ = piped("Who won the Tour de France in 1969?", "/sources")
    declined, sources = out.split("> /sources")
    assert declined.split("The nearest passages:")[1].strip().startswith("[1] ")
    assert "characters" in sources


def test_thanks_have_no_sources_and_are_read_as_such(piped):
    _, out, _ = piped("How long is the warranty?", "thanks!", "/sources", "/why")
    assert "The last answer has none." in out.split("> /sources")[1]
    why = out.split("> /why")[1]
    assert "courtesy: thanks; nothing is searched for" in why
    assert "standalone_query:" not in why


def test_after_new_a_question_leans_on_nothing(piped):
    _, out, _ = piped("How long is the warranty?", "/new", "And for the battery?", "/why")
    why = out.split("> /why")[1]
    assert "follow-up" not in why and "battery" in why


def test_an_unknown_command_shows_those_there_are(piped):
    code, out, _ = piped("/nothing")
    assert code == 0 and "There is no command /nothing." in out
    assert all(command in out and command in (__doc__ or "") for command in _COMMANDS)


def test_a_question_that_cannot_be_asked_does_not_end_the_chat(piped):
    code, out, err = piped("?!", "How long is the warranty?")
    assert code == 0 and "two years" in out
    assert "the question is empty" in err


def test_an_unknown_tenant_is_refused(run, returns, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("How long?\n"))
    code, _, err = run("chat", "--tenant", "nobody-at-all")
    assert code == 2 and "nobody-at-all" in err
