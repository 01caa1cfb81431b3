"""Reading files: each promise of `headrace.ingest.readers`, on small files made here."""

import gzip
import io
import json
import os
import random
import subprocess
import sys
import unicodedata
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import docx
import pytest
from docx.oxml.parser import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.errors import SourceError
from headrace.ingest.readers import (
    Unreadable,
    clean_text,
    count_documents,
    find_sources,
    read_source,
)
from headrace.types import Document
from support.places import ROOT

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

# ----------------------------------------------------------------------------------------------------------- helpers


def _written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _document(path: Path, **limits) -> Document:
    (document,) = read_source(path, **limits)
    assert isinstance(document, Document), document
    assert clean_text(document.text) == document.text
    return document


def _reason(path: Path, **limits) -> str:
    (outcome,) = read_source(path, **limits)
    assert isinstance(outcome, Unreadable), outcome
    assert outcome.source == str(path)
    return outcome.reason


def _jsonl(folder: Path, *entries, name: str = "corpus.jsonl") -> Path:
    lines = (entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)
    data = "".join(line + "\n" for line in lines).encode()
    return _written(folder, name, gzip.compress(data) if name.endswith(".gz") else data)


def _pdf_page(*lines: str) -> bytes:
    """The drawing instructions for lines of Helvetica."""
    shown = b" ".join(b"(" + line.encode("cp1252") + b") Tj T*" for line in lines)
    return b"BT /F1 12 Tf 14 TL 72 720 Td " + shown + b" ET"


PICTURE = b"q 400 0 0 600 72 72 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q"
# The letter "a" of the font stands for U+1D465, a mathematical x outside the Basic Multilingual Plane.
TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def"
    b" 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <61> <D835DC65> endbfchar endcmap end end"
)


def _pdf(*pages: bytes | None, info: str = "", trailer: str = "", to_unicode: bytes = b"") -> bytes:
    """A PDF with these pages' drawing instructions; None stands for a page whose object is missing."""
    kids = " ".join(
        f"{4 + 2 * n} 0 R" if page is not None else "99 0 R" for n, page in enumerate(pages)
    )
    mapping = b"/ToUnicode %d 0 R" % (4 + 2 * len(pages)) if to_unicode else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding %s >>"
        % mapping,
    ]
    for page in pages:
        contents, resources = (
            b"/Contents %d 0 R" % (len(objects) + 2),
            b"/Resources << /Font << /F1 3 0 R >> >>",
        )
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %s %s >>" % (contents, resources)
        )
        objects.append(_pdf_stream(page or b""))
    objects += [_pdf_stream(to_unicode), f"<< {info} >>".encode()]
    return _pdf_file(objects, f"/Root 1 0 R /Info {len(objects)} 0 R {trailer}")


def _pdf_stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def _pdf_file(objects: list[bytes], trailer: str) -> bytes:
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} {trailer} >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + end.encode()


def _saved(document, path: Path) -> Path:
    document.save(str(path))
    return path


