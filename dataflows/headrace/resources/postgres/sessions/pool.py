"""The application's sessions, lent one by one.

This is not `psycopg_pool`, for three reasons. A session is opened by whoever needs it,
so that a server that is away is said at once, and used again as soon as it is back: a
pool that opens sessions in the background waits longer after each failure, up to half a
minute. A wait ends when the question's time is up. And the session that came back last
is lent first, which is faster (DECISIONS.md, "warmest connection").
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Ping, TransactionStatus

from headrace.callers import check_caller
from headrace.errors import (
    DatabaseConflict,
    DatabaseError,
    DatabaseLost,
    DatabaseTimeout,
    HeadraceError,
)
from headrace.forking import renew_when_forked
from headrace.resources.postgres.arrays import register_arrays
from headrace.resources.postgres.sessions.allowance import Allowance
from headrace.resources.postgres.sessions.binding import check_bound
from headrace.resources.postgres.sessions.blockers import explained_wait
from headrace.resources.postgres.sessions.faults import away, fault
from headrace.resources.postgres.sessions.ping import ping
from headrace.resources.postgres.sessions.session import Session, TimeIsUp, open_session

T = TypeVar("T")

#: A session that nobody needed for so long is closed.
_IDLE_S = 600.0
#: A server's process grows with what it did, so it is not used for ever.
_AGE_S = 3600.0
_STARTING_S = 5.0
_LOOK_S = 0.05
#: How long a server may take to show that it is there, when the time is up.
_REPLY_S = 0.5

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Address:
    """Where sessions are opened, and how.

    Attributes:
        uri: for the application's login.
        admin_uri: for the login that owns the tables. It is asked who holds locks.
        is_pooled: whether a pooler in transaction mode answers. Then what is set for a
            session is lost.
        prepares: whether statements may stay prepared, which not every pooler keeps.
        revive: starts the server again; None for one that is not ours.
    """

    uri: str
    admin_uri: str
    is_pooled: bool = False
    prepares: bool = True
    revive: Callable[[], object] | None = None

    def opened(self, until: float) -> Session:
        """A new session, opened before `until`, by `time.monotonic`.

        A server that is just starting is waited for, for 5 s at most. One of ours that
        does not run is started again.

        Raises:
            DatabaseAway: the server cannot be reached.
            TimeIsUp: it can be, but too little time was left.
        """
        starting_until = min(until, time.monotonic() + _STARTING_S)
        may_revive = self.revive is not None
        while True:
            try:
                return self._opened(until)
            except TimeIsUp as error:
                if ping(self.uri, time.monotonic() + _REPLY_S) == Ping.OK:
                    raise
                raise away(self.uri, error) from error
            except psycopg.Error as error:
                state = ping(self.uri, until)
                if state == Ping.REJECT and time.monotonic() < starting_until:
                    time.sleep(_LOOK_S)
                elif state == Ping.NO_RESPONSE and may_revive and self.revive is not None:
                    self.revive()
                    may_revive = False
                else:
                    raise away(self.uri, error, answers=state == Ping.OK) from error

    def _opened(self, until: float) -> Session:
        threshold = 5 if self.prepares else None
        session = open_session(self.uri, until=until, prepare_threshold=threshold)
        session.deadline = until
        try:
            check_bound(session)
            register_arrays(session)
        except BaseException:
            session.close()
            raise
        return session


class Connections:
    """The application's sessions at one address.

    Nobody holds a session while asking for another one, so that any number of them
    cannot deadlock.

    Attributes:
        fingerprint: the address, without the password.
        on_commit: called with the session after a transaction that wrote.
    """

    def __init__(self, address: Address, at_most: int, *, lasting: bool = False):
        """
        Args:
            at_most: the number of sessions.
            lasting: whether they stay open however old they are, for what is made in
                them.
        """
        self.fingerprint = _without_password(address.uri)
        self.on_commit: Callable[[psycopg.Connection], None] | None = None
        self._address = address
        self._at_most = at_most
        self._oldest_s = float("inf") if lasting else _AGE_S
        self._idle_s = float("inf") if lasting else _IDLE_S
        #: Of the processes that this one was forked from: never used, never closed.
        self._inherited: list[object] = []
        self._is_closed = False
        self._begin()
        renew_when_forked(self)

    def _begin(self) -> None:
        self._free = threading.BoundedSemaphore(self._at_most)
        #: Those that nobody uses, each with the time when it came back, the last at the
        #: end.
        self._idle: deque[tuple[Session, float]] = deque()
        self._lent: set[Session] = set()

    def renew(self) -> None:
        """Leave the parent's sessions alone, after a fork."""
        self._inherited += [self._idle, self._lent]
        self._begin()

    @contextmanager
    def lent(self, allowance: Allowance, doing: str, *, writes: bool = False) -> Iterator[Session]:
        """Lend a session, in autocommit mode.

        Args:
            allowance: how long to wait for it and for its answers.
            doing: what it is for, to begin messages with.
            writes: whether it is for an ingest.
        Raises:
            DatabaseError: as `faults.fault` says, for errors that occur meanwhile.
        """
        with allowance.running() as deadline:
            session = None
            try:
                session = self._taken(deadline)
                yield session
            except TimeIsUp as error:
                check_caller()
                raise self._too_long(allowance, doing, writes) from error
            except psycopg.Error as error:
                named = fault(error, doing, session.info.user if session else "")
                if isinstance(named, DatabaseTimeout):
                    check_caller()
                    named = self._too_long(allowance, doing, writes)
                raise named from error
            finally:
                if session is not None:
                    self._returned(session)

    def repeated(self, work: Callable[[], T]) -> T:
        """What `work` returns. It is called once more if its connection was lost.

        It is also called once more if PostgreSQL ended its transaction in favour of
        another one.

        Args:
            work: lends itself a session. To do it twice must be as good as once.
        """
        try:
            return work()
        except DatabaseConflict as error:
            _logger.info("trying once more: %s", error)
        except DatabaseLost as error:
            _logger.warning("trying once more: %s", error)
            # A server that went away took all idle sessions with it.
            self.drop_idle()
        return work()

    @property
    def counts(self) -> tuple[int, int]:
        """How many sessions are lent, and how many wait for use."""
        return len(self._lent), len(self._idle)

    def is_there(self) -> bool:
        """Whether the server listens and takes sessions."""
        return ping(self._address.uri, time.monotonic() + _STARTING_S) == Ping.OK

    def note_commit(self, session: psycopg.Connection) -> None:
        """Say that a transaction that wrote has been committed."""
        if self.on_commit is not None:
            self.on_commit(session)

    def drop_idle(self) -> None:
        """Close the sessions that nobody uses."""
        self._drop_idle()

    def close(self) -> None:
        """Close the sessions; those that are lent when they come back."""
        self._is_closed = True
        self._drop_idle()

    def _taken(self, deadline: float) -> Session:
        """A session of the idle ones, or a new one; it is the caller's."""
        if self._is_closed:
            raise DatabaseError("the database was closed with its pipeline: open another one")
        if not self._free.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise TimeIsUp
        try:
            session = self._warmest() or self._address.opened(deadline)
        except BaseException:
            self._free.release()
            raise
        session.deadline = deadline
        self._lent.add(session)
        return session

    def _warmest(self) -> Session | None:
        with suppress(IndexError):  # none is idle
            session, _ = self._idle.pop()
            return session
        return None

    def _returned(self, session: Session) -> None:
        """Take a session back, in no transaction; one that is of no use is closed."""
        self._lent.discard(session)
        try:
            _end_transaction(session)
            is_old = time.monotonic() - session.opened_at > self._oldest_s
            if session.closed or is_old or self._is_closed:
                session.close()
            else:
                session.deadline = None
                self._idle.append((session, time.monotonic()))
            self._drop_idle(older_than=time.monotonic() - self._idle_s)
        finally:
            self._free.release()

    def _drop_idle(self, older_than: float = float("inf")) -> None:
        """Close the idle sessions that came back before a time; at first all."""
        with suppress(IndexError):  # none is idle any more
            while self._idle[0][1] <= older_than:
                session, _ = self._idle.popleft()
                session.close()

    def _too_long(self, allowance: Allowance, doing: str, writes: bool) -> HeadraceError:
        waited = explained_wait(self._address.admin_uri, writes=writes)
        return DatabaseTimeout(
            f"{doing} was given up, {allowance.setting} is {allowance.limit_s:g}: {waited}"
        )


def _end_transaction(session: Session) -> None:
    """End what is open; close the session if that cannot be done."""
    status = session.info.transaction_status
    try:
        if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            session.rollback()
        elif status != TransactionStatus.IDLE:
            session.close()
    except (psycopg.Error, TimeIsUp) as error:
        _logger.info("a session is closed, its transaction could not be ended: %s", error)
        session.close()


def _without_password(uri: str) -> str:
    place = conninfo_to_dict(uri)
    place.pop("password", None)
    return make_conninfo("", **place)
