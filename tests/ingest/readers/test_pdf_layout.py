"""A PDF is read as its readers see it: columns, tables, forms, headings, furniture."""

from itertools import chain

import pytest

from headrace.ingest.readers import read_source
from support.pdfs import (
    LEFT,
    PICTURE,
    RIGHT,
    box,
    column,
    drawn,
    own_font,
    pdf_of,
    pdf_page,
)
from support.reading import document_of, reason_of, written

THIRD = (
    "Tickets are sold at the kiosk by",
    "the pier until ten minutes before",
    "departure. Season cards cost ten",
    "crowns more than in spring.",
)


def text_of(tmp_path, *pages, **parts) -> str:
    return document_of(written(tmp_path, "a.pdf", pdf_of(*pages, **parts))).text


def row_by_row(*columns):
    return list(chain.from_iterable(zip(*columns, strict=True)))


@pytest.mark.parametrize("columns", [(LEFT, RIGHT), (LEFT, RIGHT, THIRD)])
@pytest.mark.parametrize("arranged", [row_by_row, lambda *columns: sum(columns, [])])
def test_columns_are_read_one_after_the_other(tmp_path, columns, arranged):
    places = [column(50 + 175 * number, 700, lines) for number, lines in enumerate(columns)]
    text = text_of(tmp_path, drawn(arranged(*places)))
    assert text == "\n\n".join("\n".join(lines) for lines in columns)


def test_columns_end_at_a_line_that_runs_across(tmp_path):
    words = row_by_row(column(50, 700, LEFT), column(250, 700, RIGHT))
    across = "From May on, another timetable holds for all of the boats and ferries."
    words += [(50, 640, across)]
    words += row_by_row(column(50, 612, THIRD), column(250, 612, LEFT))
    text = text_of(tmp_path, drawn(words))
    order = [LEFT[0], RIGHT[0], across, THIRD[0], LEFT[0]]
    places = [
        text.index(LEFT[0]),
        *(text.index(line) for line in order[1:4]),
        text.rindex(LEFT[0]),
    ]
    assert places == sorted(places)
    assert "\n".join(RIGHT) in text


def test_one_column_stays_in_the_order_in_which_it_is_drawn(tmp_path):
    text = text_of(tmp_path, drawn(column(50, 700, LEFT)))
    assert text == "\n".join(LEFT)


def test_items_with_their_marks_in_the_margin_are_a_column(tmp_path):
    words = row_by_row(column(50, 700, LEFT), column(290, 700, RIGHT))
    words += column(50, 652, LEFT) + column(290, 652, THIRD)
    marks = column(250, 700, ("[Hol7]", "[Amb]", "[Bri]", "[Cor]") * 2)
    text = text_of(tmp_path, drawn(sorted(words + marks, key=lambda word: (-word[1], word[0]))))
    assert text.startswith("\n".join(LEFT + LEFT))
    assert f"[Bri] {RIGHT[2]}\n[Cor] {RIGHT[3]}" in text


def test_a_turned_page_is_read_upright(tmp_path):
    lines = b" ".join(
        b"0 1 -1 0 %d 100 Tm (%s) Tj" % (100 + 12 * number, line.encode())
        for number, line in enumerate(LEFT)
    )
    assert text_of(tmp_path, b"BT /F1 10 Tf " + lines + b" ET", turn=90) == "\n".join(LEFT)


def test_words_along_the_margin_come_after_the_text(tmp_path):
    margin = b" BT /F1 10 Tf 0 1 -1 0 20 100 Tm (Printed in May) Tj ET"
    text = text_of(tmp_path, drawn(column(50, 700, LEFT)) + margin)
    assert text == "\n".join(LEFT) + "\n\nPrinted in May"


def page_of_policy(number: int, *lines: str) -> bytes:
    words = [(50, 760, "Pier office - internal use"), *column(50, 700, lines)]
    return drawn([*words, (50, 30, f"Doc. PO-42, page {number} of 3")])


