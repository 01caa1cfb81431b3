"""Statements that are sent together, and waited for once.

psycopg's pipeline makes a cursor of each statement and sends it at once, so that the
server wakes for each. For look-ups that takes longer than the look-up itself
(DECISIONS.md, "one packet").
"""

import re
from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from headrace.resources.postgres.sessions.session import Session

T = TypeVar("T")

_PARAMETER = re.compile(rb"%\((\w+)\)s|%%")
_KEPT_STATEMENTS = 512


class _Numbered(NamedTuple):
    """A statement whose parameters are $1, $2 and so on, and their names."""

    text: bytes
    names: tuple[str, ...]


def with_prepared(session: Session, work: Callable[[], T]) -> T:
    """What `work` returns; done once more where prepared statements are gone.

    psycopg deallocates all of a session, those of batches too, after it rolled back a
    transaction.
    """
    try:
        return work()
    except psycopg.errors.InvalidSqlStatementName:
        if not session.prepared.forget():
            raise
        session.rollback()
    return work()


class Batch:
    """A pipeline of a session, as a context manager.

    After an error, PostgreSQL carries out nothing that was sent with it and after it.
    """

    def __init__(self, session: Session):
        self._session = session
        self._connection = session.pgconn
        self._transformer = Transformer(session)
        self._prepared = session.prepared
        self._pending = 0
        self._is_synced = False
        #: What this batch has prepared, which counts once it is known to be there.
        self._new: dict[tuple, bytes] = {}

    def __enter__(self) -> Self:
        self._connection.enter_pipeline_mode()
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self._is_synced and self._connection.status == ConnStatus.OK:
                self.answers()
        except psycopg.Error:
            if error is None:
                raise
        finally:
            self._leave()

    def add(self, command: bytes) -> None:
        """Send a command without parameters, whose rows are not wanted."""
        self._connection.send_query_params(command, None)
        self._pending += 1

    def ask(self, text: bytes, values: Mapping[str, Any], binary: bool = False) -> int:
        """Send a statement, and return the place of its result among those awaited.

        Args:
            text: with parameters as psycopg writes them, "%(name)s".
            values: of the parameters, and others.
            binary: whether rows come in binary form.
        """
        numbered = _numbered(text)
        given = [values[name] for name in numbered.names]
        packed = self._transformer.dump_sequence(given, [PyFormat.AUTO] * len(given))
        types, formats = self._transformer.types or (), self._transformer.formats
        wanted = Format.BINARY if binary else Format.TEXT
        name = self._name((numbered.text, types))
        if name is None:
            self._connection.send_query_params(numbered.text, packed, types, formats, wanted)
        else:
            self._connection.send_query_prepared(name, packed, formats, wanted)
        self._pending += 1
        return self._pending - 1

    def answers(self, is_last: bool = True) -> list[PGresult]:
        """The results of all that was sent since the last time.

        Args:
            is_last: whether nothing else is going to be sent.
        Raises:
            psycopg.Error: PostgreSQL refused one of them, or the connection is lost.
        """
        if is_last:
            self._connection.pipeline_sync()
            self._is_synced = True
            self._pending += 1
        else:
            self._connection.send_flush_request()
        count, self._pending = self._pending, 0
        new, self._new = self._new, {}
        results = self._session.wait(_received(self._connection, count))
        self._prepared.names |= new
        return results

    def rows(self, result: PGresult) -> list[tuple]:
        """The rows of a result; [] for a statement that returns none."""
        if not result.nfields:
            return []
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _name(self, key: tuple) -> bytes | None:
        """The name of a statement that is prepared, or has been sent often enough."""
        name = self._prepared.names.get(key) or self._new.get(key)
        threshold = self._session.prepare_threshold
        if name or threshold is None:
            return name
        self._prepared.sent[key] += 1
        if self._prepared.sent[key] <= threshold:
            return None
        text, types = key
        self._prepared.count += 1
        name = b"headrace_%d" % self._prepared.count
        self._connection.send_prepare(name, text, types)
        self._pending += 1
        self._new[key] = name
        return name

    def _leave(self) -> None:
        """End the pipeline; close a session that has not received all."""
        if self._connection.status != ConnStatus.OK:
            return
        try:
            self._connection.exit_pipeline_mode()
        except psycopg.OperationalError:
            self._session.close()


def _received(connection: PGconn, count: int) -> Generator[Wait, Ready, list[PGresult]]:
    """The next results, once all is sent.

    Raises:
        psycopg.Error: that of the first result that is one.
    """
    results: list[PGresult] = []
    failed: PGresult | None = None
    try:
        while connection.flush():
            ready = yield Wait.RW
            if ready & Ready.R:
                connection.consume_input()
        while len(results) < count:
            while connection.is_busy():
                if (yield Wait.R):
                    connection.consume_input()
            result = connection.get_result()
            if result is None:
                if connection.status != ConnStatus.OK:
                    raise psycopg.OperationalError("the connection is lost")
                continue
            results.append(result)
            if result.status == ExecStatus.FATAL_ERROR:
                failed = failed or result
    except psycopg.OperationalError:
        if failed is None:
            raise
    if failed is not None:
        raise error_from_result(failed)
    return results


@lru_cache(maxsize=_KEPT_STATEMENTS)
def _numbered(text: bytes) -> _Numbered:
    names: list[str] = []

    def number(found: re.Match[bytes]) -> bytes:
        if found[0] == b"%%":
            return b"%"
        name = found[1].decode()
        if name not in names:
            names.append(name)
        return b"$%d" % (names.index(name) + 1)

    numbered = _PARAMETER.sub(number, text)
    return _Numbered(numbered, tuple(names))
