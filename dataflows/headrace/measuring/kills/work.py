"""The process that writes and asks while something may be killed."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from headrace.measuring.kills.documents import EVERYWHERE, Version, opened, source
from headrace.measuring.kills.messages import Begun, Done, Ended, Failed
from headrace.measuring.kills.operations import WRITERS, Drawing, Operation, Turn
from headrace.pipeline import Pipeline
from headrace.settings import Settings

Tell = Callable[[Any], None]

#: What the worker's connections are called, so that the server can be asked whether
#: they are gone.
WORKER = "headrace-kills-worker"


def work(connection: Connection, settings: Settings) -> None:
    """The worker process.

    It is given a `Turn`, and writes and asks without end until it is told to stop, a
    call raises, or it is killed. It tells `WorkerMessage`s: `Begun` before each call,
    `Done` or `Failed` after it, and `Ended` when all writers have stopped.
    """
    prepare_process(WORKER)
    tell = telling(connection)
    with suppress(EOFError, OSError):  # the parent is gone
        while True:
            _work_a_turn(connection, settings, tell)


def _work_a_turn(connection: Connection, settings: Settings, tell: Tell) -> None:
    turn = connection.recv()
    stop = threading.Event()
    with opened(settings) as rag:
        writers = [Writer(number, turn, rag, tell, stop) for number in range(WRITERS)]
        threads = [threading.Thread(target=writer.run, daemon=True) for writer in writers]
        for thread in threads:
            thread.start()
        connection.recv()  # whatever it is, it means to stop
        stop.set()
        for thread in threads:
            thread.join()
    tell(Ended())


class Writer:
    """One thread of the worker."""

    def __init__(self, number: int, turn: Turn, rag: Pipeline, tell: Tell, stop: threading.Event):
        self._number = number
        self._rag = rag
        self._tell = tell
        self._stop = stop
        self._drawing = Drawing(number, turn)

    def run(self) -> None:
        """Does one operation after the other."""
        while not self._stop.is_set():
            operation = self._drawing.next()
            self._tell(Begun(self._number, operation))
            try:
                complaint = self._done(operation)
            except Exception as error:
                self._tell(Failed(self._number, f"{type(error).__name__}: {error}"))
                return
            self._tell(Done(self._number, complaint))
            self._drawing.done(operation)

    def _done(self, operation: Operation) -> str:
        """Asks it of the pipeline; "" or what is wrong with the answer."""
        if operation.asked is not None:
            return self._asked(operation.asked, operation.tenant)
        if operation.files:
            operation.files.write()
            folder = operation.files.folder
            outcomes = self._rag.ingest([folder], operation.tenant, prune="all")
        elif operation.kind == "remove":
            sources = [source(name) for name in operation.changes]
            outcomes = self._rag.remove(sources, operation.tenant)
        else:
            documents = [state.document for state in operation.changes.values() if state]
            outcomes = self._rag.ingest(documents, operation.tenant)
        failed = []
        for outcome in operation.failed(outcomes):
            failed.append(f"{outcome.document_id or outcome.source}: {outcome.reason}")
        return f"{operation.kind} failed: {failed}" if failed else ""

    def _asked(self, state: Version, tenant: str) -> str:
        marker = self._drawing.random.choice(state.markers)
        self._rag.ask(f"What is said about {EVERYWHERE} {marker}?", tenant)
        hits = self._rag.run(["keyword_hits"], question=marker, tenant=tenant)["keyword_hits"]
        found = [hit.chunk.document_id for hit in hits]
        return "" if found == [state.document_id] else f"a question about {marker} found {found}"


def prepare_process(name: str) -> None:
    """Names the connections of this process, and keeps it quiet.

    Ctrl-C is for the parent, and what the pool logs about a dead server is expected
    here.
    """
    os.environ["PGAPPNAME"] = name
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)


def telling(connection: Connection) -> Tell:
    """A function that sends messages; those of several threads one after the other."""
    lock = threading.Lock()

    def tell(message: Any) -> None:
        with lock:
            connection.send(message)

    return tell
