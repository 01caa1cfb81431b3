import io

import pytest
from rich.console import Console

from headrace.commands import output

TEXT = "The warranty lasts two years and covers faults in material and workmanship. [1]"


@pytest.fixture
def terminal(monkeypatch) -> io.StringIO:
    """What is printed, on a terminal of 30 columns."""
    written = io.StringIO()
    console = Console(
        file=written, width=30, force_terminal=True, color_system=None, soft_wrap=True
    )
    monkeypatch.setattr(output, "console", console)
    return written


def test_text_wraps_at_words_on_a_terminal(terminal):
    output.say(TEXT, indent=2)
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 30
    assert all(line.startswith("  ") for line in lines)
    assert " ".join(" ".join(lines).split()) == TEXT


@pytest.mark.parametrize("size", [1, 7, 500])
def test_text_that_is_streamed_wraps_at_words_too(terminal, size):
    stream = output.Stream()
    for start in range(0, len(TEXT), size):
        stream.add(TEXT[start : start + size])
    stream.end()
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 30
    assert " ".join(lines) == TEXT


def test_a_streams_own_lines_are_kept(terminal):
    stream = output.Stream()
    stream.add("First.\n\n  - an item\n")
    stream.end()
    assert terminal.getvalue() == "First.\n\n- an item\n\n"


def test_in_a_pipe_text_is_printed_as_it_is(capsys):
    stream = output.Stream()
    stream.add(TEXT[:20])
    stream.add(TEXT[20:])
    stream.end()
    output.say(TEXT)
    assert capsys.readouterr().out == f"{TEXT}\n{TEXT}\n"
