"""The context's sentences, compared with what is asked."""

import numpy as np
from hamilton.function_modifiers import tag

from headrace.text.asking.requests import without_request
from headrace.text.titles import titled
from headrace.text.words import shares
from headrace.types import (
    UNSCALED,
    Context,
    CosineScale,
    Encoder,
    ReadSentences,
    SubQuery,
    has_token_vectors,
    query_token_vectors,
)

#: The best sentences by words, which are compared with the question by meaning.
_COMPARED = 16


@tag(stage="compile")
def read_sentences(
    context: Context,
    sub_queries: list[SubQuery],
    query_embeddings: np.ndarray,
    encoder: Encoder,
    cosine_scale: tuple | None = None,
) -> ReadSentences:
    """How the sentences of the context's hits compare with each sub-query.

    A sentence is read with its document's title, its headings and its lead before it,
    as chunks are. The 16 that hold most of a sub-query's words are also compared by
    meaning, as a whole and word piece by word piece. The others count as the least
    similar of these. Words that only ask, as "list", do not count. A heading that is a
    question, as in a FAQ, is compared as a whole. If the encoder gives no vectors of
    word pieces, both comparisons are the cosine. Cosines are on the encoder's scale.
    """
    texts = []
    for passage in context.of_hits.passages:
        texts += [titled(passage.title, one.text_in_place) for one in passage.sentences]
    queries = [query.text for query in sub_queries]
    held = shares(texts, list(map(without_request, queries)))
    if not held.size:
        return ReadSentences(held, held, held)
    compared = np.argsort(-held.max(axis=1), kind="stable")[:_COMPARED]
    best = [texts[number] for number in compared]
    scale = CosineScale(*(cosine_scale or UNSCALED))
    questions = _of_questions(context.of_hits, query_embeddings, encoder, scale)
    if not has_token_vectors(encoder):
        found = scale.of_all(encoder.encode(best) @ query_embeddings.T)
        cosines = _of_all(found, compared, len(texts))
        return ReadSentences(held, cosines, cosines, questions=questions)
    asked, said = query_token_vectors(encoder, queries), encoder.token_vectors(best)
    cosines = scale.of_all(np.array([_mean(pieces) for pieces in said]) @ query_embeddings.T)
    by_piece = [np.array([_nearest(query, pieces) for pieces in said]) for query in asked]
    nearest = scale.of_all(np.array([_means(fits) for fits in by_piece]).T)
    return ReadSentences(
        held,
        _of_all(cosines, compared, len(texts)),
        _of_all(nearest, compared, len(texts)),
        tuple(map(scale.of_all, by_piece)),
        questions,
    )


def _of_questions(
    context: Context, query_embeddings: np.ndarray, encoder: Encoder, scale: CosineScale
) -> np.ndarray:
    """(n_sentences, n_queries): the cosine of the heading of each that is a question.

    0 under any other heading.
    """
    above = []
    for passage in context.passages:
        above += [(passage.title, *one.headings)[-1] for one in passage.sentences]
    found = dict.fromkeys(above, np.zeros(len(query_embeddings)))
    questions = [heading for heading in found if heading.rstrip().endswith(("?", "？"))]
    if questions:
        cosines = scale.of_all(encoder.encode(questions) @ query_embeddings.T)
        found |= zip(questions, cosines, strict=True)
    return np.array([found[heading] for heading in above])


def _of_all(found: np.ndarray, compared: np.ndarray, count: int) -> np.ndarray:
    """A row for each of `count` sentences; those not compared get the least found."""
    rows = np.tile(found.min(axis=0), (count, 1))
    rows[compared] = found
    return rows


def _mean(pieces: np.ndarray) -> np.ndarray:
    """A text's vector by those of its word pieces: their mean, with norm 1."""
    mean = pieces.sum(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-9)


def _nearest(query: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    """The cosine of each of a query's word pieces to the nearest one of a sentence."""
    if not len(query) or not len(pieces):
        return np.zeros(len(query), np.float32)
    return (query @ pieces.T).max(axis=1)


def _means(fits: np.ndarray) -> np.ndarray:
    """The mean of each row; 0 without columns."""
    return fits.mean(axis=1) if fits.shape[1] else np.zeros(len(fits))
