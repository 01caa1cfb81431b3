"""Questions in four languages over passages of translated documentation."""

import json
from pathlib import Path
from typing import Any

import pytest

from headrace import Document, Pipeline
from headrace.text.asking.languages import language_of

FILE = Path(__file__).parent / "translated" / "questions.jsonl"
QUESTIONS = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
#: Every eleventh is asked.
ASKED = QUESTIONS[::11]


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def results(rag: Pipeline) -> list[dict[str, Any]]:
    """Context and answer of each, over all passages as documents of their own."""
    documents = []
    for question in QUESTIONS:
        metadata = {"language": question["language"]}
        name = question["_id"]
        documents.append(Document(name, "", question["passage"], name, metadata))
    rag.ingest(documents, "translated")
    found = []
    for question in ASKED:
        asked = {"question": question["text"], "tenant": "translated"}
        found.append(rag.run(["context", "answer"], **asked))
    return found


def test_the_language_of_every_question_is_told():
    languages = {question["language"] for question in QUESTIONS}
    assert languages == {"german", "spanish", "french", "chinese"}
    for question in QUESTIONS:
        assert language_of(question["text"], sorted(languages)) == question["language"]


def test_the_passage_that_answers_is_in_the_context(results):
    found = []
    for question, result in zip(ASKED, results, strict=True):
        context = "".join(passage.text for passage in result["context"].passages)
        found.append(squeezed(question["passage"]) in squeezed(context))
    assert sum(found) >= 0.95 * len(found)


def test_no_answer_is_from_a_document_in_another_language(results):
    for question, result in zip(ASKED, results, strict=True):
        languages = {citation.document_id[:2] for citation in result["answer"].citations}
        assert languages <= {question["_id"][:2]}, question["text"]
