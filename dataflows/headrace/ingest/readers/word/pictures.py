"""What is said in words about pictures, and the words in charts and diagrams."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.kinds.packages import attribute
from headrace.ingest.readers.kinds.tabular.tables import headed_passages
from headrace.ingest.readers.outcomes import Block
from headrace.ingest.readers.word.package import Package, Relation
from headrace.ingest.readers.word.styles import whole

_DESCRIBED = {"docPr": ("descr", "title"), "shape": ("alt",), "imagedata": ("title",)}
#: Names of files, which say nothing.
_FILE_NAME = re.compile(r"\S*\.(?:png|jpe?g|gif|bmp|emf|wmf|svg|tiff?|webp)", re.IGNORECASE)
_GENERATED = re.compile(
    r"\s*(?:Description automatically generated.*|AI-generated content may be incorrect\.?)$"
)


def alternative(picture: Any) -> str:
    """The alternative text of a picture: "[Picture: A winch]"; "" without one.

    A frame around text has none: the text is read.
    """
    if next(picture.iter("txbxContent"), None) is not None:
        return ""
    texts = []
    for element in picture.iter(*_DESCRIBED):
        for name in _DESCRIBED[element.tag]:
            text = _GENERATED.sub("", one_line(element.get(name, "")))
            if text and not _FILE_NAME.fullmatch(text) and text not in texts:
                texts.append(text)
                break
    return f"[Picture: {'; '.join(texts)}]" if texts else ""


def graphic_blocks(
    paragraph: Any, package: Package, relations: Mapping[str, Relation]
) -> Iterator[Block]:
    """The words of the charts and diagrams in a paragraph."""
    for graphic in paragraph.iter("chart", "relIds"):
        name = "id" if graphic.tag == "chart" else "dm"
        relation = relations.get(attribute(graphic, name))
        root = package.part(relation.target) if relation and not relation.is_external else None
        if root is not None:
            yield from _chart(root) if graphic.tag == "chart" else _diagram(root)


def _chart(root: Any) -> Iterator[Block]:
    """Its title, and each category with the values of all series."""
    title = one_line("".join(text.text or "" for text in root.iterfind("chart/title//t")))
    if title:
        yield Block(title)
    names: dict[int, str] = {}
    rows: dict[int, dict[int, str]] = {}
    for number, series in enumerate(root.iter("ser"), start=1):
        names[number] = " ".join(_points(series.find("tx")).values())
        for kind, column in (("cat", 0), ("xVal", 0), ("val", number), ("yVal", number)):
            for place, text in _points(series.find(kind)).items():
                rows.setdefault(place, {})[column] = text
    ordered = [dict(sorted(rows[place].items())) for place in sorted(rows)]
    yield from headed_passages([names, *ordered], 1)


def _points(element: Any) -> dict[int, str]:
    found = {}
    for point in element.iter("pt") if element is not None else ():
        text = one_line(point.findtext("v") or "")
        if text:
            found[whole(point.get("idx", ""), 0) or 0] = text
    return found


def _diagram(root: Any) -> Iterator[Block]:
    for paragraph in root.iter("p"):
        text = one_line("".join(text.text or "" for text in paragraph.iter("t")))
        if text:
            yield Block(text, "- ", "item")
    yield Block("")
