"""Answers by quotation from stored documents, by the whole dataflow."""

from headrace import Document, Pipeline
from support.warranty import QUESTION


def stored_texts(rag: Pipeline, tenant: str) -> dict[str, str]:
    with rag.database.for_tenant(tenant).transaction() as transaction:
        return dict(transaction.execute("SELECT document_id, text FROM documents"))


def test_the_answer_quotes_the_documents_and_nothing_else(rag, returns):
    answer = rag.ask(QUESTION, returns)
    assert answer.text.startswith("The warranty lasts two years.")
    assert answer.answered and answer.unsupported == ()
    stored = stored_texts(rag, returns)
    for citation in answer.citations:
        assert stored[citation.document_id][citation.start : citation.end] == citation.quote


def test_both_parts_of_a_compound_question_are_quoted(rag, returns):
    question = "How long does the warranty last, and within how many days can I return an item?"
    answer = rag.ask(question, returns)
    cited = {citation.document_id for citation in answer.citations}
    assert cited == {"warranty", "refunds"}


def test_what_no_document_says_is_declined_without_prose(rag, returns):
    answer = rag.ask("How many moons does Jupiter have?", returns)
    assert (answer.answered, answer.text, answer.citations) == (False, "", ())


def test_what_is_quoted_of_a_very_long_sentence_shows_that_it_is_a_part(rag, tenant):
    rules = "; ".join(f"rule {number} is kept by everyone in the old yard" for number in range(14))
    text = f"On the ferry {rules}; the fine for smoking on the upper deck is 85 EUR."
    rag.ingest([Document("rules", "Rules", text, "rules.md")], tenant)
    answer = rag.ask("What is the fine for smoking on the upper deck?", tenant)
    assert answer.text.startswith("… rule ") and "is 85 EUR. [1]" in answer.text
    assert all(citation.quote in text for citation in answer.citations)
