"""200 questions about the metadata of four collections, and the filters read from them.

With `run.py evaluate COLLECTION --queries FILE`, the questions of
tests/question/filter_questions/COLLECTION.jsonl are asked over the collection itself.
"""

import json
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from headrace import Document
from headrace.measuring.quality.understanding_report import understanding_report
from headrace.measuring.quality.understood import (
    conditions,
    found_understanding,
    gold_understanding,
)
from headrace.metadata.filters import parse_filters
from headrace.types import Filter

FILES = sorted((Path(__file__).parent / "filter_questions").glob("*.jsonl"))
#: By collection, the field that says when a document appeared, and two days of it.
DATES = {
    "multihop-rag": ("published_at", ("2023-10-04", "2023-11-27")),
    "cacm": ("year", ("1963", "1974")),
    "pubmedqa": ("year", ("2006", "2013")),
}


def questions_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def documents_of(
    questions: list[dict[str, Any]], dates: tuple[str, tuple[str, ...]] | None
) -> list[Document]:
    """Documents that have, in turn, every value that a question asks for."""
    values: dict[str, dict[str, None]] = {}
    for question in questions:
        for condition in parse_filters(question["metadata"]["filters"]):
            of_field = values.setdefault(condition.field, {})
            of_field.update(dict.fromkeys(original_values(question, condition)))
    if dates:
        values[dates[0]] = dict.fromkeys(dates[1])
    rows = zip_longest(*values.values())
    documents = []
    for n, row in enumerate(rows):
        fields = {name: value for name, value in zip(values, row, strict=True) if value}
        text = f"This is text {n}."
        documents.append(Document(f"d{n}", f"Document {n}", text, f"d{n}.txt", fields))
    return documents


def original_values(question: dict[str, Any], condition: Filter) -> list[str]:
    """The values as the documents write them, in capitals and small letters."""
    wanted = question["metadata"]["filters"][condition.field]
    if isinstance(wanted, dict):
        wanted = wanted.get("not", {})
    if isinstance(wanted, dict):
        return []
    return [wanted] if isinstance(wanted, str) else wanted


def test_there_are_200_questions():
    assert sum(len(questions_of(path)) for path in FILES) == 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_filters_are_read_as_they_are_meant(rag, tenant, path):
    questions = questions_of(path)
    documents = documents_of(questions, DATES.get(path.stem))
    assert all(outcome.status == "new" for outcome in rag.ingest(documents, tenant))
    asked = []
    for question in questions:
        given = {
            "question": question["text"],
            "tenant": tenant,
            "today": date.fromisoformat(question["metadata"]["today"]),
        }
        nodes = ["standalone_query", "corrected_query", "query_filters", "question_kind"]
        found = found_understanding(rag.run(nodes, **given))
        gold = gold_understanding({}, parse_filters(question["metadata"]["filters"]), None)
        asked.append((question["text"], gold, found))
    report = understanding_report(asked)["filters"]
    missed = []
    for text, gold, found in asked:
        if set(gold.filters) != set(found.filters):
            missed.append((text, gold.filters, found.filters))
    assert report["precision"] >= 0.95 and report["recall"] >= 0.85, missed


def test_conditions_are_counted_by_value():
    filters = [Filter("author", "in", ("Ada", "Bob")), Filter("author", "in", ("Ada",))]
    assert conditions(filters) == (("author", "ada", False), ("author", "bob", False))
