"""Electronic books: chapters in the order of reading."""

import io
import zipfile
from datetime import date

from support.reading import document_of, reason_of, written

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<metadata><dc:title>The Locks</dc:title><dc:creator>Ada</dc:creator>"
    "<dc:creator>Bo</dc:creator><dc:language>en</dc:language><dc:date>2024-05-01</dc:date>"
    "</metadata><manifest>"
    '<item id="b" href="two%20b.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    '</manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine>'
    "</package>"
)
PAGE = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>%s</body></html>'
PARTS = {
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": PACKAGE,
    "OEBPS/one.xhtml": PAGE % '<h1>One</h1><a id="x"/><p>The lock opens at nine.</p>',
    "OEBPS/two b.xhtml": PAGE % "<h1>Two</h1><p>It closes at six.</p>",
    "OEBPS/nav.xhtml": PAGE % "<p>Contents</p>",
}


def book(**parts: str | None) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, **parts}.items():
            if text is not None:
                archive.writestr(name, text)
    return made.getvalue()


def test_chapters_come_in_the_order_of_reading(tmp_path):
    document = document_of(written(tmp_path, "a.epub", book()))
    assert document.text == "# One\n\nThe lock opens at nine.\n\n# Two\n\nIt closes at six."
    assert document.title == "The Locks"
    assert document.metadata == {
        "file_type": "epub",
        "author": "Ada, Bo",
        "language": "en",
        "created": date(2024, 5, 1),
    }


def test_an_encrypted_book_is_said_to_be_one_and_hidden_fonts_do_not_matter(tmp_path):
    listed = '<encryption><EncryptedData><CipherReference URI="%s"/></EncryptedData></encryption>'
    font = book(**{"META-INF/encryption.xml": listed % "OEBPS/font.otf"})
    assert "nine" in document_of(written(tmp_path, "font.epub", font)).text
    locked = book(**{"META-INF/encryption.xml": listed % "OEBPS/one.xhtml"})
    assert "encrypted" in reason_of(written(tmp_path, "locked.epub", locked))


def test_what_is_no_book_cut_off_or_a_bomb_is_refused(tmp_path):
    none = written(tmp_path, "none.epub", book(**{"META-INF/container.xml": None}))
    assert "not an .epub" in reason_of(none)
    assert "damaged" in reason_of(written(tmp_path, "cut.epub", book()[:300]))
    bomb = written(tmp_path, "bomb.epub", book(**{"OEBPS/one.xhtml": " " * 5_000_000}))
    assert reason_of(bomb, max_document_mb=1).startswith("too large: unpacked it is 5.0 MB")
