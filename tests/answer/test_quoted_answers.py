"""Answers by quotation from stored documents, by the whole dataflow."""

from headrace import Pipeline
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
