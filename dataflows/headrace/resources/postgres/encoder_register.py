"""Whose vectors the database holds: the table `encoders`, and changing the active one.

An encoder has a role (sql/migrations/004_encoders.sql):

    active     questions and ingests use it
    filling    it is to become the active one
    kept       it was the active one before
    dropped    its vectors are being deleted

A question compares vectors of one encoder only, the one that its process was opened
with.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

import psycopg
from psycopg.rows import class_row

from headrace.errors import ModelError
from headrace.resources.postgres.locks import try_lock
from headrace.resources.postgres.rows import one_row
from headrace.resources.postgres.sessions.owner import owner_session
from headrace.resources.postgres.tenants.blockers import unblocked
from headrace.resources.postgres.vector_index import VectorIndex, locked
from headrace.types import Encoder, Progress

Role = Literal["active", "filling", "kept", "dropped"]

#: Held by the process that changes encoders.
_ONE_AT_A_TIME = "lock_encoder_change"
#: Ingests read this table until they end (sql/migrations/011_tenant_logins.sql).
_WAIT_FOR_WRITERS = "LOCK TABLE lock_encoder_writers IN ACCESS EXCLUSIVE MODE"
_LOCK_TABLE = "LOCK TABLE encoders IN SHARE ROW EXCLUSIVE MODE"
#: Lifts row-level security for the listing (sql/migrations/011_tenant_logins.sql).
_EVERY_TENANT = "SET LOCAL headrace.every_tenant = 'on'"
_TENANTS = """
SELECT tenant_id, sum(version)::bigint
FROM tenant_statistics GROUP BY tenant_id ORDER BY tenant_id"""
_EXCHANGE = """
UPDATE encoders SET role = CASE encoder_id WHEN %(next)s THEN 'active' ELSE 'kept' END
WHERE role = 'active' OR encoder_id = %(next)s"""


@dataclass(frozen=True)
class StoredEncoder:
    """A row of `encoders`. Its vectors have `dimension` numbers."""

    encoder_id: int
    name: str
    dimension: int
    role: Role

    @property
    def index(self) -> VectorIndex:
        return VectorIndex(self.encoder_id, self.dimension)


def stored_encoders(connection: psycopg.Connection) -> list[StoredEncoder]:
    """All encoders of the database, the oldest first."""
    every = "SELECT encoder_id, name, dimension, role FROM encoders ORDER BY encoder_id"
    with connection.cursor(row_factory=class_row(StoredEncoder)) as cursor:
        return cursor.execute(every).fetchall()


def encoder_in_role(stored: Iterable[StoredEncoder], role: Role) -> StoredEncoder | None:
    """The encoder in this role; there is at most one."""
    return next((encoder for encoder in stored if encoder.role == role), None)


def active_encoder(connection: psycopg.Connection, encoder: Encoder) -> StoredEncoder:
    """The row of the active encoder, which must be `encoder`.

    The first encoder that a database is used with becomes the active one.

    Raises:
        ModelError: questions and ingests use another one.
    """
    stored = stored_encoders(connection)
    active = encoder_in_role(stored, "active")
    if active is None:
        active = _first_encoder(connection, encoder)
    elif active.name == encoder.name and (learn := getattr(encoder, "learn_dimension", None)):
        learn(active.dimension)  # a served model would be asked for it
    if (active.name, active.dimension) != (encoder.name, encoder.dimension):
        kept = encoder_in_role(stored, "kept")
        is_kept = kept is not None and kept.name == encoder.name
        change = "--rollback" if is_kept else encoder.name
        raise ModelError(
            f"the database holds vectors of {active.name} ({active.dimension} numbers), but "
            f"HEADRACE_ENCODER is {encoder.name} ({encoder.dimension}). Vectors of two models "
            f"cannot be compared: set HEADRACE_ENCODER={active.name}, or change the encoder of "
            f'the whole database with "python run.py migrate-encoder {change}"'
            f"{', as its vectors are still kept' if is_kept else ''}"
        )
    return active


def _first_encoder(connection: psycopg.Connection, encoder: Encoder) -> StoredEncoder:
    """Record the encoder as the active one, unless another process is first."""
    with connection.transaction():
        connection.execute(_LOCK_TABLE)
        active = encoder_in_role(stored_encoders(connection), "active")
        return active or _recorded(connection, encoder, "active")


def next_encoder(connection: psycopg.Connection, encoder: Encoder) -> StoredEncoder:
    """The row of an encoder that is to become the active one.

    It is recorded as "filling" when there is none.

    Raises:
        ModelError: it is the active one already, there is nothing to change from, or
            another change is not finished.
    """
    with connection.transaction():
        connection.execute(_LOCK_TABLE)
        stored = stored_encoders(connection)
        _check_next(stored, encoder)
        return _same(stored, encoder) or _recorded(connection, encoder, "filling")


def known_encoder(connection: psycopg.Connection) -> StoredEncoder:
    """The row of the active encoder, whichever it is.

    Raises:
        ModelError: nothing was ever stored.
    """
    active = encoder_in_role(stored_encoders(connection), "active")
    if active is None:
        raise ModelError(
            "the database holds no vectors yet: set HEADRACE_ENCODER to the encoder you want, "
            "and ingest"
        )
    return active


class EncoderRegister:
    """The roles of encoders, as the login that owns the tables sees and changes them.

    Everything that a change of encoder does, beside writing vectors. Use it as a
    context manager.
    """

    def __init__(self, admin_uri: str, alone: bool = True):
        """
        Args:
            alone: no other process may change encoders meanwhile; False: only look.
        Raises:
            ModelError: `alone`, and another process is changing encoders.
        """
        self._uri = admin_uri
        with ExitStack() as opened:
            doing = "changing the encoder" if alone else "listing tenants and encoders"
            session = owner_session(admin_uri, doing)
            self._connection = opened.enter_context(session)
            if alone and not opened.enter_context(try_lock(self._connection, _ONE_AT_A_TIME)):
                raise ModelError(
                    "another process is changing the encoder of this database: wait for it, or "
                    "stop it and run this again, which continues where it stopped"
                )
            self._opened = opened.pop_all()

    def __enter__(self) -> "EncoderRegister":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def encoders(self) -> list[StoredEncoder]:
        """All encoders of the database, the oldest first."""
        return stored_encoders(self._connection)

    def tenant_versions(self) -> dict[str, int]:
        """As the function of this name."""
        return tenant_versions(self._connection)

    def build_index(self, encoder: StoredEncoder, report: Progress | None = None) -> None:
        """Build the encoder's HNSW index, unless it is there; others read and write."""
        with locked(self._connection):
            encoder.index.build(self._connection, self._uri, report)

    @contextmanager
    def writers_waiting(self) -> Iterator[Callable[[StoredEncoder], None]]:
        """Yield a function that makes an encoder the active one.

        No ingest stores vectors meanwhile; those that just do so are waited for first.
        The exchange is committed when this closes.
        """
        with (
            owner_session(self._uri, "exchanging the encoders") as connection,
            connection.transaction(),
        ):
            connection.execute("SET LOCAL lock_timeout = 0")
            with unblocked(connection):
                connection.execute(_WAIT_FOR_WRITERS)

            def exchange(encoder: StoredEncoder) -> None:
                connection.execute(_EXCHANGE, {"next": encoder.encoder_id})

            yield exchange

    def forget(self, encoder: StoredEncoder) -> None:
        """Delete the row of a "filling" encoder of which no vector was stored yet.

        With vectors, an earlier run began the change; the row stays for the next one.
        """
        with suppress(psycopg.errors.ForeignKeyViolation):
            self._connection.execute(
                "DELETE FROM encoders WHERE encoder_id = %s AND role = 'filling'",
                [encoder.encoder_id],
            )

    def drop(self, encoder: StoredEncoder, delete: Callable[[StoredEncoder], None]) -> None:
        """Give an encoder up.

        First nobody may use it any more. Then its index is dropped, its vectors are
        deleted by `delete`, and its row is deleted.
        """
        self._connection.execute(
            "UPDATE encoders SET role = 'dropped' WHERE encoder_id = %s", [encoder.encoder_id]
        )
        with locked(self._connection):
            encoder.index.drop(self._connection)
        delete(encoder)
        with unblocked(self._connection):
            self._connection.execute(
                "DELETE FROM encoders WHERE encoder_id = %s", [encoder.encoder_id]
            )


