"""Calls that went wrong are found, and those that went right are not."""

import pytest

from headrace.measuring.kills.check import Violation
from headrace.measuring.stalls.calls import RECOVERY_S, SPARE_S, Call, Window, faults, recoveries

LIMIT_S = 3.0
TROUBLE = Window("cut", 100.0, 104.0)


def call(kind: str, began: float, seconds: float, outcome="answered", error="", wrong=()) -> Call:
    return Call(kind, "acme", began, began + seconds, outcome, error, tuple(wrong))


def kinds(one: Call) -> list[str]:
    return [violation.kind for violation in faults([one], [TROUBLE], LIMIT_S)]


def test_an_answer_within_its_time_is_right():
    assert kinds(call("ask", 10, LIMIT_S + SPARE_S - 0.1)) == []


def test_an_error_that_is_none_of_ours_is_a_violation_at_any_time():
    error = "OperationalError: server closed the connection"
    assert kinds(call("ask", 10, 1, "untyped", error)) == ["untyped"]
    assert kinds(call("ingest", 101, 1, "untyped", error)) == ["untyped"]


@pytest.mark.parametrize("began", [10.0, TROUBLE.ended + RECOVERY_S + 0.1])
def test_a_refusal_is_a_violation_while_postgresql_is_there(began):
    assert kinds(call("update", began, 1, "refused", "DatabaseAway: gone")) == ["refused"]


@pytest.mark.parametrize("began", [TROUBLE.began - 0.5, 102, TROUBLE.ended + RECOVERY_S - 0.1])
def test_a_refusal_is_none_during_a_trouble_and_shortly_after_it(began):
    assert kinds(call("update", began, 1, "refused", "DatabaseAway: gone")) == []


@pytest.mark.parametrize("outcome", ["answered", "refused"])
def test_a_question_that_takes_longer_than_its_limit_and_a_second_is_late(outcome):
    late = call("stream", 100, LIMIT_S + SPARE_S + 0.1, outcome, "DatabaseTimeout: waited")
    (violation,) = faults([late], [TROUBLE], LIMIT_S)
    assert violation.kind == "late" and "during cut" in violation.what


def test_a_change_has_no_such_limit_but_must_end():
    assert kinds(call("ingest", 100, LIMIT_S * 5)) == []
    assert kinds(call("ingest", 100, 60, "hanging")) == ["hanging"]


def test_what_is_wrong_with_an_answer_is_passed_on():
    foreign = Violation("foreign", "acme was given another's text")
    assert kinds(call("ask", 10, 1, wrong=[foreign])) == ["foreign"]


def test_recovery_is_the_time_to_the_first_answer_to_a_later_question():
    later = Window("lock", 110.0, 112.0)
    calls = [
        call("ask", 103, 1.5),
        call("ask", 104.5, 0.25, "refused"),
        call("ingest", 104.1, 0.1),
        call("search", 105, 0.5),
        call("ask", 106, 0.1),
    ]
    assert list(recoveries(calls, [TROUBLE])) == [1.5]
    assert list(recoveries(calls, [TROUBLE, later])) == [1.5]
    assert list(recoveries(calls, [TROUBLE, Window("halt", 105.2, 107)])) == []
