"""The process that searches all there is while something may be killed."""

import time
from contextlib import suppress
from multiprocessing.connection import Connection

from headrace.measuring.kills.documents import disagree, documents_of, everything, opened
from headrace.measuring.kills.messages import Searched, Seen, Unread
from headrace.measuring.kills.operations import TENANTS
from headrace.measuring.kills.work import Tell, prepare_process, telling
from headrace.pipeline import Pipeline
from headrace.settings import Settings

_READER = "headrace-kills-reader"
_PAUSE_S = 0.05


def read(connection: Connection, settings: Settings) -> None:
    """The reader process.

    It searches all of each tenant again and again. It tells `ReaderMessage`s: `Seen`
    for what it sees for the first time, and `Unread` where a search raises. Asked
    anything, it answers `Searched`.
    """
    prepare_process(_READER)
    settings = settings.model_copy(update={"understanding": "off"})
    with suppress(EOFError, OSError), opened(settings) as rag:  # the parent is gone
        reader = _Reader(rag, telling(connection))
        while True:
            for tenant in TENANTS:
                reader.search(tenant)
            if connection.poll():
                connection.recv()
                reader.answer()


class _Reader:
    def __init__(self, rag: Pipeline, tell: Tell):
        self._rag = rag
        self._tell = tell
        self._seen: set[Seen] = set()
        self._searches = 0
        self._of_two_moments = 0

    def search(self, tenant: str) -> None:
        """Searches all of a tenant, and tells what is new."""
        try:
            found = everything(self._rag, tenant)
        except Exception as error:
            self._tell(Unread(f"{type(error).__name__}: {error}"))
            time.sleep(_PAUSE_S)
            return
        documents = {node: documents_of(hits) for node, hits in found.items()}
        self._searches += 1
        self._of_two_moments += disagree(*documents.values())
        for node, of_node in documents.items():
            for document_id, markers in of_node.items():
                seen = Seen(tenant, node, document_id, markers)
                if seen not in self._seen:
                    self._seen.add(seen)
                    self._tell(seen)

    def answer(self) -> None:
        """Tells how many searches there were since the last answer."""
        self._tell(Searched(self._searches, self._of_two_moments))
        self._searches = 0
        self._of_two_moments = 0