def test_headers_and_footers_are_kept_once_and_part_no_sentence(tmp_path):
    text = text_of(
        tmp_path,
        page_of_policy(1, "The deposit is forty crowns, and it is paid back"),
        page_of_policy(2, "when the key comes back clean. Lost keys cost a"),
        page_of_policy(3, "hundred crowns."),
    )
    assert text == (
        "Pier office - internal use\nDoc. PO-42, page 1 of 3\n\n"
        "The deposit is forty crowns, and it is paid back\n"
        "when the key comes back clean. Lost keys cost a\nhundred crowns."
    )


def test_page_numbers_are_left_out_and_pages_keep_their_starts(tmp_path):
    pages = [
        drawn([(50, 700, f"Chapter text {word} ends here."), (300, 30, f"- {number} -")])
        for number, word in enumerate(("one", "two", "three"), 7)
    ]
    document = document_of(written(tmp_path, "a.pdf", pdf_of(*pages)))
    starts = [document.text[start:][:16] for start in document.page_starts]
    assert starts == ["Chapter text one", "Chapter text two", "Chapter text thr"]
    assert "7" not in document.text


def test_a_page_that_comes_twice_is_no_header(tmp_path):
    page = drawn(column(50, 700, LEFT))
    assert text_of(tmp_path, page, page).count(LEFT[1]) == 2


def test_words_split_at_a_line_end_are_written_as_elsewhere_in_the_document(tmp_path):
    text = text_of(
        tmp_path,
        pdf_page(
            "The fee is non-refundable here. Recycling is free, infor-",
            "mation too. Your fee is non-",
            "refundable. Ask at the self-",
            "service till about re-",
            "cycling.",
        ),
    )
    assert text == (
        "The fee is non-refundable here. Recycling is free, information too. "
        "Your fee is non-refundable. Ask at the self-service till about recycling."
    )


FARES = [
    [(60, 700, "Pier"), (200, 700, "Adult fare"), (320, 700, "Child fare")],
    [(60, 684, "Aldwick"), (200, 684, "31"), (320, 684, "14")],
    [(60, 668, "Borne"), (200, 668, "34"), (320, 668, "16")],
    [(60, 652, "Cray"), (200, 652, "29"), (320, 652, "12")],
]


def test_a_row_of_a_table_without_rules_holds_its_headers(tmp_path):
    text = text_of(tmp_path, drawn(list(chain.from_iterable(FARES))))
    assert text.split("\n\n") == [
        "Pier: Aldwick; Adult fare: 31; Child fare: 14",
        "Pier: Borne; Adult fare: 34; Child fare: 16",
        "Pier: Cray; Adult fare: 29; Child fare: 12",
    ]


def test_merged_cells_and_wrapped_cells_of_a_table_with_rules(tmp_path):
    frames = [box(50, 640, 100, 680), box(100, 660, 240, 680)]
    frames += [box(100, 640, 170, 660), box(170, 640, 240, 660)]
    for bottom in (600, 560):
        frames += [box(left, bottom, right, bottom + 40) for left, right in EDGES]
    words = [(55, 656, "Pier"), (130, 666, "Fare"), (105, 646, "Adult"), (175, 646, "Child")]
    words += [(55, 626, "Aldwick"), (55, 614, "Harbour"), (105, 626, "31"), (175, 626, "14")]
    words += [(55, 586, "Borne"), (105, 586, "34"), (175, 586, "16")]
    assert text_of(tmp_path, b" ".join([*frames, drawn(words, 8)])).split("\n\n") == [
        "Pier: Aldwick Harbour; Fare Adult: 31; Fare Child: 14",
        "Pier: Borne; Fare Adult: 34; Fare Child: 16",
    ]


EDGES = [(50, 100), (100, 170), (170, 240)]


