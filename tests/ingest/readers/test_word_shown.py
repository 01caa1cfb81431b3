"""What Word shows of a file is read, and what it does not show is not."""

import zipfile

import pytest

from headrace.ingest.readers import Unreadable, read_source
from headrace.types import Document
from support.reading import document_of, reason_of
from support.word_files import (
    cell,
    field,
    level,
    lists,
    made_strict,
    numbered,
    paragraph,
    row,
    run,
    table,
    word_file,
)

DELETED = "<w:rPr><w:del/></w:rPr>"


def text_of(folder, *body: str, links: dict[str, str] | None = None, **parts: str) -> str:
    return document_of(word_file(folder, "".join(body), links, **parts)).text


def p(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def test_strict_files_are_read_alike(tmp_path):
    path = word_file(
        tmp_path,
        paragraph("Notice", '<w:pStyle w:val="Heading1"/>')
        + numbered("Closed.")
        + p('<w:hyperlink r:id="l1">', run("Map"), "</w:hyperlink>"),
        {"l1": "https://x.org/map"},
        numbering=lists(level(0, "decimal", "%1)")),
    )
    expected = "# Notice\n\n1) Closed.\n\n[Map](https://x.org/map)"
    assert document_of(path).text == expected
    assert document_of(made_strict(path)).text == expected


def test_relations_may_lead_nowhere(tmp_path):
    text = text_of(
        tmp_path,
        p('<w:hyperlink r:id="gone">', run("Map"), "</w:hyperlink>"),
        p('<w:r><w:footnoteReference w:id="9"/></w:r>', run(" End")),
        '<w:sectPr><w:headerReference w:type="default" r:id="none"/></w:sectPr>',
    )
    assert text == "Map\n\n[^1] End"


def test_links_have_their_addresses_in_whatever_way_they_are_written(tmp_path):
    text = text_of(
        tmp_path,
        p(run("See "), '<w:hyperlink r:id="l1">', run("here"), "</w:hyperlink>", run(".")),
        p(field('HYPERLINK "https://x.org/b" \\o "tip"', "there")),
        p(f'<w:fldSimple w:instr=" HYPERLINK https://x.org/c ">{run("simple")}</w:fldSimple>'),
        p('<w:hyperlink w:anchor="top">', run("up"), "</w:hyperlink>"),
        p('<w:hyperlink r:id="l2">', run("ann@x.org"), "</w:hyperlink>"),
        links={"l1": "https://x.org/a", "l2": "mailto:ann@x.org"},
    )
    assert text.split("\n\n") == [
        "See [here](https://x.org/a).",
        "[there](https://x.org/b)",
        "[simple](https://x.org/c)",
        "up",
        "ann@x.org",
    ]


def test_of_fields_the_results_are_shown(tmp_path):
    unended = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    assert text_of(tmp_path, p(run("As in "), field("REF x", "clause 4"))) == "As in clause 4"
    assert text_of(tmp_path, p(unended, run("kept"))) == "kept"


@pytest.mark.parametrize(("ticked", "box"), [("1", "☒"), ("0", "☐")])
def test_boxes_are_ticked_or_not(tmp_path, ticked, box):
    control = (
        f'<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{ticked}"/></w14:checkbox>'
        f"</w:sdtPr><w:sdtContent>{run('?')}</w:sdtContent></w:sdt>"
    )
    old = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox>'
        f'<w:default w:val="0"/><w:checked w:val="{ticked}"/></w:checkBox></w:ffData></w:fldChar>'
        "</w:r><w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r>"
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    text = text_of(tmp_path, p(control, run(" new")), p(old, run(" old")))
    assert text == f"{box} new\n\n{box} old"


def test_controls_show_what_was_chosen_and_no_placeholder(tmp_path):
    def _control(properties: str, text: str) -> str:
        content = f"<w:sdtContent>{run(text)}</w:sdtContent>"
        return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr>{content}</w:sdt>"

    text = text_of(
        tmp_path,
        p(run("Berth: "), _control("<w:dropDownList/>", "North")),
        p(run("From: "), _control("<w:date/>", "3 June")),
        p(run("Name: "), _control("<w:showingPlcHdr/><w:text/>", "Click to enter text")),
    )
    assert text == "Berth: North\n\nFrom: 3 June\n\nName:"


def test_changes_are_shown_as_accepted(tmp_path):
    gone = "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
    moved = f"<w:moveFrom>{run('moved ')}</w:moveFrom>"
    text = text_of(
        tmp_path,
        p(run("The fee is "), gone, f"<w:ins>{run('30')}</w:ins>", run(".")),
        p(moved, run("kept "), f"<w:moveTo>{run('here')}</w:moveTo>"),
        paragraph("One ", DELETED) + paragraph("paragraph."),
        table(
            row("Berth", "Fee"),
            row("A", "1", properties="<w:del/>"),
            row("B", "2", properties="<w:ins/>"),
        ),
    )
    assert text.split("\n\n") == [
        "The fee is 30.",
        "kept here",
        "One paragraph.",
        "Berth: B; Fee: 2",
    ]


def test_a_deleted_paragraph_is_not_counted(tmp_path):
    gone = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
        f"{DELETED}</w:pPr><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    )
    text = text_of(
        tmp_path,
        numbered("first"),
        gone,
        table(row(f"<w:tc>{numbered('in a row')}</w:tc>", properties="<w:del/>")),
        numbered("second"),
        numbering=lists(level(0, "decimal", "%1.")),
    )
    assert text == "1. first\n\n2. second"


def test_hidden_text_is_not_shown(tmp_path):
    styles = (
        '<w:style w:type="character" w:styleId="H"><w:name w:val="H"/>'
        "<w:rPr><w:vanish/></w:rPr></w:style>"
    )
    text = text_of(
        tmp_path,
        p(
            run("a"),
            run("b", "<w:vanish/>"),
            run("c", '<w:rStyle w:val="H"/>'),
            run("d", '<w:vanish w:val="0"/>'),
        ),
        styles=styles,
    )
    assert text == "ad"


def test_symbols_are_the_characters_that_they_show(tmp_path):
    text = text_of(
        tmp_path,
        p('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', run(" yes")),
        p(run("þ", '<w:rFonts w:ascii="Wingdings"/>'), run(" also")),
        p('<w:r><w:sym w:font="Symbol" w:char="F061"/></w:r>', run(" = 2")),
    )
    assert text == "☑ yes\n\n☑ also\n\nα = 2"


def test_pictures_are_their_alternative_texts(tmp_path):
    def _picture(properties: str) -> str:
        return f"<w:r><w:drawing><wp:inline><wp:docPr {properties}/></wp:inline></w:drawing></w:r>"

    text = text_of(
        tmp_path,
        p(_picture('descr="A winch"')),
        p(_picture('descr="image1.png"'), run("words")),
        p(_picture('descr="A quay&#10;Description automatically generated"')),
    )
    assert text == "[Picture: A winch]\n\nwords\n\n[Picture: A quay]"


def test_page_headers_and_footers_are_read_once_without_page_numbers(tmp_path):
    section = "".join(
        f'<w:{kind}Reference w:type="{which}" r:id="{name}"/>'
        for kind, which, name in (
            ("header", "default", "header1"),
            ("header", "first", "header2"),
            ("footer", "even", "footer1"),
        )
    )
    text = text_of(
        tmp_path,
        paragraph("One", f"<w:sectPr>{section}</w:sectPr>"),
        paragraph("Two"),
        f"<w:sectPr>{section}</w:sectPr>",
        header1=paragraph("Harbour rules, edition 4", '<w:pStyle w:val="Heading1"/>'),
        header2=paragraph("Draft"),
        footer1=p(
            run("Confidential - Page "), field("PAGE", "3"), run(" of "), field("NUMPAGES", "9")
        ),
    )
    assert text == (
        "Page header: Harbour rules, edition 4\n\nPage header: Draft\n\n"
        "Page footer: Confidential\n\nOne\n\nTwo"
    )


def test_notes_and_comments_end_the_section_that_refers_to_them(tmp_path):
    def _note(tag: str, text: str) -> str:
        return f'<w:{tag} w:id="4" w:author="Ann Lee">{paragraph(text)}</w:{tag}>'

    text = text_of(
        tmp_path,
        paragraph("Fees", '<w:pStyle w:val="Heading1"/>'),
        p(
            run("Pay "),
            '<w:commentRangeStart w:id="4"/>',
            run("30 pounds"),
            '<w:commentRangeEnd w:id="4"/><w:r><w:commentReference w:id="4"/></w:r>',
            '<w:r><w:footnoteReference w:id="4"/></w:r>',
            '<w:r><w:endnoteReference w:id="4"/></w:r>',
        ),
        paragraph("Hours", '<w:pStyle w:val="Heading1"/>'),
        paragraph("Ten."),
        comments=_note("comment", "Not more?"),
        footnotes=_note("footnote", "Or euros."),
        endnotes=_note("endnote", "By card."),
    )
    assert text == (
        '# Fees\n\nPay 30 pounds[^1][^e1]\n\nComment by Ann Lee on "30 pounds": Not more?\n\n'
        "[^1]: Or euros.\n\n[^e1]: By card.\n\n# Hours\n\nTen."
    )


def test_a_row_has_its_headers_also_with_merged_cells(tmp_path):
    across = '<w:gridSpan w:val="2"/>'
    text = text_of(
        tmp_path,
        table(
            row(cell("Depot", '<w:vMerge w:val="restart"/>'), cell("Fee", across)),
            row(cell("", "<w:vMerge/>"), "day", "week"),
            row(cell("The north", '<w:gridSpan w:val="3"/>')),
            row(cell("Wells", '<w:vMerge w:val="restart"/>'), "8", "40"),
            row(cell("", "<w:vMerge/>"), "9", "45"),
            row("Bath", cell("5", across)),
        ).replace("<w:trPr>", "<w:trPr><w:tblHeader/>", 2),
    )
    assert text.split("\n\n") == [
        "The north",
        "Depot: Wells; Fee day: 8; Fee week: 40",
        "Depot: Wells; Fee day: 9; Fee week: 45",
        "Depot: Bath; Fee day: 5; Fee week: 5",
    ]


def test_a_merged_value_below_a_merged_header_is_said_once(tmp_path):
    across = '<w:gridSpan w:val="2"/>'
    rows = (row("Depot", cell("Fee", across)), row("Wells", cell("8", across)))
    marked = table(*rows).replace("<w:trPr>", "<w:trPr><w:tblHeader/>", 1)
    assert text_of(tmp_path, marked) == "Depot: Wells; Fee: 8"


def test_rows_that_are_divided_otherwise_than_the_first_have_no_headers(tmp_path):
    half = '<w:gridSpan w:val="3"/>'
    rows = [row(cell(a, half), cell(b, half)) for a, b in (("Crew", "Roster"), ("Wells", "North"))]
    third = '<w:gridSpan w:val="2"/>'
    rows += [row(*(cell(text, third) for text in words)) for words in ("abc", "def", "ghi")]
    assert text_of(tmp_path, table(*rows)).split("\n\n") == [
        "Crew | Roster",
        "Wells | North",
        "a | b | c",
        "d | e | f",
        "g | h | i",
    ]


def test_a_cell_that_is_to_be_filled_in_is_empty(tmp_path):
    control = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>"
    cells = f"{cell('Wells')}{control}{cell('Enter')}</w:sdtContent></w:sdt>{cell('8')}"
    text = text_of(tmp_path, table(row("Depot", "Keeper", "Fee"), row(cells)))
    assert text == "Depot | Keeper | Fee\n\nDepot: Wells; Fee: 8"


def test_a_form_names_its_values_and_an_empty_column_keeps_its_header(tmp_path):
    form = table(row("Name:", "Ann"), row("Berth:", "North"))
    plain = table(row("Keeper", "Bob"), row("Phone", "01202 555"), row("Opened", "In May"))
    signed = table(row("Date", "Signature"), row("3 June", ""))
    text = text_of(tmp_path, form, paragraph("-"), signed, paragraph("-"), plain)
    assert text.split("\n\n") == [
        "Name: Ann",
        "Berth: North",
        "-",
        "Date | Signature",
        "Date: 3 June",
        "-",
        "Keeper: Bob",
        "Phone: 01202 555",
        "Opened: In May",
    ]


def test_labels_beside_their_values_are_a_form_of_any_width(tmp_path):
    text = text_of(
        tmp_path, table(row("No.:", "7", "Version:", "2"), row("Issued:", "May", "By:", ""))
    )
    assert text == "No.: 7; Version: 2\n\nIssued: May; By:"


def test_lines_beside_each_other_in_one_row_are_rows(tmp_path):
    def _lines(*texts: str) -> str:
        return f"<w:tc>{''.join(map(paragraph, texts))}</w:tc>"

    lines = row(_lines("Income", "Tax", "Levy"), _lines("100", "20", "3"))
    assert text_of(tmp_path, table(row("Item", "2006"), lines)).split("\n\n") == [
        "Item: Income; 2006: 100",
        "Item: Tax; 2006: 20",
        "Item: Levy; 2006: 3",
    ]


def test_a_table_of_contents_is_left_out(tmp_path):
    contents = (
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/>"
        f"</w:docPartObj></w:sdtPr><w:sdtContent>{paragraph('Fees 3')}</w:sdtContent></w:sdt>"
    )
    assert text_of(tmp_path, contents, paragraph("Words")) == "Words"
    body = p(field('TOC \\o "1-3"', "Fees 3")) + paragraph("Words")
    assert text_of(tmp_path, body) == "Words"


def test_running_text_makes_no_heading_and_code_is_fenced(tmp_path):
    styles = '<w:style w:type="paragraph" w:styleId="Code"><w:name w:val="Source Code"/></w:style>'
    code = '<w:pStyle w:val="Code"/>'
    text = text_of(
        tmp_path,
        paragraph("# of doors"),
        paragraph("# set up", code),
        paragraph("  run()", code),
        styles=styles,
    )
    assert text == "\\# of doors\n\n```\n# set up\n  run()\n```"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (paragraph("Rules", '<w:pStyle w:val="Title"/>'), "Rules"),
        (paragraph("Rules", '<w:pStyle w:val="Heading1"/>'), "Rules"),
        (paragraph("One", '<w:pStyle w:val="Heading1"/>') * 2, "a"),
        (paragraph("Words"), "a"),
    ],
)
def test_a_title_is_that_of_the_whole_file(tmp_path, body, title):
    assert document_of(word_file(tmp_path, body)).title == title


def test_a_damaged_side_part_is_named_and_the_rest_is_read(tmp_path):
    path = word_file(tmp_path, paragraph("Words"), footnotes="<unclosed>")
    document, fault = read_source(path)
    assert isinstance(document, Document)
    assert isinstance(fault, Unreadable)
    assert document.text == "Words"
    assert "read without these parts of it: word/footnotes.xml" in fault.reason


def test_a_file_without_a_body_is_unreadable(tmp_path):
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("words.txt", "words")
    assert "it has no body" in reason_of(path)
