"""Why a question is declined, or its answer uncertain."""

import numpy as np
import pytest

from headrace.answer import answerability
from headrace.types import (
    AnswerabilitySigns,
    Context,
    Filter,
    QueryFilters,
    ReadSentences,
    Verdict,
)

ABSENT = AnswerabilitySigns(True, absent_names=("PST-1044",), unknown_words=("warranty",))
NO_FILTERS = QueryFilters()
NOTHING = Context((), "", 0, 0)
UNREAD = ReadSentences(*[np.zeros((0, 0))] * 3)


def verdict(
    likelihood: float,
    signs: AnswerabilitySigns,
    filters: QueryFilters,
    answer_threshold: float = 0.25,
) -> Verdict:
    return answerability.verdict(likelihood, signs, filters, NOTHING, UNREAD, answer_threshold)


def test_nothing_found_is_declined_whatever_the_threshold():
    declined = verdict(0.0, AnswerabilitySigns(), NO_FILTERS, answer_threshold=0.0)
    assert declined.is_declined
    assert declined.reason == "no passage was found for this question"


def test_below_the_threshold_it_is_said_what_is_missing():
    declined = verdict(0.08, ABSENT, NO_FILTERS, answer_threshold=0.25)
    assert declined.is_declined and declined.likelihood == 0.08
    assert "likelihood 0.08; below the threshold of 0.25" in declined.reason
    assert 'no document has "warranty"' in declined.reason
    assert 'none of the passages has "PST-1044"' in declined.reason


def test_it_is_said_which_names_the_nearest_document_lacks():
    signs = AnswerabilitySigns(True, apart_names=("Glomma", "Weir"))
    reason = verdict(0.1, signs, NO_FILTERS).reason
    assert reason.endswith('the nearest document does not have "Glomma" or "Weir"')


def test_a_word_is_named_once():
    signs = AnswerabilitySigns(True, absent_names=("Peru",), unknown_words=("peru",))
    reason = verdict(0.1, signs, NO_FILTERS).reason
    assert reason.count("eru") == 1


def test_between_declined_and_sure_there_is_a_doubt():
    doubtful = verdict(0.25, ABSENT, NO_FILTERS, answer_threshold=0.25)
    assert not doubtful.is_declined
    assert doubtful.reason.startswith("these passages may help")
    assert verdict(0.35, ABSENT, NO_FILTERS).reason == ""


def test_filters_that_left_too_little_are_part_of_the_reason():
    filters = QueryFilters((Filter("year", "in", ("2021",)),))
    declined = verdict(0.1, AnswerabilitySigns(True), filters)
    assert declined.reason.endswith("only documents with year = 2021 were searched")
    nothing = verdict(0.0, AnswerabilitySigns(), filters)
    assert nothing.reason.endswith("only documents with year = 2021 were searched")


@pytest.mark.parametrize(
    ("amount", "said"), [("gates", "tells how many gates"), ("price", "tells the price")]
)
def test_an_amount_that_nothing_tells_is_a_reason(amount, said):
    signs = AnswerabilitySigns(True, untold_amount=amount)
    assert f"none of the passages {said}" in verdict(0.1, signs, NO_FILTERS).reason
