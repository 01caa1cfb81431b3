"""The process with many threads that write and ask while PostgreSQL is in trouble."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection

from headrace.errors import DatabaseError
from headrace.measuring.kills.check import Violation
from headrace.measuring.kills.documents import EVERYWHERE, Version, opened, source
from headrace.measuring.kills.operations import Drawing, Kind, Operation, Turn
from headrace.measuring.kills.work import prepare_process, telling
from headrace.measuring.stalls.answers import Asked, Quote, quotes_of_answer, quotes_of_hits, untrue
from headrace.measuring.stalls.calls import QUESTIONS, Call, Outcome
from headrace.measuring.stalls.history import History, Possible
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Answer, CitationEvent, ResetEvent, TextEvent
from headrace.types import Outcome as Stored

THREADS = 16
TENANTS = ("stalls-a", "stalls-b", "stalls-c", "stalls-d")
#: What the worker's connections are called.
WORKER = "headrace-stalls-worker"
#: How long a call may take before it counts as hanging.
HANGING_S = 60.0

_KINDS: Mapping[Kind, int] = {"ingest": 3, "update": 4, "rewrite": 2, "remove": 2, "question": 20}
_DOCUMENTS = 8
#: A caller that was refused waits for so long, as one with any sense does.
_PAUSE_S = 0.1


@dataclass(frozen=True)
class Worked:
    """What the process tells at the end.

    Attributes:
        possible: by tenant, the states that each document may have now.
    """

    calls: list[Call]
    possible: dict[str, Possible]


def work(connection: Connection, settings: Settings) -> None:
    """The worker process.

    It is given a seed, tells "ready", works until it is told to stop, and tells
    `Worked`.
    """
    prepare_process(WORKER)
    tell = telling(connection)
    try:
        seed = connection.recv()
        with opened(settings) as rag:
            history = History()
            stop = threading.Event()
            turn = Turn(seed, {tenant: {} for tenant in TENANTS}, (), _KINDS, _DOCUMENTS)
            callers = [Caller(number, turn, rag, history, stop) for number in range(THREADS)]
            for caller in callers:
                caller.start()
            tell("ready")
            connection.recv()  # whatever it is, it means to stop
            stop.set()
            until = time.monotonic() + HANGING_S
            calls = []
            for caller in callers:
                caller.join(max(0.0, until - time.monotonic()))
                calls += caller.told()
            tell(Worked(calls, {tenant: history.possible(tenant) for tenant in TENANTS}))
    except (EOFError, OSError):  # the parent is gone
        return


class Caller(threading.Thread):
    """One thread of the worker, with documents of its own in every tenant."""

    def __init__(
        self, number: int, turn: Turn, rag: Pipeline, history: History, stop: threading.Event
    ):
        super().__init__(name=f"caller-{number}", daemon=True)
        self._rag = rag
        self._history = history
        self._stop_asked = stop
        self._drawing = Drawing(number, turn)
        self._calls: list[Call] = []
        #: The call that has not ended.
        self._open: Call | None = None

    def run(self) -> None:
        """Do one operation after the other."""
        while not self._stop_asked.is_set():
            operation = self._drawing.next()
            if operation.asked is not None:
                self._ask(operation.asked, operation.tenant)
            else:
                self._change(operation)

    def told(self) -> list[Call]:
        """All calls; one that has not ended is hanging."""
        hanging = self._open
        if hanging is None:
            return self._calls
        return [*self._calls, hanging._replace(ended=time.monotonic())]

    def _change(self, operation: Operation) -> None:
        """Store or remove documents."""
        self._history.begin(operation, time.monotonic())

        def change() -> list[Violation]:
            if operation.kind == "remove":
                sources = [source(name) for name in operation.changes]
                outcomes = self._rag.remove(sources, operation.tenant)
            else:
                documents = [state.document for state in operation.changes.values() if state]
                outcomes = self._rag.ingest(documents, operation.tenant)
            failed = operation.failed(outcomes)
            return [_refused(outcome) for outcome in failed]

        if self._made(operation.kind, operation.tenant, change) == "answered":
            self._history.done(operation, time.monotonic())
            self._drawing.done(operation)
        else:
            self._drawing.interrupted(operation)

    def _ask(self, state: Version, tenant: str) -> None:
        """Ask about a document in one of three ways."""
        marker = self._drawing.random.choice(state.markers)
        question = f"What is said about {EVERYWHERE} {marker}?"
        kind = self._drawing.random.choice(QUESTIONS)

        def search() -> list[Violation]:
            began = time.monotonic()
            hits = self._rag.run(["keyword_hits"], question=marker, tenant=tenant)["keyword_hits"]
            found = [hit.chunk.document_id for hit in hits]
            violations = self._untrue(quotes_of_hits(hits), tenant, began)
            if self._history.is_certain(tenant, state) and found != [state.document_id]:
                what = f"a search of {tenant} for {marker} found {found}"
                violations.append(Violation("wrong", what))
            return violations

        def ask() -> list[Violation]:
            began = time.monotonic()
            answer = self._rag.ask(question, tenant)
            return self._untrue(quotes_of_answer(answer), tenant, began)

        def stream() -> list[Violation]:
            began = time.monotonic()
            answer, violations = self._streamed(question, tenant)
            return violations + self._untrue(quotes_of_answer(answer), tenant, began)

        self._made(kind, tenant, {"search": search, "ask": ask, "stream": stream}[kind])

    def _streamed(self, question: str, tenant: str) -> tuple[Answer, list[Violation]]:
        """The answer at a stream's end; what came before must add up to it."""
        text = ""
        cited = []
        for event in self._rag.stream(question, tenant):
            match event:
                case TextEvent():
                    text += event.text
                case CitationEvent():
                    cited.append(event.citation)
                case ResetEvent():
                    text = ""
                    cited = []
                case Answer():
                    is_same = text.strip() == event.text and tuple(cited) == event.citations
                    what = f"a stream of {tenant} said {text!r}, and then {event.text!r}"
                    return event, [] if is_same else [Violation("wrong", what)]
        return Answer(question, "", False), [Violation("wrong", f"a stream of {tenant} had no end")]

    def _untrue(self, quotes: list[Quote], tenant: str, began: float) -> list[Violation]:
        return untrue(quotes, Asked(tenant, began, time.monotonic()), self._history)

    def _made(self, kind: str, tenant: str, call: Callable[[], list[Violation]]) -> Outcome:
        """Make a call, and note what became of it."""
        began = time.monotonic()
        self._open = Call(kind, tenant, began, began, "hanging")
        outcome: Outcome = "answered"
        error = ""
        violations: list[Violation] = []
        try:
            violations = call()
        except DatabaseError as refusal:
            outcome, error = "refused", f"{type(refusal).__name__}: {refusal}"
        except Exception as other:
            outcome, error = "untyped", f"{type(other).__name__}: {other}"
        ended = time.monotonic()
        made = Call(kind, tenant, began, ended, outcome, error, tuple(violations))
        self._calls.append(made)
        self._open = None
        if outcome != "answered":
            self._stop_asked.wait(_PAUSE_S)
        return outcome


def _refused(outcome: Stored) -> Violation:
    """A document that was sound and could not be stored, or was there and not found."""
    return Violation("refused", f"{outcome.document_id or outcome.source}: {outcome.reason}")
