"""Documents that somebody's own code made wrongly: each is named, its neighbours are stored."""

from dataclasses import replace
from typing import Any

import pytest

from headrace.ingest.faults import fault_of
from headrace.types import Document

SOUND = Document("d", "Ships", "The ferry sails at noon.", "s", {"year": 2021, "tags": ["a", "b"]})


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def circle() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["itself"] = value
    return value


FAULTS = [
    ({"metadata": nested(990)}, "its metadata is nested more than 64 deep"),
    ({"metadata": circle()}, "its metadata is nested more than 64 deep"),
    ({"metadata": {"n": 10**5000}}, "its metadata has a number of more than 4,000 digits"),
    ({"metadata": {("a", 1): "x"}}, "its metadata has a name of the type tuple, not a text"),
    ({"metadata": {"a": [{b"b": 1}]}}, "its metadata has a name of the type bytes, not a text"),
    ({"metadata": None}, "its metadata is of the type NoneType, not a mapping"),
    ({"text": None}, "its text is of the type NoneType, not a text"),
    ({"document_id": 5}, "its document_id is of the type int, not a text"),
    ({"source": b"s"}, "its source is of the type bytes, not a text"),
    ({"markup": "html"}, 'its markup is \'html\', not "plain" or "markdown"'),
    ({"page_starts": ("0",)}, "its page_starts are not all whole numbers"),
]


@pytest.mark.parametrize(("changed", "fault"), FAULTS)
def test_what_is_wrong_with_a_document_is_said(changed, fault):
    assert fault_of(replace(SOUND, **changed)) == fault


def test_nothing_is_wrong_with_what_postgresql_can_hold():
    assert fault_of(SOUND) == ""
    assert fault_of(replace(SOUND, metadata=nested(64))) == ""
    odd = {"none": None, "nul": "a\0b", "lone": "\ud800", "nan": float("nan"), 3: 10**3999}
    assert fault_of(replace(SOUND, metadata=odd)) == ""


def test_wrong_documents_have_failed_and_those_beside_them_are_stored(rag, tenant):
    wrong = [replace(SOUND, **changed) for changed, _ in FAULTS]
    odd = {"none": None, "nul\0": "a\0b", "lone": "\ud800", "nan": float("nan"), "n": 10**3999}
    last = replace(SOUND, document_id="last", metadata=odd)
    outcomes = rag.ingest([replace(SOUND, document_id="first"), *wrong, last], tenant)
    failed = [outcome.reason for outcome in outcomes if outcome.status == "failed"]
    assert failed == [fault for _, fault in FAULTS]
    stored = [outcome.document_id for outcome in outcomes if outcome.status == "new"]
    assert stored == ["first", "last"]
