"""Hits that only repeat a better one."""

from headrace.context.packing import context__evidence
from headrace.types import SubQuery
from support.contexts import hit, packed, reasons
from support.counters import Words

REPEATED = "The warranty lasts two years and covers faults in material."


def test_a_chunk_that_only_repeats_another_is_dropped():
    made = packed([hit(1, f"{REPEATED} Also."), hit(2, REPEATED)])
    assert len(made.passages) == 1
    assert reasons(made) == {2: "repeats chunk 1"}


def test_a_chunk_that_differs_in_a_word_or_says_more_repeats_nothing():
    hits = [
        hit(1, REPEATED),
        hit(2, REPEATED.replace("two", "three")),
        hit(3, f"{REPEATED} Also."),
        hit(4, REPEATED, title="Of 2025"),
    ]
    assert len(packed(hits).passages) == 4


RANKED = [
    hit(1, REPEATED),
    hit(2, REPEATED),
    hit(3, REPEATED.upper()),
    hit(4, "The battery is excluded from it."),
    hit(5, "Ships weekly."),
]


def test_the_seat_of_a_chunk_that_repeats_another_goes_to_the_next_that_does_not():
    made = packed(RANKED[:2], ranked=RANKED)
    assert [passage.document_id for passage in made.passages] == ["d1", "d4", "d5"]
    assert reasons(made) == {2: "repeats chunk 1"}


def test_repetitions_stay_where_that_is_chosen():
    queries = [SubQuery("")]
    made = context__evidence(RANKED[:2], RANKED, queries, Words(), duplicates="keep")
    assert [passage.document_id for passage in made.passages] == ["d1", "d2", "d3", "d4"]
    assert made.dropped == ()
