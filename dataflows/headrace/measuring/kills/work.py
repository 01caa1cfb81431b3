"""The work that is going on when something is killed (`kills.py`): a process that writes and asks, and one that reads."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from random import Random
from typing import Any

from headrace.measuring.kills.documents import (
    EVERYWHERE,
    Version,
    disagree,
    documents_of,
    everything,
    opened,
    source,
)
from headrace.pipeline import Pipeline
from headrace.settings import Settings

TENANTS = ("kills-a", "kills-b")
WRITERS = 2
#: What the worker's connections are called, so that the server can be asked whether they are gone.
WORKER = "headrace-kills-worker"
_DOCUMENTS = 25  # of a writer in a tenant at most, beside those that are written many at once
_MANY = 66  # more than a block of ingestion holds
#: What is asked of the pipeline, and how often each, relative to the others.
OPERATIONS = {"ingest": 4, "update": 6, "rewrite": 2, "many": 1, "remove": 3, "question": 4}
_PAUSE_S = 0.05


@dataclass(frozen=True)
class Operation:
    """Something that is asked of the pipeline.

    Attributes:
        changes: the documents' new states by id; None: removed.
        asked: the document that a question is about.
    """

    kind: str
    tenant: str
    changes: Mapping[str, Version | None] = field(default_factory=dict)
    asked: Version | None = None


@dataclass(frozen=True)
class Turn:
    """What a worker is given to begin with: how things stand, and what was interrupted and is to be done again."""

    seed: str
    states: Mapping[str, Mapping[str, Version]]  # tenant -> document id -> state
    again: tuple[Operation, ...] = ()


# -------------------------------------------------------------------------------------------------------------- writing


def work(connection: Connection, settings: Settings) -> None:
    """The worker process: at every turn it writes and asks without end, until it is told to stop, cannot go on, or is killed.

    It tells ("begun", writer, operation) before and ("done", writer, complaint or "") after each call, ("failed", writer, reason) where one
    raised, and ("ended",) when all writers have stopped.
    """
    _prepare_process(WORKER)
    tell = _teller(connection)
    with suppress(EOFError, OSError):  # the parent is gone
        while True:
            turn = connection.recv()
            stop = threading.Event()
            with opened(settings) as rag:
                writers = [Writer(number, turn, rag, tell, stop) for number in range(WRITERS)]
                threads = [threading.Thread(target=writer.run, daemon=True) for writer in writers]
                for thread in threads:
                    thread.start()
                connection.recv()  # to stop
                stop.set()
                for thread in threads:
                    thread.join()
            tell("ended")


class Writer:
    """One thread of the worker, with documents of its own in every tenant."""

    def __init__(
        self,
        number: int,
        turn: Turn,
        rag: Pipeline,
        tell: Callable[..., None],
        stop: threading.Event,
    ):
        self._number, self._rag, self._tell, self._stop = number, rag, tell, stop
        self._random = Random(f"{turn.seed} {number}")
        self._again = [
            operation
            for operation in turn.again
            if operation.changes and _writer(operation) == number
        ]
        self._states = {
            tenant: {
                name: state for name, state in turn.states[tenant].items() if state.writer == number
            }
            for tenant in TENANTS
        }

    def run(self) -> None:
        """One operation after the other."""
        while not self._stop.is_set():
            operation = self._again.pop() if self._again else self.drawn()
            self._tell("begun", self._number, operation)
            try:
                complaint = self._done(operation)
            except Exception as error:
                self._tell("failed", self._number, f"{type(error).__name__}: {error}")
                return
            self._tell("done", self._number, complaint)
            for name, state in operation.changes.items():
                self._states[operation.tenant].pop(name, None)
                if state is not None:
                    self._states[operation.tenant][name] = state

    def drawn(self) -> Operation:
        """The next operation, by the seed."""
        random = self._random
        tenant = random.choice(TENANTS)
        states = self._states[tenant]
        single = [state for state in states.values() if state.number >= _MANY]
        kind = random.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
        if kind == "many":
            return self._many(tenant, states)
        if kind == "ingest" or not single:
            free = [
                number
                for number in range(_MANY, _MANY + _DOCUMENTS)
                if f"w{self._number}d{number}" not in states
            ]
            chosen = random.sample(free, min(len(free), random.randint(1, 5)))
            # A version that no earlier document of the same id had, so that what is left of one that was removed would be seen.
            new = [
                self._written(number, random.randrange(10**9), random.randint(1, 4))
                for number in chosen
            ]
            return Operation("ingest", tenant, {state.document_id: state for state in new})
        if kind == "question":
            return Operation("question", tenant, asked=random.choice(single))
        chosen = random.sample(single, min(len(single), random.randint(1, 3)))
        if kind == "remove":
            return Operation("remove", tenant, {state.document_id: None for state in chosen})
        changed = [
            self._updated(state) if kind == "update" else self._rewritten(state) for state in chosen
        ]
        return Operation(kind, tenant, {state.document_id: state for state in changed})

    def _many(self, tenant: str, states: Mapping[str, Version]) -> Operation:
        version = self._random.randrange(10**9)
        ids = [f"w{self._number}d{number}" for number in range(_MANY)]
        if all(name in states for name in ids) and self._random.random() < 0.3:
            return Operation("remove", tenant, dict.fromkeys(ids[:20]))
        return Operation(
            "many",
            tenant,
            {name: self._written(number, version, 1) for number, name in enumerate(ids)},
        )

    def _written(self, number: int, version: int, paragraphs: int) -> Version:
        return Version(
            self._number,
            number,
            version,
            tuple((paragraph, version) for paragraph in range(paragraphs)),
        )

    def _rewritten(self, state: Version) -> Version:
        return self._written(state.number, state.version + 1, self._random.randint(1, 4))

    def _updated(self, state: Version) -> Version:
        """One paragraph written anew, put in front, or left out."""
        version, paragraphs = state.version + 1, list(state.paragraphs)
        place, what = self._random.randrange(len(paragraphs)), self._random.random()
        if what < 0.2 and len(paragraphs) < 5:
            paragraphs.insert(0, (max(number for number, _ in paragraphs) + 1, version))
        else:
            paragraphs[place] = (paragraphs[place][0], version)
            if what > 0.8 and len(paragraphs) > 1:
                del paragraphs[place - 1]
        return replace(state, paragraphs=tuple(paragraphs))

    def _done(self, operation: Operation) -> str:
        """Asks it of the pipeline; "" or what is wrong with the answer."""
        if operation.asked is not None:
            return self._asked(operation.asked, operation.tenant)
        if operation.kind == "remove":
            outcomes = self._rag.remove(
                [source(name) for name in operation.changes], operation.tenant
            )
        else:
            outcomes = self._rag.ingest(
                [state.document for state in operation.changes.values() if state], operation.tenant
            )
        failed = [
            f"{outcome.document_id}: {outcome.reason}"
            for outcome in outcomes
            if outcome.status == "failed"
        ]
        return f"{operation.kind} failed: {failed}" if failed else ""

    def _asked(self, state: Version, tenant: str) -> str:
        marker = self._random.choice(state.markers)
        self._rag.ask(f"What is said about {EVERYWHERE} {marker}?", tenant)
        hits = self._rag.run(["keyword_hits"], question=marker, tenant=tenant)["keyword_hits"]
        found = [hit.chunk.document_id for hit in hits]
        return "" if found == [state.document_id] else f"a question about {marker} found {found}"


def _writer(operation: Operation) -> int:
    """Whose operation it is: document ids begin with w and the writer's number."""
    return int(next(iter(operation.changes))[1:].partition("d")[0])


