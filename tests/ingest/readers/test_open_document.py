"""Texts of OpenDocument become Markdown, as LibreOffice shows them."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from headrace.ingest.readers import Empty, read_source
from support.reading import document_of, reason_of, written

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "meta", "drawing")
)
SPACES += (
    ' xmlns:draw="urn:x:draw" xmlns:svg="urn:x:svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
)
SPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'


def odt(body: str, meta: str = "") -> bytes:
    """A file with this in its text and its properties."""
    content = f"<office:document-content {SPACES}><office:body><office:text>{body}"
    content += "</office:text></office:body></office:document-content>"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("content.xml", content)
        if meta:
            properties = f"<office:document-meta {SPACES}><office:meta>{meta}</office:meta>"
            archive.writestr("meta.xml", properties + "</office:document-meta>")
    return data.getvalue()


def p(text: str) -> str:
    return f"<text:p>{text}</text:p>"


def table(*rows: tuple[str, ...], headers: int = 0) -> str:
    """A table of texts, the first rows of which are said to be headers."""
    drawn = []
    for row in rows:
        cells = "".join(f"<table:table-cell>{p(text)}</table:table-cell>" for text in row)
        drawn.append(f"<table:table-row>{cells}</table:table-row>")
    head = f"<table:table-header-rows>{''.join(drawn[:headers])}</table:table-header-rows>"
    return f"<table:table>{head * bool(headers)}{''.join(drawn[headers:])}</table:table>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            '<text:h text:outline-level="2">Fees</text:h>' + p("They are<text:s/>low."),
            "## Fees\n\nThey are low.",
        ),
        (
            f"<text:list><text:list-item>{p('One')}<text:list><text:list-item>{p('Two')}"
            f"</text:list-item></text:list></text:list-item></text:list>{p('After.')}",
            "- One\n  - Two\n\nAfter.",
        ),
        (table(("Boat", "Fee"), ("Ada", "40"), headers=1), "Boat: Ada; Fee: 40"),
        (
            p('See <text:a xlink:href="https://a.example">ours</text:a>.'),
            "See [ours](https://a.example).",
        ),
        (
            p("So.<text:note><text:note-citation>1</text:note-citation><text:note-body>"
              f"{p('Nearly.')}</text:note-body></text:note> Yes."),
            "So. Yes.\n\nNote: Nearly.",
        ),
        (
            p("<draw:frame><draw:image/><svg:desc>The boat</svg:desc></draw:frame>"),
            "[Picture: The boat]",
        ),
        (
            f"<text:tracked-changes>{p('gone')}</text:tracked-changes><text:table-of-content>"
            f"{p('Fees 1')}</text:table-of-content><text:section>{p('Kept.')}</text:section>",
            "Kept.",
        ),
        (p("A<office:annotation>" + p("hm") + "</office:annotation>b"), "Ab"),
    ],
    ids=["heading", "list", "table", "link", "note", "picture", "left out", "comment"],
)  # fmt: skip
def test_what_becomes_of_a_text(tmp_path, body, text):
    assert document_of(written(tmp_path, "a.odt", odt(body))).text == text


def test_properties_give_title_author_and_date(tmp_path):
    meta = (
        "<dc:title>The Fees</dc:title><meta:initial-creator>Ada</meta:initial-creator>"
        "<dc:creator>Bea</dc:creator><meta:creation-date>2024-05-01T10:00:00</meta:creation-date>"
    )
    document = document_of(written(tmp_path, "a.odt", odt(p("Low."), meta)))
    assert document.title == "The Fees"
    assert document.metadata == {"file_type": "odt", "author": "Ada", "created": date(2024, 5, 1)}


def test_what_docutils_writes_is_read(tmp_path):
    from docutils.core import publish_string

    rst = "Boats\n=====\n\nThe *Ada* sails.\n\nFees\n----\n\n- cash\n- card\n\nOn Sundays, too.\n"
    settings = {"_disable_config": True}
    data = publish_string(rst, writer="odt", settings_overrides=settings)
    text = document_of(written(tmp_path, "a.odt", data)).text
    assert "The Ada sails." in text and "- cash\n- card" in text
    assert "# Fees" in text


def test_what_is_empty_or_no_text_of_opendocument_is_said(tmp_path):
    (outcome,) = read_source(written(tmp_path, "void.odt", odt("")))
    assert isinstance(outcome, Empty)
    assert "damaged, or not a .odt" in reason_of(written(tmp_path, "a.odt", b"words"))
    path = Path(tmp_path, "b.odt")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.txt", "x")
    assert "it has no text" in reason_of(path)
