"""Word files become Markdown, in document order."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import docx
from docx.oxml.parser import parse_xml

from support.reading import document_of, reason_of, written

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document, path: Path) -> Path:
    document.save(str(path))
    return path


def rewrite_zip(path: Path, replaced: dict[str, bytes | None]) -> None:
    """Writes a zip again with some parts replaced, added, or (None) left out."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | replaced
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)


def test_a_word_file_becomes_markdown_in_document_order(tmp_path):
    document = docx.Document()
    document.add_heading("The report", 0)
    document.add_heading("Part\none", 2)
    document.add_paragraph("Words\tand\nlines").add_run(" in runs").bold = True
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Number")
    table = document.add_table(2, 2)
    cells = [*table.rows[0].cells, *table.rows[1].cells]
    for cell, text in zip(cells, ("a", "b", "c\nd", ""), strict=True):
        cell.text = text
    document.add_paragraph("After")
    read = document_of(saved(document, tmp_path / "a.docx"))
    assert read.text == (
        "# The report\n\n## Part one\n\nWords\tand\nlines in runs\n\n"
        "- one\n1. two\n\na | b\n\na: c d\n\nAfter"
    )
    assert read.markup == "markdown"


def test_word_properties_give_title_author_and_date(tmp_path):
    document = docx.Document()
    document.add_paragraph("Words")
    properties = document.core_properties
    properties.title = "The  Title"
    properties.author = "Ada"
    properties.created = datetime(2024, 5, 1, 23)
    read = document_of(saved(document, tmp_path / "a.docx"))
    assert read.title == "The Title"
    assert read.metadata == {"file_type": "docx", "author": "Ada", "created": date(2024, 5, 1)}


def test_a_word_file_without_properties_is_given_none(tmp_path):
    document = docx.Document()
    document.add_paragraph("Words")
    path = saved(document, tmp_path / "a.docx")
    with zipfile.ZipFile(path) as archive:
        relations = archive.read("_rels/.rels").decode()
    entries = relations.replace("<Rel", "\n<Rel").split("\n")
    kept = "".join(entry for entry in entries if "core-properties" not in entry)
    rewrite_zip(path, {"_rels/.rels": kept.encode(), "docProps/core.xml": None})
    read = document_of(path)
    assert (read.title, read.metadata) == ("a", {"file_type": "docx"})


def body_text(folder: Path, *elements: str) -> str:
    """The text read from a Word file with these XML elements for a body.

    The first space of each element becomes the declaration of its namespace.
    """
    document = docx.Document()
    body = document.element.body
    for element in elements:
        body.insert(len(body) - 1, parse_xml(element.replace(" ", f" {W} ", 1)))
    return document_of(saved(document, folder / "a.docx")).text


def test_content_controls_insertions_links_and_formulas_are_read_and_deletions_are_not(tmp_path):
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    text = body_text(
        tmp_path,
        "<w:sdt ><w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent>"
        "</w:sdt>",
        '<w:p ><w:ins><w:r><w:t xml:space="preserve">inserted </w:t></w:r></w:ins>'
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:hyperlink><w:r><w:t>linked</w:t></w:r></w:hyperlink>"
        "<w:r><w:noBreakHyphen/><w:t>x</w:t></w:r></w:p>",
        f"<w:p ><m:oMath {math}><m:r><m:t>E=mc</m:t></m:r></m:oMath></w:p>",
    )
    assert text == "In a control\n\ninserted linked-x\n\nE=mc"


