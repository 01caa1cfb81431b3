"""Markdown cut into chunks that keep headings, tables and lists together."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace.ingest.chunking import document_chunks
from headrace.ingest.preparation import prepared_documents
from headrace.text.markup.outlining import outline
from headrace.types import ChunkDraft, Document


def cut(text: str, rag, title: str = "", **parameters: int) -> list[ChunkDraft]:
    document = Document("d", title, text, "d.md", markup="markdown")
    (chunks,) = document_chunks(prepared_documents([document]), rag.encoder, **parameters)
    return chunks


def sentences(count: int, about: str) -> str:
    return " ".join(f"The {about} number {number} is painted red." for number in range(count))


def test_a_chunk_knows_the_headings_above_it(rag):
    text = f"# Guide\n\n## Boats\n\n{sentences(30, 'boat')}\n\n## Cars\n\n{sentences(9, 'car')}"
    chunks = cut(text, rag, "guide", chunk_tokens=100)
    boats = [chunk for chunk in chunks if "The boat" in chunk.text]
    assert len(boats) == 3
    assert all(chunk.above == "## Boats" for chunk in boats)  # "Guide" is the title already
    assert all(chunk.embedded_text == f"guide\nBoats\n{chunk.text}" for chunk in boats)
    assert chunks[-1].text.startswith("## Cars\n\nThe car number 0")
    assert chunks[-1].above == ""


def test_a_heading_at_the_end_of_a_chunk_moves_to_the_next_one(rag):
    parts = [f"## Part {number}\n\n{sentences(9, 'boat')}\n" for number in range(8)]
    for chunk in cut("\n".join(parts), rag, chunk_tokens=100):
        assert not chunk.text.strip().split("\n")[-1].startswith("#")
        assert "The boat" in chunk.text


def test_headings_with_nothing_under_them_are_not_lost(rag):
    text = (
        f"# A\n\n{sentences(20, 'boat')}\n\n## Empty\n\n## Void\n\n{sentences(20, 'car')}\n\n# End"
    )
    chunks = cut(text, rag, chunk_tokens=80)
    for words in ("## Empty", "# End"):
        assert any(words in chunk.text for chunk in chunks)
    assert all(any("The " in chunk.text for chunk in chunks) for chunk in chunks)


def test_a_document_of_headings_is_one_chunk(rag):
    (chunk,) = cut("# A\n\n## B\n\n## C", rag)
    assert chunk.text == "# A\n\n## B\n\n## C"


def test_rows_of_a_long_table_have_its_header_above_them(rag):
    rows = "\n".join(f"| Depot {number} | {number * 7} |" for number in range(80))
    text = f"Intro.\n\n| Depot | Fee |\n|---|---|\n{rows}\n\nAfter."
    chunks = cut(text, rag, chunk_tokens=100)
    inner = [chunk for chunk in chunks if chunk.text.startswith("| Depot ") and chunk.above]
    assert len(inner) > 5
    for chunk in inner:
        assert chunk.above == "| Depot | Fee |\n|---|---|"
        assert chunk.embedded_text == f"| Depot | Fee |\n{chunk.text}"
        assert text[chunk.start : chunk.end] == chunk.text
        assert chunk.text.startswith("| Depot") and chunk.text.endswith(" |")
    assert "After." in chunks[-1].text


def test_items_of_a_long_list_have_its_introduction_above_them(rag):
    items = "\n".join(f"- depot number {number} in the north" for number in range(60))
    text = f"# Opening\n\nOn Sunday these are open:\n\n{items}"
    chunks = cut(text, rag, chunk_tokens=100)
    assert len(chunks) > 3
    for chunk in chunks[1:]:
        assert chunk.above == "# Opening\nOn Sunday these are open:"


def test_a_block_of_code_that_fits_is_whole_and_a_longer_one_keeps_its_fence(rag):
    code = "\n".join(f"run step {number}" for number in range(12))
    text = f"{sentences(9, 'boat')}\n\n```bash\n{code}\n```\n\n{sentences(9, 'car')}"
    chunks = cut(text, rag, chunk_tokens=120)
    assert any(f"```bash\n{code}\n```" in chunk.text for chunk in chunks)
    code = "\n".join(f"run step {number}" for number in range(200))
    chunks = cut(f"```bash\n{code}\n```", rag, chunk_tokens=120)
    assert {chunk.above for chunk in chunks[1:]} == {"```bash"}


def test_chunks_of_lists_under_many_headings_keep_within_their_size(rag):
    item = "* Depot in the north has a red gate and a green door."
    sections = [f"### Part {count}\n\n" + "\n".join([item] * count) for count in range(1, 9)]
    for size in range(60, 140, 4):
        for chunk in cut("## All\n\n" + "\n\n".join(sections), rag, chunk_tokens=size):
            assert rag.encoder.count_tokens(chunk.embedded_text) + 2 <= size
            assert chunk.text == chunk.text.strip()


LINES = st.sampled_from(
    ["# Top", "## Middle part", "### Low", "Name\n====", "- item of a list", "  - inner item"]
    + ["These are there:", "", "", "| name | fee |\n|--|--|", "| a | 1 |", "```", "x" * 40]
    + ["A sentence stands here. And another one.", f"* {'long item ' * 12}", ""]
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(LINES, max_size=60), size=st.integers(32, 128), overlap=st.integers(0, 16))
def test_any_document_is_cut_within_its_bounds(rag, lines, size, overlap):
    text = "\n".join(lines)
    chunks = cut(text, rag, "Title", chunk_tokens=size, chunk_overlap=overlap)
    page = outline(text)
    covered: set[int] = set()
    for number, chunk in enumerate(chunks):
        assert chunk.ordinal == number
        assert chunk.text == text[chunk.start : chunk.end]
        assert rag.encoder.count_tokens(chunk.embedded_text) + 2 <= size
        covered.update(range(chunk.start, chunk.end))
        for heading in page.trail(chunk.start):
            covered.update(range(heading.start, heading.end))
    assert not [place for place in range(len(text)) if place not in covered and text[place].strip()]
