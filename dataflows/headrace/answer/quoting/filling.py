"""What else is quoted while the stretches may well lack the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headrace.answer.quoting.described import wants_newest
from headrace.answer.quoting.evidence import Evidence
from headrace.answer.quoting.sentences.dating import newness
from headrace.answer.quoting.stretches import Stretch
from headrace.answer.quoting.units import Unit, columns_of, is_item
from headrace.answer.signs.asked_names import names_of
from headrace.answer.signs.names import words_of
from headrace.text.words import stems
from headrace.types import ScoredSentence

#: Stretches whose chance together is smaller may well lack the answer (DECISIONS.md,
#: "beside a quotation").
_LIKELY = 0.6
#: Then an answer from prose has at most this many tokens, and each stretch this many.
_UNSURE_TOKENS = 150
_STRETCH_TOKENS = 120
#: A neighbour of the stretches is added if it has this chance at least.
_LEAST_CHANCE = 0.04
#: In a manual this one is enough, until all together have that.
_LEAST_IN_MANUALS = 0.005
_ENOUGH_IN_MANUALS = 0.9
#: Stretches elsewhere in a manual are added: at most this many, with this chance at
#: least, and if this share of it is more than a neighbour's (DECISIONS.md, "further
#: stretches").
_MOST_FURTHER = 2
_FURTHER_CHANCE = 0.05
_FURTHER_SHARE = 0.5


def room_beside(evidence: Evidence, taken: Sequence[Stretch]) -> int:
    """How many tokens are left for an answer after the stretches taken.

    There are more while these may well lack the answer, or if steps are asked of a
    manual.
    """
    most = evidence.most_tokens
    if evidence.wants_steps or _chance(taken) < _LIKELY:
        most = _most_tokens(evidence)
    return most - sum(one.tokens for one in taken)


def _chance(taken: Sequence[Stretch]) -> float:
    """The chance of stretches together to hold the answer."""
    return sum(one.chance for one in taken)


def _most_tokens(evidence: Evidence) -> int:
    """The most tokens of an answer that may well lack what is asked for."""
    return evidence.whole if evidence.is_manual else _UNSURE_TOKENS


def filled(evidence: Evidence, taken: Sequence[Stretch]) -> list[Stretch]:
    """The stretches, extended by what may answer too.

    Again and again, while there is room and they may well lack the answer, the
    likeliest unit just before or after one of them in its section is added; in a
    manual, also up to two stretches elsewhere that are twice as likely. Two stretches
    that meet become one. Those of prose stay short enough to be read at a glance.
    """
    grown = list(taken)
    further = _MOST_FURTHER if evidence.is_manual else 0
    while _chance(grown) < (_ENOUGH_IN_MANUALS if evidence.is_manual else _LIKELY):
        room = _most_tokens(evidence) - sum(one.tokens for one in grown)
        wider = _widened(evidence, grown, room)
        gain = _chance(wider) - _chance(grown) if wider else 0.0
        elsewhere = _elsewhere(evidence, grown, room) if further else None
        if not elsewhere:
            # With less room, there is none later either.
            further = 0
        if elsewhere and elsewhere.chance * _FURTHER_SHARE > gain:
            grown.append(elsewhere)
            further -= 1
        elif wider:
            grown = wider
        else:
            break
    return grown


def _elsewhere(evidence: Evidence, taken: Sequence[Stretch], room: int) -> Stretch | None:
    """The best other stretch that fits in, if it is likely enough.

    It says something new about the same subject: it has the names of the question that
    the first stretch has, or all words of it if both are rows or items of one list.
    """
    found = evidence.stretch([], room, taken) if taken and room > 0 else None
    if not found or found.chance < _FURTHER_CHANCE or not evidence.words_of(found):
        return None
    best, other = evidence.best_of(taken[0]), evidence.best_of(found)
    says_more = not evidence.repeats(other, map(evidence.best_of, taken))
    is_of_same = evidence.is_of_same(other, best)
    is_useful = says_more and is_of_same and not is_beside_the_point(evidence, other, best)
    return found if is_useful else None


def is_beside_the_point(evidence: Evidence, other: ScoredSentence, best: ScoredSentence) -> bool:
    """Whether a sentence is of another thing than the best one, or of an older version.

    If the newest is asked for, older documents of the same title are such versions.
    """
    if is_of_another(evidence, other, best):
        return True
    is_version = evidence.passage(other).title == evidence.passage(best).title != ""
    if not (is_version and wants_newest(evidence.question)):
        return False
    return newness(evidence.date_of(other)) < newness(evidence.date_of(best))


def is_of_another(evidence: Evidence, other: ScoredSentence, best: ScoredSentence) -> bool:
    """Whether a row or an item is of another thing than the best sentence.

    It lacks a number of the question with the word before it, "project 100", which the
    best one has.
    """
    sentence = evidence.sentence(other)
    if not (columns_of(sentence) or is_item(sentence.text)):
        return False
    numbers = [one for one in names_of(evidence.question, is_foreign=False) if one.numbered]
    asked = {f"{one.numbered}{one.text}".lower() for one in numbers}
    return bool(asked & words_of([evidence.said(best)]) - words_of([evidence.said(other)]))


def _widened(evidence: Evidence, taken: Sequence[Stretch], room: int) -> list[Stretch]:
    """The stretches with the likeliest unit beside one of them; [] where none fits."""
    longest = evidence.whole if evidence.is_manual else _STRETCH_TOKENS
    for unit in sorted(_beside(evidence, taken, room), key=lambda one: -one.chance):
        wider = _with(evidence, taken, unit)
        if max(one.tokens for one in wider) <= longest:
            return wider
    return []


def _beside(evidence: Evidence, taken: Sequence[Stretch], room: int) -> Iterator[Stretch]:
    """The units just before and after the stretches that have a chance and fit in.

    Next to a row of a table, only a row with the same label counts: if the price of a
    product is asked for, the next row is that of another product.
    """
    units = evidence.units
    least = _LEAST_IN_MANUALS if evidence.is_manual else _LEAST_CHANCE
    for number, unit in enumerate(units):
        after = units[number + 1] if number + 1 < len(units) else None
        met = [one for one in taken if _meets(unit, after, one)]
        own = Stretch(unit.passage, unit.first, unit.last, unit.tokens, evidence.chance_of(unit))
        if not met or any(own.overlaps(one) for one in taken):
            continue
        if not all(_is_like(evidence, one, own) for one in met):
            continue
        if own.chance >= least and own.tokens <= room:
            yield own


def _is_like(evidence: Evidence, stretch: Stretch, unit: Stretch) -> bool:
    """Whether both are prose, or rows of a table about the same thing.

    The unit has the words of the question that the label of the stretch's row has.
    """
    label, other = _label(evidence, stretch), _label(evidence, unit)
    if label is None or other is None:
        return label is other
    return label <= other


def _label(evidence: Evidence, stretch: Stretch) -> set[str] | None:
    """The words of the question in the first cell of the best row; None for prose."""
    best = evidence.best_of(stretch)
    if not columns_of(evidence.sentence(best)):
        return None
    return evidence.asked & stems(evidence.said(best).partition(";")[0])


def _meets(unit: Unit, after: Unit | None, stretch: Stretch) -> bool:
    """Whether a unit stands just before or after a stretch, in its section."""
    if unit.passage != stretch.passage:
        return False
    if unit.follows and unit.first == stretch.last:
        return True
    is_before = unit.last == stretch.first
    return is_before and after is not None and after.follows and after.first == unit.last


def _with(evidence: Evidence, taken: Sequence[Stretch], unit: Stretch) -> list[Stretch]:
    """The stretches in their order; those that meet the unit become one with it."""
    led = {(one.passage, one.first) for one in evidence.units if one.follows}
    grown: list[Stretch] = []
    joined, place = unit, 0
    for one in taken:
        before, after = sorted([one, joined], key=lambda one: (one.passage, one.first))
        is_next = before.passage == after.passage and before.last == after.first
        if is_next and (after.passage, after.first) in led:
            place = place if joined != unit else len(grown)
            joined = replace(
                before,
                last=after.last,
                tokens=before.tokens + after.tokens,
                chance=before.chance + after.chance,
            )
        else:
            grown.append(one)
    grown.insert(place, joined)
    return grown
