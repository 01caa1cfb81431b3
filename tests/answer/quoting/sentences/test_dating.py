"""Which of two documents is the newer."""

from typing import Any

import pytest

from headrace.answer.quoting.sentences.dating import date_of, newness
from headrace.types import Passage


@pytest.mark.parametrize(
    ("title", "source", "metadata", "date"),
    [
        ("Policy", "policy.md", {"author": "Ada", "date": "2024-09-15"}, "2024-09-15"),
        ("Policy", "policy.md", {"created": "2020-01-01", "updated": "2021-01-01"}, "2021-01-01"),
        ("Policy of 2021", "policy.md", {}, "2021"),
        ("Policy", "docs/policy-2021.md", {}, "2021"),
        ("Policy", "policy.md", {"version": "v2.1"}, "version 2.1"),
        ("Policy", "policy.md", {}, ""),
    ],
)
def test_a_document_is_dated_by_metadata_name_or_version(title, source, metadata: Any, date):
    assert date_of(Passage(1, "d", title, source, ()), metadata) == date


def test_later_dates_and_larger_versions_are_newer():
    assert newness("2024-09-15") > newness("2021-03-01")
    assert newness("version 2.10") > newness("version 2.9")
