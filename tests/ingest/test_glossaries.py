"""Glossary files, in each of their forms."""

import pytest

from headrace.errors import SourceError
from headrace.ingest.glossaries import read_glossary
from support.reading import written

PAIRS = [("RRF", "reciprocal rank fusion"), ("ANN", "approximate nearest neighbour")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.csv", "RRF,reciprocal rank fusion\n\nANN, approximate nearest neighbour\n"),
        (
            "g.csv",
            "Abbreviation,Full_Name\nRRF,reciprocal rank fusion\nANN,approximate nearest neighbour",
        ),
        ("g.tsv", "RRF\treciprocal rank fusion\nANN\tapproximate nearest neighbour\n"),
        ("g.txt", "RRF\treciprocal rank fusion\nANN\tapproximate nearest neighbour\n"),
        ("g.yaml", "RRF: reciprocal rank fusion\nANN: [approximate nearest neighbour]\n"),
    ],
)
def test_the_pairs_of_a_file_in_order(tmp_path, name, text):
    assert read_glossary(written(tmp_path, name, text)) == PAIRS


def test_a_short_form_may_have_several_long_forms(tmp_path):
    path = written(tmp_path, "g.yml", "MS: [mass spectrometry, multiple sclerosis]\n")
    assert read_glossary(path) == [("MS", "mass spectrometry"), ("MS", "multiple sclerosis")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("g.csv", "RRF,reciprocal rank fusion\nANN\n", 'g.csv, line 2: "ANN" is not a short form'),
        ("g.yaml", "- RRF\n", "is not a mapping"),
        ("g.yaml", "RRF: [", "is not YAML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, name, text, message):
    with pytest.raises(SourceError, match=message):
        read_glossary(written(tmp_path, name, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match="reading the glossary .*none.csv failed: No such"):
        read_glossary(tmp_path / "none.csv")
