"""Answers from guides: headings that are the question, steps in sections, marks, links."""

import pytest

from headrace.answer.quoting.places import heading_fits, places_of, pointing
from headrace.answer.quoting.units import is_unseen, seen_tokens, units_of
from support.contexts import hit, packed
from support.counters import Words
from support.quoting import quoted_from

OTHER = "Bread is baked at night."


def places(text: str):
    return places_of(packed([hit(1, text, "d1")], question="q"), {})


def test_the_section_whose_heading_is_the_question_is_quoted():
    text = (
        "# Weir\n\n## The weir in winter\n\nA weir opens the flap by itself, and a flap that is "
        "open freezes.\n\n## Open the flap\n\nTurn the blue wheel to the left.\n"
    )
    answer = " ".join(quoted_from("How do I open the flap?", text, OTHER))
    assert answer.startswith("Open the flap: Turn the blue wheel")


def test_a_heading_fits_by_the_words_it_shares_and_those_it_has_beside():
    """Words of equal rarity: P = 1, R = 3/4, F = 6/7, of which 0.6 is nothing."""
    text = (
        "# Guide\n\n## Read settings from disk\n\nYes.\n\n"
        "## Read old settings of nobody from the moon\n\nNo.\n\n## Bread\n\nNo.\n"
    )
    found = heading_fits(places(text), "How do I read settings from disk, Bert?")
    assert found.tolist() == pytest.approx([(6 / 7 - 0.6) / 0.4, 0, 0])


def test_nothing_fits_without_headings_or_words():
    assert heading_fits(places("No heading."), "How is it?").tolist() == [0.0]
    assert heading_fits(places("# G\n\n## How\n\nSo."), "how?").tolist() == [0.0]


def test_steps_go_on_in_the_sections_beneath():
    text = (
        "# Basin\n\n## Draining the basin\n\nDraining the basin takes an hour.\n\n"
        "### Stop the inflow\n\nPress `stop` first.\n\n### Open the gate\n\nPress `open` then.\n\n"
        "## Filling\n\nPress `fill`.\n"
    )
    answer = " ".join(quoted_from("How do I drain the basin?", text, OTHER))
    assert "`stop`" in answer and "`open`" in answer
    assert "`fill`" not in answer


@pytest.mark.parametrize(
    "text",
    [
        "/// tip",
        "//// tab | Python 3.9+",
        "///",
        "/// note | Of old",
        "::: weir.gate",
        "???+ tip",
        "!!! note",
        "```",
        '```Python hl_lines="9"\n{!> ../../src/one.py!',
        "}",
        "{* ../../src/one.py *}",
        '<div class="termy">',
        "> [!WARNING]",
        "{{< new-in 0.143.0 />}}",
        "{{% steps %}} {{< /steps >}}",
        "[guide]: /docs/guide\n[`run`]: https://a.example/run 'Run'",
    ],
)
def test_marks_of_a_site_are_not_seen(text):
    assert is_unseen(text)
    assert seen_tokens(text, Words()) == 0


@pytest.mark.parametrize(
    "text",
    [
        '!!! note "Mind the gap"',
        "!!! note\n    Mind.",
        "```sh\nls\n```",
        "A } b",
        "...",
        "{x}",
        "/// Opens the gate.",
        "[Note]: important",
        "> [!NOTE]\n> Mind.",
        "{{ .Title }}",
    ],
)
def test_what_has_words_or_signs_of_its_own_is_seen(text):
    assert not is_unseen(text)


def test_marks_between_sentences_take_no_room():
    text = "Stop it.\n\n/// tip\n\nWait an hour.\n\n///\n\nThen start it."
    units = units_of(packed([hit(1, text, "d1")], question="q"), Words(), 100)
    assert [(unit.tokens, unit.seen) for unit in units] == [(2, 1), (0, 0), (3, 1), (0, 0), (3, 1)]


def test_the_target_of_a_link_takes_no_room():
    linked = '<a href="https://a.example/b" class="c" target="_blank">Stop</a> it.'
    assert seen_tokens(linked, Words()) == seen_tokens("[Stop](a/b.md) it.", Words()) == 2


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("You can read more at [the docs](a.md).", True),
        ("See also the guide.", True),
        ("For more information, ask the miller.", True),
        ("Siehe Kapitel 2.", True),
        ("Read the level twice a day.", False),
        ("You see the gate from the road.", False),
    ],
)
def test_what_says_no_more_than_where_to_read_points(text, points):
    assert pointing(places(text)).tolist() == [points]