def test_lines_across_the_columns_make_no_table(tmp_path):
    words = []
    for number in range(12):
        bottom = 700 - 14 * number
        words.append((50, bottom, f"{number}"))
        is_across = number > 3 and number % 3 == 0
        words += [(80, bottom, "Recorders of the harbour town")] if is_across else []
        words += [] if is_across else [(80, bottom, "Pier"), (180, bottom, "Old")]
        words.append((300, bottom, f"{90 + number}"))
    assert text_of(tmp_path, drawn(words)).count("Recorders") == 2


def test_names_of_columns_that_no_row_uses_are_kept(tmp_path):
    rows = [[(60, 700, "Document"), (200, 700, "Owner"), (320, 700, "Comment")]]
    rows += [[(60, 684 - 16 * n, f"D{n}"), (200, 684 - 16 * n, f"O{n}")] for n in range(5)]
    text = text_of(tmp_path, drawn(chain.from_iterable(rows)))
    assert text.startswith("Comment\n\nDocument: D0; Owner: O0")


def test_a_table_that_goes_on_over_the_page_keeps_its_headers(tmp_path):
    first = list(chain.from_iterable(FARES))
    second = [(left, bottom, text + "x") for left, bottom, text in first[3:]]
    rest = [(left, bottom, text.replace("x", "y")) for left, bottom, text in second]
    text = text_of(tmp_path, drawn(first), drawn(second), drawn(rest))
    assert "Pier: Crayx; Adult fare: 29x; Child fare: 12x" in text
    assert "Pier: Aldwicky; Adult fare: 31y; Child fare: 14y" in text


def field(kind: str, value: str, left: float, bottom: float, more: str = "") -> str:
    rect = f"/Rect [{left} {bottom} {left + 150} {bottom + 14}]"
    return f"/Subtype /Widget /FT /{kind} {value} {rect} /F 4 {more}"


def test_the_values_of_a_form_stand_beside_their_labels(tmp_path):
    labels = [(50, 700, "Name"), (50, 670, "Boat:"), (70, 640, "I accept the rules")]
    labels += [(70, 620, "Send me news"), (50, 590, "Remarks")]
    on = "/AP << /N << /Yes null /Off null >> >>"
    text = text_of(
        tmp_path,
        drawn(labels),
        annotations=[
            field("Tx", "/T (n) /V (Ada Holm)", 120, 697),
            field("Ch", "/T (b) /V (Ketch) /Opt [(Sloop) (Ketch)] /Ff 131072", 120, 667),
            field("Btn", f"/T (a) /V /Yes /AS /Yes {on}", -95, 637),
            field("Btn", f"/T (s) /V /Off /AS /Off {on}", -95, 617),
            field("Tx", "/T (r) /V (East pier)", 50, 570),
            field("Tx", "/T (e) /TU (In an emergency) /V (Bo Lind)", 50, 300),
            field("Tx", "/T (x) /V ()", 50, 250),
        ],
    )
    assert text == (
        "Name: Ada Holm\n\nBoat: Ketch\n\n[x] I accept the rules\n[ ] Send me news\n\n"
        "Remarks: East pier\n\nIn an emergency: Bo Lind"
    )


def test_comments_follow_the_text_of_their_page(tmp_path):
    notes = ["/Subtype /Text /T (Ada) /Contents (Is this still so?) /Rect [10 10 20 20]"]
    notes += ["/Subtype /Highlight /Contents (Check) /Rect [10 10 20 20]"]
    notes += ["/Subtype /Link /Contents (no comment) /Rect [10 10 20 20]"]
    text = text_of(tmp_path, pdf_page("Words."), pdf_page("More."), annotations=notes)
    assert text == "Words.\n\n[comment by Ada: Is this still so?]\n\n[comment: Check]\n\nMore."


def chapter(*parts: bytes) -> bytes:
    return b" ".join(parts)


