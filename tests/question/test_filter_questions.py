"""200 questions about the metadata of four public collections, and what filters are read from them.

The questions are `run.py evaluate COLLECTION --queries tests/filter_questions/COLLECTION.jsonl`'s, too, over the collections themselves.
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
#: The field that says when a document appeared, by collection, with the days of two documents.
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
    """Documents that have, one after the other, every value that a question asks for."""
    values: dict[str, dict[str, None]] = {}
    for question in questions:
        for condition in parse_filters(question["metadata"]["filters"]):
            values.setdefault(condition.field, {}).update(
                dict.fromkeys(original_values(question, condition))
            )
    if dates:
        values[dates[0]] = dict.fromkeys(dates[1])
    rows = zip_longest(*values.values())
    return [
        Document(
            f"d{n}",
            f"Document {n}",
            f"This is text {n}.",
            f"d{n}.txt",
            {name: value for name, value in zip(values, row, strict=True) if value},
        )
        for n, row in enumerate(rows)
    ]


def original_values(question: dict[str, Any], condition: Filter) -> list[str]:
    """The values as the documents write them, in capitals and small letters."""
    wanted = question["metadata"]["filters"][condition.field]
    wanted = wanted["not"] if isinstance(wanted, dict) and "not" in wanted else wanted
    return [] if isinstance(wanted, dict) else [wanted] if isinstance(wanted, str) else wanted


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
        asked.append(
            (
                question["text"],
                gold_understanding({}, parse_filters(question["metadata"]["filters"]), None),
                found,
            )
        )
    report = understanding_report(asked)["filters"]
    missed = [
        (text, gold.filters, found.filters)
        for text, gold, found in asked
        if set(gold.filters) != set(found.filters)
    ]
    assert report["precision"] >= 0.95 and report["recall"] >= 0.85, missed


def test_conditions_are_counted_by_value():
    filters = [Filter("author", "in", ("Ada", "Bob")), Filter("author", "in", ("Ada",))]
    assert conditions(filters) == (("author", "ada", False), ("author", "bob", False))
