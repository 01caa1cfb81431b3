"""PDF files, written by hand."""

from collections.abc import Iterable, Sequence

FONTS = ("Helvetica", "Helvetica-Bold")
PICTURE = b"q 400 0 0 600 72 72 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q"

#: Widths of the letters from "A" to before "a", and from "a" to "z".
_CAPITAL_WIDTHS = (600,) * 32
_SMALL_WIDTHS = (
    *(556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833),
    *(556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500),
)

#: A line of text: where it begins, from the left and from the bottom, and its words.
Words = tuple[float, float, str]

#: Lines of two columns that stand side by side.
LEFT = (
    "The ferry leaves at seven each",
    "morning and takes forty minutes",
    "unless the tide is low, when the",
    "captain waits for the pilot.",
)
RIGHT = (
    "Bicycles are carried for nothing",
    "but are tied to the upper rail.",
    "Dogs travel below and wear a",
    "muzzle near other animals.",
)


def pdf_page(*lines: str) -> bytes:
    """The drawing instructions for lines of Helvetica."""
    shown = b" ".join(b"(" + line.encode("cp1252") + b") Tj T*" for line in lines)
    return b"BT /F1 12 Tf 14 TL 72 720 Td " + shown + b" ET"


def drawn(words: Iterable[Words], size: float = 10, font: int = 1) -> bytes:
    """The drawing instructions for words at places, in the order given."""
    shown = [b"BT /F%d %g Tf" % (font, size)]
    for left, bottom, text in words:
        shown.append(b"1 0 0 1 %g %g Tm (%s) Tj" % (left, bottom, _escaped(text)))
    return b" ".join([*shown, b"ET"])


def column(left: float, top: float, lines: Iterable[str], step: float = 12) -> list[Words]:
    """Lines one below the other; `top` is the foot of the first."""
    return [(left, top - step * number, line) for number, line in enumerate(lines)]


def box(left: float, bottom: float, right: float, top: float) -> bytes:
    """The drawing instructions for a frame."""
    return b"%g %g %g %g re S" % (left, bottom, right - left, top - bottom)


def pdf_of(
    *pages: bytes | None,
    info: str = "",
    trailer: str = "",
    to_unicode: bytes = b"",
    turn: int = 0,
    catalog: str = "",
    annotations: Sequence[str] = (),
    font: bytes = b"",
) -> bytes:
    """A PDF with these drawing instructions, one a page; None for a missing page.

    The annotations are on the first page; those that are fields make its form. `font`
    is the first one, in place of Helvetica.
    """
    numbers = [99 if page is None else 5 + 2 * n for n, page in enumerate(pages)]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    mapping = b"/ToUnicode %d 0 R" % (5 + 2 * len(pages)) if to_unicode else b""
    first = 7 + 2 * len(pages)
    references = [f"{first + number} 0 R" for number in range(len(annotations))]
    fields = [name for name, one in zip(references, annotations, strict=True) if "/FT" in one]
    form = f"/AcroForm << /Fields [{' '.join(fields)}] >>" if fields else ""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {form} {catalog} >>".encode(),
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
    ]
    for name in FONTS:
        objects.append(
            b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding %s >>"
            % (name.encode(), mapping)
        )
    objects[2] = font or objects[2]
    for page in pages:
        contents = b"/Contents %d 0 R" % (len(objects) + 2)
        resources = b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Rotate %d" % turn
        if len(objects) == 4 and annotations:
            resources += f" /Annots [{' '.join(references)}]".encode()
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %s %s >>" % (contents, resources)
        )
        objects.append(pdf_stream(page or b""))
    objects += [pdf_stream(to_unicode), f"<< {info} >>".encode()]
    number = len(objects)
    objects += [f"<< /Type /Annot {one} >>".encode("cp1252") for one in annotations]
    return pdf_file(objects, f"/Root 1 0 R /Info {number} 0 R {trailer}")


def own_font(shift: int = 0) -> bytes:
    """A font within the file; a letter is as wide as that `shift` places on is usually."""
    widths = [*_CAPITAL_WIDTHS, *_SMALL_WIDTHS[shift:], *_SMALL_WIDTHS[:shift]]
    names = [f"/{chr(code)}" if chr(code).isalpha() else "/x" for code in range(65, 123)]
    encoding = f"<< /Type /Encoding /Differences [65 {' '.join(names)}] >>"
    return (
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 -200 1000 800] /CharProcs << >> "
        f"/FontMatrix [.001 0 0 .001 0 0] /FirstChar 65 /LastChar 122 /Encoding {encoding} "
        f"/Widths [{' '.join(map(str, widths))}] >>"
    ).encode()


def pdf_stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def pdf_file(objects: list[bytes], trailer: str) -> bytes:
    data = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {size} {trailer} >>\nstartxref\n{len(data)}\n%%EOF\n"
    )
    return data + end.encode()


def _escaped(text: str) -> bytes:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252")
