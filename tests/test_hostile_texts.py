"""No helper's time grows faster than the text that it reads, whatever the text."""

import gc
import importlib
import inspect
import math
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

import headrace
from headrace.answer.claims.comparing import disagreement
from headrace.answer.signs.names import absent_names
from headrace.errors import HeadraceError
from headrace.ingest.cutting.embedded_texts import ChunkMaker
from headrace.ingest.cutting.sections import Sections
from headrace.ingest.cutting.splitting import chunk_spans
from headrace.ingest.readers.texts import markdown_content
from headrace.metadata.field_kinds import names_of
from headrace.metadata.filters import parse_filters
from headrace.text.answer_types import fits
from headrace.text.markup.readable import readable
from headrace.types import Document, PreparedDocument
from support.hostile_texts import hostile, ordinary

PACKAGE = Path(headrace.__file__).parent
FOLDERS = (
    "text",
    "text/asking",
    "text/markup",
    "question",
    "metadata",
    "ingest",
    "ingest/readers",
    "ingest/readers/pdf",
    "ingest/readers/web",
    "answer",
    "answer/claims",
    "answer/quoting",
    "answer/quoting/sentences",
)
SIZES = (300, 3_000, 30_000)
#: Ten times the text may take this many times as long. Squared, it would be 100; the
#: splitter of chunks, which cuts texts of 100,000 characters at most at once, has 27.
MOST_GROWTH = 45
#: Seconds of processor time too short to be compared.
LEAST_S = {300: 0.0005, 3_000: 0.0025}
#: Calls that all have to take too long: a busy processor makes some of them slow.
ATTEMPTS = 3


def functions() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """The public functions that need one text, or the bytes of one, and nothing else."""
    for folder in FOLDERS:
        for path in sorted((PACKAGE / folder).glob("[!_]*.py")):
            name = f"headrace.{folder.replace('/', '.')}.{path.stem}"
            module = importlib.import_module(name)
            for found, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == name and not found.startswith("_"):
                    yield from taking_text(f"{path.stem}.{found}", function)


def taking_text(
    name: str, function: Callable[..., Any]
) -> Iterator[tuple[str, Callable[[str], Any]]]:
    parameters = inspect.signature(function).parameters.values()
    needed = [one.annotation for one in parameters if one.default is one.empty]
    if needed == [str]:
        yield name, function
    elif needed == [bytes]:
        yield name, lambda text: function(text.encode())


def with_more() -> list[tuple[str, Callable[[str], Any]]]:
    """Those functions, and some that need more than a text."""
    more = {
        "filters.parse_filters": lambda text: parse_filters({"date": {"from": text}}),
        "readable.readable": lambda text: readable([text]),
        "answer_types.fits": lambda text: fits("When was the mill built?", text),
        "comparing.disagreement": lambda text: disagreement(f"{text} 5 km", f"{text} 5 m"),
        "names.absent_names": lambda text: absent_names(text, [text]),
        "names.absent_names of a text": lambda text: absent_names("Is it GPT-4?", [text]),
        "names.absent_names of a slip": lambda text: absent_names("Is it max_windw 4?", [text]),
        "texts.front_matter": lambda text: markdown_content(f"---\n{text}\n---\n".encode()),
    }
    for field in ("author", "source", "other"):
        more[f"field_kinds.names_of {field}"] = partial(names_of, field)
    return [*functions(), *more.items()]


@cache
def hostile_texts() -> dict[str, list[str]]:
    """The texts of each kind, by size."""
    by_size = [dict(hostile(size)) for size in SIZES]
    return {kind: [texts[kind] for texts in by_size] for kind in by_size[0]}


def seconds(function: Callable[[Any], Any], text: Any) -> float:
    """The processor time of a call; an error of ours is an answer, too.

    Garbage is collected afterwards: it is that of the whole run.
    """
    gc.disable()
    began = time.thread_time()
    try:
        value = function(text)
        if inspect.isgenerator(value):
            list(value)
    except HeadraceError:
        pass
    finally:
        took = time.thread_time() - began
        gc.enable()
    return took


def grows_too_fast(function: Callable[[Any], Any], texts: list) -> bool:
    """Whether one of the larger texts takes too long, beside the one before it."""
    before = seconds(function, texts[0])
    for size, text in zip(SIZES, texts[1:], strict=False):
        most = MOST_GROWTH * max(before, LEAST_S[size])
        attempts = (seconds(function, text) for _ in range(ATTEMPTS))
        before = next(attempts)
        if before > most and all(took > most for took in attempts):
            return True
    return False


@pytest.mark.parametrize(("name", "function"), with_more())
def test_time_grows_with_the_text_and_no_faster(name, function):
    seconds(function, ordinary(SIZES[0]))  # loads what it needs
    assert not [kind for kind, texts in hostile_texts().items() if grows_too_fast(function, texts)]


@pytest.mark.parametrize("markup", ["plain", "markdown"])
def test_chunks_are_cut_in_time_that_grows_with_the_document(rag, markup):
    def cut(text: str) -> None:
        document = Document("d", "", text, "s", markup=markup)
        for _ in chunk_spans(document, rag.encoder.tokenizer, 200, 20):
            pass

    test_time_grows_with_the_text_and_no_faster("chunk_spans", cut)


def test_sections_are_cut_in_time_that_grows_with_the_document(rag):
    def cut(text: str) -> None:
        document = Document("d", "", text, "s", markup="markdown")
        prepared = PreparedDocument(document, "english", b"")
        for _ in Sections(ChunkMaker(prepared, rag.encoder, 256), 0).chunks():
            pass

    test_time_grows_with_the_text_and_no_faster("sections", cut)


def test_a_long_quotation_is_shown_in_time_that_grows_with_it():
    code = f"```sh\n{'x' * 1_000}\n```\n"
    assert not grows_too_fast(readable, [[code] * (size // 10) for size in SIZES])
    assert not grows_too_fast(readable, [["- an item\n"] * (size // 10) for size in SIZES])


@pytest.mark.parametrize(
    ("took", "is_too_fast"),
    [
        (lambda size: size / 1e6, False),
        (lambda size: size * math.log(size) / 1e6, False),
        (lambda size: size**2 / 1e9, True),
        (lambda size: 0.0 if size < SIZES[-1] else 100.0, True),
        (lambda size: LEAST_S[SIZES[0]] * (size > SIZES[0]), False),  # too short to be told
    ],
)
def test_time_that_grows_with_the_square_grows_too_fast(monkeypatch, took, is_too_fast):
    monkeypatch.setattr(sys.modules[__name__], "seconds", lambda _, text: took(len(text)))
    assert grows_too_fast(str.upper, ["a" * size for size in SIZES]) is is_too_fast


def test_one_slow_attempt_is_no_growth(monkeypatch):
    times = iter([1.0, 1e9, 1.0])
    monkeypatch.setattr(sys.modules[__name__], "seconds", lambda *_: next(times))
    assert not grows_too_fast(str.upper, ["a", "aa"])
