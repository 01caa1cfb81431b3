"""A stored document drawn over its text, for notebooks."""

import dataclasses
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from headrace import Document, Outcome, StoredDocument, to_frame
from headrace.types import Chunk
from headrace.types.drawing import pieces

TABLE = "| Boat | Deposit |\n|---|---|\n| Ada | 50 |\n| Jana | 220 |"
GUIDE = f"# Boats\n\nAll float.\n\n## Prices\n\nPaid at once.\n\n{TABLE}\n"


class _Shown(HTMLParser):
    """The blocks of a drawing, as (style, text); and what is bold in them."""

    def __init__(self, drawing: str) -> None:
        super().__init__()
        self.blocks: list[tuple[str, str]] = []
        self.bold: list[str] = []
        self.tags: set[str] = set()
        self.feed(drawing)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "div":
            self.blocks.append((dict(attrs).get("style") or "", ""))
        elif tag == "b":
            self.bold.append("")
        self.in_bold = tag == "b"

    def handle_data(self, data):
        style, text = self.blocks[-1]
        self.blocks[-1] = style, text + data
        if self.in_bold:
            self.bold[-1] += data

    def handle_endtag(self, tag):
        self.in_bold = False

    def texts(self, style: str) -> list[str]:
        """The texts of the blocks with this in their style."""
        return [text for found, text in self.blocks if style in found]


def chunk(number: int, text: str, start: int, end: int, above: str = "", page=None) -> Chunk:
    return Chunk(70 + number, "d", "Boats", "d", text[start:end], start, end, number, page, above)


def stored(text: str, *chunks: Chunk, **more) -> StoredDocument:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    given = {"metadata": {}, "text": text, "chunks": chunks, **more}
    return StoredDocument("d", "Boats", "d", "english", len(chunks), now, **given)


def guide() -> StoredDocument:
    prices, table, jana = (GUIDE.index(part) for part in ("## Prices", "| Boat", "| Jana"))
    header = "| Boat | Deposit |\n|---|---|"
    return stored(
        GUIDE,
        chunk(0, GUIDE, 0, prices - 2),
        chunk(1, GUIDE, prices, table - 2),
        chunk(2, GUIDE, table, jana - 1, "## Prices"),
        chunk(3, GUIDE, jana, len(GUIDE), f"## Prices\n{header}"),
    )


def shown(document: StoredDocument) -> _Shown:
    return _Shown(document._repr_html_())


def labels(drawn: _Shown) -> list[str]:
    return [text for _, text in drawn.blocks if re.match(r"\d+ chunk \d+ · ", text)]


def test_every_chunk_is_drawn_once_with_its_own_text():
    document = guide()
    drawn = shown(document)
    assert drawn.texts("background:") == [chunk.text.strip() for chunk in document.chunks]
    assert labels(drawn) == [
        "1 chunk 70 · characters 0-19",
        "2 chunk 71 · characters 21-45",
        "3 chunk 72 · characters 47-88 · under Prices",
        "4 chunk 73 · characters 89-104 · under Prices",
    ]


def test_neighbouring_chunks_have_different_tints():
    styles = [style for style, _ in shown(guide()).blocks]
    tints = re.findall(r"background:([^;]+)", " ".join(styles))
    assert len(tints) == 4
    assert all(first != second for first, second in pairwise(tints))


def test_what_leads_to_a_chunk_is_drawn_above_it_and_apart_from_its_text():
    drawn = shown(guide())
    texts = [text for _, text in drawn.blocks]
    assert drawn.texts("italic") == ["| Boat | Deposit |\n|---|---|"]
    assert texts[-2:] == ["| Boat | Deposit |\n|---|---|", "| Jana | 220 |"]


def test_headings_are_bold_but_not_lines_of_code_or_of_plain_text():
    text = "# A\n\n```sh\n# not one\n~~~\n# nor this\n```\n\n## B {#b}\n\nWords of #1.\n"
    bold = shown(stored(text, chunk(0, text, 0, len(text)))).bold
    assert bold == ["Boats", "1", "# A", "## B {#b}"]
    plain = "Ten of each.\n# of pieces\n"
    assert shown(stored(plain, chunk(0, plain, 0, len(plain)))).bold == ["Boats", "1"]


def test_what_is_shared_by_two_chunks_is_striped_and_what_is_in_none_is_dim():
    text = "zero one two three"
    drawn = shown(stored(text, chunk(0, text, 5, 12), chunk(1, text, 9, 18)))
    assert drawn.texts("repeating-linear-gradient") == ["two"]
    assert [label[:10] for label in labels(drawn)] == ["1 chunk 70", "2 chunk 71"]
    assert "shared by 1 and 2:" in drawn.texts("opacity")
    assert drawn.texts("transparent") == ["zero "]


