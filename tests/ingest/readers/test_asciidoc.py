"""AsciiDoc becomes Markdown: sections, lists, code, tables, notes and what is in a line."""

from datetime import date

import pytest

from headrace.ingest.readers import Empty, read_source
from support.reading import document_of, written

HANDBOOK = """\
= The {product} Handbook
Ada Lovelace <ada@example.org>
v2.1, 2024-05-01
:product: Ferry
:lang: en

Welcome to *{product}*.

[[fees]]
== Fees

NOTE: Children travel
free.

=== On Sundays
// nobody sees this
////
nor that
////
include::other.adoc[]
ifdef::backend-html5[]
Half the fee.
endif::[]
"""


def markdown(tmp_path, text: str) -> str:
    return document_of(written(tmp_path, "a.adoc", text)).text


def test_the_head_gives_title_metadata_and_attributes(tmp_path):
    document = document_of(written(tmp_path, "a.asciidoc", HANDBOOK))
    assert document.title == "The Ferry Handbook"
    assert document.metadata == {
        "file_type": "adoc",
        "author": "Ada Lovelace",
        "date": date(2024, 5, 1),
        "version": "v2.1",
        "language": "en",
    }
    assert document.text == (
        "# The Ferry Handbook\n\nWelcome to **Ferry**.\n\n## Fees\n\n"
        "Note: Children travel free.\n\n### On Sundays\n\nHalf the fee."
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (":x:\n\nifdef::x[]\nA\nendif::[]\nifndef::x[]\nB\nendif::x[]", "A"),
        (":x:\n:!x:\n\nifdef::x[A]\nifndef::x[B]", "B"),
        ("ifdef::env-github[]\nA\nendif::[]\nifdef::backend-html5[B]", "B"),
        ("ifndef::env-github,env-vscode[]\nA\nendif::[]", "A"),
        (":x:\n\nifdef::x,env-github[A]\n\nifdef::x+env-github[B]", "A"),
        (":x:\n\nifndef::x,env-github[A]\n\nifndef::x+env-github[B]", "B"),
        ("ifdef::product[]\nA\n\nendif::[]\nifndef::product[]\nB\nendif::[]", "A\n\nB"),
        ("ifeval::[{level} > 1]\nA\nendif::[]", "A"),
        ("ifdef::env-github[]\nA\nifdef::x[]\nB\nendif::[]\nC\nendif::[]\nD", "D"),
        ("ifdef::env-github[]\n:x: 1\nendif::[]\n:x: 2\n\n{x}", "2"),
        ("----\nifdef::env-github[]\na\nendif::[]\nb\n----", "```\nb\n```"),
        ("endif::[]\nA", "A"),
    ],
)
def test_of_conditions_the_branch_is_read_that_the_document_decides_for(tmp_path, given, shown):
    assert markdown(tmp_path, given) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("See <<fees,the fees>> and <<late-fees>>.", "See the fees and late fees."),
        ("At https://a.example/b[our page^].", "At [our page](https://a.example/b)."),
        ("Read xref:a.adoc#b[the guide].", "Read the guide."),
        ("The {where-docs}/x[manual] says so.", "The manual says so."),
        ("javadoc:org.example.Boat[format=full] floats.", "org.example.Boat floats."),
        ('Press kbd:[Ctrl+C] in menu:File[Save > "All"].', 'Press Ctrl+C in File > Save > "All".'),
        ("Set `a*b` and `+{x}+` to *on*, +*+ too.", "Set `a*b` and `{x}` to **on**, * too."),
        ("2 * 3 * 4 and a_b_c", "2 * 3 * 4 and a_b_c"),
        ("It is so.footnote:[Nearly.]", "It is so. (Nearly.)"),
        ("one +\ntwo", "one two"),
        ("image::boat.png[The boat,400]", "[Picture: The boat]"),
        ("image::boat.png[width=400]\n\nx", "x"),
        ("[WARNING]\n====\nDo not lean out.\n====", "Warning: Do not lean out."),
        (".Prices\nx", "**Prices**\n\nx"),
        ("std::vector<int> x", "std::vector<int> x"),
    ],
)
def test_what_stands_in_a_line(tmp_path, given, shown):
    assert markdown(tmp_path, given) == shown


def test_lists_and_terms(tmp_path):
    text = "* One\n** Two\n+\nMore.\n\n. First\n. Second\n\nWinter::\n  closed\nSummer:: open\n"
    assert markdown(tmp_path, text) == (
        "- One\n  - Two\n\nMore.\n\n1. First\n1. Second\n- Winter: closed\n- Summer: open"
    )


