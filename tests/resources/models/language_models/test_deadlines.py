"""Deadlines of a call, whatever the service or the network does."""

import queue
import socket
import threading
import time

import pytest

from headrace.resources.models.deadlines import EventLoop, _arriving, background
from support.language_model_parts import assert_nothing_runs, failed
from support.messages_server import Hang, Stall, Status, Trickle


@pytest.mark.parametrize(
    ("behaviour", "partial"),
    [
        (Hang(), ""),
        (Hang(trickle=True), ""),
        (Stall(after=0), ""),
        (Stall(after=4), "The headrace"),
        (Trickle(after=4), "The headrace"),
    ],
)
def test_nothing_holds_a_call_past_its_deadline(serve, imported_sdk, behaviour, partial):
    serve(behaviour)
    start = time.monotonic()
    _, error = failed(timeout_s=0.4)
    assert 0.4 <= time.monotonic() - start < 20
    assert "no whole answer within 0.4 s; ask again, or raise timeout_s" in str(error)
    assert error.partial_text == partial
    assert_nothing_runs()


def test_not_even_a_name_lookup_that_never_returns_holds_a_call_past_its_deadline(
    environment, imported_sdk
):
    looked_up, release = threading.Event(), threading.Event()

    def getaddrinfo(*_, **__):
        looked_up.set()
        release.wait()
        raise OSError("too late")

    environment.setenv("ANTHROPIC_API_KEY", "test-key")
    environment.setenv("ANTHROPIC_BASE_URL", "http://nowhere.invalid")
    environment.setattr(socket, "getaddrinfo", getaddrinfo)
    start = time.monotonic()
    try:
        _, error = failed(timeout_s=0.4)
    finally:
        release.set()
    assert looked_up.is_set()
    assert "no whole answer within 0.4 s" in str(error)
    assert time.monotonic() - start < 20
    assert_nothing_runs()


def test_a_wait_that_would_pass_the_deadline_is_not_begun(serve):
    server = serve(Status(429, retry_after_s=3600))
    start = time.monotonic()
    _, error = failed()
    assert time.monotonic() - start < 10
    assert "429, said the test and asks to wait 3600 s" in str(error)
    assert len(server.requests) == 1


def test_a_deadline_that_passes_between_retries_says_what_the_service_last_answered(
    serve, imported_sdk
):
    serve(Status(529), Hang())
    _, error = failed(timeout_s=1.0)
    assert "no whole answer within 1 s (the service last answered 529)" in str(error)


def test_what_arrives_after_the_deadline_is_not_handed_on_however_much_it_is():
    items = queue.SimpleQueue()
    items.put("too late")
    assert [type(item) for item in _arriving(items, time.monotonic())] == [TimeoutError]


async def nothing():
    """A last work that does nothing."""


def test_work_that_cannot_even_be_cancelled_is_left_behind():
    release = threading.Event()

    async def work(put):
        put("one")
        release.wait()

    start = time.monotonic()
    loop = EventLoop()
    with background(loop, work, start + 0.2) as items:
        arrived = list(items)
    release.set()
    assert time.monotonic() - start < 20
    loop.close(nothing())
    assert (arrived[0], type(arrived[1])) == ("one", TimeoutError)
    assert_nothing_runs()
