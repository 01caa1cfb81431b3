"""The numbers that Word shows are in the text."""

import pytest

from headrace.ingest.readers.kinds.labels import label
from support.reading import document_of
from support.word_files import level, lists, numbered, paragraph, word_file

LEGAL = (
    level(0, "decimal", "%1."),
    level(1, "decimal", "%1.%2"),
    level(2, "lowerLetter", "(%3)"),
)


def heading(text: str, style: str = "Heading1") -> str:
    return paragraph(text, f'<w:pStyle w:val="{style}"/>')


def text_of(folder, *body: str, **parts: str) -> str:
    return document_of(word_file(folder, "".join(body), None, **parts)).text


def test_clauses_items_and_numbered_headings(tmp_path):
    style = (
        '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    text = text_of(
        tmp_path,
        heading("Hire"),
        numbered("The hirer pays weekly.", 1),
        heading("Care"),
        numbered("The owner insures the boat.", 1),
        numbered("The hirer keeps:", 1),
        numbered("the log;", 2),
        numbered("the key.", 2),
        numbered("Nothing else.", 1),
        styles=style,
        numbering=lists(level(0, "decimal", "%1.", '<w:pStyle w:val="Heading1"/>'), *LEGAL[1:]),
    )
    assert text == (
        "# 1. Hire\n\n1.1 The hirer pays weekly.\n\n# 2. Care\n\n"
        "2.1 The owner insures the boat.\n\n2.2 The hirer keeps:\n(a) the log;\n(b) the key.\n\n"
        "2.3 Nothing else."
    )


@pytest.mark.parametrize(
    ("before", "gap"),
    [("The hirer keeps", "\n\n"), ("The hirer keeps, at all times,", "\n"), ("Keep:", "\n")],
)
def test_items_go_on_with_the_sentence_that_introduces_them(tmp_path, before, gap):
    text = text_of(
        tmp_path,
        paragraph(before),
        numbered("the log"),
        numbering=lists(level(0, "lowerRoman", "(%1)")),
    )
    assert text == f"{before}{gap}(i) the log"


def test_a_style_finds_its_level_by_its_name_in_the_list(tmp_path):
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    linked = [
        level(0, "upperRoman", "Part %1", '<w:pStyle w:val="Heading1"/>'),
        level(1, "decimal", "%1.%2", '<w:isLgl/><w:pStyle w:val="Heading2"/>'),
    ]
    text = text_of(
        tmp_path,
        heading("A"),
        heading("B"),
        heading("C", "Heading2"),
        styles=styles,
        numbering=lists(*linked),
    )
    assert text == "# Part I A\n\n# Part II B\n\n## 2.1 C"


def test_bullets_are_items_and_other_labels_are_those_of_the_list(tmp_path):
    text = text_of(
        tmp_path,
        *(numbered("x", place) for place in (0, 1, 1, 2, 0)),
        numbering=lists(
            level(0, "bullet", "&#xF0B7;"), level(1, "upperLetter", "%2)"), level(2, "none", "")
        ),
    )
    assert text == "- x\n  A) x\n  B) x\n\nx\n\n- x"


def test_lists_of_one_kind_count_on_unless_they_are_started_again(tmp_path):
    more = (
        '<w:num w:numId="2"><w:abstractNumId w:val="7"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    )
    text = text_of(
        tmp_path,
        *(numbered("x", 0, number) for number in (1, 2, 3, 3, 1)),
        numbering=lists(*LEGAL, more=more),
    )
    assert text.split("\n") == ["1. x", "2. x", "5. x", "6. x", "7. x"]


def test_a_level_restarts_below_a_higher_one_unless_it_says_otherwise(tmp_path):
    kept = level(1, "decimal", "Point %2.", '<w:lvlRestart w:val="0"/>')
    text = text_of(
        tmp_path,
        *(numbered("x", place) for place in (0, 1, 2, 0, 1, 2)),
        numbering=lists(LEGAL[0], kept, LEGAL[2]),
    )
    assert [line.strip() for line in text.split("\n") if line] == [
        "1. x",
        "Point 1. x",
        "(a) x",
        "2. x",
        "Point 2. x",
        "(a) x",
    ]


def test_a_level_may_restart_below_the_first_level_only(tmp_path):
    text = text_of(
        tmp_path,
        *(numbered("x", place) for place in (0, 1, 2, 1, 2, 0, 2)),
        numbering=lists(*LEGAL[:2], level(2, "decimal", "Note %3", '<w:lvlRestart w:val="1"/>')),
    )
    notes = [line.strip() for line in text.split("\n") if "Note" in line]
    assert notes == ["Note 1 x", "Note 2 x", "Note 1 x"]


def test_a_paragraph_may_leave_the_list_of_its_style(tmp_path):
    style = (
        '<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/>'
        '<w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    clause = '<w:pStyle w:val="Clause"/>'
    text = text_of(
        tmp_path,
        paragraph("in", clause),
        paragraph("out", clause + '<w:numPr><w:numId w:val="0"/></w:numPr>'),
        paragraph("in", clause),
        styles=style,
        numbering=lists(*LEGAL),
    )
    assert text == "1.1 in\n\nout\n\n1.2 in"


def test_a_list_may_be_named_by_a_style(tmp_path):
    styles = (
        '<w:style w:type="numbering" w:styleId="Legal"><w:name w:val="Legal"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    more = (
        '<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>'
        '<w:abstractNum w:abstractNumId="8"><w:numStyleLink w:val="Legal"/></w:abstractNum>'
    )
    text = text_of(tmp_path, numbered("x", 1, 2), styles=styles, numbering=lists(*LEGAL, more=more))
    assert text == "1.1 x"


@pytest.mark.parametrize(
    ("count", "number_format", "written"),
    [
        (28, "lowerLetter", "bb"),
        (4, "upperRoman", "IV"),
        (1994, "lowerRoman", "mcmxciv"),
        (3, "decimalZero", "03"),
        (22, "ordinal", "22nd"),
        (12, "ordinal", "12th"),
        (21, "cardinalText", "Twenty-one"),
        (30, "ordinalText", "Thirtieth"),
        (22, "ordinalText", "Twenty-second"),
        (12, "chineseCounting", "十二"),
        (7, "unheardOf", "7"),
        (0, "lowerLetter", "0"),
        (9, "none", ""),
    ],
)
def test_counts_are_written_as_word_writes_them(count, number_format, written):
    assert label(count, number_format) == written
