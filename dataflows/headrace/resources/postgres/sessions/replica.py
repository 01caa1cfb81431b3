"""Questions answered from standbys that have what this process wrote.

Each question is asked at one server, since another one may hold other documents at that
moment. Standbys take turns; one that is too far behind is left alone.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import TypeVar

import psycopg

from headrace.errors import DatabaseAway, DatabaseConflict
from headrace.resources.postgres.sessions.allowance import Allowance
from headrace.resources.postgres.sessions.pool import Connections
from headrace.resources.postgres.sessions.session import Session

T = TypeVar("T")

#: A standby that could not be reached is tried again after this.
_PAUSE_S = 2.0
#: How far a standby is behind is asked this often.
_LOOK_S = 1.0
_WRITTEN = "SELECT pg_catalog.pg_current_wal_insert_lsn()::text"
_HAS_IT = "SELECT pg_catalog.pg_last_wal_replay_lsn() >= %s::pg_lsn"
#: Seconds since the last transaction that it has; 0 where it follows and has all that
#: it was sent. Its last transaction may be old because nobody writes.
_BEHIND = """
SELECT CASE
    WHEN NOT pg_catalog.pg_is_in_recovery() THEN 0
    WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn()
         AND EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) THEN 0
    ELSE extract(epoch FROM pg_catalog.now()
                 - coalesce(pg_catalog.pg_last_xact_replay_timestamp(),
                            pg_catalog.pg_postmaster_start_time()))
    END::float8"""

_logger = logging.getLogger(__name__)


class Standby:
    """Sessions of one standby, and what is known of it. For any number of threads."""

    def __init__(self, connections: Connections):
        self.connections = connections
        self._away_until = 0.0
        self._looked_at = float("-inf")
        self._behind_s = 0.0
        #: The place in the primary's log that it was last seen to have.
        self._has: str | None = None

    @property
    def is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def miss(self) -> None:
        """Leave it alone for a while: it could not be reached, or ended a query."""
        self.connections.drop_idle()
        self._away_until = time.monotonic() + _PAUSE_S

    def has(self, awaited: str | None, allowance: Allowance) -> bool:
        """Whether it has replayed a place in the primary's log."""
        if awaited is None or self._has == awaited:
            return True
        with self.connections.lent(allowance, "asking the standby") as session:
            row = session.execute(_HAS_IT, [awaited]).fetchone()
        if row is None or not row[0]:
            return False
        self._has = awaited
        return True

    def behind_s(self, allowance: Allowance) -> float:
        """How many seconds it is behind, asked once a second at most."""
        if time.monotonic() - self._looked_at >= _LOOK_S:
            with self.connections.lent(allowance, "asking the standby") as session:
                row = session.execute(_BEHIND).fetchone()
            self._behind_s = row[0] if row else 0.0
            self._looked_at = time.monotonic()
        return self._behind_s


class ReadingConnections:
    """Sessions for questions: of one of the standbys, or of the primary server.

    The primary is asked where no standby can be reached, has replayed what this process
    committed last, and is no further behind than it may be. Where the primary is away
    too, a standby that is behind is asked after all.

    Attributes:
        fingerprint: as of `Connections`; all servers hold the same.
        standbys: in the order of their addresses.
    """

    def __init__(self, primary: Connections, standbys: Sequence[Connections], limit_s: float):
        """
        Args:
            limit_s: seconds that a standby may be behind.
        """
        self.fingerprint = primary.fingerprint
        self.primary = primary
        self.standbys = [Standby(one) for one in standbys]
        self._limit_s = limit_s
        self._turns = count()
        #: A place in the primary's log that questions must see.
        self._awaited: str | None = None

        primary.on_commit = self._note_commit

    def of_one_question(self) -> "QuestionConnections":
        """Those of one question, all of one server as long as it answers."""
        return QuestionConnections(self)

    @contextmanager
    def lent(self, allowance: Allowance, doing: str, *, writes: bool = False) -> Iterator[Session]:
        """As `Connections.lent`."""
        with self.of_one_question().lent(allowance, doing, writes=writes) as session:
            yield session

    def repeated(self, work: Callable[[], T]) -> T:
        """As `Connections.repeated`; at another server where one cannot be reached."""
        for _ in self.standbys:
            try:
                return work()
            except (DatabaseAway, DatabaseConflict) as error:
                _logger.warning("asking another server: %s", error)
        return self.primary.repeated(work)

    def note_commit(self, session: psycopg.Connection) -> None:
        """As `Connections.note_commit`; nothing is committed through these."""

    def close(self) -> None:
        """Close the sessions of the standbys."""
        for standby in self.standbys:
            standby.connections.close()

    def chosen(self, allowance: Allowance) -> Standby | None:
        """The standby whose turn it is; None where the primary is to be asked."""
        first = next(self._turns)
        count_all = len(self.standbys)
        behind = []
        for number in range(count_all):
            standby = self.standbys[(first + number) % count_all]
            if standby.is_away:
                continue
            try:
                if standby.has(self._awaited, allowance):
                    if standby.behind_s(allowance) <= self._limit_s:
                        return standby
                    behind.append(standby)
            except (DatabaseAway, DatabaseConflict) as error:
                _logger.warning("a standby is left alone: %s", error)
                standby.miss()
        return behind[0] if behind and not self.primary.is_there() else None

    def _note_commit(self, session: psycopg.Connection) -> None:
        """Let later questions see what was just committed on the primary server."""
        row = session.execute(_WRITTEN).fetchone()
        self._awaited = row[0] if row else None


class QuestionConnections:
    """Sessions for one question, of the same server as long as that answers.

    Attributes:
        fingerprint: as of `Connections`.
    """

    def __init__(self, servers: ReadingConnections):
        self.fingerprint = servers.fingerprint
        self._servers = servers
        self._choosing = threading.Lock()
        self._chosen: list[Standby | None] = []

    @contextmanager
    def lent(self, allowance: Allowance, doing: str, *, writes: bool = False) -> Iterator[Session]:
        """As `Connections.lent`."""
        with self._choosing:
            if not self._chosen:
                self._chosen.append(self._servers.chosen(allowance))
            (standby,) = self._chosen
        connections = standby.connections if standby else self._servers.primary
        try:
            with connections.lent(allowance, doing, writes=writes) as session:
                yield session
        except (DatabaseAway, DatabaseConflict):
            if standby:
                standby.miss()
            with self._choosing:
                if self._chosen == [standby]:
                    self._chosen.clear()
            raise

    def repeated(self, work: Callable[[], T]) -> T:
        """As `ReadingConnections.repeated`."""
        return self._servers.repeated(work)

    def note_commit(self, session: psycopg.Connection) -> None:
        """As `ReadingConnections.note_commit`."""
