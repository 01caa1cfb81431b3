"""Hits to be packed, and the contexts made of them with words as tokens."""

from collections.abc import Sequence

from headrace.context.packing import context__evidence
from headrace.types import Context, Hit, Passage, Sentence, SubQuery
from support.counters import Words
from support.hits import chunk


def hit(
    chunk_id: int, text: str, document: str = "", ordinal: int = 0, start: int = 0, title: str = "T"
) -> Hit:
    """A fused hit of score 1, at rank `chunk_id`."""
    one = chunk(chunk_id, text, document=document, title=title, start=start, ordinal=ordinal)
    return Hit(one, 1.0, chunk_id, "fused")


def packed(
    hits: list[Hit],
    token_budget: int = 2000,
    question: str = "",
    ranked: Sequence[Hit] | None = None,
) -> Context:
    """The context of these hits; `ranked` are all hits, by default the same."""
    others = list(hits if ranked is None else ranked)
    return context__evidence(hits, others, [SubQuery(question)], Words(), token_budget)


def texts(context: Context) -> list[str]:
    return [passage.text for passage in context.passages]


def reasons(context: Context) -> dict[int, str]:
    """Why each chunk was left out or cut, by its id."""
    return {dropped.chunk_id: dropped.reason for dropped in context.dropped}


def context(*passages: list[str], titles: Sequence[str] = ()) -> Context:
    """A context of these sentences, by passage, each a line of its document."""
    made = []
    for number, texts in enumerate(passages, start=1):
        sentences, start = [], 0
        for text in texts:
            sentences.append(Sentence(text, start, start + len(text), number))
            start += len(text) + 1
        title = titles[number - 1] if titles else "T"
        made.append(Passage(number, f"d{number}", title, f"s{number}.md", tuple(sentences)))
    return Context(tuple(made), "", 0, 2000)
