"""What a run notes of its processes, and what counts as a violation."""

from dataclasses import replace

import pytest

from headrace.measuring.kills.ledger import Ledger
from headrace.measuring.kills.messages import Begun, Done, Failed, Seen
from headrace.measuring.kills.operations import Operation
from support.known_documents import FIRST, SECOND

NAME = FIRST.document_id
NEWER = replace(FIRST, paragraphs=((0, 5), (1, 6), (2, 5)))


@pytest.fixture
def ledger() -> Ledger:
    """It knows of one document in two versions."""
    ledger = Ledger()
    ledger.begin_turn()
    for state in (FIRST, NEWER):
        ledger.hear(Begun(0, Operation("update", "kills-a", {NAME: state})))
        ledger.hear(Done(0, ""))
    return ledger


def seen(*markers: str, document_id: str = NAME) -> Seen:
    return Seen("kills-a", "semantic_hits", document_id, markers)


@pytest.mark.parametrize(
    "markers",
    [
        (*FIRST.markers[:3], *NEWER.markers[3:]),
        FIRST.markers[:1],
        (*FIRST.markers, FIRST.markers[-1]),
        FIRST.markers[::-1],
        (*FIRST.markers, *NEWER.markers),
    ],
    ids=["a mix", "a part", "twice", "in another order", "both"],
)
def test_a_mix_of_versions_a_part_and_a_chunk_seen_twice_are_violations(ledger, markers):
    ledger.look_at(seen(*markers))
    assert ledger.violations == {"mixed": 1}
    assert f"semantic_hits of kills-a showed {NAME}" in ledger.examples[0]


def test_a_whole_version_is_none(ledger):
    ledger.look_at(seen(*FIRST.markers))
    ledger.look_at(seen(*NEWER.markers))
    assert not ledger.violations


def test_documents_that_nobody_was_asked_to_store_are_violations(ledger):
    ledger.look_at(seen("x", document_id="unknown"))
    assert ledger.violations == {"mixed": 1}


def test_a_call_that_failed_while_the_server_was_there_is_a_violation(ledger):
    ledger.hear(Failed(0, "OperationalError: deadlock detected"))
    assert not ledger.violations
    ledger.count_failures()
    assert ledger.violations == {"refused": 1} and not ledger.failures


def test_a_wrong_answer_is_a_violation(ledger):
    ledger.hear(Begun(1, Operation("question", "kills-a", asked=FIRST)))
    ledger.hear(Done(1, "a question found nothing"))
    assert ledger.violations == {"refused": 1} and ledger.counts["question"] == 1


def test_what_was_interrupted_may_be_done_or_not(ledger):
    removal = Operation("remove", "kills-a", {NAME: None})
    addition = Operation("ingest", "kills-a", {SECOND.document_id: SECOND})
    possible = ledger.possible("kills-a", [removal, addition])
    assert possible == {NAME: [NEWER, None], SECOND.document_id: [None, SECOND]}


@pytest.mark.parametrize(
    ("states", "name"),
    [
        ({}, "interrupted_absent"),
        ({NAME: FIRST}, "interrupted_partly"),
        ({NAME: FIRST, SECOND.document_id: SECOND}, "interrupted_whole"),
    ],
)
def test_an_interrupted_call_is_counted_by_what_is_found_of_its_documents(states, name):
    ledger = Ledger()
    both = {NAME: FIRST, SECOND.document_id: SECOND}
    ledger.count_interrupted(Operation("ingest", "kills-a", both), states)
    assert ledger.counts[name] == 1
    assert ledger.counts["documents_whole"] == len(states)
    assert ledger.counts["documents_absent"] == 2 - len(states)
