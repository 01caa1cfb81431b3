"""The statistics, against values worked out by hand and against scipy."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from headrace.measuring import statistics


def test_the_p_value_of_few_questions_is_that_of_all_sign_flips():
    differences = np.array([0.3, 0.1, -0.05, 0.2, 0.4])
    sums = [abs(np.dot(signs, differences)) for signs in itertools.product((1, -1), repeat=5)]
    by_hand = np.mean([total >= abs(differences.sum()) - 1e-12 for total in sums])
    assert statistics.paired([differences]).p == pytest.approx(by_hand)


def test_many_questions_agree_with_the_t_test_where_that_holds():
    differences = np.random.default_rng(1).normal(0.02, 0.2, 400)
    found = statistics.paired([differences])
    t_test = stats.ttest_1samp(differences, 0)
    assert found.p == pytest.approx(t_test.pvalue, abs=0.02)
    assert (found.low, found.high) == pytest.approx(t_test.confidence_interval(), abs=0.003)


def test_each_collection_counts_alike():
    few, many = np.full(4, 0.5), np.zeros(100)
    assert statistics.paired([few, many]).difference == pytest.approx(0.25)


def test_ties_alone_are_no_difference():
    assert statistics.paired([np.zeros(9)]) == statistics.Paired(0.0, 0.0, 0.0, 1.0)


def test_one_question_proves_nothing():
    assert statistics.paired([np.array([0.0, 0.7, 0.0])]).p == 1.0
    assert statistics.paired([np.array([0.7])]) == statistics.Paired(0.7, 0.7, 0.7, 1.0)


def test_holm_by_hand():
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm([0.5, 0.6]) == [1.0, 1.0]
    assert statistics.holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_never_makes_a_p_value_smaller_and_keeps_their_order(p_values):
    adjusted = statistics.holm(p_values)
    for before, after in zip(p_values, adjusted, strict=True):
        assert before <= after <= 1
    order = np.argsort(p_values, kind="stable")
    assert all(np.diff(np.array(adjusted)[order]) >= 0)


def test_a_share_without_a_fault_has_an_interval_all_the_same():
    low, high = statistics.share_interval([1.0] * 200, of=10)
    assert (low, high) == (pytest.approx(0.981, abs=0.001), pytest.approx(1.0))


def test_independent_rows_are_as_good_as_many_questions():
    """Wilson's interval of 50 successes in 100 is 0.404 to 0.596."""
    wilson = (pytest.approx(0.404, abs=0.002), pytest.approx(0.596, abs=0.002))
    assert statistics.share_interval([0.0, 1.0] * 50, of=1) == wilson
    wider = statistics.share_interval([0.0, 1.0] * 5, of=10)
    assert wider[0] < 0.3 < 0.7 < wider[1]
