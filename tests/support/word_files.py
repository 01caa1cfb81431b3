"""Word files made of their XML, so that they may hold what no library writes."""

import zipfile
from pathlib import Path

TRANSITIONAL = "http://schemas.openxmlformats.org"
_MAIN = "wordprocessingml/2006/main"
_RELATIONS = "officeDocument/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_SPACES = (
    f'xmlns:w="{TRANSITIONAL}/{_MAIN}" xmlns:r="{TRANSITIONAL}/{_RELATIONS}" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    f'xmlns:wp="{_DRAWING}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
#: The root element of each part, by its name.
_ROOTS = {
    "styles": "styles",
    "numbering": "numbering",
    "comments": "comments",
    "footnotes": "footnotes",
    "endnotes": "endnotes",
}


def word_file(folder: Path, body: str, links: dict[str, str] | None = None, **parts: str) -> Path:
    """The path of a Word file with this XML for a body.

    Args:
        links: addresses outside of the file, by the id of their relation.
        parts: the XML within further parts: styles, numbering, comments, footnotes,
            endnotes, and headers and footers by any other name, which is the id of
            their relation, too.
    """
    relations = "".join(
        _relation(name, "hyperlink", address, ' TargetMode="External"')
        for name, address in (links or {}).items()
    )
    path = folder / "a.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        whole = _relation("main", "officeDocument", "word/document.xml")
        archive.writestr("_rels/.rels", _listed(whole))
        archive.writestr("word/document.xml", _part("document", f"<w:body>{body}</w:body>"))
        for name, xml in parts.items():
            kind = name if name in _ROOTS else name.rstrip("0123456789")
            root = _ROOTS.get(name, "hdr" if kind == "header" else "ftr")
            archive.writestr(f"word/{name}.xml", _part(root, xml))
            relations += _relation(name, kind, f"{name}.xml")
        archive.writestr("word/_rels/document.xml.rels", _listed(relations))
    return path


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text)}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def numbered(text: str, level: int = 0, number: int = 1) -> str:
    return paragraph(
        text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    )


def level(place: int, number_format: str, text: str, more: str = "") -> str:
    """One level of a list, such as (1, "decimal", "%1.%2")."""
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


def lists(*levels: str, more: str = "") -> str:
    """A numbering part whose list 1 has these levels."""
    return (
        f'<w:abstractNum w:abstractNumId="7">{"".join(levels)}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>{more}'
    )


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def row(*cells: str, properties: str = "") -> str:
    """A table row of texts, or of cells that are XML."""
    made = [text if text.startswith("<") else cell(text) for text in cells]
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(made)}</w:tr>"


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def field(code: str, result: str) -> str:
    """A field as Word writes it: its code, then its result."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r><w:instrText>{code}</w:instrText></w:r>"
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(result)}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def made_strict(path: Path) -> Path:
    """The same file as strict OOXML, which has other namespaces."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, xml in parts.items():
            for space in (_MAIN, _RELATIONS):
                strict = f"http://purl.oclc.org/ooxml/{space.replace('/2006', '')}"
                xml = xml.replace(f"{TRANSITIONAL}/{space}", strict)
            archive.writestr(name, xml)
    return path


def _part(root: str, xml: str) -> str:
    return f"<w:{root} {_SPACES}>{xml}</w:{root}>"


def _relation(name: str, kind: str, target: str, more: str = "") -> str:
    kind = f"{TRANSITIONAL}/{_RELATIONS}/{kind}"
    return f'<Relationship Id="{name}" Type="{kind}" Target="{target}"{more}/>'


def _listed(relations: str) -> str:
    space = f"{TRANSITIONAL}/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{relations}</Relationships>'