def _rewritten_zip(path: Path, replaced: dict[str, bytes | None]) -> None:
    """Write a zip anew with some of its parts replaced, added, or (None) left out."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | replaced
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)


# ---------------------------------------------------------------------------------------------------- finding sources


def test_a_folder_gives_every_supported_file_beneath_it_sorted(tmp_path):
    names = [
        "b.md",
        "a.markdown",
        "c.TXT",
        "d.rst",
        "e.html",
        "f.htm",
        "g.pdf",
        "h.docx",
        "i.jsonl",
        "sub/j.jsonl.gz",
    ]
    (tmp_path / "sub").mkdir()
    for name in [*names, "image.png", "archive.gz", "noending"]:
        _written(tmp_path, name, "x")
    assert find_sources([tmp_path]) == sorted(tmp_path.resolve() / name for name in names)


def test_hidden_files_and_folders_are_passed_over_but_not_when_named(tmp_path):
    hidden = tmp_path / ".hidden"
    hidden.mkdir()
    inside, dotted, plain = (
        _written(hidden, "a.md", "x"),
        _written(tmp_path, ".b.md", "x"),
        _written(tmp_path, "c.md", "x"),
    )
    assert find_sources([tmp_path]) == [plain]
    assert find_sources([hidden, dotted]) == sorted([inside, dotted])


def test_a_file_reached_twice_is_given_once_and_absolute(tmp_path, monkeypatch):
    path = _written(tmp_path, "a.md", "x")
    (tmp_path / "link.md").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    assert find_sources([Path("a.md"), tmp_path, Path("link.md")]) == [path.resolve()]


def test_links_to_folders_are_followed_and_circles_end(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "elsewhere").mkdir()
    path = _written(tmp_path / "elsewhere", "a.md", "x")
    (tmp_path / "docs" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "docs" / "circle").symlink_to(tmp_path / "docs")
    assert find_sources([tmp_path / "docs"]) == [path]


def test_a_link_keeps_its_name_when_only_that_tells_the_file_type(tmp_path):
    (tmp_path / "docs").mkdir()
    link = tmp_path / "docs" / "a.md"
    link.symlink_to(_written(tmp_path, "blob-1234", "words"))
    assert find_sources([tmp_path / "docs"]) == [link]
    assert _document(link).source == str(link)


def test_a_path_that_does_not_exist_is_an_error_saying_so(tmp_path):
    with pytest.raises(SourceError, match="missing.md does not exist"):
        find_sources([tmp_path / "missing.md"])


def test_a_named_file_of_an_unsupported_type_is_an_error_naming_the_supported_ones(tmp_path):
    with pytest.raises(
        SourceError, match=r"a\.xlsx cannot be read: .*\.md, .*\.docx, \.jsonl, \.jsonl\.gz"
    ):
        find_sources([_written(tmp_path, "a.xlsx", "x")])


def test_a_folder_that_cannot_be_listed_is_an_error_rather_than_an_empty_folder(
    tmp_path, monkeypatch
):
    def _refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", _refuse)
    with pytest.raises(SourceError, match="cannot be listed: Permission denied"):
        find_sources([tmp_path])


# --------------------------------------------------------------------------------------------------------- clean text


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_cleaning_a_clean_text_changes_nothing(text):
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean.encode("utf-8") is not None
    assert not any(character < " " and character not in "\n\t" for character in clean)


@settings(deadline=None)
@given(st.text(st.sampled_from("xq \n\r\t\x00\x0b\x0c\x1f\x7fe\u0301\ud83d\ude00\ufeff")))
def test_cleaning_loses_no_visible_character(text):
    assert [c for c in clean_text(text) if c in "xq"] == [c for c in text if c in "xq"]
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("nul\x00 bell\x07 escape\x1b", "nul bell escape"),
        ("page one\x0cpage two\x0bline", "page one\npage two\nline"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("e\x00\u0301", "\u00e9"),
        ("lone \ud83d, paired \ud83d\ude00", "lone \ufffd, paired \U0001f600"),
        ("two  spaces \t and at the end  \n", "two  spaces \t and at the end  \n"),
    ],
)
def test_clean_text_is_what_postgresql_accepts(text, clean):
    assert clean_text(text) == clean


# ----------------------------------------------------------------------------------------------------------- decoding


def test_utf8_with_and_without_a_mark_reads_alike_and_mentions_no_encoding(tmp_path):
    for name, mark in (("a.txt", b""), ("b.txt", b"\xef\xbb\xbf")):
        document = _document(_written(tmp_path, name, mark + "Größe\r\n".encode()))
        assert document.text == "Größe\n"
        assert document.metadata == {"file_type": "txt"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_byte_order_mark_decides(tmp_path, encoding):
    document = _document(_written(tmp_path, "a.txt", "Größe 😀".encode(encoding)))
    assert document.text == "Größe 😀"
    assert document.metadata["encoding"] == encoding


def test_an_older_german_file_is_read_in_its_encoding(tmp_path):
    text = "Die Größe der Straße ist für müde Füße schön.\n"
    document = _document(_written(tmp_path, "a.txt", text.encode("latin-1")))
    assert document.text == text
    assert document.metadata == {"file_type": "txt", "encoding": "cp1252"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("café", "cp1252"),
        ("Ceny – €100 “quoted” naïve café", "cp1252"),
        ("Le café est prêt à être servi; l'été dernier, ça coûtait très cher.", "cp1252"),
        ("Цена товара равна ста рублям, и это хорошо.", "cp1251"),
        ("Цена товара равна ста рублям, и это хорошо.", "koi8_r"),
        ("日本語のテキストです。これは長い文章です。", "cp932"),
        ("这是一个很长的中文文本，用来测试编码。", "gb18030"),
    ],
)
def test_older_encodings_are_told_apart(tmp_path, text, encoding):
    document = _document(_written(tmp_path, "a.txt", text.encode(encoding)))
    assert (document.text, document.metadata["encoding"]) == (text, encoding)


def test_broken_utf8_stays_utf8_and_the_damage_shows(tmp_path):
    data = "Grüße aus München, Übermut tut selten gut".encode()
    document = _document(_written(tmp_path, "a.txt", data + b" \xff."))
    assert document.text == "Grüße aus München, Übermut tut selten gut \ufffd."
    assert document.metadata == {"file_type": "txt", "replaced_characters": 1}


def test_utf8_cut_off_within_a_character_keeps_the_rest(tmp_path):
    document = _document(_written(tmp_path, "a.txt", "Grüße aus Mü".encode()[:-1]))
    assert document.text == "Grüße aus M\ufffd"


def test_a_few_nul_bytes_are_taken_out(tmp_path):
    assert _document(_written(tmp_path, "a.txt", b"one\x00 two\x00")).text == "one two"


NOISE = random.Random(7).randbytes(
    4000
)  # of a seed: one run in 32,768 would begin with the mark of UTF-16


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF" + bytes(200), "no mark".encode("utf-16-le") * 9, NOISE, gzip.compress(NOISE[:500])],
)
def test_a_binary_file_is_not_text(tmp_path, data):
    assert _reason(_written(tmp_path, "a.txt", data)).startswith("not text: ")


# ------------------------------------------------------------------------------------------------- what every file has


def test_a_file_is_identified_by_its_absolute_path(tmp_path, monkeypatch):
    path = _written(tmp_path, "notes on x.txt", "words")
    monkeypatch.chdir(tmp_path)
    document = _document(Path("notes on x.txt"))
    assert document.document_id == document.source == path.resolve().as_posix()
    assert document.title == "notes on x"
    assert (document.markup, document.page_starts) == ("plain", ())


def test_touching_a_file_changes_nothing_of_its_document(tmp_path):
    path = _written(tmp_path, "a.md", "# T\n\nwords")
    before = _document(path)
    os.utime(path, (1, 1))
    assert _document(path) == before


def test_a_file_name_that_is_not_utf8_can_be_stored(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_text("words")
    document = _document(path)
    assert document.title == "caf\\xe9"
    assert document.source.encode("utf-8").endswith(b"caf\\xe9.txt")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.html", "a.jsonl"])
@pytest.mark.parametrize("data", [b"", b" \r\n\t \n"])
def test_a_file_without_text_is_empty(tmp_path, name, data):
    assert _reason(_written(tmp_path, name, data)).startswith("empty: ")


def test_a_byte_order_mark_alone_is_empty(tmp_path):
    assert _reason(_written(tmp_path, "a.txt", b"\xef\xbb\xbf")).startswith("empty: ")


def test_front_matter_alone_is_empty(tmp_path):
    assert _reason(_written(tmp_path, "a.md", "---\ntitle: T\n---\n")).startswith("empty")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf", "a.docx"])
def test_a_file_over_the_limit_is_named_with_size_limit_and_setting(tmp_path, name):
    reason = _reason(_written(tmp_path, name, b"x" * 1_500_000), max_document_mb=1)
    assert (
        reason
        == "too large: 1.5 MB, over the limit of 1 MB; split it, or raise HEADRACE_MAX_DOCUMENT_MB"
    )


def test_a_file_at_the_limit_is_read(tmp_path):
    assert (
        len(_document(_written(tmp_path, "a.txt", b"x" * 2000), max_document_mb=0.002).text) == 2000
    )


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.jsonl", "a.jsonl.gz"])
def test_a_file_that_may_not_be_opened_is_unreadable(tmp_path, monkeypatch, name):
    def _refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = _written(tmp_path, name, "words")
    monkeypatch.setattr(Path, "open", _refuse)
    assert _reason(path) == "cannot be read: Permission denied"
    assert count_documents(path) == 1


@pytest.mark.parametrize("name", ["gone.txt", "gone.jsonl"])
def test_a_file_that_has_gone_is_unreadable(tmp_path, name):
    assert _reason(tmp_path / name) == "cannot be read: No such file or directory"
    assert count_documents(tmp_path / name) == 1


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    assert _reason(tmp_path / "a.txt") == "not a regular file"


def test_a_file_of_another_type_is_unreadable(tmp_path):
    assert "not one of .md" in _reason(_written(tmp_path, "a.xlsx", "x"))


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.html"])
def test_a_plain_file_counts_as_one_document(tmp_path, name):
    assert count_documents(_written(tmp_path, name, "one\ntwo\n")) == 1


def test_importing_the_readers_loads_no_parser():
    heavy = {"docx", "lxml", "pypdfium2", "selectolax", "charset_normalizer", "yaml"}
    code = f"import sys, headrace.ingest.readers; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


# ----------------------------------------------------------------------------------------------- Markdown, rst, plain


def test_front_matter_becomes_metadata_and_leaves_the_text(tmp_path):
    front = "title: The Title\ndate: 2024-05-01\ntags: [a, b]\ndraft: true\nyear: 2024\nsub: {x: 1}\nnothing:\n"
    document = _document(
        _written(tmp_path, "a.md", f"---\r\n{front}---\r\n# Heading\r\n\r\nWords\r\n")
    )
    assert document.text == "# Heading\n\nWords\n"
    assert (document.title, document.markup) == ("The Title", "markdown")
    expected = {
        "date": date(2024, 5, 1),
        "tags": ["a", "b"],
        "draft": True,
        "year": 2024,
        "sub": '{"x": 1}',
    }
    assert document.metadata == {"file_type": "md", **expected}


def test_front_matter_values_that_only_look_like_numbers_stay_as_written(tmp_path):
    document = _document(
        _written(tmp_path, "a.md", "---\nlang: no\nversion: 1.10\nid: 007\nat: 12:30\n---\nWords")
    )
    assert document.metadata == {
        "file_type": "md",
        "lang": "no",
        "version": "1.10",
        "id": "007",
        "at": "12:30",
    }


def test_a_time_in_front_matter_becomes_its_date(tmp_path):
    document = _document(_written(tmp_path, "a.md", "---\ndate: 2024-05-01T10:00:00Z\n---\nWords"))
    assert type(document.metadata["date"]) is date


@pytest.mark.parametrize(
    "front",
    [
        "just words",
        "a: [1",
        "date: 2024-02-30",
        "a: &x 1\nb: *x",
        "- item",
        "[" * 3000,
        "a: !!python/name:os.system",
    ],
)
def test_a_leading_block_that_is_no_yaml_mapping_stays_in_the_text(tmp_path, front):
    text = f"---\n{front}\n---\nWords"
    assert _document(_written(tmp_path, "a.md", text)).text == text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("intro\n\n## The *first* `heading` ##\n\n# Second", "The first heading"),
        ("```sh\n# a comment\n```\n\n# Real", "Real"),
        ("~~~~\n~~~\n# inside\n~~~~\n# Real", "Real"),
        ("Underlined\n==========\n", "Underlined"),
        ("Also underlined\n---\n", "Also underlined"),
        ("# C#\n", "C#"),
        ("# ![logo](a.png)\n# See [the guide](b.md)", "See the guide"),
        ("# [![badge](a.svg)](b) Project", "Project"),
        ("#hashtag\n\nno heading", "a"),
        ("a | b\n--- | ---\n", "a"),
    ],
)
def test_a_markdown_title_is_the_first_heading_else_the_file_name(tmp_path, text, title):
    assert _document(_written(tmp_path, "a.markdown", text)).title == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Title\n=====\n\nWords", "Title"),
        (".. _label:\n\n=======\n Title\n=======\n\nWords", "Title"),
        ("Words\n\nSection\n-------\n", "Section"),
        ("Example\n::\n\n    code", "a"),
        ("=====  =====\nA      B\n=====  =====\n", "a"),
    ],
)
def test_an_rst_title_is_the_first_underlined_line(tmp_path, text, title):
    document = _document(_written(tmp_path, "a.rst", text))
    assert (document.title, document.text, document.markup) == (title, text, "plain")


# ---------------------------------------------------------------------------------------------------------------- HTML


def _html_text(folder: Path, body: str) -> str:
    return _document(
        _written(
            folder,
            "a.html",
            f"<!doctype html><html><head><title>T</title></head><body>{body}</body></html>",
        )
    ).text


def test_html_becomes_headings_paragraphs_items_and_rows(tmp_path):
    body = """
      <h1>Main   title</h1><p>First &amp; <b>bold</b>
      line.<br>Second&eacute; line.</p>
      <div>Loose text<p>Inner</p>tail</div>
      <ul><li>One</li><li><p>Two</p><ul><li>Deep</li></ul></li></ul>
      <ol><li>Step</li></ol>
      <h3>Table<br>head</h3>
      <table><caption>Sizes</caption><thead><tr><th>Name</th><th>Size</th></tr></thead>
      <tr><td>a<p>b</p></td><td></td><td>3<br>4</td></tr></table><p>End"""
    expected = """# Main title

