"""The context: what a language model reads of the hits."""

from dataclasses import replace
from typing import Literal

from hamilton.function_modifiers import config, tag

from headrace.context.filling import pool, relevances
from headrace.context.pieces import NO_ROOM, Pieces, passage_of, piece_of, rendered
from headrace.types import Context, Dropped, Hit, SubQuery, TokenCounter


@config.when(packing="evidence")
@tag(stage="compile")
def context__evidence(
    reranked_hits: list[Hit],
    ranked_hits: list[Hit],
    sub_queries: list[SubQuery],
    token_counter: TokenCounter,
    token_budget: int = 2000,
    duplicates: Literal["replace", "keep"] = "replace",
    answer_passages: int = 8,
    chunk_tokens: int = 256,
) -> Context:
    """The best hits as passages, within `token_budget` tokens counted as they are sent.

    It has at most the tokens of `answer_passages` full chunks. What shorter hits leave
    of these is filled by the next hits and by neighbours of the best ones
    (`filling.pool`). A hit that only repeats another is dropped, and the next one takes
    its place (unless `duplicates` is "keep"). Neighbours in a document become one
    passage. Passages that only fill come last.

    If not everything fits, the sentences most valuable to the question are taken first
    (`selection.sentence_values`): from a good chunk those that answer, and none from a
    chunk that only surrounds them. `dropped` says what was left out and why.

    Returns:
        Passages numbered from 1 by their best hit, sentences in reading order. At most
        `token_budget` tokens, headers and separators included; 0 for no hits.
    """
    hits, dropped = pool(reranked_hits, ranked_hits, duplicates == "replace")
    count = len(reranked_hits)
    pieces = Pieces(
        [piece_of(hit, is_hit=number < count) for number, hit in enumerate(hits)],
        relevances(hits),
        token_counter,
        min(token_budget, answer_passages * chunk_tokens),
        tuple(dropped),
    )
    return pieces.made(sub_queries)


@config.when(packing="greedy")
@tag(stage="compile")
def context__greedy(
    reranked_hits: list[Hit], token_counter: TokenCounter, token_budget: int = 2000
) -> Context:
    """Whole chunks, best first, up to the first that does not fit.

    This is the usual way, kept to compare with. Each chunk is a passage.

    Returns:
        As the other variant.
    """
    made = Context((), "", 0, token_budget)
    for number, hit in enumerate(reranked_hits, start=1):
        piece = piece_of(hit)
        passages = (*made.passages, passage_of(number, piece.chunk, piece.sentences))
        text = rendered(passages)
        tokens = token_counter.count(text)
        if tokens > token_budget:
            left_out = tuple(
                Dropped(rest.chunk_id, NO_ROOM) for rest in reranked_hits[number - 1 :]
            )
            return replace(made, dropped=left_out)
        made = Context(passages, text, tokens, token_budget)
    return made
