"""A citation names the headings that its quote stands under, and a row its table."""

import pytest

from headrace import Document

REFUNDS = """\
# Refunds

## Denmark

Refunds are paid within 30 days of the request.

## Finland

Refunds are paid within 14 days of the request.

## Norway

Refunds are paid within 21 days of the request.
"""
RATES = "# Rates\n\n| Depot | Day rate | Deposit |\n|---|---|---|\n" + "\n".join(
    f"| Depot {number} | {number} | {2 * number} |" for number in range(100, 160)
)


def stored(rag, tenant, name: str, text: str) -> None:
    title = text.partition("\n")[0].removeprefix("# ")
    rag.ingest([Document(name, title, text, f"{name}.md", markup="markdown")], tenant)


@pytest.mark.parametrize(("country", "days"), [("Denmark", 30), ("Finland", 14), ("Norway", 21)])
def test_the_sentence_of_the_section_asked_for_is_quoted(rag, tenant, country, days):
    """All three stand in one chunk, and say the same but for the days."""
    stored(rag, tenant, "refunds", REFUNDS)
    answer = rag.ask(f"Within how many days are refunds paid in {country}?", tenant)
    places = {citation.quote: citation.name for citation in answer.citations}
    quote = f"Refunds are paid within {days} days of the request."
    assert places[quote] == f"Refunds > {country}"
    (cited,) = [one for one in answer.to_dict()["citations"] if one["quote"] == quote]
    assert cited["headings"] == (country,)
    assert REFUNDS[cited["start"] : cited["end"]] == quote


def test_a_row_from_the_middle_of_a_table_comes_with_its_header(rag, tenant):
    stored(rag, tenant, "rates", RATES)
    answer = rag.ask("What is the deposit at Depot 147?", tenant)
    (cited,) = [one for one in answer.citations if "147" in one.quote]
    assert cited.quote == "| Depot 147 | 147 | 294 |"
    assert cited.lead == "| Depot | Day rate | Deposit |"
    assert "Depot: Depot 147; Day rate: 147; Deposit: 294" in answer.text
    assert RATES[cited.start : cited.end] == cited.quote


def test_a_chunk_is_found_by_the_words_of_its_headings(rag, tenant):
    pages = [f"# Guide\n\n## Zeppelin\n\n{'The crew rests here. ' * 90}"]
    stored(rag, tenant, "guide", pages[0])
    hits = rag.run(["keyword_hits"], question="zeppelin", tenant=tenant)["keyword_hits"]
    assert len(hits) > 1
    assert {hit.chunk.headings for hit in hits if hit.chunk.above} == {("Zeppelin",)}
    frame = hits[0].to_frame()
    assert "headings" in frame


def test_a_release_is_found_by_its_number_and_dated_by_its_heading(rag, tenant):
    """The question has "2.4.7", and the heading has "v2.4.7"."""
    releases = []
    for number in range(1, 40):
        releases.append(f"## v2.4.{number} (2031-05-{number % 28 + 1:02})")
        releases.append(f"The gauge of depot {number} was mended. " * 20)
    stored(rag, tenant, "history", "\n\n".join(["# History", *releases]))
    hits = rag.run(["keyword_hits"], question="2.4.7", tenant=tenant)["keyword_hits"]
    assert hits and all("v2.4.7 " in hit.chunk.text_in_place for hit in hits)
    answer = rag.ask("What is the release date of 2.4.7?", tenant, answer_threshold=0.0)
    assert answer.text.startswith("v2.4.7 (2031-05-08): ")
