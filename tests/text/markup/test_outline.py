"""Headings, tables, lists and code of a Markdown text, and what a place stands under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.text.markup.outlining import outline
from headrace.text.markup.plain_lines import labelled_row, lead_words, plain_words

PAGE = """\
Handbook
========

These depots are open:

- Brill
  - north gate

    with a bell
- Tring. Ring twice.

Elsewhere there is none.

## Rates { #rates }

| Depot | Fee |
|-------|----:|
| Brill | 44  |

```bash
# no heading
- no item
```

### [Old](old.md) `rates` ##

None.

## Contact
"""


def at(words: str) -> int:
    return PAGE.index(words)


@pytest.mark.parametrize(
    ("words", "trail"),
    [
        ("Handbook", []),
        ("These depots", ["Handbook"]),
        ("## Rates", ["Handbook"]),
        ("| Brill", ["Handbook", "Rates"]),
        ("# no heading", ["Handbook", "Rates"]),
        ("None.", ["Handbook", "Rates", "Old rates"]),
        ("## Contact", ["Handbook"]),
    ],
)
def test_a_place_stands_under_its_headings(words, trail):
    assert [heading.words for heading in outline(PAGE).trail(at(words))] == trail


@pytest.mark.parametrize(
    ("words", "lead"),
    [
        ("These depots", ""),
        ("- Brill", "These depots are open:"),
        ("- north gate", "These depots are open:\n- Brill"),
        ("with a bell", "These depots are open:\n- Brill\n- north gate"),
        ("Ring twice", "These depots are open:"),
        ("Elsewhere", ""),
        ("| Depot", ""),
        ("| Brill", "| Depot | Fee |\n|-------|----:|"),
        ("```bash", ""),
        ("- no item", "```bash"),
        ("None.", ""),
    ],
)
def test_a_place_is_read_after_what_leads_to_it(words, lead):
    assert outline(PAGE).lead(at(words)) == lead


def test_headings_and_headers_of_tables_frame_what_stands_under_them():
    page = outline(PAGE)
    framing = ["Handbook", "=====", "## Rates", "| Depot", "|----", "## Contact"]
    assert all(page.is_frame(at(words)) for words in framing)
    assert not any(page.is_frame(at(words)) for words in ("These", "| Brill", "# no", "None."))


@pytest.mark.parametrize(
    "text",
    [
        "#hashtag\n\ntext",
        "a | b\n\nno rule",
        "one line\ntwo lines\n---\n",  # a paragraph of two lines above a rule
        "text\n\n---\n\ntext",
        "    # code\n",
    ],
)
def test_what_only_looks_like_structure_is_none(text):
    page = outline(text)
    assert not page.headings and not page.tables


def test_a_paragraph_of_several_sentences_leads_to_a_list_only_with_a_colon():
    text = "It rains. It may snow.\n\n- One\n"
    assert outline(text).lead(text.index("- One")) == ""
    text = "It rains. Bring these:\n\n- One\n"
    assert outline(text).lead(text.index("- One")) == "Bring these:"


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("`run()` [docs](a.md) { #run }", "run() docs"),
        ("**Bold** and _light_ ##", "Bold and light"),
        ('<a name="x"></a>Use', "Use"),
        ("![logo](a.png) Tool", "Tool"),
        ("snake_case_name and C#", "snake_case_name and C#"),
    ],
)
def test_a_heading_is_read_as_plain_words(heading, words):
    assert plain_words(heading) == words


def test_a_row_is_said_with_the_names_of_its_columns():
    header = "| Depot | Day rate | Note |"
    assert labelled_row(header, "| Brill | 44 | |") == "Depot: Brill; Day rate: 44"
    assert labelled_row(header, r"| a \| b | 1 | 2 |") == r"Depot: a \| b; Day rate: 1; Note: 2"
    assert labelled_row(header, "| Brill | 44 |") == ""
    assert labelled_row("These are open:", "- Brill") == ""
    assert labelled_row("| Depot: | | |", "| Brill | Fee: | 44 |") == "Depot: Brill; Fee: 44"
    assert labelled_row("Depot | Rate | Note", "Brill | 44 |") == "Depot: Brill; Rate: 44"


def test_the_words_that_lead_to_a_place_are_without_marks():
    assert lead_words("# A\n## B\n| Depot | Fee |\n|---|---|") == "| Depot | Fee |"
    assert lead_words("## B\n```bash") == ""


LINES = st.sampled_from(
    ["# A", "## B", "### C", "A", "===", "---", "- a", "  - b", "1. c", "text:", "", "a | b"]
    + ["|--|--|", "```", "   x", ": y"]
)


@given(st.lists(LINES, max_size=30), st.data())
def test_any_outline_is_in_order_and_its_trails_go_down(lines, data):
    text = "\n".join(lines)
    page = outline(text)
    for parts in (page.headings, page.tables, page.items, page.fences, page.definitions):
        for one, other in zip(parts, parts[1:], strict=False):
            assert one.start < one.end <= other.start
        assert all(0 <= part.start < part.end <= len(text) + 1 for part in parts)
    place = data.draw(st.integers(0, len(text)))
    levels = [heading.level for heading in page.trail(place)]
    assert levels == sorted(set(levels))


def test_what_is_said_of_a_term_stands_under_it():
    text = "Options:\n\n`level`\n: How sure.\n  Low: 20.\n\n  Never.\n\n`scale`\ngrows\n"
    text += ": A number.\nSo it is.\n"
    page = outline(f"{text}\nThe end.\n\n```\na\n: b\n```\n")
    said = {"`level`": "", ": How": "`level`", "Low:": "`level`", "Never": "`level`"}
    said |= {"grows": "", ": A": "grows", "So it": "grows"}
    assert {words: page.term(text.index(words)) for words in said} == said
    assert page.term(len(text) + 1) == "" and len(page.definitions) == 2


def test_a_heading_written_in_html_may_go_over_several_lines():
    text = "<h2 align=center>\nThe <b>winch</b>\n</h2>\n\nIt lifts."
    page = outline(text)
    assert [heading.words for heading in page.trail(text.index("It"))] == ["The winch"]
    assert page.is_frame(text.index("winch"))


def test_an_item_is_read_after_the_three_items_above_it():
    deepest = outline("Intro:\n\n- a\n  - b\n    - c\n      - d\n        - e").items[-1]
    assert deepest.lead == "Intro:\n- b\n- c\n- d"
