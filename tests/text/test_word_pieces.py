"""Word pieces counted word by word are those of the whole text.

So chunks are cut where they would be if the tokenizer itself counted.
"""

import random
from typing import Any

import pytest
from semantic_text_splitter import MarkdownSplitter, TextSplitter
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from headrace.ingest.cutting.splitting import splitter
from headrace.text.word_pieces import word_piece_counter

ODD = [
    *"ab cé\n\t\r\u00a0\u2028\u3000\x1c\x1f\x0b\x00\ufffd中文，",
    *".!?'’-—İßΣςñ\u0301\u200b\u00ad😀ﬁ가각",
    "[MASK]",
    "[CLS]",
]
ODD += ["word", "the", "x" * 120, "  "]
TEXT = (
    "# Walrus\n\nIt sleeps on ice. It eats clams, e.g. Mya truncata!\n\n"
    "## Seal\n\n- swims\n- dives\tdeep\n\n"
    "Zwölf Boxkämpfer jagen Viktor. 海象在冰上睡覺。"
)


def test_any_text_has_as_many_as_the_tokenizer_makes_of_it(rag):
    tokenizer = rag.encoder.tokenizer
    drawn = random.Random(1)
    count: Any = word_piece_counter(tokenizer)
    for _ in range(5000):
        text = "".join(drawn.choices(ODD, k=drawn.randrange(30)))
        assert count(text) == len(tokenizer.encode(text, add_special_tokens=False).ids), repr(text)


@pytest.mark.parametrize(("room", "overlap"), [(240, 0), (32, 0), (16, 8)])
@pytest.mark.parametrize("markdown", [True, False])
def test_documents_are_cut_as_with_the_tokenizer_itself(rag, markdown, room, overlap):
    kind = MarkdownSplitter if markdown else TextSplitter
    by_tokenizer = kind.from_huggingface_tokenizer(rag.encoder.tokenizer, room, overlap=overlap)
    text = "\n\n".join(f"{TEXT} {number}" for number in range(30))
    chunks = splitter(rag.encoder.tokenizer, markdown, room, overlap).chunk_indices(text)
    assert chunks == by_tokenizer.chunk_indices(text) and len(chunks) > 3


def test_a_tokenizer_that_may_look_beyond_a_word_is_asked_for_whole_texts():
    other = Tokenizer(models.BPE())
    other.normalizer = normalizers.NFC()
    other.pre_tokenizer = pre_tokenizers.ByteLevel()
    assert word_piece_counter(other) is None
    bert = Tokenizer(models.WordPiece({"[UNK]": 0, "new": 1, "york": 2}, unk_token="[UNK]"))
    bert.normalizer = normalizers.BertNormalizer()
    bert.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    count: Any = word_piece_counter(bert)
    assert count("new  york") == 2
    bert.add_tokens(["new york"])  # one piece, over a blank
    assert word_piece_counter.__wrapped__(bert) is None


def test_words_are_forgotten_before_they_fill_memory(rag, monkeypatch):
    monkeypatch.setattr("headrace.text.word_pieces._KEPT_WORDS", 10)
    count: Any = word_piece_counter.__wrapped__(rag.encoder.tokenizer)
    assert count(" ".join(f"word{number}" for number in range(100))) > 100
    assert len(count.__self__) <= 10
