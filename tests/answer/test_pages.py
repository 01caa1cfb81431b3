"""The page that a citation names is the one on which its quote stands."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace import Document

SENTENCES = (
    "The harbour opens at six in the morning. ",
    "The ferry to the island takes forty minutes. ",
    "Dogs travel free on the lower deck. ",
    "Bicycles cost two coins for each crossing. ",
)


def paged(document_id: str, pages: list[str]) -> Document:
    starts = []
    text = ""
    for page in pages:
        starts.append(len(text))
        text += page
    return Document(document_id, "Ferry", text, "ferry.pdf", page_starts=tuple(starts))


def spans(rag, tenant, document, places):
    asked = {
        "document_ids": [document.document_id] * len(places),
        "starts": [start for start, _ in places],
        "ends": [end for _, end in places],
    }
    rows = rag.database.for_tenant(tenant).query("stored_spans", asked)
    return [tuple(row[2:]) for row in rows]


def test_a_quote_has_its_own_page_not_that_of_its_chunk(rag, tenant):
    """Four pages in one chunk, which begins on the first."""
    rag.ingest([paged("ferry", list(SENTENCES))], tenant)
    answer = rag.ask("What do bicycles cost?", tenant)
    (citation,) = [cited for cited in answer.citations if "Bicycles" in cited.quote]
    assert (citation.page, citation.last_page, citation.pages) == (4, None, "page 4")
    hits = rag.run(["fused_hits"], question="bicycles", tenant=tenant)["fused_hits"]
    assert hits[0].chunk.page == 1


def test_a_quote_across_two_pages_has_both(rag, tenant):
    document = paged("ferry", ["Bicycles cost two ", "coins for each crossing. ", "Dogs are free."])
    rag.ingest([document], tenant)
    answer = rag.ask("What do bicycles cost?", tenant)
    (citation,) = [cited for cited in answer.citations if "Bicycles" in cited.quote]
    assert (citation.page, citation.last_page, citation.pages) == (1, 2, "pages 1-2")


def test_a_document_without_pages_has_none(rag, tenant):
    rag.ingest([Document("plain", "Ferry", "".join(SENTENCES), "ferry.txt")], tenant)
    answer = rag.ask("What do bicycles cost?", tenant)
    assert answer.citations and {cited.pages for cited in answer.citations} == {""}


def test_a_document_stored_without_its_pages_keeps_those_of_its_chunks(rag, tenant):
    """As one that an older version stored."""
    rag.ingest([paged("ferry", list(SENTENCES))], tenant)
    with rag.database.for_tenant(tenant).transaction() as transaction:
        transaction.execute("UPDATE documents SET page_starts = '{}'")
    answer = rag.ask("What do bicycles cost?", tenant)
    assert {cited.page for cited in answer.citations} == {1}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=12),
    places=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), max_size=6),
)
def test_pages_are_counted_as_python_would(rag, tenant, lengths, places):
    """Pages may be empty; then the later one holds what stands at its start."""
    document = paged("any", ["x" * length for length in lengths])
    document = Document("any", "", document.text + "y" * 300, "any", {}, document.page_starts)
    rag.ingest([document], tenant)
    expected = []
    for start, length in places:
        last = start + length - 1
        first_page = sum(page <= start for page in document.page_starts)
        expected.append((first_page, sum(page <= last for page in document.page_starts)))
    asked = [(start, start + length) for start, length in places]
    assert spans(rag, tenant, document, asked) == expected
