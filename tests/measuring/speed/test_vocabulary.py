"""`run.py bench --words`: understanding alone."""

import json

import numpy as np
import pytest

from headrace.commands import main
from headrace.measuring.speed import vocabulary


@pytest.fixture
def data_folder(monkeypatch, tmp_path):
    """Where the run would store what it makes."""
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_understanding_is_timed_alone_where_there_are_many_words(
    monkeypatch, tmp_path, data_folder, with_weights
):
    with_weights(data_folder)
    monkeypatch.setattr(vocabulary, "QUESTIONS", 12)
    assert main(["bench", "--words", "1000", "--json", str(tmp_path / "words.json")]) == 0
    report = json.loads((tmp_path / "words.json").read_text())
    assert report["words"] > 1000 == report["asked_words"] and report["asked"] == 12
    assert 0 < report["questions"]["p50_ms"] <= report["questions"]["p99_ms"]
    assert report["misspelt"]["p50_ms"] > 0
    assert report["bars"]["p99_ms"]["value"] == report["questions"]["p99_ms"]
    assert not list(data_folder.glob("bench-*"))


def test_slips_change_every_third_longer_word_by_one_slip():
    question = "What is said about turbines, generators and channels beside rivers flowing north?"
    slipped = vocabulary._misspelt(question, np.random.default_rng(1))
    pairs = zip(question.split(" "), slipped.split(" "), strict=True)
    changed = {old: new for old, new in pairs if old != new}
    assert list(changed) == ["about", "beside"]
    assert all(abs(len(old) - len(new)) <= 1 for old, new in changed.items())


@pytest.mark.parametrize(
    ("words", "url", "said"),
    [
        ("999", "", "at least 1000"),
        ("2000", "postgresql://someone@example.org/theirs", "DATABASE_URL"),
    ],
)
def test_words_that_are_too_few_or_another_database_are_refused(
    words, url, said, monkeypatch, data_folder, capfd
):
    if url:
        monkeypatch.setenv("DATABASE_URL", url)
    assert main(["bench", "--words", words]) == 2
    assert said in capfd.readouterr().err and not data_folder.exists()
