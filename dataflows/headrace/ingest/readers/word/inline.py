"""The text of one paragraph, as Word shows it once all changes are accepted."""

from collections.abc import Mapping
from typing import Any

from headrace.ingest.readers.kinds.markup import linked
from headrace.ingest.readers.kinds.packages import attribute
from headrace.ingest.readers.word.fields import PAGE_NUMBER, TICKED, UNTICKED, Fields, finish
from headrace.ingest.readers.word.formulas import formula
from headrace.ingest.readers.word.package import Relation
from headrace.ingest.readers.word.pictures import alternative
from headrace.ingest.readers.word.remarks import NOTES, References
from headrace.ingest.readers.word.styles import Styles, is_on, value
from headrace.ingest.readers.word.symbols import shown_in, symbol

#: What holds no text, or text that is deleted, or is read elsewhere.
SKIPPED = frozenset(
    "del moveFrom pPr rPr sdtPr sdtEndPr sectPr tblPr tblGrid trPr tcPr txbxContent delText "
    "delInstrText fldData".split()
)
_CHARACTERS = {
    "tab": "\t",
    "ptab": "\t",
    "br": "\n",
    "cr": "\n",
    "noBreakHyphen": "-",
    "pgNum": PAGE_NUMBER,
}
_PICTURES = ("drawing", "pict", "object")


class Inline:
    """Reads the paragraphs of one story, in order, since fields may span several."""

    def __init__(
        self,
        styles: Styles,
        relations: Mapping[str, Relation],
        references: References,
        fields: Fields,
    ) -> None:
        self._styles = styles
        self._relations = relations
        self._references = references
        self._fields = fields
        self._hidden = False
        self._font = ""

    def text(self, paragraph: Any, style_id: str) -> str:
        """The text of a paragraph, with the white space at its ends."""
        self._hidden = self._styles.is_hidden(style_id)
        written: list[str] = []
        self._read_all(paragraph, written)
        return "".join(written)

    def _read_all(self, element: Any, written: list[str]) -> None:
        for child in element:
            self._read(child, written)

    def _read(self, element: Any, written: list[str]) -> None:
        tag = element.tag
        if tag == "r":
            self._read_run(element, written)
        elif tag == "t":
            self._write(shown_in(self._font, element.text or ""), written)
        elif tag in _CHARACTERS:
            self._write(_CHARACTERS[tag], written)
        elif tag == "fldChar":
            self._fields.mark(element, written)
        elif tag == "instrText":
            self._fields.read_code(element.text or "")
        elif tag == "sym":
            self._write(symbol(attribute(element, "font"), attribute(element, "char")), written)
        elif tag in ("fldSimple", "hyperlink"):
            self._read_linked(element, written)
        elif tag == "sdt":
            self._read_control(element, written)
        elif tag == "AlternateContent":
            self._read_all(preferred(element), written)
        elif tag in ("oMath", "oMathPara"):
            self._write(formula(element), written)
        elif tag == "ruby":
            self._read_ruby(element, written)
        elif tag in _PICTURES:
            self._write(alternative(element), written)
        elif tag not in SKIPPED:
            self._read_reference(element, written)

    def _write(self, text: str, written: list[str]) -> None:
        if text and not self._hidden and not self._fields.hides():
            written.append(text)
            self._references.heard(text)

    def _read_run(self, run: Any, written: list[str]) -> None:
        properties = run.find("rPr")
        outer = self._hidden, self._font
        if properties is not None:
            hidden = is_on(properties, "vanish")
            if hidden is None and properties.find("rStyle") is not None:
                hidden = self._styles.is_hidden(value(properties, "rStyle"))
            self._hidden = self._hidden if hidden is None else hidden
            fonts = properties.find("rFonts")
            self._font = "" if fonts is None else attribute(fonts, "ascii")
        self._read_all(run, written)
        self._hidden, self._font = outer

    def _read_linked(self, element: Any, written: list[str]) -> None:
        """A field or link that says at once what it is."""
        inner: list[str] = []
        self._read_all(element, inner)
        if element.tag == "fldSimple":
            finish(attribute(element, "instr"), inner, 0)
        else:
            relation = self._relations.get(attribute(element, "id"))
            text = "".join(inner)
            is_shown = bool(text.strip()) and relation and relation.is_external
            inner = [linked(text, relation.target)] if is_shown and relation else [text]
        written += inner

    def _read_control(self, control: Any, written: list[str]) -> None:
        box = box_of(control)
        if box:
            self._write(box, written)
        elif not is_placeholder(control):
            for content in control.iterfind("sdtContent"):
                self._read_all(content, written)

    def _read_ruby(self, ruby: Any, written: list[str]) -> None:
        for base in ruby.iterfind("rubyBase"):
            self._read_all(base, written)
        reading: list[str] = []
        for above in ruby.iterfind("rt"):
            self._read_all(above, reading)
        if reading:
            self._write(f"({''.join(reading)})", written)

    def _read_reference(self, element: Any, written: list[str]) -> None:
        """Marks of notes and comments; anything else is read for the text within it."""
        tag = element.tag
        if tag in NOTES:
            if not self._hidden:
                self._write(self._references.note(tag, attribute(element, "id")), written)
        elif tag == "commentRangeStart":
            self._references.begin(attribute(element, "id"))
        elif tag == "commentRangeEnd":
            self._references.end(attribute(element, "id"))
        elif tag == "commentReference":
            self._references.comment(attribute(element, "id"))
        else:
            self._read_all(element, written)


def preferred(alternatives: Any) -> Any:
    """The first of several ways to say the same; [] when there is none."""
    for tag in ("Choice", "Fallback"):
        found = alternatives.find(tag)
        if found is not None and len(found):
            return found
    return []


def box_of(control: Any) -> str:
    """A box to tick, as ☒ or ☐; "" for other content controls."""
    box = control.find("sdtPr/checkbox")
    if box is None:
        return ""
    return TICKED if is_on(box, "checked") else UNTICKED


def is_placeholder(control: Any) -> bool:
    """Whether a content control shows only what is to be filled in."""
    return bool(is_on(control.find("sdtPr"), "showingPlcHdr"))
