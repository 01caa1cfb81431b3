"""Questions answered from a standby, as soon as it has what this process wrote."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg

from headrace.errors import DatabaseAway, DatabaseConflict
from headrace.resources.postgres.sessions.allowance import Allowance
from headrace.resources.postgres.sessions.pool import Connections
from headrace.resources.postgres.sessions.session import Session

T = TypeVar("T")

#: A standby that could not be reached is tried again after this.
_PAUSE_S = 2.0
_WRITTEN = "SELECT pg_catalog.pg_current_wal_insert_lsn()::text"
_HAS_IT = "SELECT pg_catalog.pg_last_wal_replay_lsn() >= %s::pg_lsn"

_logger = logging.getLogger(__name__)


class ReadingConnections:
    """Sessions for questions: of the standby, or of the primary server.

    The primary is asked while the standby cannot be reached, and until it has replayed
    what this process committed last.

    Attributes:
        fingerprint: as of `Connections`; both servers hold the same.
    """

    def __init__(self, primary: Connections, standby: Connections):
        self.fingerprint = primary.fingerprint
        self._primary = primary
        self._standby = standby
        #: A place in the primary's log that the standby has not been seen to have.
        self._awaited: str | None = None
        self._away_until = 0.0

        primary.on_commit = self._note_commit

    @contextmanager
    def lent(self, allowance: Allowance, doing: str, *, writes: bool = False) -> Iterator[Session]:
        """As `Connections.lent`."""
        is_away = time.monotonic() < self._away_until
        may_ask_standby = not is_away and self._is_current(allowance)
        connections = self._standby if may_ask_standby else self._primary
        with connections.lent(allowance, doing, writes=writes) as session:
            yield session

    def repeated(self, work: Callable[[], T]) -> T:
        """As `Connections.repeated`; the second time on the primary server.

        It is also called once more if the standby cannot be reached.
        """
        try:
            return work()
        except (DatabaseAway, DatabaseConflict) as error:
            _logger.warning("asking the primary server: %s", error)
            self._standby.drop_idle()
            self._away_until = time.monotonic() + _PAUSE_S
        return self._primary.repeated(work)

    def note_commit(self, session: psycopg.Connection) -> None:
        """As `Connections.note_commit`; nothing is committed through these."""

    def close(self) -> None:
        """Close the sessions of the standby."""
        self._standby.close()

    def _note_commit(self, session: psycopg.Connection) -> None:
        """Let later questions see what was just committed on the primary server."""
        row = session.execute(_WRITTEN).fetchone()
        self._awaited = row[0] if row else None

    def _is_current(self, allowance: Allowance) -> bool:
        """Whether the standby has what this process wrote."""
        awaited = self._awaited
        if awaited is None:
            return True
        with self._standby.lent(allowance, "asking the standby") as session:
            row = session.execute(_HAS_IT, [awaited]).fetchone()
        if row is None or not row[0]:
            return False
        if self._awaited == awaited:
            self._awaited = None
        return True
