"""The parts of an answer that quotes."""

from collections.abc import Mapping, Sequence

import numpy as np

from headrace.answer.quoting.comparing import differs, repeats
from headrace.answer.quoting.dating import date_of, newness
from headrace.answer.quoting.stretches import Stretch, best_stretch, chances
from headrace.answer.quoting.units import units_of
from headrace.text.outline import labelled_row
from headrace.text.readable import readable
from headrace.types import (
    CitedText,
    Context,
    ScoredSentence,
    SentenceRange,
    SubQuery,
    TokenCounter,
)

#: An answer has at most this many tokens, unless its first sentence has more.
_QUOTED_TOKENS = 120
#: A second stretch is quoted when it has at least this chance to hold the answer.
_SECOND_CHANCE = 0.05


def composed(
    sub_queries: Sequence[SubQuery],
    context: Context,
    sentence_scores: Sequence[ScoredSentence],
    counter: TokenCounter,
    metadata: Mapping[str, Mapping],
) -> list[CitedText]:
    if not sentence_scores:
        return []
    units = units_of(context, counter, _QUOTED_TOKENS)
    columns = [i for i, query in enumerate(sub_queries) if query.role == "sub-question"]
    taken: list[Stretch] = []
    if len(columns) > 1:
        for column in columns:
            scores = [scored.scores[column] for scored in sentence_scores]
            chance_of = _chances(sentence_scores, scores)
            stretch = best_stretch(units, chance_of, _QUOTED_TOKENS // len(columns))
            if stretch and not any(stretch.overlaps(o) for o in taken):
                taken.append(stretch)
    else:
        chance_of = _chances(sentence_scores, [scored.best for scored in sentence_scores])
        first = best_stretch(units, chance_of, _QUOTED_TOKENS)
        if first:
            taken.append(first)
            second = best_stretch(units, chance_of, _QUOTED_TOKENS - first.tokens, taken)
            if second and second.chance >= _SECOND_CHANCE:
                taken.append(second)
    return [_part(context, stretch) for stretch in sorted(taken, key=lambda s: (s.passage, s.first))]


def _chances(sentence_scores, scores) -> dict[tuple[int, int], float]:
    found = chances(np.array(scores))
    return {
        (scored.passage, scored.sentence): chance
        for scored, chance in zip(sentence_scores, found.tolist(), strict=True)
    }


def _part(context: Context, stretch: Stretch) -> CitedText:
    sentences = context.passages[stretch.passage].sentences[stretch.first : stretch.last]
    quote = " ".join(sentence.text for sentence in sentences)
    place = SentenceRange(stretch.passage, stretch.first, stretch.last, quote)
    said = [labelled_row(one.lead, one.text) or one.text for one in sentences]
    return CitedText(readable(said), (place,))
