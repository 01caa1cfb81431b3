import errno
import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from headrace.commands import output
from headrace.commands.characters import harmless, json_line
from headrace.errors import HeadraceError
from headrace.types import Answer, Citation

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


def test_a_quote_is_shown_as_it_is_written(capsys, monkeypatch):
    monkeypatch.setattr(output, "console", Console(soft_wrap=True))
    quote = 'The key\'s place is C:\\keys, not "here".'
    citation = Citation(1, "a", "Keys", "a.md", 1, 0, len(quote), None, quote)
    output.print_citations(Answer("Where?", "There.", True, citations=(citation,)))
    assert f"'{quote}'" in capsys.readouterr().out


def test_a_streams_own_lines_are_kept(terminal):
    stream = output.Stream()
    stream.add("First.\n\n  and more\n")
    stream.end()
    assert terminal.getvalue() == "First.\n\nand more\n\n"


@pytest.mark.parametrize("size", [1, 500])
def test_lists_and_code_are_rendered_on_a_terminal(terminal, size):
    text = "New in 2.3:\n- one\n- two [1]\n\n```sh\nmake all\n```\n[2]"
    stream = output.Stream()
    for start in range(0, len(text), size):
        stream.add(text[start : start + size])
    stream.end()
    lines = [line.strip() for line in terminal.getvalue().splitlines() if line.strip()]
    assert lines[:3] == ["New in 2.3:", "• one", "• two [1]"]
    assert "make all" in lines and "[2]" in lines and "```" not in terminal.getvalue()


def test_in_a_pipe_text_is_printed_as_it_is(capsys):
    stream = output.Stream()
    stream.add(TEXT[:20])
    stream.add(TEXT[20:])
    stream.end()
    output.say(TEXT)
    assert capsys.readouterr().out == f"{TEXT}\n{TEXT}\n"


HOSTILE = "a\x1b]52;c;ZWNobw==\x07b\x9b31mc\u202ed\u2066e\x08\rf\tg\nh"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_a_terminal_acts_on_is_never_printed(terminal, monkeypatch, capsys, is_terminal):
    if not is_terminal:
        monkeypatch.undo()
    output.say(HOSTILE)
    stream = output.Stream()
    stream.add(HOSTILE)
    stream.end()
    output.console.print(output.table(["column"], [[HOSTILE]]))
    printed = terminal.getvalue() + capsys.readouterr().out
    assert printed.count("h") == 3
    assert not set(printed) & set("\x1b\x07\x9b\u202e\u2066\x08\r")


def test_a_json_line_escapes_what_a_terminal_acts_on_and_loses_nothing():
    line = json_line({"text": HOSTILE, "price": "é 東京"})
    assert json.loads(line) == {"text": HOSTILE, "price": "é 東京"}
    assert "\\u009b" in line and "\\u202e" in line and "é 東京" in line
    assert line == harmless(line)


# ------------------------------------------------------------------------------- files


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "new" / "report.json"
    output.write_json(path, {"a": 1})
    before = path.read_text()

    def half(written, content):
        with written.open("wb") as file:
            file.write(content[:4])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(HeadraceError, match=r"writing .*report\.json failed: No space left"):
        output.write_json(path, {"b": 2})
    monkeypatch.undo()
    assert path.read_text() == before
    assert [found.name for found in path.parent.iterdir()] == ["report.json"]


def test_a_file_is_written_where_a_link_leads_and_what_is_no_file_is_not_replaced(tmp_path):
    target = tmp_path / "target"
    target.write_text("old")
    (tmp_path / "link").symlink_to(target)
    output.write_file(tmp_path / "link", "new \ud800")
    assert target.read_text() == "new \\ud800" and (tmp_path / "link").is_symlink()
    output.write_file(Path("/dev/null"), "gone")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(HeadraceError, match="writing /dev/full failed: No space left"):
        output.write_file(Path("/dev/full"), "x")