def test_questions_of_a_list_of_questions_are_headings(tmp_path):
    text = (
        "= FAQ\n\n== Boats\n\n[qanda]\nAre they red?::\n  Yes.\n\nWhy?:: Ask Ada.\n+\nOr Bea.\n\n"
    )
    assert markdown(tmp_path, f"{text}== Fees\n\nA boat:: 40\n") == (
        "# FAQ\n\n## Boats\n\n### Are they red?\n\nYes.\n\n### Why?\n\nAsk Ada.\n\nOr Bea.\n\n"
        "## Fees\n\n- A boat: 40"
    )


def test_code_stands_as_it_is(tmp_path):
    text = (
        "[source,python]\n----\nif a: # <1>\n    *b*\n----\n<1> Now.\n\n $ run\n   me\n\n"
        "....\n=x\n....\n"
    )
    assert markdown(tmp_path, text) == (
        "```python\nif a:\n    *b*\n```\n\n1. Now.\n\n```\n$ run\n  me\n```\n\n```\n=x\n```"
    )


@pytest.mark.parametrize(
    ("style", "rows", "shown"),
    [
        ("", "|Boat |Fee\n\n|Ada |40\n|Bea |50", "Boat: Ada; Fee: 40\n\nBoat: Bea; Fee: 50"),
        ('[%header,cols="1,2"]\n', "|Boat\n|Fee\n|Ada\n|40", "Boat: Ada; Fee: 40"),
        ("[cols=2*]\n", "|Ada |is *red*\n|Bea |is blue", "Ada | is **red**\n\nBea | is blue"),
        (
            '[options="header"]\n',
            "|Boat|Fee\n|Ada (old)|40 or\\|50\n|Bea|none",
            "Boat: Ada (old); Fee: 40 or|50\n\nBoat: Bea; Fee: none",
        ),
        (
            "",
            "|Boat |Fee |Day\n\n.2+|Ada |40 |Sunday\n|30 |Monday\n|Bea 2+|none",
            "Boat: Ada; Fee: 40; Day: Sunday\n\nBoat: Ada; Fee: 30; Day: Monday\n\n"
            "Boat: Bea; Fee: none; Day: none",
        ),
        ("", "|A |B |C |D\n\n4+|closed", "A: closed; B: closed; C: closed; D: closed"),
    ],
)
def test_a_row_of_a_table_has_the_headers_of_its_columns(tmp_path, style, rows, shown):
    assert markdown(tmp_path, f"{style}|===\n{rows}\n|===\n") == shown


def test_a_cell_that_says_it_spans_millions_of_columns_spans_a_few_hundred(tmp_path):
    assert 500 <= markdown(tmp_path, "|===\n9999999+|x\n|===\n").count("x") < 600


def test_a_term_of_an_index_is_shown_only_where_it_is_part_of_the_text(tmp_path):
    text = "Turn indexterm2:[valves] off.indexterm:[pump, oil]"
    assert markdown(tmp_path, text) == "Turn valves off."


def test_a_revision_of_nothing_but_a_day_is_no_version(tmp_path):
    path = written(tmp_path, "a.adoc", "= T\nAda Lovelace\n2024-05-01\n\nWords.")
    metadata = document_of(path).metadata
    assert (metadata["date"], metadata.get("version")) == (date(2024, 5, 1), None)


@pytest.mark.parametrize("text", ["", "= Only a Title\n:toc:\n", "// a remark\n"])
def test_a_file_with_nothing_but_a_head_is_empty(tmp_path, text):
    (outcome,) = read_source(written(tmp_path, "a.adoc", text))
    assert isinstance(outcome, Empty)


def test_author_and_revision_are_not_in_the_text(tmp_path):
    assert markdown(tmp_path, "= T\nAda Lovelace\nv1\n\nWords.") == "# T\n\nWords."
    assert (
        markdown(tmp_path, "= T\nwords of 2 and more: here\n") == "# T\n\nwords of 2 and more: here"
    )


def test_titles_may_have_a_line_under_them(tmp_path):
    text = (
        "[[guide]]\nThe {x} Guide\n============\nAda Lovelace\n:x: Old\n\nFirst words.\n\n"
        "Install\n-------\n\nRun:\n\n----\nls\n----\n\nOn Sundays\n~~~~~~~~~~\nNever.\n\n"
        "why?::\n\nDeeper\n^^^^^^^\n\n[TIP]\n====\nRest.\n====\n\nA name\n---------\n"
        "none\n---------\n\nwords\nand more\n--------\nx\n--------\n"
    )
    document = document_of(written(tmp_path, "a.adoc", text))
    assert document.title == "The Old Guide"
    assert document.metadata["author"] == "Ada Lovelace"
    # "A name" is three signs shorter than its line, and "and more" is of a paragraph.
    assert document.text == (
        "# The Old Guide\n\nFirst words.\n\n## Install\n\nRun:\n\n```\nls\n```\n\n"
        "### On Sundays\n\nNever.\n\n- why?\n\n#### Deeper\n\nTip: Rest.\n\nA name\n\n"
        "```\nnone\n```\n\nwords and more\n\n```\nx\n```"
    )