def _same(stored: Iterable[StoredEncoder], encoder: Encoder) -> StoredEncoder | None:
    return next((known for known in stored if known.name == encoder.name), None)


def _check_next(stored: list[StoredEncoder], encoder: Encoder) -> None:
    """Raise ModelError unless `encoder` may become the active one now."""
    active = encoder_in_role(stored, "active")
    filling = encoder_in_role(stored, "filling")
    kept = encoder_in_role(stored, "kept")
    same = _same(stored, encoder)
    if active is None:
        raise ModelError(
            "the database holds no vectors yet, there is nothing to migrate: "
            f"set HEADRACE_ENCODER={encoder.name} and ingest"
        )
    if same == active:
        raise ModelError(
            f"{active.name} already is the encoder of this database; "
            f"processes need HEADRACE_ENCODER={active.name}"
        )
    if same and (same.dimension != encoder.dimension or same.role == "dropped"):
        raise ModelError(
            f"vectors of another {encoder.name} are still stored: delete them with "
            '"python run.py migrate-encoder --finish"'
        )
    if filling and same != filling:
        raise ModelError(
            f"the change to {filling.name} is not finished: continue it with "
            f'"python run.py migrate-encoder {filling.name}", or give it up with --cancel'
        )
    if kept and same != kept:
        raise ModelError(
            f"the vectors of {kept.name}, the encoder before this one, are still kept: delete "
            'them first with "python run.py migrate-encoder --finish"'
        )


def tenant_versions(connection: psycopg.Connection) -> dict[str, int]:
    """Every tenant that ever stored something, with the version of its documents.

    Each change of a tenant's documents raises its version.

    Args:
        connection: of the login that owns the tables.
    """
    with connection.transaction():
        connection.execute(_EVERY_TENANT)
        return dict(connection.execute(_TENANTS).fetchall())


def _recorded(connection: psycopg.Connection, encoder: Encoder, role: Role) -> StoredEncoder:
    record = "INSERT INTO encoders (name, dimension, role) VALUES (%s, %s, %s) RETURNING encoder_id"
    (encoder_id,) = one_row(connection, record, [encoder.name, encoder.dimension, role])
    return StoredEncoder(encoder_id, encoder.name, encoder.dimension, role)