First & bold line.
Secondé line.

Loose text

Inner

tail

- One
- Two
  - Deep

- Step

### Table head

Sizes

Name | Size
a b |  | 3 4

End"""
    assert _html_text(tmp_path, body) == expected


def test_what_surrounds_a_page_is_dropped(tmp_path):
    around = "".join(
        f"<{tag}>{tag}-words</{tag}>"
        for tag in (
            "script",
            "style",
            "nav",
            "header",
            "footer",
            "aside",
            "noscript",
            "template",
            "svg",
            "iframe",
        )
    )
    assert _html_text(tmp_path, f"{around}<p>kept</p><!-- comment -->{around}") == "kept"


def test_an_article_keeps_its_own_header_and_footer(tmp_path):
    body = "<header>Site</header><article><header><h1>Headline</h1></header><p>Words</p><footer>Note</footer></article>"
    assert _html_text(tmp_path, body) == "# Headline\n\nWords\n\nNote"


def test_preformatted_text_is_verbatim_and_fenced(tmp_path):
    body = "<ul><li>See</li></ul><pre>\n# no  heading\n<b>x</b> = &lt;1&gt;<br>y\n</pre><pre>``` inside</pre>"
    assert (
        _html_text(tmp_path, body)
        == "- See\n\n```\n# no  heading\nx = <1>\ny\n```\n\n````\n``` inside\n````"
    )


def test_a_table_that_lays_out_a_page_is_read_as_a_page(tmp_path):
    body = "<table><tr><td><h2>Left</h2><p>Words</p></td><td>Right<table><tr><td>a<td>b</table></td></tr></table>"
    assert _html_text(tmp_path, body) == "## Left\n\nWords\n\nRight\n\na | b"


def test_soft_hyphens_and_control_characters_leave_html(tmp_path):
    assert (
        _html_text(tmp_path, "<p>Donau&shy;dampf&#8;schiff 10&nbsp;km</p><p>&nbsp;</p>")
        == "Donaudampfschiff 10\u00a0km"
    )


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title> The\n title &amp; more</title><h1>Head</h1>x", "The title & more"),
        ("<h1>Head <i>line</i></h1>x", "Head line"),
        ("<title></title><svg><title>icon</title></svg><p>x", "page"),
    ],
)
def test_an_html_title_is_the_title_else_the_first_h1_else_the_file_name(tmp_path, page, title):
    document = _document(_written(tmp_path, "page.htm", page))
    assert (document.title, document.markup, document.metadata) == (
        title,
        "markdown",
        {"file_type": "html"},
    )


def test_html_in_a_declared_encoding_is_read_in_it(tmp_path):
    page = '<meta charset="windows-1251"><p>Цена</p>'.encode("cp1251")
    document = _document(_written(tmp_path, "a.html", page))
    assert (document.text, document.metadata["encoding"]) == ("Цена", "cp1251")


def test_html_nested_deeper_than_pythons_stack_is_read(tmp_path):
    assert _html_text(tmp_path, "<div>" * 5000 + "deep") == "deep"


@pytest.mark.parametrize(
    "page", ["<nav>menu</nav><script>1</script>", "<frameset><frame src=a></frameset>"]
)
def test_html_that_says_nothing_is_empty(tmp_path, page):
    assert _reason(_written(tmp_path, "a.html", page)).startswith("empty")


# ----------------------------------------------------------------------------------------------------------------- PDF


def test_a_pdf_has_the_text_of_its_pages_and_where_each_begins(tmp_path):
    data = _pdf(_pdf_page("Page one says", "Grüße."), b"", _pdf_page("Page three"))
    document = _document(_written(tmp_path, "a.pdf", data))
    assert document.text == "Page one says\nGrüße.\n\n\n\nPage three"
    assert document.page_starts == (0, 22, 24)
    assert document.text[24:] == "Page three"
    assert (document.title, document.markup, document.metadata) == (
        "a",
        "plain",
        {"file_type": "pdf"},
    )


def test_pdf_properties_give_title_author_and_date(tmp_path):
    info = "/Title (The  Title) /Author (Ada L.) /CreationDate (D:20240501235959-05'00')"
    document = _document(_written(tmp_path, "a.pdf", _pdf(_pdf_page("Words"), info=info)))
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
    document = _document(
        _written(tmp_path, "a.pdf", _pdf(_pdf_page("Words"), info=f"/CreationDate ({text})"))
    )
    assert document.metadata.get("created") == created


def test_words_split_at_a_line_end_are_joined_but_compounds_keep_their_hyphen(tmp_path):
    page = _pdf_page(
        "All infor-", "mation on COVID-", "19 and Jean-", "Pierre is up-to-date -", "or so"
    )
    text = _document(_written(tmp_path, "a.pdf", _pdf(page))).text
    assert text == "All information on COVID-19 and Jean-Pierre is up-to-date -\nor so"


def test_pdf_letters_outside_the_basic_plane_are_kept(tmp_path):
    data = _pdf(_pdf_page("a = 1"), to_unicode=TO_UNICODE)
    assert _document(_written(tmp_path, "a.pdf", data)).text == "\U0001d465 = 1"


def test_a_scanned_pdf_is_unreadable_and_ocr_is_advised(tmp_path):
    reason = _reason(_written(tmp_path, "a.pdf", _pdf(PICTURE, PICTURE)))
    assert (
        reason
        == "no text: 2 pages without a text layer, probably scans; run OCR first, e.g. ocrmypdf in.pdf out.pdf"
    )


def test_a_scanned_page_among_others_is_named_and_the_others_are_kept(tmp_path):
    path = _written(tmp_path, "a.pdf", _pdf(_pdf_page("Words"), PICTURE, b"", PICTURE))
    document, lost = read_source(path)
    assert document.text.strip() == "Words"
    assert lost.source == document.source
    assert "without text, perhaps scanned: pages 2, 4;" in lost.reason and "ocrmypdf" in lost.reason


def test_a_damaged_page_is_named_and_the_others_are_kept(tmp_path):
    document, lost = read_source(_written(tmp_path, "a.pdf", _pdf(_pdf_page("Words"), None)))
    assert document.text == "Words\n\n"
    assert lost.reason == "only part of the PDF was read; damaged and left out: page 2"


def test_a_pdf_of_blank_pages_is_empty(tmp_path):
    assert _reason(_written(tmp_path, "a.pdf", _pdf(b"", b""))) == "empty: nothing is on its pages"


def test_an_encrypted_pdf_is_unreadable(tmp_path):
    key = "00" * 32
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >> /ID [<00> <00>]"
    assert "needs a password" in _reason(
        _written(tmp_path, "a.pdf", _pdf(_pdf_page("Words"), trailer=lock))
    )


def test_pdfs_may_be_read_in_several_threads(tmp_path):
    path = _written(tmp_path, "a.pdf", _pdf(_pdf_page("Words"), PICTURE))
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda _: list(read_source(path)), range(40)))
    assert all(outcome == outcomes[0] for outcome in outcomes)


@pytest.mark.parametrize("data", [b"words", _pdf(_pdf_page("Words"))[:200]])
def test_a_corrupt_pdf_is_unreadable(tmp_path, data):
    assert "the PDF is damaged" in _reason(_written(tmp_path, "a.pdf", data))


# ---------------------------------------------------------------------------------------------------------------- DOCX


def test_a_word_file_becomes_markdown_in_document_order(tmp_path):
    document = docx.Document()
    document.add_heading("The report", 0)
    document.add_heading("Part\none", 2)
    document.add_paragraph("Words\tand\nlines").add_run(" in runs").bold = True
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip(
        [*table.rows[0].cells, *table.rows[1].cells], ("a", "b", "c\nd", ""), strict=True
    ):
        cell.text = text
    document.add_paragraph("After")
    read = _document(_saved(document, tmp_path / "a.docx"))
    assert (
        read.text
        == "# The report\n\n## Part one\n\nWords\tand\nlines in runs\n\n- one\n- two\n\na | b\nc d | \n\nAfter"
    )
    assert read.markup == "markdown"


def test_word_properties_give_title_author_and_date(tmp_path):
    document = docx.Document()
    document.add_paragraph("Words")
    properties = document.core_properties
    properties.title, properties.author, properties.created = (
        "The  Title",
        "Ada",
        datetime(2024, 5, 1, 23),
    )
    read = _document(_saved(document, tmp_path / "a.docx"))
    assert read.title == "The Title"
    assert read.metadata == {"file_type": "docx", "author": "Ada", "created": date(2024, 5, 1)}


def test_a_word_file_without_properties_is_given_none(tmp_path):
    document = docx.Document()
    document.add_paragraph("Words")
    path = _saved(document, tmp_path / "a.docx")
    with zipfile.ZipFile(path) as archive:
        relations = archive.read("_rels/.rels").decode()
    kept = "".join(
        part
        for part in relations.replace("<Rel", "\n<Rel").split("\n")
        if "core-properties" not in part
    )
    _rewritten_zip(path, {"_rels/.rels": kept.encode(), "docProps/core.xml": None})
    read = _document(path)
    assert (read.title, read.metadata) == ("a", {"file_type": "docx"})


def _body_text(folder: Path, *elements: str) -> str:
    """The text read from a Word file with these XML elements for a body."""
    document = docx.Document()
    for element in elements:
        document.element.body.insert(
            len(document.element.body) - 1, parse_xml(element.replace(" ", f" {W} ", 1))
        )
    return _document(_saved(document, folder / "a.docx")).text


def test_content_controls_insertions_links_and_formulas_are_read_and_deletions_are_not(tmp_path):
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    text = _body_text(
        tmp_path,
        '<w:sdt a=""><w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent></w:sdt>'.replace(
            ' a=""', " "
        ),
        '<w:p ><w:ins><w:r><w:t xml:space="preserve">inserted </w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>'
        "<w:hyperlink><w:r><w:t>linked</w:t></w:r></w:hyperlink><w:r><w:noBreakHyphen/><w:t>x</w:t></w:r></w:p>",
        f"<w:p ><m:oMath {math}><m:r><m:t>E=mc</m:t></m:r></m:oMath></w:p>",
    )
    assert text == "In a control\n\ninserted linked-x\n\nE=mc"


def test_a_text_box_is_read_once_after_its_paragraph(tmp_path):
    spaces = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
    box = "<w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent>"
    choices = f"<mc:Choice Requires='x'><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    run = f"<w:r><mc:AlternateContent {spaces}>{choices}</mc:AlternateContent></w:r>"
    assert (
        _body_text(tmp_path, f"<w:p ><w:r><w:t>Before</w:t></w:r>{run}</w:p>")
        == "Before\n\nIn the box"
    )


def test_numbered_paragraphs_are_items_indented_by_level(tmp_path):
    def _item(number: int, level: int) -> str:
        properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
        return f"<w:p ><w:pPr>{properties}</w:pPr><w:r><w:t>level {level}</w:t></w:r></w:p>"

    assert (
        _body_text(tmp_path, _item(1, 0), _item(1, 1), _item(0, 0))
        == "- level 0\n  - level 1\n\nlevel 0"
    )


def test_a_style_based_on_a_heading_is_a_heading(tmp_path):
    document = docx.Document()
    style = document.styles.add_style("Chapter", 1)
    style.base_style = document.styles["Heading 3"]
    document.add_paragraph("Named", style="Chapter")
    assert _document(_saved(document, tmp_path / "a.docx")).text == "### Named"


def test_a_frame_of_one_cell_and_a_table_within_a_cell_are_read(tmp_path):
    document = docx.Document()
    cell = document.add_table(1, 1).rows[0].cells[0]
    cell.text = "In a frame"
    cell.add_paragraph("Second")
    outer = document.add_table(1, 2)
    outer.rows[0].cells[0].text = "left"
    outer.rows[0].cells[1].add_table(1, 2).rows[0].cells[1].text = "inner"
    assert (
        _document(_saved(document, tmp_path / "a.docx")).text
        == "In a frame\n\nSecond\n\nleft | | inner"
    )


def test_footnotes_are_marked_where_they_are_referred_to_and_follow_the_text(tmp_path):
    document = docx.Document()
    document.add_paragraph("Claim")._p.append(
        parse_xml(f'<w:r {W}><w:footnoteReference w:id="2"/></w:r>')
    )
    path = _saved(document, tmp_path / "a.docx")
    note = '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/><w:t>The source.</w:t></w:r></w:p></w:footnote>'
    separator = (
        '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>'
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    with zipfile.ZipFile(path) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
    relation = f'<Relationship Id="rId99" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    _rewritten_zip(
        path,
        {
            "word/footnotes.xml": f"<w:footnotes {W}>{separator}{note}</w:footnotes>".encode(),
            "word/_rels/document.xml.rels": relations.replace(
                "</Relationships>", relation
            ).encode(),
        },
    )
    assert _document(path).text == "Claim[^2]\n\n[^2]: The source."


def test_an_empty_word_file_is_empty(tmp_path):
    assert _reason(_saved(docx.Document(), tmp_path / "a.docx")).startswith("empty")


def test_a_corrupt_word_file_is_unreadable(tmp_path):
    document = docx.Document()
    document.add_paragraph("words " * 500)
    buffer = io.BytesIO()
    document.save(buffer)
    data = buffer.getvalue()
    flipped = bytearray(data)
    flipped[200:260] = bytes(60)
    for broken in (b"words", data[: len(data) // 2], bytes(flipped), b"PK\x05\x06" + bytes(18)):
        assert _reason(_written(tmp_path, "a.docx", broken)).startswith(
            "damaged, or not docx in spite of its name"
        )


def test_a_word_file_with_broken_xml_is_unreadable(tmp_path):
    path = _saved(docx.Document(), tmp_path / "a.docx")
    _rewritten_zip(path, {"word/document.xml": b"<w:document><unclosed>"})
    assert "XMLSyntaxError" in _reason(path)


def test_a_protected_word_file_is_unreadable(tmp_path):
    assert "password" in _reason(
        _written(tmp_path, "a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    )


def test_a_word_file_that_unpacks_beyond_the_limit_is_unreadable(tmp_path):
    path = _saved(docx.Document(), tmp_path / "a.docx")
    _rewritten_zip(path, {"word/media/zeros.bin": bytes(3_000_000)})
    assert path.stat().st_size < 1_000_000
    assert "unpacked it is 3." in _reason(path, max_document_mb=1)


# ---------------------------------------------------------------------------------------------------------- JSON lines


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.jsonl.gz"])
def test_each_json_line_is_a_document(tmp_path, name):
    path = _jsonl(
        tmp_path,
        {
            "_id": "a",
            "title": "The  Title",
            "text": "One\r\ntwo",
            "metadata": {"year": 1958, "authors": ["X", "Y"]},
        },
        "",
        {"id": 7, "title": "", "text": "Three\u0000"},
        name=name,
    )
    metadata = {"file_type": "jsonl", "year": 1958, "authors": ["X", "Y"]}
    assert list(read_source(path)) == [
        Document("a", "The Title", "One\ntwo", str(path), metadata),
        Document("7", "", "Three", str(path), {"file_type": "jsonl"}),
    ]
    assert count_documents(path) == 2


def test_a_url_stays_in_the_metadata_and_the_source_is_the_file(tmp_path):
    path = _jsonl(tmp_path, {"_id": 1, "text": "x", "metadata": {"url": "https://a.example"}})
    document = _document(path)
    assert (document.source, document.metadata["url"]) == (str(path), "https://a.example")


def test_metadata_holds_only_what_can_be_stored(tmp_path):
    given_metadata = {
        "none": None,
        "nan": float("nan"),
        "nested": {"a": [1]},
        "lists": [[1, 2], "x", None],
        "nul\0": "a\0b",
        "f": 1.5,
    }
    document = _document(
        _jsonl(tmp_path, {"_id": 1, "text": "x", "metadata": given_metadata, "lang": "de"})
    )
    kept = {"nested": '{"a": [1]}', "lists": ["[1, 2]", "x"], "nul": "ab", "f": 1.5, "lang": "de"}
    assert document.metadata == {"file_type": "jsonl", **kept}


def test_a_line_with_a_title_only_has_the_title_for_a_text(tmp_path):
    document = _document(_jsonl(tmp_path, {"_id": 1, "title": "Extraction of Roots", "text": ""}))
    assert (document.title, document.text) == ("Extraction of Roots", "Extraction of Roots")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"_id": 1, "text": ', "not JSON: Expecting value at character 21"),
        ("[1]", "not a JSON object but a list"),
        ('"x"', "not a JSON object but a string"),
        ('{"text": "x"}', '"_id" is missing'),
        ('{"_id": null, "text": "x"}', '"_id" is missing'),
        ('{"_id": " ", "text": "x"}', '"_id" is empty'),
        ('{"_id": ["a"], "text": "x"}', '"_id" is a list, not a string or a number'),
        ('{"_id": 1}', '"text" is missing'),
        ('{"_id": 1, "text": 5}', '"text" is a number, not a string'),
        ('{"_id": 1, "text": "x", "title": ["t"]}', '"title" is a list, not a string'),
        ('{"_id": 1, "text": "x", "metadata": "m"}', '"metadata" is a string, not an object'),
        ('{"_id": 1, "text": " \\n"}', "empty: neither text nor title"),
        ('{"_id": 1, "text": "x", "n": ' + "9" * 5000 + "}", "not JSON that can be read"),
        ("[" * 100_000, "its values are nested too deeply"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_others_go_on(tmp_path, line, reason):
    path = _jsonl(tmp_path, {"_id": "a", "text": "x"}, "", line, {"_id": "b", "text": "y"})
    first, bad, last = read_source(path)
    assert (first.document_id, last.document_id) == ("a", "b")
    assert bad.source == f"{path}:3"
    assert bad.reason.startswith(reason)
    assert count_documents(path) == 3


def test_a_line_that_is_not_utf8_is_named_and_the_others_go_on(tmp_path):
    good = b'{"_id": "a", "text": "x"}\n'
    path = _written(tmp_path, "a.jsonl", good + b'{"_id": "b", "text": "caf\xe9"}\n' + good)
    assert list(read_source(path))[1] == Unreadable(
        f"{path}:2", "not UTF-8, as JSON must be: byte 26 is 0xe9"
    )


def test_json_escapes_of_characters_and_halves_of_them_can_be_stored(tmp_path):
    document = _document(_jsonl(tmp_path, r'{"_id": 1, "text": "\ud83d\ude00 \ud83d \u0000."}'))
    assert document.text == "\U0001f600 \ufffd ."


def test_a_byte_order_mark_before_the_first_line_is_no_part_of_it(tmp_path):
    assert (
        _document(_written(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"_id": 1, "text": "x"}')).text == "x"
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_line_over_the_limit_is_named_and_the_others_go_on(tmp_path, name):
    big = {"_id": "big", "text": "x" * 300_000}
    path = _jsonl(
        tmp_path, {"_id": "a", "text": "x"}, big, {"_id": "b", "text": "y"}, big, name=name
    )
    first, over, second, last = read_source(path, max_document_mb=0.1)
    assert (first.document_id, second.document_id) == ("a", "b")
    assert over.source == f"{path}:2" and last.source == f"{path}:4"
    assert over.reason.startswith("too large: a line of 0.3 MB, over the limit of 0.1 MB;")
    assert "HEADRACE_MAX_DOCUMENT_MB" in over.reason
    assert count_documents(path) == 4


def test_a_large_file_of_small_lines_has_no_limit(tmp_path):
    path = _jsonl(tmp_path, *({"_id": n, "text": "x" * 500} for n in range(100)))
    assert (
        sum(isinstance(outcome, Document) for outcome in read_source(path, max_document_mb=0.001))
        == 100
    )


def test_lines_are_read_as_they_are_asked_for(tmp_path):
    path = _jsonl(tmp_path, {"_id": 1, "text": "first"}, *[""] * 1_000_000)
    outcomes = read_source(path)
    assert next(outcomes).text == "first"
    with path.open("a") as file:
        file.write('{"_id": 2, "text": "written meanwhile"}')
    assert next(outcomes).text == "written meanwhile"


def test_a_gzip_cut_off_keeps_the_documents_before_and_names_the_place(tmp_path):
    entries = [{"_id": n, "text": os.urandom(200).hex()} for n in range(400)]
    path = _jsonl(tmp_path, *entries, name="a.jsonl.gz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    *documents, last = read_source(path)
    assert len(documents) > 150
    assert [document.text for document in documents] == [
        entry["text"] for entry in entries[: len(documents)]
    ]
    assert last.source == f"{path}:{len(documents) + 1}"
    assert last.reason.startswith(
        "the file is damaged from here on, and what came before is unchecked: Compressed file ended"
    )
    assert count_documents(path) == len(documents) + 1


def test_a_gzip_damaged_half_way_keeps_what_was_read_before_and_ends_in_a_reason(tmp_path):
    path = _jsonl(
        tmp_path,
        *({"_id": n, "text": os.urandom(200).hex()} for n in range(400)),
        name="a.jsonl.gz",
    )
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 50] = b"\xff" * 50
    path.write_bytes(data)
    outcomes = list(read_source(path))
    assert sum(isinstance(outcome, Document) for outcome in outcomes) > 100
    assert outcomes[-1].reason.startswith("the file is damaged")


def test_a_file_that_is_no_gzip_is_unreadable(tmp_path):
    path = _written(tmp_path, "a.jsonl.gz", b'{"_id": 1, "text": "x"}')
    (outcome,) = read_source(path)
    assert outcome.source == f"{path}:1"
    assert "Not a gzipped file" in outcome.reason