def test_larger_and_bolder_lines_are_headings(tmp_path):
    page = chapter(
        drawn([(50, 740, "The pier")], size=20),
        drawn([(50, 700, "Opening hours")], size=14, font=2),
        drawn(column(50, 680, LEFT)),
        drawn([(50, 610, "In winter")], font=2),
        drawn([(50, 592, "The pier is closed on Sundays, and the"), (50, 580, "kiosk as well.")]),
        drawn([(50, 560, "Only this sentence is bold, and it ends as one.")], font=2),
    )
    document = document_of(written(tmp_path, "a.pdf", pdf_of(page)))
    headings = [line for line in document.text.split("\n") if line.startswith("#")]
    assert headings == ["# The pier", "## Opening hours", "### In winter"]
    assert document.title == "The pier"


def test_the_outline_gives_headings_their_levels(tmp_path):
    outline = "/Outlines << /First {0} >>"
    page = chapter(
        drawn([(50, 700, "Mooring")], size=14),
        drawn([(50, 680, "Guests")], size=10),
        drawn(column(50, 660, LEFT)),
    )
    place = "/Dest [5 0 R /Fit]"
    inner = f"<< /Title (Guests) {place} >>"
    entry = f"<< /Title (Mooring) {place} /First {inner} /Last {inner} /Count 1 >>"
    text = text_of(tmp_path, page, catalog=outline.format(entry))
    assert text.startswith("# Mooring\n\n## Guests\n\nThe ferry")


def test_running_text_never_becomes_a_heading(tmp_path):
    text = text_of(tmp_path, pdf_page("Count of items:", "# of pieces is nine", "---", "and so on"))
    assert text == "Count of items:\n#\xa0of pieces is nine\n\n---\nand so on"


@pytest.mark.parametrize(
    "title",
    ["untitled", "Microsoft Word - rates.doc", "PowerPoint Presentation", "rates_v2.docx"]
    + ["Slide 1", "Document1", "Presentation2", "(anonymous)", "Untitled document", "---"],
)
def test_titles_that_a_program_left_are_not_used(tmp_path, title):
    info = f"/Title ({title.replace('(', '').replace(')', '')})"
    path = written(tmp_path, "boiler-service.pdf", pdf_of(pdf_page("Words"), info=info))
    assert document_of(path).title == "boiler-service"


@pytest.mark.parametrize("title", ["Document control", "Slide rules of 1950", "Untitled poems"])
def test_titles_that_a_person_gave_are_used(tmp_path, title):
    path = written(tmp_path, "a.pdf", pdf_of(pdf_page("Words"), info=f"/Title ({title})"))
    assert document_of(path).title == title


def test_page_labels_are_kept_where_they_are_not_the_numbers(tmp_path):
    labels = "/PageLabels << /Nums [0 << /S /r >> 1 << /P (A-) /S /D /St 3 >>] >>"
    pages = [pdf_page(word) for word in ("One", "Two", "Three")]
    labelled = document_of(written(tmp_path, "a.pdf", pdf_of(*pages, catalog=labels)))
    assert labelled.metadata["page_labels"] == ["i", "A-3", "A-4"]
    plain = document_of(written(tmp_path, "b.pdf", pdf_of(*pages)))
    assert "page_labels" not in plain.metadata


GARBAGE = ("r(% '2!.4 /& .).% 4(/53!.$ %52/3", ")3 0!)$ ). 47/ 0!243L r(% 3%#/.$ 0!24")
NO_VOWELS = (
    "Gsv xzhgov hgzmwh lm gsv sroo zmw rh lkvm wfirmt gsv hfnnvi. Grxpvgh xlhg",
    "mrmv kvmxv vzxs, xsrowivm kzb szou. Gsv tziwvm xolhvh vzigorvi drgs gsv hfm,",
    "zugvi dsrxs lmob gsv tfziwh ivnzrm yvsrmw gsv dvhgvim dzoo lu gsv gldvi.",
)


