"""What the UI shows of a value: tables, and the beginnings of what is long."""

import numpy as np

from headrace.resources.hamilton_ui.shown_values import Page, shortened, shown
from headrace.types import Answer, Chunk, Hit, SubQuery


def test_a_value_is_shortened_to_what_a_person_reads_and_json_can_say():
    hit = Hit(Chunk(1, "doc", "Title", "source", "x" * 400, 0, 400), 0.5)
    (shown,) = shortened([hit])
    assert (shown["chunk"]["chunk_id"], shown["score"]) == (1, 0.5)
    assert shortened([np.float32(0.5)]) == [0.5]
    assert shown["chunk"]["text"] == "x" * 300 + "… (400 characters)"
    assert shortened(range(3)) == "<range>"
    assert shortened([*range(30)])[-2:] == [19, "… 30 in all"]
    assert shortened({"a": float("nan"), "b": "\ud800", "c": None}) == {
        "a": "nan",
        "b": "?",
        "c": None,
    }


def test_rows_are_tables_and_nothing_in_them_is_html():
    attack = "<img src=x onerror=alert(1)>"
    hit = Hit(Chunk(1, "doc", attack, "source", attack, 0, 400), 0.5, found_by=())
    for value in ([hit], [SubQuery(attack)], Answer(attack, attack, True)):
        page = shown(value)
        assert isinstance(page, Page) and page.startswith('<div class="headrace ')
        assert "<img" not in page and "&lt;img" in page
    assert shown([hit] * 25).count("<tr>") == 21 and "… 25 in all" in shown([hit] * 25)
    assert not isinstance(shown([1, 2]), Page) and shown(None) == "None"
