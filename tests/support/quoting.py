"""Answers by quotation over small Markdown documents, all alike by meaning."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from headrace.answer.extraction import quotes, sentence_scores
from headrace.answer.reading import read_sentences
from headrace.types import Hit, QueryFilters, SubQuery
from support.contexts import hit, packed
from support.counters import Words


class Flat:
    """An encoder for which all texts are alike; it keeps what it encodes."""

    name = "flat"
    dimension = 1
    max_tokens = 100
    tokenizer = None

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        return np.ones((len(texts), 1), np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def quoted_from(question: str, *documents: str, **metadata: Any) -> list[str]:
    """The parts of the answer to a question, from documents of one chunk each.

    A token is a word, and what the documents say is found by the words alone.
    """
    hits = [hit(number, text, f"d{number}") for number, text in enumerate(documents, start=1)]
    return quoted_from_hits(question, hits, **metadata)


def quoted_from_hits(question: str, hits: list[Hit], **metadata: Any) -> list[str]:
    """The same, from hits that were made before."""
    context = packed(hits, question=question)
    queries = [SubQuery(question)]
    read = read_sentences(context, queries, np.ones((1, 1)), Flat())
    scored = sentence_scores(0.9, context, queries, read, metadata)
    parts = quotes(queries, context, scored, Words(), metadata, QueryFilters())
    return [part.text for part in parts]
