"""Text that is foreign, old or nobody's is found in what a question returns."""

from dataclasses import replace

import pytest

from headrace.measuring.kills.documents import Version
from headrace.measuring.kills.operations import Operation
from headrace.measuring.stalls.answers import Asked, Quote, untrue
from headrace.measuring.stalls.history import History
from support.known_documents import FIRST, SECOND

NEWER = replace(FIRST, paragraphs=((0, 5), (1, 6), (2, 5)))
#: Of another tenant, with the id of one of ours.
THEIRS = replace(FIRST, paragraphs=((0, 9), (1, 9)))


def quote(state: Version, start: int = 0, end: int = 40) -> Quote:
    return Quote(state.document_id, start, end, state.document.text[start:end])


@pytest.fixture
def history() -> History:
    """FIRST is stored at 10 and replaced at 20 by NEWER; another tenant has THEIRS."""
    history = History()
    for tenant, state, now in (("ours", FIRST, 9), ("theirs", THEIRS, 9), ("ours", NEWER, 19)):
        operation = Operation("ingest", tenant, {state.document_id: state})
        history.begin(operation, now)
        history.done(operation, now + 1)
    return history


def kinds(history: History, quoted: Quote, began: float, ended: float) -> list[str]:
    return [one.kind for one in untrue([quoted], Asked("ours", began, ended), history)]


CHANGED = slice(NEWER.document.text.index("w0d1p1v6"), NEWER.document.text.index("w0d1p2"))


def test_what_is_stored_is_true(history):
    assert kinds(history, quote(FIRST), 12, 13) == []
    assert kinds(history, quote(NEWER, CHANGED.start, CHANGED.stop), 21, 22) == []


def test_while_a_document_changes_both_states_are_true(history):
    assert kinds(history, quote(FIRST, CHANGED.start, CHANGED.stop), 19.5, 20.5) == []
    assert kinds(history, quote(NEWER, CHANGED.start, CHANGED.stop), 19.5, 20.5) == []


def test_text_of_another_tenant_is_foreign_also_under_an_id_of_ours(history):
    assert kinds(history, quote(THEIRS), 12, 13) == ["foreign"]


def test_text_that_was_replaced_before_the_question_is_wrong(history):
    old = quote(FIRST, CHANGED.start, CHANGED.stop)
    assert kinds(history, old, 21, 22) == ["wrong"]


def test_text_at_another_place_and_of_an_unknown_document_is_wrong(history):
    assert kinds(history, quote(FIRST)._replace(start=1, end=41), 12, 13) == ["wrong"]
    assert kinds(history, quote(SECOND), 12, 13) == ["wrong"]


def test_what_was_removed_is_wrong_and_after_a_call_that_raised_it_may_be_either(history):
    removal = Operation("remove", "ours", {NEWER.document_id: None})
    history.begin(removal, 30)
    assert kinds(history, quote(NEWER), 40, 41) == []
    assert history.possible("ours") == {NEWER.document_id: [NEWER, None]}
    history.begin(removal, 50)
    history.done(removal, 51)
    assert kinds(history, quote(NEWER), 52, 53) == ["wrong"]
    assert history.possible("ours") == {NEWER.document_id: [None]}


def test_a_document_is_certain_when_no_other_state_is_possible(history):
    assert history.is_certain("ours", NEWER) and not history.is_certain("ours", FIRST)
    history.begin(Operation("update", "ours", {FIRST.document_id: FIRST}), 30)
    assert not history.is_certain("ours", NEWER)
