"""PDF files are read page by page, and what could not be read is named."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from headrace.ingest.readers import read_source
from support.pdfs import PICTURE, pdf_of, pdf_page
from support.reading import document_of, reason_of, written

# Maps the letter "a" of the font to U+1D465, a mathematical x outside the Basic
# Multilingual Plane.
TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def"
    b" 1 begincodespacerange <00> <FF> endcodespacerange"
    b" 1 beginbfchar <61> <D835DC65> endbfchar endcmap end end"
)


def test_a_pdf_has_the_text_of_its_pages_and_where_each_begins(tmp_path):
    data = pdf_of(pdf_page("Page one says", "Grüße."), b"", pdf_page("Page three"))
    document = document_of(written(tmp_path, "a.pdf", data))
    assert document.text == "Page one says\nGrüße.\n\n\n\nPage three"
    assert document.page_starts == (0, 22, 24)
    assert document.text[24:] == "Page three"
    assert (document.title, document.markup) == ("a", "markdown")
    assert document.metadata == {"file_type": "pdf"}


def test_pdf_properties_give_title_author_and_date(tmp_path):
    info = "/Title (The  Title) /Author (Ada L.) /CreationDate (D:20240501235959-05'00')"
    document = document_of(written(tmp_path, "a.pdf", pdf_of(pdf_page("Words"), info=info)))
    assert document.title == "The Title"
    assert document.metadata == {
        "file_type": "pdf",
        "author": "Ada L.",
        "created": date(2024, 5, 1),
    }


@pytest.mark.parametrize(
    ("text", "created"), [("D:2023", date(2023, 1, 1)), ("D:20231399", None), ("yesterday", None)]
)
def test_a_pdf_date_is_used_only_when_it_is_one(tmp_path, text, created):
    data = pdf_of(pdf_page("Words"), info=f"/CreationDate ({text})")
    document = document_of(written(tmp_path, "a.pdf", data))
    assert document.metadata.get("created") == created


def test_words_split_at_a_line_end_are_joined_but_compounds_keep_their_hyphen(tmp_path):
    page = pdf_page(
        "All infor-", "mation on COVID-", "19 and Jean-", "Pierre is up-to-date -", "or so"
    )
    text = document_of(written(tmp_path, "a.pdf", pdf_of(page))).text
    assert text == "All information on COVID-19 and Jean-Pierre is up-to-date -\nor so"


def test_pdf_letters_outside_the_basic_plane_are_kept(tmp_path):
    data = pdf_of(pdf_page("a = 1"), to_unicode=TO_UNICODE)
    assert document_of(written(tmp_path, "a.pdf", data)).text == "\U0001d465 = 1"


def test_a_scanned_pdf_is_unreadable_and_ocr_is_advised(tmp_path):
    reason = reason_of(written(tmp_path, "a.pdf", pdf_of(PICTURE, PICTURE)))
    assert reason == (
        "no text: 2 pages without a text layer, probably scans; "
        "run OCR first, e.g. ocrmypdf in.pdf out.pdf"
    )


def test_one_scanned_page_is_a_page(tmp_path):
    reason = reason_of(written(tmp_path, "a.pdf", pdf_of(PICTURE)))
    assert reason.startswith("no text: 1 page without a text layer, probably a scan; run OCR")


def test_a_scanned_page_among_others_is_named_and_the_others_are_kept(tmp_path):
    path = written(tmp_path, "a.pdf", pdf_of(pdf_page("Words"), PICTURE, b"", PICTURE))
    document, lost = read_source(path)
    assert document.text.strip() == "Words"
    assert lost.source == document.source
    assert "without text, perhaps scanned: pages 2, 4;" in lost.reason and "ocrmypdf" in lost.reason


def test_a_damaged_page_is_named_and_the_others_are_kept(tmp_path):
    document, lost = read_source(written(tmp_path, "a.pdf", pdf_of(pdf_page("Words"), None)))
    assert document.text == "Words\n\n"
    assert lost.reason == "only part of the PDF was read; damaged and left out: page 2"


def test_a_pdf_of_blank_pages_is_empty(tmp_path):
    path = written(tmp_path, "a.pdf", pdf_of(b"", b""))
    assert reason_of(path) == "empty: there is no text in it"


def test_an_encrypted_pdf_is_unreadable(tmp_path):
    key = "00" * 32
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >> /ID [<00> <00>]"
    data = pdf_of(pdf_page("Words"), trailer=lock)
    assert "needs a password" in reason_of(written(tmp_path, "a.pdf", data))


def test_pdfs_may_be_read_in_several_threads(tmp_path):
    path = written(tmp_path, "a.pdf", pdf_of(pdf_page("Words"), PICTURE))
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda _: list(read_source(path)), range(40)))
    assert all(outcome == outcomes[0] for outcome in outcomes)


@pytest.mark.parametrize("data", [b"words", pdf_of(pdf_page("Words"))[:200]])
def test_a_corrupt_pdf_is_unreadable(tmp_path, data):
    assert "the PDF is damaged" in reason_of(written(tmp_path, "a.pdf", data))
