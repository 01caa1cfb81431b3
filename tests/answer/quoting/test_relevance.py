"""What the search says of a chunk counts for the sentences of a manual."""

import numpy as np

from headrace.answer.extraction import quotes, sentence_scores
from headrace.answer.quoting.places import places_of, wordless
from headrace.answer.quoting.units import continues, leans, units_of, without_mark
from headrace.answer.reading import read_sentences
from headrace.types import Hit, QueryFilters, SubQuery
from support.contexts import hit, packed
from support.counters import Words
from support.quoting import Flat, quoted_from

QUESTION = "Where is the flap oiled?"


def quoted(hits: list[Hit], relevances: list[float]) -> str:
    """The first part of the answer, where the chunks have these scores."""
    made = packed(hits, question=QUESTION)
    queries = [SubQuery(QUESTION)]
    read = read_sentences(made, queries, np.ones((1, 1)), Flat())
    scored = sentence_scores(0.9, made, queries, read, {})
    ranked = [one._replace(score=score) for one, score in zip(hits, relevances, strict=True)]
    return quotes(queries, made, scored, Words(), {}, QueryFilters(), ranked)[0].text


def test_of_a_page_of_a_manual_the_chunk_comes_first_that_the_search_put_first():
    """Both chunks are of one passage, and have as many words of the question."""
    first = "# Flap\n\n## Winter\n\nThe flap is oiled below, with `oil --cold`."
    second = "\n\n## Summer\n\nThe flap is oiled above, with `oil --warm`."
    hits = [hit(1, first, "d1"), hit(2, second, "d1", ordinal=1, start=len(first))]
    assert len(packed(hits, question=QUESTION).passages) == 1
    assert "below" in quoted(hits, [1.0, 0.2])
    assert "above" in quoted(hits[::-1], [1.0, 0.2])


def test_a_passage_that_was_found_almost_as_well_loses_little():
    hits = [
        hit(1, "The flap is red. Use `oil --cold`.", "d1"),
        hit(2, "The flap is oiled above.", "d2"),
    ]
    assert "above" in quoted(hits, [1.0, 0.99])
    hits = [hit(1, "The flap is oiled below, `oil --cold`.", "d1"), hits[1]]
    assert "below" in quoted(hits, [1.0, 0.5])


def test_the_mark_of_an_item_is_no_number():
    assert without_mark("4. Press it.") == "Press it."
    assert without_mark("- 4 pumps.") == "4 pumps."
    assert without_mark("Press it 4.") == "Press it 4."
    text = "# Seed\n\nThe seed:\n\n4. Press the seed.\n5. Wait.\n\n## Size\n\nIt holds 200 seeds."
    assert "200" in " ".join(quoted_from("How many does the seed hold?", text))


def test_a_picture_is_no_answer():
    text = "![Oil the flap](/img/oil.png)\n\nOil it in spring."
    places = places_of(packed([hit(1, text, "d1")], question="q"), {})
    assert wordless(places).tolist() == [True, False]


def test_what_begins_with_then_or_in_this_case_needs_what_stands_before():
    assert leans("Then press the button.")
    assert leans("In these cases, use `--poll`.")
    assert leans("In such a case it stops.")
    assert not leans("Thence it flows.")
    assert not leans("In case of fire, leave.")


def test_what_follows_in_an_item_stands_beside_it_however_it_is_indented():
    text = "The watcher fails when:\n\n- The disk is full.\n- The disk is far.\n\n  Use `--poll`."
    made = packed([hit(1, text, "d1")], question="q")
    before, last = made.passages[0].sentences[-2:]
    assert last.start - before.end > 3
    assert continues(before, last)
    assert units_of(made, Words(), 100)[-1].follows
