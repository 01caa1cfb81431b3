"""Chunks joined to passages in reading order."""

from headrace.context.pieces import piece_of
from headrace.types import Chunk, Hit
from support.contexts import hit, packed, texts


def test_neighbours_of_one_document_become_one_passage_in_reading_order():
    second, first = hit(7, "Second part.", "d", 1, 12), hit(3, "First part.", "d", 0, 0)
    made = packed([second, hit(9, "Elsewhere.", "x"), first])
    assert texts(made) == ["First part. Second part.", "Elsewhere."]
    assert [sentence.chunk_id for sentence in made.passages[0].sentences] == [3, 7]


def test_a_chunk_between_two_others_joins_them():
    ends = [hit(1, "A one.", "d", 0, 0), hit(3, "C three.", "d", 2, 20)]
    assert len(packed(ends).passages) == 2
    made = packed([*ends, hit(2, "B two.", "d", 1, 10)])
    assert texts(made) == ["A one. B two. C three."]


def test_what_overlapping_chunks_share_is_said_once():
    one = hit(1, "Alpha is one. Beta is two.", "d", 0, 0)
    other = hit(2, "Beta is two. Gamma is three.", "d", 1, 14)
    assert texts(packed([one, other])) == ["Alpha is one. Beta is two. Gamma is three."]


def test_a_passage_has_the_place_of_its_best_chunk():
    best = hit(1, "A one.", "d", 0, 0)
    made = packed([best, hit(5, "Elsewhere.", "x"), hit(2, "B two.", "d", 1, 10)])
    assert [passage.document_id for passage in made.passages] == ["d", "x"]
    assert [passage.number for passage in made.passages] == [1, 2]


def test_joined_chunks_stand_where_the_better_of_them_stood():
    ends = [hit(1, "A one.", "d", 0, 0), hit(5, "Elsewhere.", "x"), hit(3, "C three.", "d", 2, 20)]
    made = packed([*ends, hit(2, "B two.", "d", 1, 10)])
    assert texts(made) == ["A one. B two. C three.", "Elsewhere."]


def placed(text: str, above: str = "", number: int = 1, start: int = 0) -> Hit:
    chunk = Chunk(number, "d", "Refunds", "s", text, start, start + len(text), number, None, above)
    return Hit(chunk, 1.0)


def test_each_sentence_stands_under_its_own_headings():
    text = "It is late.\n\n## Finland\n\nPaid within 14 days.\n\n## Norway\n\nNever paid."
    (piece,) = [piece_of(placed(text, "# Refunds\n## Denmark\n### Late"))]
    assert [(one.text, one.headings) for one in piece.sentences] == [
        ("It is late.", ("Denmark", "Late")),
        ("Paid within 14 days.", ("Finland",)),
        ("Never paid.", ("Norway",)),
    ]
    assert all(text[one.start : one.end] == one.text for one in piece.sentences)


def test_a_model_reads_the_headings_where_they_change():
    text = "It is late.\n\n## Finland\n\nPaid within 14 days. In euros.\n\n# Other\n\nNothing."
    (passage,) = packed([placed(text, "## Denmark")]).passages
    assert passage.name == "Refunds > Denmark"
    assert passage.shown == (
        "It is late.",
        "# Refunds > Finland\nPaid within 14 days.",
        "In euros.",
        "# Refunds > Other\nNothing.",
    )


def test_a_row_is_read_after_the_header_of_its_table_which_is_said_once():
    above = "## Rates\n| Depot | Fee |\n|---|---|"
    (passage,) = packed([placed("| Brill | 44 |\n| Tring | 55 |", above)]).passages
    assert [one.lead for one in passage.sentences] == ["| Depot | Fee |"] * 2
    assert passage.shown == ("| Depot | Fee |\n| Brill | 44 |", "| Tring | 55 |")


def test_an_item_is_read_after_its_introduction_unless_that_is_there():
    text = "These are open:\n\n- Brill is open.\n- Tring is open."
    (whole,) = packed([placed(text)]).passages
    assert whole.shown == ("These are open:", "- Brill is open.", "- Tring is open.")
    (later,) = packed([placed("- Tring is open.", "These are open:")]).passages
    assert later.shown == ("These are open:\n- Tring is open.",)


def test_a_chunk_of_nothing_but_headings_is_still_shown():
    (passage,) = packed([placed("## A\n\n## B")]).passages
    assert [one.text for one in passage.sentences] == ["## A", "## B"]


def test_equal_sentences_under_different_headings_do_not_repeat_each_other():
    one = placed("Refunds are paid within some days.", "## Finland", 1)
    other = placed("Refunds are paid within some days.", "## Norway", 2, 500)
    assert len(packed([one, other]).passages[0].sentences) == 2


def test_a_chunk_that_begins_in_a_table_has_its_rows():
    (piece,) = [piece_of(placed("low|20%\nhigh|65%", "Level|Share\n--|--"))]
    assert [one.text for one in piece.sentences] == ["low|20%", "high|65%"]
    assert {one.lead for one in piece.sentences} == {"Level|Share"}


def test_what_is_said_of_a_term_is_read_after_it():
    text = "`level`\n: How sure. By default low.\n\n`scale`\n: A number."
    (piece,) = [piece_of(placed(text))]
    assert [(one.text, one.lead) for one in piece.sentences] == [
        ("`level`\n: How sure.", ""),
        ("By default low.", "`level`"),
        ("`scale`\n: A number.", ""),
    ]
