"""60 questions that name what documents are about: a company, a product, a year."""

import json
from itertools import chain, product
from pathlib import Path
from typing import NamedTuple

import pytest

from headrace import Document
from headrace.measuring.quality.understanding_report import understanding_report
from headrace.measuring.quality.understood import (
    Understanding,
    conditions,
    found_understanding,
    gold_understanding,
)
from headrace.metadata.filters import parse_filters
from headrace.types import QueryFilters


class Asked(NamedTuple):
    """A question, the filters that are meant, and those that were read."""

    text: str
    gold: Understanding
    read: Understanding
    filters: QueryFilters


FILES = sorted((Path(__file__).parent / "filter_questions" / "named").glob("*.jsonl"))
#: The fields of each collection's documents; there is one for every combination.
FIELDS = {
    "filings": {
        "company": [
            "3M",
            "Adobe",
            "American Express",
            "Best Buy",
            "Boeing",
            "Coca-Cola",
            "JPMorgan Chase",
            "Johnson & Johnson",
        ],
        "fiscal_year": [2018, 2019, 2020, 2021, 2022, 2023],
        "doc_type": ["10-K", "10-Q"],
    },
    "manuals": {
        "product": ["Aquila 300", "Aquila 500", "Nimbus Router", "Penstock Controller"],
        "version": ["1.4", "2.0", "2.1.3"],
        "type": ["Installation guide", "User manual"],
    },
    "tickets": {
        "assignee": ["Maria Lopez", "Jonas Weber", "Aiko Tanaka"],
        "reporter": ["Tom Berg", "Ada Lind"],
        "component": ["Parser", "Billing API", "Login"],
        "status": ["open", "closed", "in review"],
        "priority": ["P1", "P2", "P3"],
    },
    "contracts": {
        "customer": ["Acme GmbH", "Globex", "Initech Ltd."],
        "country": ["Germany", "France", "Canada"],
        "period": ["2023-Q1", "2023-Q2", "2023-Q3"],
    },
}


def documents_of(fields):
    """A document for every combination of values; its title has them, as titles do."""
    documents = []
    for number, values in enumerate(product(*fields.values())):
        metadata = dict(zip(fields, values, strict=True))
        title = ", ".join(map(str, values[:2]))
        text = f"Number {number} speaks of the best filters, closed files and open tickets."
        documents.append(Document(f"d{number}", title, text, f"d{number}.txt", metadata))
    return documents


def questions_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_60_questions():
    assert sum(len(questions_of(path)) for path in FILES) == 60


@pytest.fixture(scope="module")
def asked(rag):
    """Every question with the filters that are meant, and those that were read."""
    found = {}
    nodes = ["standalone_query", "corrected_query", "query_filters", "question_kind"]
    for path in FILES:
        tenant = f"named-{path.stem}"
        rag.ingest(documents_of(FIELDS[path.stem]), tenant)
        found[path.stem] = []
        for question in questions_of(path):
            values = rag.run(nodes, question=question["text"], tenant=tenant)
            filters = parse_filters(question["metadata"]["filters"])
            gold = gold_understanding({}, filters, None)
            read = found_understanding(values)
            found[path.stem].append(Asked(question["text"], gold, read, values["query_filters"]))
    return found


def test_things_are_read_wherever_they_are_named(asked):
    rows, missed = [], []
    for question in chain(*asked.values()):
        rows.append((question.text, question.gold, question.read))
        if set(question.gold.filters) != set(question.read.filters):
            missed.append((question.text, question.read.filters))
    report = understanding_report(rows)["filters"]
    assert report["precision"] >= 0.95 and report["recall"] >= 0.95, missed


def test_documents_of_named_things_are_required_and_not_only_preferred(asked):
    expected, required = 0, 0
    for question in asked["filings"] + asked["manuals"]:
        applied = conditions(question.filters.applied)
        expected += len(question.gold.filters)
        required += sum(condition in applied for condition in question.gold.filters)
    assert required >= 0.9 * expected
