"""The passages nearest to a question, shown when there is no answer."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from headrace.answer.quoting.units import continues
from headrace.types import Context, ReadSentences, Sentence, SentenceRange

#: At most this many places (DECISIONS.md, "nearest passages").
_MOST_PLACES = 3
#: A place is a sentence and up to this many after it, within this many characters.
_FOLLOWING = 2
_CHARACTERS = 400


def nearest_places(context: Context, read: ReadSentences) -> tuple[SentenceRange, ...]:
    """The three sentences nearest to a question, each with what follows it.

    Up to two sentences of the same section follow, since a sentence often only names
    what the next ones explain. Nearness is that of word pieces, for the sub-query that
    fits best. The nearest comes first; [] for a context without hits.
    """
    ends = list(accumulate(len(passage.sentences) for passage in context.passages))
    found: list[SentenceRange] = []
    taken: set[tuple[int, int]] = set()
    for row in np.argsort(-read.nearest.max(axis=1, initial=0.0), kind="stable").tolist():
        if len(found) == _MOST_PLACES:
            break
        number = bisect_right(ends, row)
        first = row - (ends[number - 1] if number else 0)
        if (number, first) in taken:
            continue
        sentences = context.passages[number].sentences
        last = _last(sentences, first)
        last = next((one for one in range(first + 1, last) if (number, one) in taken), last)
        taken.update((number, sentence) for sentence in range(first, last))
        quote = " ".join(one.text for one in sentences[first:last])
        found.append(SentenceRange(number, first, last, quote))
    return tuple(found)


def _last(sentences: Sequence[Sentence], first: int) -> int:
    """The number after the last sentence that goes with the one at `first`."""
    last, length = first + 1, len(sentences[first].text)
    for before, sentence in pairwise(sentences[first : last + _FOLLOWING]):
        length += len(sentence.text)
        if length > _CHARACTERS or not continues(before, sentence):
            break
        last += 1
    return last
