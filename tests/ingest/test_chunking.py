"""Where documents are cut, and what the encoder reads of each chunk."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from headrace.ingest.chunking import document_chunks, new_chunks
from headrace.ingest.cutting.embedded_texts import short_above
from headrace.ingest.cutting.splitting import parts
from headrace.ingest.preparation import prepared_documents
from headrace.types import ChunkDraft, Document, Encoder


class WordEncoder:
    """A fake whose tokens are words."""

    name: str = "words"
    dimension: int = 4
    max_tokens: int = 64

    def __init__(self):
        self.tokenizer: Any = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        self.tokenizer.pre_tokenizer = Whitespace()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.ones((len(texts), 4), np.float32) / 2

    def count_tokens(self, text: str) -> int:
        return len(text.split())


WORDS: Encoder = WordEncoder()


def database_of(rows: list[tuple]) -> Any:
    """A database whose statements all return these rows."""
    return SimpleNamespace(query=lambda statement, parameters: rows)


def chunks_of(
    text: str, encoder: Encoder, *, title: str = "Title", **parameters: int
) -> list[ChunkDraft]:
    prepared = prepared_documents([Document("d", title, text, "s.txt")])
    (chunks,) = document_chunks(prepared, encoder, **parameters)
    return chunks


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(st.characters(codec="utf-8"), max_size=2000),
    size=st.integers(32, 256),
    overlap=st.integers(0, 16),
)
def test_chunks_are_exactly_what_stands_at_their_place_and_fit_the_encoder(
    rag, text, size, overlap
):
    stored = prepared_documents([Document("d", "Title", text, "s.txt")])[0].document.text
    for chunk in chunks_of(text, rag.encoder, chunk_tokens=size, chunk_overlap=overlap):
        assert chunk.text == stored[chunk.start : chunk.end] and chunk.text
        assert rag.encoder.count_tokens(chunk.embedded_text) + 2 <= size


def test_no_visible_character_is_lost_between_chunks(rag):
    sentence = "It says something worth reading. "
    text = "\n\n".join(f"Paragraph {i}. " + sentence * (i % 9) for i in range(40))
    left = list(text)
    for chunk in chunks_of(text, rag.encoder, chunk_tokens=64):
        left[chunk.start : chunk.end] = " " * (chunk.end - chunk.start)
    assert "".join(left).strip() == ""


def test_an_endless_word_is_cut_though_the_tokenizer_takes_it_for_one_piece():
    chunks = chunks_of("x" * 400, WORDS, title="", chunk_tokens=10)
    # 8 tokens without the special ones, of 16 characters each.
    assert [len(chunk.text) for chunk in chunks] == [128, 128, 128, 16]


def test_of_headings_that_are_too_long_the_nearest_are_kept():
    above = "# One two\n## Three four"
    assert short_above(above, WORDS, 40) == "One two > Three four"
    assert short_above(above, WORDS, 39) == "Three four"


def test_what_has_no_end_is_cut_before_the_splitter_sees_it():
    long = "a" * 500
    assert _parts(f"One {long * 2}aa two") == ["One ", long, long, "aa two"]
    assert _parts(f"One{' ' * 300}two") == ["One", "two"]
    assert _parts("word " * 8001) == ["word " * 4000 + "word", " word" * 4000]
    assert _parts("Short.\n\nAnd good.") == ["Short.\n\nAnd good."]


def test_a_row_is_not_cut_at_the_blanks_that_fill_its_columns():
    row = f"| SessionTimeout{' ' * 400}| `48h` |\n"
    assert list(parts(row * 3)) == [(0, 3 * len(row))]


def test_a_book_is_cut_between_its_paragraphs():
    book = "\n\n".join(["A paragraph of a book."] * 5000)
    cut = _parts(book)
    assert len(cut) == 2 and "".join(cut) == book
    assert cut[1].startswith("\n\nA paragraph")


def _parts(text: str) -> list[str]:
    return [text[part.start : part.end] for part in parts(text)]


def test_markdown_is_cut_at_its_headings(rag):
    text = "# One\n\n" + "First part. " * 30 + "\n\n# Two\n\n" + "Second part. " * 30
    prepared = prepared_documents([Document("d", "", text, "s.md", markup="markdown")])
    (chunks,) = document_chunks(prepared, rag.encoder, chunk_tokens=128)
    assert [chunk.text.splitlines()[0] for chunk in chunks] == ["# One", "# Two"]


def test_a_chunk_knows_its_page():
    pages = "First page text.\n\n", "Second page text."
    starts = (0, len(pages[0]))
    prepared = prepared_documents([Document("d", "", "".join(pages), "s.pdf", page_starts=starts)])
    assert [chunk.page for chunk in document_chunks(prepared, WORDS, chunk_tokens=32)[0]] == [1]
    with_room_for_six_words = document_chunks(prepared, WORDS, chunk_tokens=8)[0]
    assert [chunk.page for chunk in with_room_for_six_words] == [1, 2]


def test_the_encoder_reads_a_quarter_of_the_title_s_room_and_then_the_text():
    title = " ".join(f"t{number}" for number in range(20))
    (chunk,) = chunks_of("The text.", WORDS, title=title, chunk_tokens=32)
    assert chunk.title == title
    assert chunk.embedded_text == "t0 t1 t2 t3 t4 t5 t6 t7\nThe text."


def test_a_document_that_is_nothing_but_its_title_has_its_words_once():
    (chunk,) = chunks_of("A title", WORDS, title="A title")
    assert (chunk.title, chunk.text, chunk.embedded_text) == ("", "A title", "A title")


def test_only_content_that_its_document_does_not_have_yet_is_new():
    prepared = prepared_documents([Document("a", "", "same", "s"), Document("b", "", "same", "s")])
    chunks = document_chunks(prepared, WORDS)
    ((chunk,), (other,)) = chunks
    assert chunk.content_hash == other.content_hash
    in_a, in_b = ("a", 1, chunk.content_hash), ("b", 2, chunk.content_hash)
    assert new_chunks(prepared, chunks, database_of([])) == [chunk]
    assert new_chunks(prepared, chunks, database_of([in_a])) == [chunk]
    assert new_chunks(prepared, chunks, database_of([in_a, in_b])) == []