def test_a_page_begins_before_its_text_even_within_a_chunk():
    text = "# First page.\n\n# Second page.\n\nThird page."
    second, third = text.index("# Second"), text.index("Third")
    chunks = chunk(0, text, 0, third - 2, page=1), chunk(1, text, third, len(text), page=3)
    drawn = shown(stored(text, *chunks, page_starts=(0, second, third)))
    texts = [text for _, text in drawn.blocks]
    assert texts[2] == "d · english · 2 chunks · 3 pages"
    assert texts[3:] == [
        "page 1",
        "1 chunk 70 · characters 0-29 · page 1",
        "# First page.",
        "page 2",
        "# Second page.",
        "page 3",
        "2 chunk 71 · characters 31-42 · page 3",
        "Third page.",
    ]


def test_a_page_without_text_is_drawn_wherever_it_stands():
    text = "Third page."
    document = stored(text, chunk(0, text, 0, 11, page=3), page_starts=(0, 0, 0, 11, 11))
    assert shown(document).texts("dotted") == [
        "page 1: no text",
        "page 2: no text",
        "page 3",
        "page 4: no text",
        "page 5: no text",
    ]
    assert shown(stored("", page_starts=(0,))).texts("dotted") == ["page 1: no text"]


def test_nothing_in_a_document_is_html():
    evil = "<script>alert('x')</script> & <b>more</b>\n"
    made = chunk(0, evil, 0, len(evil), f"## {evil.strip()}\n{evil.strip()}")
    document = stored(evil, made, metadata={"<i>": "<u>"})
    document = dataclasses.replace(document, title=evil, document_id=evil)
    drawing = document._repr_html_()
    assert _Shown(drawing).tags == {"div", "b"}
    assert drawing.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp;") == 5


def test_of_a_long_document_the_rest_is_left_out_and_that_is_said():
    line = "Pump 12 is checked every spring, before the boats go out.\n"
    text = line * 1000
    starts = range(0, len(text), 10 * len(line))
    chunks = [
        chunk(number, text, start, start + 10 * len(line)) for number, start in enumerate(starts)
    ]
    drawn = shown(stored(text, *chunks))
    count = len(labels(drawn))
    left = len(text) - count * 10 * len(line)
    assert 20_000 <= len(text) - left < 21_000
    assert drawn.blocks[-1][1] == (
        f"Left out here: chunks {count + 1} to 100, {left:,} characters. "
        "run.py documents show d shows all."
    )


def test_a_document_of_a_list_is_drawn_without_text(rag, returns):
    for document in rag.documents(returns):
        assert shown(document).blocks[-1][1].startswith(f"{document.document_id} · english · ")


def test_a_document_knows_its_pages(rag, tenant):
    text = "The hull is painted.\n\nThe cover is new."
    rag.ingest([Document("d", "Care", text, "d", page_starts=(0, 22))], tenant)
    document = rag.document("d", tenant)
    assert document.page_starts == (0, 22)
    assert shown(document).texts("dotted") == ["page 1", "page 2"]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.lists(st.integers(0, 5), min_size=9))
def test_pieces_are_the_whole_text_each_with_the_chunks_that_hold_it(lengths, overlaps):
    text, chunks, end = "x" * (sum(lengths) + 3), [], 1
    for number, (length, overlap) in enumerate(zip(lengths, overlaps, strict=False)):
        least = chunks[-1].start + 1 if chunks else end
        start = max(least, end - overlap)
        end += length
        chunks.append(chunk(number, text, start, end))
    made = list(pieces(stored(text, *chunks)))
    assert "".join(text[piece.start : piece.end] for piece in made) == text
    for piece in made:
        for place in range(piece.start, piece.end):
            assert list(piece.chunks) == [c for c in chunks if c.start <= place < c.end]


def test_outcomes_are_a_table_with_their_reasons():
    outcomes = [
        Outcome("a.md", "/d/a.md", "new", 3, 2),
        Outcome("", "/d/x.png", "passed over", reason="2 .png", files=("/d/x.png", "/d/y.png")),
    ]
    frame = to_frame(outcomes)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame["status"]) == ["new", "passed over"]
    assert list(frame["reason"]) == ["", "2 .png"] and list(frame["embedded"]) == [2, 0]
    assert list(frame["files"]) == [(), ("/d/x.png", "/d/y.png")]
