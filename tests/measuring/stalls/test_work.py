"""What a thread of the worker notes of its calls."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from headrace.errors import DatabaseAway, DatabaseTimeout, SourceError
from headrace.measuring.kills.operations import Operation, Turn
from headrace.measuring.stalls.calls import Call
from headrace.measuring.stalls.history import History
from headrace.measuring.stalls.work import Caller
from headrace.types import Outcome
from support.known_documents import FIRST, SECOND

#: Of another tenant, which has it under the same id.
THEIRS = SECOND


class Pipeline:
    """A fake: every call gives or raises the same, and ends the thread's work."""

    def __init__(self, result: Any, stop: threading.Event):
        self.result = result
        self._stop = stop

    def _called(self, *given: Any, **named: Any) -> Any:
        self._stop.set()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    ask = stream = run = ingest = remove = _called


def called(kind: str, result: Any, history: History | None = None) -> Call:
    """What is noted of one call."""
    stop = threading.Event()
    turn = Turn("seed", {"ours": {FIRST.document_id: FIRST}}, (), {kind: 1}, 8)
    # FIRST is one of those that are written many at once; questions are about others.
    asked = Operation("question", "ours", asked=FIRST) if kind == "question" else None
    caller = Caller(0, turn, Pipeline(result, stop), history or History(), stop)
    if asked:
        caller._drawing.next = lambda: asked
    caller.run()
    (call,) = caller.told()
    return call


@pytest.mark.parametrize("kind", ["question", "ingest"])
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DatabaseAway("it is away"), "refused"),
        (DatabaseTimeout("it took too long"), "refused"),
        (SourceError("it is no document"), "untyped"),
        (ConnectionError("reset by peer"), "untyped"),
        (KeyError("row"), "untyped"),
    ],
)
def test_only_our_errors_about_the_database_are_refusals(kind, error, outcome):
    call = called(kind, error)
    assert call.outcome == outcome and call.error.startswith(type(error).__name__)


def test_after_a_call_that_raised_both_states_are_possible_and_after_one_that_returned_one():
    history = History()
    called("ingest", DatabaseAway("it is away"), history)
    (states, *_) = history.possible("ours").values()
    assert len(states) == 2 and states[0] is None
    history = History()
    called("ingest", [], history)
    (states, *_) = history.possible("ours").values()
    assert len(states) == 1 and states[0] is not None


def test_a_sound_document_that_fails_is_a_violation():
    failed = Outcome("w0d66", "there", "failed", reason="PostgreSQL refuses it")
    (violation,) = called("ingest", [failed]).violations
    assert violation.kind == "refused" and "PostgreSQL refuses it" in violation.what


@pytest.fixture
def history() -> History:
    """FIRST is ours, THEIRS another tenant's."""
    history = History()
    for tenant, state in (("ours", FIRST), ("theirs", THEIRS)):
        operation = Operation("ingest", tenant, {state.document_id: state})
        history.begin(operation, 0.0)
        history.done(operation, 1.0)
    return history


def hit(state: Any) -> Any:
    text = state.document.text
    chunk = SimpleNamespace(document_id=state.document_id, start=0, end=len(text), text=text)
    return SimpleNamespace(chunk=chunk)


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        ([FIRST], set()),
        ([], {"wrong"}),
        ([FIRST, FIRST], {"wrong"}),
        ([FIRST, THEIRS], {"wrong", "foreign"}),
    ],
    ids=["its own", "lost", "doubled", "foreign"],
)
def test_a_search_that_finds_nothing_twice_or_anothers_is_a_violation(
    history, found, kinds, monkeypatch
):
    monkeypatch.setattr("headrace.measuring.stalls.work.QUESTIONS", ("search",))
    call = called("question", {"keyword_hits": [hit(state) for state in found]}, history)
    assert {violation.kind for violation in call.violations} == kinds
