"""The letters of a PDF make the words that a reader sees, in the order of the page."""

from itertools import chain

import numpy as np
import pytest

from headrace.ingest.readers.pdf.letters.writing import written_letters
from support.pdfs import LEFT, RIGHT, column, drawn, pdf_of
from support.reading import document_of, written


def text_of(tmp_path, page: bytes) -> str:
    return document_of(written(tmp_path, "a.pdf", pdf_of(page))).text


def in_a_row(text: str, gaps: dict[int, float]) -> str:
    """What letters of width 5 and height 10 write, with gaps after some of them."""
    gap = np.array([gaps.get(place, 0.0) for place in range(len(text))])
    left = 5.0 * np.arange(len(text)) + np.append(0, np.cumsum(gap)[:-1])
    boxes = np.stack([left, np.zeros(len(text)), left + 5, np.full(len(text), 10.0)], axis=1)
    is_cut = np.zeros(len(text) - 1, bool)
    return "".join(written_letters(text, np.arange(len(text)), boxes, is_cut))


def test_a_gap_between_letters_parts_words():
    assert in_a_row("acompletely", {0: 3.3}) == "a completely"


def test_a_word_with_spaced_letters_is_one_word():
    assert in_a_row("CONTENTS", dict.fromkeys(range(8), 3.3)) == "CONTENTS"


def test_text_without_blanks_between_its_words_gets_none():
    assert in_a_row("渡船每天七点出发", {3: 3.3}) == "渡船每天七点出发"


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        (rb"[(M) -60 (\250) 393 (uhlenberg) ] TJ", "Mühlenberg"),
        (rb"[(caf) -111 (\264) 444 (e) ] TJ", "café"),
        (rb"[(e) 444 (\264) -111 (clair) ] TJ", "éclair"),
    ],
)
def test_an_accent_over_a_letter_is_part_of_it(tmp_path, shown, word):
    page = b"BT /F1 10 Tf 50 700 Td " + shown + b" ( is on the lake) Tj ET"
    assert text_of(tmp_path, page) == f"{word} is on the lake"


def test_an_accent_beside_a_letter_stays_a_mark(tmp_path):
    page = rb"BT /F1 10 Tf 50 700 Td (Type `ls` and the mark \250 u in the shell) Tj ET"
    assert text_of(tmp_path, page) == "Type `ls` and the mark ¨ u in the shell"


def test_an_index_that_is_drawn_for_itself_follows_its_letter(tmp_path):
    page = drawn([(50, 700, "FD   rises when the water of the lake falls")])
    page += drawn([(63.5, 697, "3")], size=6)
    assert text_of(tmp_path, page) == "FD3 rises when the water of the lake falls"


def test_no_rule_stands_within_a_word(tmp_path):
    page = drawn([(50, 700, "within the search condition")]) + b" 57.2 680 m 57.2 720 l S"
    assert text_of(tmp_path, page) == "within the search condition"


def test_code_is_read_with_the_comments_beside_it(tmp_path):
    code = ("load r0, state", "store r0, top", "add r0, r1, r2", "jump to loop")
    comments = tuple(f"// {words}" for words in LEFT)
    rows = zip(column(50, 700, code), column(150, 700, comments), strict=True)
    text = text_of(tmp_path, drawn(chain.from_iterable(rows)))
    assert text.split("\n") == [f"{one} {other}" for one, other in zip(code, comments, strict=True)]


def test_a_list_beside_prose_is_read_after_it(tmp_path):
    items = ("Timetable of boats", "Fares", "Season cards", "Dogs and bicycles", "Lost property")
    words = column(50, 700, LEFT * 2) + column(250, 697, items, step=19)
    text = text_of(tmp_path, drawn(sorted(words, key=lambda word: -word[1])))
    assert text.split() == " ".join(LEFT * 2 + items).split()


def test_columns_below_a_picture_follow_those_above_it(tmp_path):
    above = column(50, 700, LEFT) + column(250, 700, RIGHT)
    below = column(50, 500, RIGHT[:3]) + column(250, 500, LEFT[:3])
    text = text_of(tmp_path, drawn(sorted(above + below, key=lambda word: word[0])))
    assert text.split() == " ".join(LEFT + RIGHT + RIGHT[:3] + LEFT[:3]).split()
