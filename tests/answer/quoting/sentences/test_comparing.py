"""Sentences that repeat each other, and sentences that differ."""

import pytest

from headrace.answer.quoting.sentences.comparing import alike, contradicts, repeats

WITHIN = "Goods may be returned within 14 days."


def test_a_sentence_repeats_one_that_has_all_its_words():
    assert repeats("In 1911 the mill was built.", ["The old mill was built in 1911."])
    assert not repeats("The old mill was built in 1911.", ["The mill was built in 1911."])


@pytest.mark.parametrize(
    "other",
    [
        "Goods may be returned within 30 days.",
        "Goods may be returned within 14 weeks.",
        "Goods may not be returned within 14 days.",
        "Goods may be returned to Oslo within 14 days, or to Bergen.",
    ],
)
def test_another_number_unit_name_or_negation_is_no_repetition(other):
    assert alike(WITHIN, other) and not repeats(other, [WITHIN])


def test_two_values_of_one_matter_contradict_each_other():
    assert contradicts(WITHIN, "Goods may be returned within 30 days.")
    assert contradicts(WITHIN, "Goods may not be returned within 14 days.")
    assert not contradicts(WITHIN, "Goods may be sent back within 14 days.")
    assert not contradicts("There are 3 ways:", "There are 4 ways:")


def test_sentences_of_other_matters_are_not_alike():
    assert not alike(WITHIN, "The warranty covers faults in material for two years.")


def test_a_unit_that_one_of_two_rows_lacks_is_no_contradiction():
    assert not contradicts("fee: 94 GBP; paid: daily", "fee: 94; paid: daily")
    assert contradicts("fee: 94 GBP; paid: daily", "fee: 95 EUR; paid: daily")
