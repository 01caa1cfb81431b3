"""What is quoted beside the stretches while these may well lack the answer."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from headrace.answer.quoting.filling import filled, room_beside
from headrace.answer.quoting.stretches import Stretch
from headrace.answer.quoting.units import Unit
from headrace.types import ScoredSentence

#: The number of a sentence that speaks of another thing.
OF_ANOTHER = 9


def five_units(
    *, is_manual: bool, rows: tuple[int, ...] = (), elsewhere: Stretch | None = None
) -> Any:
    """Five units of 60 tokens; the chance of each is 0.03 times its number."""
    units = []
    for number in range(5):
        units.append(Unit(0, number, number + 1, 60, number > 0, is_row=number in rows))
    return SimpleNamespace(
        is_manual=is_manual,
        wants_steps=False,
        most_tokens=115,
        whole=200,
        units=units,
        asked={"price"},
        chance_of=lambda unit: 0.03 * unit.first,
        best_of=lambda stretch: ScoredSentence(0, stretch.first, (1.0,)),
        sentence=lambda place: SimpleNamespace(
            lead="", text="Thing: A; Price: 1" if place.sentence in rows else "It is one."
        ),
        said=lambda place: "Thing: A; Price: 1",
        stretch=lambda columns, room, taken: (
            elsewhere if elsewhere and elsewhere not in taken and room >= 60 else None
        ),
        words_of=lambda stretch: {"price"},
        repeats=lambda place, others: False,
        question="What is the price?",
        passage=lambda place: SimpleNamespace(document_id="d", title="T"),
        is_of_same=lambda other, best: other.sentence != OF_ANOTHER,
    )


@pytest.mark.parametrize(
    ("is_manual", "chance", "first", "last"),
    [
        # 0.3 + 0.09 + 0.12: three units of 60 tokens fit into 200.
        (True, 0.3, 2, 5),
        # The next one has 0.09; with it the stretch has its 120 tokens.
        (False, 0.3, 2, 4),
        (True, 0.7, 2, 5),
        # It is likely to answer.
        (False, 0.7, 2, 3),
        (True, 0.95, 2, 3),
    ],
)
def test_what_stands_beside_is_added_while_there_is_room(is_manual, chance, first, last):
    evidence = five_units(is_manual=is_manual)
    (grown,) = filled(evidence, [Stretch(0, 2, 3, 60, chance)])
    assert (grown.first, grown.last, grown.tokens) == (first, last, 60 * (last - first))


def test_what_hardly_answers_is_not_added_in_prose():
    alone = [Stretch(0, 0, 1, 60, 0.3)]
    assert filled(five_units(is_manual=False), alone) == alone
    (grown,) = filled(five_units(is_manual=True), alone)
    assert (grown.first, grown.last) == (0, 3)


@pytest.mark.parametrize(("rows", "last"), [((), 4), ((2,), 3), ((3,), 3), ((2, 3), 4)])
def test_rows_are_added_to_rows_and_prose_to_prose(rows, last):
    evidence = five_units(is_manual=False, rows=rows)
    (grown,) = filled(evidence, [Stretch(0, 2, 3, 60, 0.3)])
    assert grown.last == last


@pytest.mark.parametrize(
    ("is_manual", "chance", "room"),
    [(False, 0.5, 90), (False, 0.6, 55), (True, 0.5, 140), (True, 0.6, 55)],
)
def test_there_is_more_room_where_the_answer_may_well_be_lacking(is_manual, chance, room):
    evidence = five_units(is_manual=is_manual)
    assert room_beside(evidence, [Stretch(0, 2, 3, 60, chance)]) == room


def test_a_stretch_elsewhere_goes_before_what_is_half_as_likely_beside():
    taken, likely = Stretch(0, 2, 3, 60, 0.3), Stretch(1, 0, 1, 60, 0.25)
    assert likely in filled(five_units(is_manual=True, elsewhere=likely), [taken])
    unlikely, other = replace(likely, chance=0.15), replace(likely, first=OF_ANOTHER)
    for one in (unlikely, other):
        (grown,) = filled(five_units(is_manual=True, elsewhere=one), [taken])
        assert (grown.first, grown.last) == (2, 5)
    assert likely not in filled(five_units(is_manual=False, elsewhere=likely), [taken])
