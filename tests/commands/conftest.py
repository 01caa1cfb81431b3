"""run.py in the tests' process, with the tests' database."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from headrace import Pipeline
from headrace.commands import main


class Ran(NamedTuple):
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(data_dir: Path, rag: Pipeline, monkeypatch, capfd) -> Iterator[Run]:
    """Runs a command: run("ask", "...", "--tenant", tenant)."""
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    monkeypatch.setenv("HEADRACE_RERANKING", "off")
    handler = signal.getsignal(signal.SIGTERM)

    def call(*arguments: object) -> Ran:
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            assert isinstance(end.code, int)
            code = end.code
        return Ran(code, *capfd.readouterr())

    yield call
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files that can be read, and one that cannot."""
    docs = tmp_path / "docs"
    docs.mkdir()
    warranty = "The warranty lasts two years. The battery is covered for one year."
    (docs / "warranty.md").write_text(f"# Warranty\n\n{warranty}")
    (docs / "ranking.txt").write_text("Results are merged by RRF, which adds up inverse ranks.")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    return docs
