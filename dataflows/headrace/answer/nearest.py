"""What comes nearest to a question, to be shown where there is no answer."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from headrace.answer.quoting.units import continues
from headrace.types import Context, ReadSentences, Sentence, SentenceRange

#: So many places (DECISIONS.md, "nearest passages").
_MOST_PLACES = 3
#: A place is a sentence with so many after it, all of so many characters, at most.
_FOLLOWING = 2
_CHARACTERS = 400


def nearest_places(context: Context, read: ReadSentences) -> tuple[SentenceRange, ...]:
    """The three sentences nearest to a question, with what follows each.

    These are up to two sentences of the same section: what is asked is often told after
    a sentence that names it. Nearest is by word pieces, for the sub-query that fits
    best. The nearest comes first; [] for a context without hits.
    """
    places = []
    for number, passage in enumerate(context.of_hits.passages):
        places += [(number, sentence) for sentence in range(len(passage.sentences))]
    found: list[SentenceRange] = []
    taken: set[tuple[int, int]] = set()
    for row in np.argsort(-read.nearest.max(axis=1, initial=0.0), kind="stable").tolist():
        number, first = places[row]
        if len(found) == _MOST_PLACES:
            break
        if (number, first) in taken:
            continue
        sentences = context.passages[number].sentences
        last = _last(sentences, first)
        while last > first + 1 and (number, last - 1) in taken:
            last -= 1
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