@pytest.mark.parametrize("garbage", [GARBAGE, NO_VOWELS, ("!! ** -- %% ++ ## !! ((" * 3,)])
def test_letters_that_make_no_words_are_said_and_left_out(tmp_path, garbage):
    page = drawn(column(50, 700, garbage))
    document, lost = read_source(
        written(tmp_path, "a.pdf", pdf_of(pdf_page("Words."), page, PICTURE))
    )
    assert document.text.strip() == "Words."
    assert "letters that cannot be mapped to text: page 2; run OCR" in lost.reason
    assert "without text, perhaps scanned: page 3;" in lost.reason
    reason = reason_of(written(tmp_path, "b.pdf", pdf_of(page, page)))
    assert reason.startswith("its letters cannot be mapped to text; run OCR first")


def test_of_a_page_with_unmapped_letters_the_lines_that_can_be_read_are_kept(tmp_path):
    unmapped = ("\x01\x02\x03\x04 \x05\x06\x07 \x0e\x0f\x10",) * 3
    page = drawn(column(50, 700, (*unmapped, "The pier is closed on Sundays.", *unmapped)))
    document, lost = read_source(written(tmp_path, "a.pdf", pdf_of(page)))
    assert document.text == "The pier is closed on Sundays."
    assert "letters that cannot be mapped to text: page 1; run OCR" in lost.reason


#: What somebody typed to fill the cells of a table.
TYPED = (
    "Ghfhbdhj Hgfdhgj Sdhjdsf Vgvhgh Hjhjhh Jhghffj Hjdhshj Bfsdjhg Gfhjb Jhbhv",
    "Fdgsahb Xcvbnmk Plkjhgf Wqrtyps Zxcvbnl Dsfghjk Nmbvcxz Tgbyhnm Rfvtgbk Qwsdfgh",
    "Kjhgfds Lmnbvcx Ptrwqsd Cvbnhgf Yhnbgtr Mnjhbgv Sdfrtgh Bgtrfvc Hnjmkil Vfrtgbd",
)


def test_letters_that_are_drawn_as_they_are_read_are_kept(tmp_path):
    path = written(tmp_path, "a.pdf", pdf_of(pdf_page(*TYPED), font=own_font()))
    assert document_of(path).text.startswith(TYPED[0])
    shifted = written(tmp_path, "b.pdf", pdf_of(pdf_page(*TYPED), font=own_font(shift=1)))
    assert reason_of(shifted).startswith("its letters cannot be mapped to text")


@pytest.mark.parametrize(
    "lines",
    [
        ("MKTAYIAKQR QISFVKSHFS RQLEERLGLI EVQAPILSRV GDGTQDNLSG",) * 3,
        ("acgtgcatgc ttgcatgcca ggctaacgtt tgccgatcgg ccatgcgtta cgtgcatgct",) * 4,
        ("TWFuIGlzIGRpc3Rpbmd1aXNoZWQ= bm90IG9ubHkgYnkgaGlzIHJlYXNvbg==",) * 3,
        ("XKRT-2204/B WDFG-1187 PLMN-0420-XL HGTR-7713 BVCX-9921/C QWRT-3310",) * 3,
        ("Zazdrosc przestepstw wszczeto bezwzgledny chrzaszcz brzmi w trzcinie",) * 3,
        ("if(x[i]==y){return*p++;} p[i]=q[i]^k[j%m]; while(*s++=*t++);",) * 3,
        ('{"id":17,"tags":["a","b"],"pt":{"x":1.5,"y":-2}}',) * 3,
    ],
)
def test_codes_and_rare_words_are_text(tmp_path, lines):
    assert lines[0].split()[0] in text_of(tmp_path, pdf_page(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("Kód: 31.20 (4.5) -12 *", "A1-7 B2/9 0.031 0.4% 12:30", "SKU XKR-22 99,00 EUR 17 18 19"),
        ("Contents ........ 3", "Preface .......................... 7", "x .............. 12"),
        ("See https://www.example.org/a?b=c&d=e#f",),
    ],
)
def test_numbers_addresses_and_leaders_are_text(tmp_path, lines):
    assert lines[0].split()[0] in text_of(tmp_path, pdf_page(*lines))
