"""The context's sentences, compared with what is asked."""

import numpy as np
from hamilton.function_modifiers import tag

from headrace.text.titles import titled
from headrace.text.words import shares
from headrace.types import Context, Encoder, ReadSentences, SubQuery

#: The best sentences by words, which are compared with the question by meaning.
_COMPARED = 16


@tag(stage="compile")
def read_sentences(
    context: Context,
    sub_queries: list[SubQuery],
    query_embeddings: np.ndarray,
    encoder: Encoder,
) -> ReadSentences:
    """How the sentences of the context's hits compare with each sub-query.

    A sentence is read beneath its document's title, its headings and what leads to it,
    as chunks are. The 16 that hold most of the words of a sub-query are compared by
    meaning too. The others count as the least similar of these.
    """
    texts = []
    for passage in context.of_hits.passages:
        texts += [titled(passage.title, one.text_in_place) for one in passage.sentences]
    held = shares(texts, [query.text for query in sub_queries])
    if not held.size:
        return ReadSentences(held, held)
    compared = np.argsort(-held.max(axis=1), kind="stable")[:_COMPARED]
    found = encoder.encode([texts[number] for number in compared]) @ query_embeddings.T
    cosines = np.tile(found.min(axis=0), (len(texts), 1))
    cosines[compared] = found
    return ReadSentences(held, cosines)
