"""What was understood against what there was to understand, worked out by hand."""

import json
from dataclasses import asdict

import pytest

from headrace.measuring.quality.labelled import read_collection
from headrace.measuring.quality.run import evaluate_collections
from headrace.measuring.quality.understanding_report import understanding_report, word_changes
from headrace.measuring.quality.understood import Understanding


def test_words_that_differ_are_paired():
    assert word_changes("the Waranty lasts", "the warranty lasts.") == {("waranty", "warranty")}
    assert word_changes("the war anty", "the warranty") == {("war anty", "warranty")}


def test_corrections_are_right_wrong_or_missed():
    gold = Understanding(corrected="return the blue items")
    found = Understanding(
        typos=(("retrun", "return"), ("teh", "tea")), likeliest=(("itmes", "items"),)
    )
    report = understanding_report([("retrun teh blue itmes", gold, found)])["corrections"]
    assert report == {"right": 1, "wrong": 1, "missed": 2 - 1, "words": 4, "right_first": 1.0}


def test_of_filters_only_fields_that_are_known_of_count_and_persons_by_surname_and_initial():
    gold = Understanding(
        filters=(("author", "pooch, u.", False), ("author", "prieve, b.", False)),
        fields=("author",),
    )
    found = Understanding(
        filters=(
            ("author", "pooch, u. w.", False),
            ("author", "lamport, l.", False),
            ("year", "1970", False),
        )
    )
    report = understanding_report([("by Udo Pooch?", gold, found)])["filters"]
    assert (report["precision"], report["recall"], report["conditions"]) == (0.5, 0.5, 2)


def test_a_negated_condition_is_another_one():
    gold, found = (
        Understanding(filters=(("source", "wired", True),)),
        Understanding(filters=(("source", "wired", False),)),
    )
    report = understanding_report([("not from Wired", gold, found)])["filters"]
    assert (report["precision"], report["recall"], report["f1"]) == (0, 0, 0)


def test_definitions_are_compared_with_those_that_a_collections_documents_are_known_to_have(
    tmp_path,
):
    documents = [
        {
            "_id": "d",
            "text": "Reciprocal rank fusion (RRF) is here.",
            "metadata": {"abbreviations": [["RRF", "Reciprocal rank fusion"], ["X", "y"]]},
        },
        {"_id": "e", "text": "Best match (BM) is not known of.", "metadata": {"abbreviations": []}},
        {
            "_id": "f",
            "text": "Another best match (BM) counts for nothing.",
            "metadata": {"abbreviations": ["of another kind"]},
        },
    ]
    (tmp_path / "corpus.jsonl").write_text(
        "".join(json.dumps(document) + "\n" for document in documents)
    )
    (tmp_path / "queries.jsonl").write_text('{"_id": "1", "text": "RRF?"}')
    (tmp_path / "qrels.tsv").write_text("1\td\t1\n")
    report = understanding_report([], read_collection(tmp_path).documents.values())["abbreviations"]
    assert report == {"definitions": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_compound_questions_and_follow_ups():
    asked = [
        ("a or b?", Understanding(compound=True), Understanding(compound=True, kind="comparison")),
        (
            "a?",
            Understanding(compound=False, standalone="what is it"),
            Understanding(compound=True, kind="bridging", standalone="what is it"),
        ),
    ]
    report = understanding_report(asked)
    assert report["compound"] == {
        "questions": 2,
        "precision": 0.5,
        "recall": 1.0,
        "f1": pytest.approx(2 / 3),
    }
    assert report["kinds"] == {"bridging": 1, "comparison": 1}
    assert (report["follow_ups"]["f1"], report["follow_ups"]["f1_as_asked"]) == (1.0, 0.0)


def test_what_nothing_is_known_of_is_absent():
    assert understanding_report([("a?", Understanding(), Understanding())]) == {}


def test_an_understanding_survives_json():
    one = Understanding(
        "a",
        "b",
        (("author", "ada", False),),
        ("author",),
        True,
        "several",
        (("x", "y"),),
        (("x", "z"),),
    )
    assert Understanding.from_json(json.loads(json.dumps(asdict(one)))) == one


def test_questions_without_a_corpus_are_understood_and_not_searched_for(tmp_path, rag):
    text = "Which wether was first, the rain or the snow?"
    line = {"_id": "1", "text": text, "metadata": {"corrected": text.replace("wether", "weather")}}
    (tmp_path / "queries.jsonl").write_text(json.dumps(line))
    assert read_collection(tmp_path).documents == {}
    (report,) = evaluate_collections([tmp_path], rag.settings).report["collections"].values()
    assert report["understanding"]["kinds"] == {"comparison": 1} and not report["failed"]
    assert (
        report["understanding"]["corrections"]["words"] == 9 and "fused_hits" not in report["nodes"]
    )