# -------------------------------------------------------------------------------------------------------------- reading


def read(connection: Connection, settings: Settings) -> None:
    """The reader process: searches all of each tenant, again and again, and tells what it saw for the first time.

    It tells ("seen", tenant, node, document id, markers) and ("unread", reason) where a search raised; asked anything, it answers
    ("read", number of searches since, how many of them were of two moments).
    """
    _prepare_process("headrace-kills-reader")
    tell = _teller(connection)
    seen: set[tuple] = set()
    searches = of_two_moments = 0
    with (
        suppress(EOFError, OSError),
        opened(settings.model_copy(update={"understanding": "off"})) as rag,
    ):
        while True:
            for tenant in TENANTS:
                try:
                    found = everything(rag, tenant)
                except Exception as error:
                    tell("unread", f"{type(error).__name__}: {error}")
                    threading.Event().wait(_PAUSE_S)
                    continue
                documents = {node: documents_of(hits) for node, hits in found.items()}
                searches += 1
                of_two_moments += disagree(*documents.values())
                new = {
                    (tenant, node, *document)
                    for node, of_node in documents.items()
                    for document in of_node.items()
                } - seen
                seen |= new
                for observation in new:
                    tell("seen", *observation)
            if connection.poll():
                connection.recv()
                tell("read", searches, of_two_moments)
                searches = of_two_moments = 0


def _prepare_process(name: str) -> None:
    """Ctrl-C is the parent's; what the pool logs about a dead server is expected here."""
    os.environ["PGAPPNAME"] = name
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)


def _teller(connection: Connection) -> Callable[..., None]:
    """Sends messages, of several threads one after the other."""
    lock = threading.Lock()

    def tell(*message: Any) -> None:
        with lock:
            connection.send(message)

    return tell
