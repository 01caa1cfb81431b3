"""Events of work in another thread, one by one."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from headrace.execution.streaming import streamed
from support.waiting import PATIENCE_S


def counting(put: Callable[[Any], None]) -> str:
    put(1)
    put(2)
    return "done"


def test_what_is_reported_comes_in_order_and_last_what_is_returned():
    assert list(streamed(counting)) == [1, 2, "done"]


def test_an_event_comes_while_the_work_goes_on():
    go_on = threading.Event()

    def work(put: Callable[[Any], None]) -> str:
        put("first")
        assert go_on.wait(PATIENCE_S)
        return "done"

    events = streamed(work)
    assert next(events) == "first"
    go_on.set()
    assert list(events) == ["done"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_an_error_is_raised_where_the_events_are_read(error):
    def work(put: Callable[[Any], None]) -> None:
        put("first")
        raise error

    events = streamed(work)
    assert next(events) == "first"
    with pytest.raises(type(error)):
        next(events)