def test_a_text_box_is_read_once_after_its_paragraph(tmp_path):
    compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    spaces = f'xmlns:mc="{compatibility}" xmlns:v="urn:schemas-microsoft-com:vml"'
    box = "<w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent>"
    choices = (
        f"<mc:Choice Requires='x'><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    )
    run = f"<w:r><mc:AlternateContent {spaces}>{choices}</mc:AlternateContent></w:r>"
    text = body_text(tmp_path, f"<w:p ><w:r><w:t>Before</w:t></w:r>{run}</w:p>")
    assert text == "Before\n\nIn the box"


def test_numbered_paragraphs_are_items_indented_by_level(tmp_path):
    def _item(number: int, level: int) -> str:
        properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
        return f"<w:p ><w:pPr>{properties}</w:pPr><w:r><w:t>level {level}</w:t></w:r></w:p>"

    text = body_text(tmp_path, _item(1, 0), _item(1, 1), _item(0, 0))
    assert text == "- level 0\n  - level 1\n\nlevel 0"


def test_a_style_based_on_a_heading_is_a_heading(tmp_path):
    document = docx.Document()
    style = document.styles.add_style("Chapter", 1)
    style.base_style = document.styles["Heading 3"]
    document.add_paragraph("Named", style="Chapter")
    assert document_of(saved(document, tmp_path / "a.docx")).text == "### Named"


def test_a_frame_of_one_cell_and_a_table_within_a_cell_are_read(tmp_path):
    document = docx.Document()
    cell = document.add_table(1, 1).rows[0].cells[0]
    cell.text = "In a frame"
    cell.add_paragraph("Second")
    outer = document.add_table(1, 2)
    outer.rows[0].cells[0].text = "left"
    outer.rows[0].cells[1].add_table(1, 2).rows[0].cells[1].text = "inner"
    read = document_of(saved(document, tmp_path / "a.docx"))
    assert read.text == "In a frame\n\nSecond\n\nleft\n\ninner"


def test_footnotes_are_marked_where_they_are_referred_to_and_follow_the_text(tmp_path):
    document = docx.Document()
    reference = parse_xml(f'<w:r {W}><w:footnoteReference w:id="2"/></w:r>')
    document.add_paragraph("Claim")._p.append(reference)
    path = saved(document, tmp_path / "a.docx")
    note = (
        '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/><w:t>The source.</w:t></w:r></w:p>'
        "</w:footnote>"
    )
    separator = (
        '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>'
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    with zipfile.ZipFile(path) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
    relation = f'<Relationship Id="rId99" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    relations = relations.replace("</Relationships>", relation)
    footnotes = f"<w:footnotes {W}>{separator}{note}</w:footnotes>"
    rewrite_zip(
        path,
        {
            "word/footnotes.xml": footnotes.encode(),
            "word/_rels/document.xml.rels": relations.encode(),
        },
    )
    assert document_of(path).text == "Claim[^1]\n\n[^1]: The source."


def test_an_empty_word_file_is_empty(tmp_path):
    assert reason_of(saved(docx.Document(), tmp_path / "a.docx")).startswith("empty")


def test_a_corrupt_word_file_is_unreadable(tmp_path):
    document = docx.Document()
    document.add_paragraph("words " * 500)
    buffer = io.BytesIO()
    document.save(buffer)
    data = buffer.getvalue()
    flipped = bytearray(data)
    body = data.index(b"word/document.xml") + 40
    flipped[body : body + 60] = bytes(60)
    for broken in (b"words", data[: len(data) // 2], bytes(flipped), b"PK\x05\x06" + bytes(18)):
        reason = reason_of(written(tmp_path, "a.docx", broken))
        assert reason.startswith("damaged, or not")


def test_a_word_file_with_broken_xml_is_unreadable(tmp_path):
    path = saved(docx.Document(), tmp_path / "a.docx")
    rewrite_zip(path, {"word/document.xml": b"<w:document><unclosed>"})
    assert "XMLSyntaxError" in reason_of(path)


def test_a_protected_word_file_is_unreadable(tmp_path):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert "password" in reason_of(written(tmp_path, "a.docx", data))


def test_a_word_file_that_unpacks_beyond_the_limit_is_unreadable(tmp_path):
    path = saved(docx.Document(), tmp_path / "a.docx")
    rewrite_zip(path, {"word/media/zeros.bin": bytes(3_000_000)})
    assert path.stat().st_size < 1_000_000
    assert "unpacked it is 3." in reason_of(path, max_document_mb=1)
