"""How far an ingest is: counted from the start, and told on a terminal or elsewhere."""

import re
import threading

import numpy as np
import pytest

from headrace.commands import ingest_progress
from headrace.commands.ingest_progress import IngestProgress
from headrace.ingesting import EMBEDDED, READ, Meter, MeteredEncoder
from headrace.types import Document, Encoder, Outcome
from support.waiting import PATIENCE_S


class Slices:
    """An encoder that keeps how many texts it was given at a time."""

    name, dimension, max_tokens, tokenizer = "slices", 2, 9, "tokenizer"

    def __init__(self):
        self.given: list[int] = []

    def encode(self, texts):
        self.given.append(len(texts))
        return np.array([[1.0, 0.0]] * len(texts), np.float32).reshape(len(texts), 2)

    def count_tokens(self, text):
        return len(text)


def test_one_huge_document_is_embedded_in_steps_that_are_told():
    told: list[tuple[str, int, int]] = []
    slices = Slices()
    encoder = MeteredEncoder(slices, Meter(lambda *how_far: told.append(how_far)))
    assert isinstance(encoder, Encoder)
    assert encoder.encode(["text"] * 150).shape == (150, 2)
    assert slices.given == [64, 64, 22]
    assert told == [(EMBEDDED, done, 150) for done in (0, 64, 128, 150)]
    assert encoder.encode([]).shape == (0, 2)
    assert (encoder.tokenizer, encoder.count_tokens("abc")) == ("tokenizer", 3)


def test_an_ingest_tells_the_bytes_and_chunks_of_its_files(rag, tenant, folder):
    told: dict[str, tuple[int, int]] = {}

    def note(what: str, done: int, total: int) -> None:
        told[what] = (done, total)

    rag.ingest([folder], tenant, on_progress=note)
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert told == {READ: (size, size), EMBEDDED: (2, 2)}
    told.clear()
    rag.ingest([Document("d", "", "The walrus sleeps.", "d")], tenant, on_progress=note)
    assert told == {EMBEDDED: (1, 1)}


@pytest.mark.parametrize(
    ("read", "embedded", "left"),
    [((50, 100), (0, 0), "30 s"), ((100, 100), (20, 80), "1 min 30 s"), ((0, 100), (0, 0), None)],
)
def test_the_time_left_follows_from_what_is_read_and_embedded(monkeypatch, read, embedded, left):
    monkeypatch.setattr(IngestProgress, "seconds", 30.0)
    progress = IngestProgress("acme")
    assert "looking for files" in progress._line()
    progress.expected = 7
    progress.count(Outcome("d", "s", "new"))
    progress.note(READ, *read)
    progress.note(EMBEDDED, *embedded)
    line = progress._line()
    assert "1 of 7 documents" in line
    assert re.findall(r"about (.*) left", line) == ([left] if left else [])


def test_off_a_terminal_there_is_a_line_now_and_then_without_control_characters(
    run, folder, tenant, monkeypatch
):
    lines = threading.Event()
    complain = ingest_progress.output.complain

    def noted(text: str) -> None:
        complain(text)
        if "documents" in text:
            lines.set()

    opened = ingest_progress.IngestProgress.count

    def waiting(progress: IngestProgress, outcome: Outcome) -> None:
        opened(progress, outcome)
        assert lines.wait(PATIENCE_S)

    monkeypatch.setattr(ingest_progress, "_FIRST_LINE_S", 0.01)
    monkeypatch.setattr(ingest_progress, "_LINE_S", 0.01)
    monkeypatch.setattr(ingest_progress.output, "complain", noted)
    monkeypatch.setattr(IngestProgress, "count", waiting)
    ran = run("ingest", folder, "--tenant", tenant)
    assert re.search(rf"ingesting into {tenant}: \d of 3 documents", ran.err)
    assert "\x1b" not in ran.err and "\r" not in ran.err
