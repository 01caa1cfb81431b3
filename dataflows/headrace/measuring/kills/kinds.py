"""Files of every kind that is read, made of a few sentences.

`made` gives the bytes of a file, `ENDINGS` are those of all kinds. Every file is as
small as its kind allows, and always has the same bytes for the same sentences. What is
read from it has a paragraph or line a sentence, so that no chunk holds a part of one.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain

_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_OFFICE = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OFFICE}/package/2006/relationships"
_TYPE = f"{_OFFICE}/officeDocument/2006/relationships"
_PDF_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


@dataclass(frozen=True)
class Written:
    """What a document says: its name, title and paragraphs, each of some sentences."""

    name: str
    title: str
    paragraphs: Sequence[Sequence[str]]

    @property
    def sentences(self) -> list[str]:
        """The sentences of all paragraphs."""
        return list(chain.from_iterable(self.paragraphs))


def made(ending: str, documents: Sequence[Written]) -> bytes:
    """The bytes of a file with this ending.

    Args:
        documents: one, or several if the ending is one of `OF_SEVERAL`.
    """
    if ending in OF_SEVERAL:
        return OF_SEVERAL[ending](documents)
    (document,) = documents
    return _OF_ONE[ending](document)


def _markdown(document: Written) -> bytes:
    return f"# {document.title}\n\n{_text(document).decode()}\n".encode()


def _text(document: Written) -> bytes:
    return "\n\n".join("\n".join(paragraph) for paragraph in document.paragraphs).encode()


def _rst(document: Written) -> bytes:
    line = "=" * len(document.title)
    text = "\n\n".join(document.sentences)
    return f"{line}\n{document.title}\n{line}\n\n{text}\n".encode()


def _code(document: Written) -> bytes:
    return "".join(f"# {sentence}\n" for sentence in document.sentences).encode()


def _html(document: Written) -> bytes:
    body = "".join(f"<p>{escape(sentence)}</p>" for sentence in document.sentences)
    title = escape(document.title)
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode()


def _table(separator: str) -> Callable[[Written], bytes]:
    def table(document: Written) -> bytes:
        rows = [("Number", "Note"), *enumerate(document.sentences, start=1)]
        return "".join(f"{number}{separator}{note}\n" for number, note in rows).encode()

    return table


def _notebook(document: Written) -> bytes:
    cells = []
    for paragraph in document.paragraphs:
        cells.append({"cell_type": "markdown", "metadata": {}, "source": "\n".join(paragraph)})
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook).encode()


def _mail(document: Written) -> bytes:
    head = f"From: walrus@example.org\nTo: tusk@example.org\nSubject: {document.title}\n"
    return f"{head}\n{_text(document).decode()}\n".encode()


def _word(document: Written) -> bytes:
    paragraphs = []
    for sentence in document.sentences:
        paragraphs.append(f"<w:p><w:r><w:t>{escape(sentence)}</w:t></w:r></w:p>")
    space = f'xmlns:w="{_OFFICE}/wordprocessingml/2006/main"'
    body = f"<w:document {space}><w:body>{''.join(paragraphs)}</w:body></w:document>"
    return _office("word/document.xml", body)


def _sheet(document: Written) -> bytes:
    rows = []
    for row in [("Number", "Note"), *enumerate(document.sentences, start=1)]:
        cells = [f'<c t="inlineStr"><is><t>{escape(f"{value}")}</t></is></c>' for value in row]
        rows.append(f"<row>{''.join(cells)}</row>")
    space = f'xmlns="{_OFFICE}/spreadsheetml/2006/main" xmlns:r="{_TYPE}"'
    sheets = '<sheets><sheet name="Walrus" sheetId="1" r:id="rId1"/></sheets>'
    sheet = f"<worksheet {space}><sheetData>{''.join(rows)}</sheetData></worksheet>"
    return _office(
        "xl/workbook.xml",
        f"<workbook {space}>{sheets}</workbook>",
        {"worksheets/sheet1.xml": sheet},
        {
            "xl/workbook.xml": "spreadsheetml.sheet.main",
            "xl/worksheets/sheet1.xml": "spreadsheetml.worksheet",
        },
    )


def _slides(document: Written) -> bytes:
    space = (
        f'xmlns:p="{_OFFICE}/presentationml/2006/main" xmlns:r="{_TYPE}" '
        f'xmlns:a="{_OFFICE}/drawingml/2006/main"'
    )
    slides, listed = {}, []
    for number, paragraph in enumerate(document.paragraphs, start=1):
        text = "".join(f"<a:p><a:r><a:t>{escape(one)}</a:t></a:r></a:p>" for one in paragraph)
        shape = f"<p:sp><p:nvSpPr><p:nvPr/></p:nvSpPr><p:txBody>{text}</p:txBody></p:sp>"
        tree = f"<p:cSld><p:spTree>{shape}</p:spTree></p:cSld>"
        slides[f"slides/slide{number}.xml"] = f"<p:sld {space}>{tree}</p:sld>"
        listed.append(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>')
    main = f"<p:presentation {space}><p:sldIdLst>{''.join(listed)}</p:sldIdLst></p:presentation>"
    return _office("ppt/presentation.xml", main, slides)


def _book(document: Written) -> bytes:
    pages, items, order = {}, [], []
    for number, paragraph in enumerate(document.paragraphs, start=1):
        page = "".join(f"<p>{escape(sentence)}</p>" for sentence in paragraph)
        pages[f"{number}.xhtml"] = f"<html><head><title/></head><body>{page}</body></html>"
        kind = 'media-type="application/xhtml+xml"'
        items.append(f'<item id="c{number}" href="{number}.xhtml" {kind}/>')
        order.append(f'<itemref idref="c{number}"/>')
    title = f"<metadata><title>{escape(document.title)}</title></metadata>"
    lists = f"<manifest>{''.join(items)}</manifest><spine>{''.join(order)}</spine>"
    root = '<rootfiles><rootfile full-path="book.opf"/></rootfiles>'
    return _zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f"<container>{root}</container>",
            "book.opf": f"<package>{title}{lists}</package>",
            **pages,
        }
    )


def _pdf(document: Written) -> bytes:
    """A page a paragraph, a line a sentence."""
    pages = range(4, 4 + 2 * len(document.paragraphs), 2)
    kids = " ".join(f"{number} 0 R" for number in pages)
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        _PDF_FONT,
    ]
    for number, paragraph in zip(pages, document.paragraphs, strict=True):
        lines = [line.replace("(", r"\(").replace(")", r"\)") for line in paragraph]
        shown = "".join(f"({line}) Tj T*\n" for line in lines)
        drawn = f"BT /F 8 Tf 12 TL 40 700 Td\n{shown}ET"
        place = "/MediaBox [0 0 842 842] /Resources << /Font << /F 3 0 R >> >>"
        parts.append(f"<< /Type /Page /Parent 2 0 R {place} /Contents {number + 1} 0 R >>")
        parts.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    data, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(parts) + 1
    end = f"trailer << /Size {count} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return f"{data}xref\n0 {count}\n0000000000 65535 f \n{table}{end}".encode()


def _lines(documents: Sequence[Written]) -> bytes:
    lines = []
    for one in documents:
        entry = {"_id": one.name, "title": one.title, "text": _text(one).decode()}
        lines.append(json.dumps(entry) + "\n")
    return "".join(lines).encode()


def _mailbox(documents: Sequence[Written]) -> bytes:
    start = b"From walrus@example.org Mon Jan  1 00:00:00 2024\n"
    return b"".join(start + _mail(one) + b"\n" for one in documents)


def _archive(documents: Sequence[Written]) -> bytes:
    return _zip({f"{one.name}.md": _markdown(one).decode() for one in documents})


def _office(
    main: str,
    root: str,
    others: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
) -> bytes:
    """An Office file.

    Args:
        main: the name of its main part, whose text is `root`.
        others: further parts, by their names beneath the folder of the main one; all
            are related to that.
        types: the types of parts, for readers that ask for them.
    """
    folder, _, name = main.partition("/")
    given = []
    for part, kind in (types or {}).items():
        content = f"application/vnd.openxmlformats-officedocument.{kind}+xml"
        given.append(f'<Override PartName="/{part}" ContentType="{content}"/>')
    xml = '<Default Extension="xml" ContentType="application/xml"/>'
    space = f"{_OFFICE}/package/2006/content-types"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}">{xml}{"".join(given)}</Types>',
        "_rels/.rels": _related({main: "officeDocument"}),
        main: root,
    }
    if others:
        kinds = {part: part.partition("s/")[0] for part in others}
        parts[f"{folder}/_rels/{name}.rels"] = _related(kinds)
        parts.update({f"{folder}/{part}": text for part, text in others.items()})
    return _zip({part: _XML + text for part, text in parts.items()})


def _related(kinds: Mapping[str, str]) -> str:
    related = []
    for number, (part, kind) in enumerate(kinds.items(), start=1):
        related.append(f'<Relationship Id="rId{number}" Type="{_TYPE}/{kind}" Target="{part}"/>')
    return f'<Relationships xmlns="{_RELATIONS}">{"".join(related)}</Relationships>'


def _zip(parts: Mapping[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # with the same time always
    return data.getvalue()


_OF_ONE: Mapping[str, Callable[[Written], bytes]] = {
    ".md": _markdown,
    ".mdx": _markdown,
    ".txt": _text,
    ".rst": _rst,
    ".html": _html,
    ".csv": _table(","),
    ".tsv": _table("\t"),
    ".xlsx": _sheet,
    ".pptx": _slides,
    ".docx": _word,
    ".ipynb": _notebook,
    ".eml": _mail,
    ".epub": _book,
    ".pdf": _pdf,
    ".py": _code,
}
#: Files of several documents each.
OF_SEVERAL: Mapping[str, Callable[[Sequence[Written]], bytes]] = {
    ".jsonl": _lines,
    ".mbox": _mailbox,
    ".zip": _archive,
}
ENDINGS = (*_OF_ONE, *OF_SEVERAL)
