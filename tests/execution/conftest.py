"""Modules of the user's own are imported from where they are."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _path_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the folders of a test's modules off the path: one may hold a `json.py`."""
    monkeypatch.setattr(sys, "path", list(sys.path))
