"""Small files that were made to fill the memory of whoever reads them."""

import io
import zipfile
import zlib

_FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
_PAGES = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>")


def drawn_forms(depth: int, *, of_itself: bool = False) -> bytes:
    """A PDF whose page draws a form twice, which draws the next one twice, and so on.

    `of_itself`: the forms draw the first one.
    """
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R%s>>" % _draws(5)
    objects = [*_PAGES, page, _stream(b"", b"/F Do /F Do")]
    for number in range(5, 5 + depth):
        drawn = 5 if of_itself else number + 1
        objects.append(_stream(_FORM + _draws(drawn), b"/F Do /F Do"))
    objects.append(_stream(_FORM, b"0 0 m 9 9 l S"))
    return _pdf(objects)


def deflated_blanks(size: int) -> bytes:
    """A PDF whose page is drawn by `size` blanks, packed to a thousandth."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b" " * 10_000_000) for _ in range(size // 10_000_000))
    return page_of(data + packer.flush(), b"/Filter/FlateDecode")


def page_of(drawing: bytes, how: bytes = b"") -> bytes:
    """A PDF of one page."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"
    return _pdf([*_PAGES, page, _stream(how, drawing)])


def slow_page() -> str:
    """A web page of one element with so many attributes that it takes minutes."""
    return f"<p {' '.join(f'a{n}=1' for n in range(400_000))}>slow"


def word_file_of(body: str, *, entities: bool = False) -> bytes:
    """A Word file with this XML for a body.

    `entities`: &j; stands for a billion letters.
    """
    import docx

    whole = io.BytesIO()
    docx.Document().save(whole)
    made = io.BytesIO()
    declared = "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in archive.namelist():
            part = archive.read(name)
            if name == "word/document.xml":
                text = part.decode().replace("<w:sectPr", f"{body}<w:sectPr", 1)
                if entities:
                    text = text.replace(body, f"<w:p><w:r><w:t>{body}</w:t></w:r></w:p>")
                    kind = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{declared}]>'
                    text = text.replace("<w:document", f"{kind}<w:document", 1)
                part = text.encode()
            new.writestr(name, part)
    return made.getvalue()


def _draws(number: int) -> bytes:
    return b"/Resources<</XObject<</F %d 0 R>>>>" % number


def _stream(how: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (how, len(data), data)


def _pdf(objects: list[bytes]) -> bytes:
    data, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\n"
        % (
            count,
            table,
            count,
        )
        + b"startxref\n%d\n%%%%EOF\n" % len(data)
    )
