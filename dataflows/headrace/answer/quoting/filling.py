"""What else of a manual is quoted where the stretches taken may lack the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headrace.answer.quoting.evidence import Evidence
from headrace.answer.quoting.stretches import Stretch
from headrace.answer.quoting.units import Unit, columns_of
from headrace.text.words import stems

#: Stretches are left alone when they have this chance together to hold the answer.
_ENOUGH = 0.9
#: What stands beside them is added when it has this chance at least (DECISIONS.md,
#: "beside a quotation").
_LEAST_CHANCE = 0.005
#: Stretches elsewhere are added, so many at most, with this chance at least, of which a
#: part counts beside what stands next to those taken (DECISIONS.md, "further
#: stretches").
_MOST_FURTHER = 2
_FURTHER_CHANCE = 0.05
_FURTHER_SHARE = 0.5


def filled(evidence: Evidence, taken: Sequence[Stretch]) -> list[Stretch]:
    """The stretches of a manual, with what stands beside them and may answer, too.

    That is the likeliest unit just before or after one of them in its section, again
    and again while there is room; or up to two stretches elsewhere, where these are
    twice as likely. Two stretches that meet become one. The stretches of other texts
    stay as they are.
    """
    grown = list(taken)
    left = _MOST_FURTHER
    while evidence.is_manual and sum(one.chance for one in grown) < _ENOUGH:
        room = evidence.whole - sum(one.tokens for one in grown)
        beside = list(_beside(evidence, grown, room))
        next_to = max(beside, key=lambda one: one.chance, default=None)
        elsewhere = _elsewhere(evidence, grown, room) if left else None
        # With less room, there is none later either.
        left = left if elsewhere else 0
        least = next_to.chance if next_to else 0.0
        if elsewhere and elsewhere.chance * _FURTHER_SHARE > least:
            grown.append(elsewhere)
            left -= 1
        elif next_to:
            grown = _with(evidence, grown, next_to)
        else:
            break
    return grown


def _elsewhere(evidence: Evidence, taken: Sequence[Stretch], room: int) -> Stretch | None:
    """The best stretch beside those taken that fits in, if it is likely enough.

    It says another thing, of the same matter: it has all words of the question that the
    first one has, where both are rows or items of one list, and else its names.
    """
    found = evidence.stretch([], room, taken) if taken and room > 0 else None
    if not found or found.chance < _FURTHER_CHANCE or not evidence.words_of(found):
        return None
    best, other = evidence.best_of(taken[0]), evidence.best_of(found)
    says_more = not evidence.repeats(other, map(evidence.best_of, taken))
    return found if says_more and evidence.is_of_same(other, best) else None


def _beside(evidence: Evidence, taken: Sequence[Stretch], room: int) -> Iterator[Stretch]:
    """The units just before and after the stretches that have a chance and fit in.

    A row of a table has the words of the question that the label of the row beside it
    has: where the price of a product is asked for, the next row is that of another one.
    """
    units = evidence.units
    for number, unit in enumerate(units):
        after = units[number + 1] if number + 1 < len(units) else None
        met = [one for one in taken if _meets(unit, after, one)]
        own = Stretch(unit.passage, unit.first, unit.last, unit.tokens, evidence.chance_of(unit))
        label = _label(evidence, own)
        is_other = unit.is_row and any(not _label(evidence, one) <= label for one in met)
        if not met or is_other or any(own.overlaps(one) for one in taken):
            continue
        if own.chance >= _LEAST_CHANCE and own.tokens <= room:
            yield own


def _label(evidence: Evidence, stretch: Stretch) -> set[str]:
    """The words of the question in the first cell of a stretch's best row, if any."""
    best = evidence.best_of(stretch)
    row = evidence.said(best) if columns_of(evidence.sentence(best)) else ""
    return evidence.asked & stems(row.partition(";")[0])


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
