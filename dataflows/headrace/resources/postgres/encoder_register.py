"""Whose vectors the database holds: the table `encoders`, and how one encoder takes the place of another.

The roles (sql/004_encoders.sql): "active" is what questions and ingests use; "filling" is to take its place; "kept" had it before;
"dropped" is being deleted. Questions only ever compare vectors of one encoder, the one that their process was opened with.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from headrace.errors import DatabaseError, ModelError
from headrace.resources.postgres.advisory_locks import try_advisory_lock
from headrace.resources.postgres.vector_index import Report, VectorIndex, locked
from headrace.types import Encoder

_ONE_AT_A_TIME = 0x4865616472616366  # held by the process that changes encoders
_WRITERS = "hashtextextended('headrace.encoder', 0)"  # ingests share it: sql/004_encoders.sql
_LIST_ATTEMPTS = 100
_LIST_PAUSE_S = 0.1


@dataclass(frozen=True)
class StoredEncoder:
    """A row of `encoders`. Its vectors have `dimension` numbers."""

    encoder_id: int
    name: str
    dimension: int
    role: str

    @property
    def index(self) -> VectorIndex:
        return VectorIndex(self.encoder_id, self.dimension)


def stored_encoders(connection: psycopg.Connection) -> list[StoredEncoder]:
    """All encoders of the database, the oldest first."""
    with connection.cursor(row_factory=class_row(StoredEncoder)) as cursor:
        return cursor.execute(
            "SELECT encoder_id, name, dimension, role FROM encoders ORDER BY encoder_id"
        ).fetchall()


def active_encoder(connection: psycopg.Connection, encoder: Encoder) -> StoredEncoder:
    """The active encoder, which must be `encoder`; the first one that a database is used with is recorded.

    Raises ModelError when questions and ingests use another one.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE encoders IN SHARE ROW EXCLUSIVE MODE")
        active = the(stored_encoders(connection), "active")
        if active is None:
            active = _recorded(connection, encoder, "active")
    if (active.name, active.dimension) != (encoder.name, encoder.dimension):
        raise ModelError(
            f"the database holds vectors of {active.name} ({active.dimension} numbers), but HEADRACE_ENCODER is {encoder.name} "
            f"({encoder.dimension}). Vectors of two models cannot be compared: set HEADRACE_ENCODER={active.name}, or change the encoder of "
            f'the whole database with "python run.py migrate-encoder {encoder.name}"'
        )
    return active


def next_encoder(connection: psycopg.Connection, encoder: Encoder) -> StoredEncoder:
    """The row of an encoder that is to become the active one; recorded as "filling" when there is none.

    Raises ModelError when it is already active, there is nothing to change from, or another change has not come to its end.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE encoders IN SHARE ROW EXCLUSIVE MODE")
        stored = stored_encoders(connection)
        _check_next(stored, encoder)
        same = next((known for known in stored if known.name == encoder.name), None)
        return same or _recorded(connection, encoder, "filling")


def known_encoder(connection: psycopg.Connection, encoder: Encoder | None = None) -> StoredEncoder:
    """The active encoder, whichever it is; ModelError when nothing was ever stored."""
    active = the(stored_encoders(connection), "active")
    if active is None:
        raise ModelError(
            "the database holds no vectors yet: set HEADRACE_ENCODER to the encoder you want, and ingest"
        )
    return active


def the(stored: list[StoredEncoder], role: str) -> StoredEncoder | None:
    """The encoder in this role; there is one at most."""
    return next((encoder for encoder in stored if encoder.role == role), None)


class EncoderRegister:
    """The roles of encoders, as the login that owns the tables: what a change of encoder does beside writing vectors.

    One at a time: constructing a second one, in any process, raises ModelError, unless not `alone`, to look only. Use as a context manager.
    """

    def __init__(self, admin_uri: str, alone: bool = True):
        self._uri = admin_uri
        self._connection = psycopg.connect(admin_uri, autocommit=True)
        with suppress(
            psycopg.Error
        ):  # where it can, the server is to stop building an index when this process dies
            self._connection.execute("SET client_connection_check_interval = 1000")
        self._held = ExitStack()
        if alone and not self._held.enter_context(
            try_advisory_lock(self._connection, _ONE_AT_A_TIME)
        ):
            self._connection.close()
            raise ModelError(
                "another process is changing the encoder of this database: wait for it, or stop it (it can be gone on with)"
            )

    def __enter__(self) -> "EncoderRegister":
        return self

    def __exit__(self, *exception: object) -> None:
        self._held.close()
        self._connection.close()

    def encoders(self) -> list[StoredEncoder]:
        """All encoders of the database, the oldest first."""
        return stored_encoders(self._connection)

    def tenant_versions(self) -> dict[str, int]:
        """Every tenant that ever stored something, with the version that each change of its documents raises.

        Row-level security binds the owner too, where it is no superuser: it is lifted inside a transaction that only this session sees.
        """
        for _ in range(_LIST_ATTEMPTS):
            try:
                return dict(self._tenant_rows())
            except psycopg.errors.LockNotAvailable:  # rather than make questions wait behind us
                time.sleep(_LIST_PAUSE_S)
        raise DatabaseError(
            "listing the tenants failed: the table tenant_statistics is locked all the time; does a backup or a migration run?"
        )

    def build_index(self, encoder: StoredEncoder, report: Report | None = None) -> None:
        """The encoder's HNSW index, beside whoever reads and writes; one that a killed process left unfinished is made anew."""
        with locked(self._connection):
            encoder.index.build(self._connection, self._uri, report)

    @contextmanager
    def writers_waiting(self) -> Iterator[Callable[[StoredEncoder], None]]:
        """No ingest stores vectors while this is open, those under way are waited for; it yields what makes an encoder the active one."""
        with psycopg.connect(self._uri) as connection:
            connection.execute(f"SELECT pg_advisory_xact_lock({_WRITERS})")
            yield lambda encoder: _exchange(connection, encoder)

    def forget(self, encoder: StoredEncoder) -> None:
        """Takes the name of a "filling" encoder back, if no vector of it was stored yet."""
        with suppress(psycopg.errors.ForeignKeyViolation):
            self._connection.execute(
                "DELETE FROM encoders WHERE encoder_id = %s AND role = 'filling'",
                [encoder.encoder_id],
            )

    def drop(self, encoder: StoredEncoder, delete: Callable[[StoredEncoder], None]) -> None:
        """Gives an encoder up: nobody may use it from here on, its index goes, then what `delete` deletes, then its name."""
        self._connection.execute(
            "UPDATE encoders SET role = 'dropped' WHERE encoder_id = %s", [encoder.encoder_id]
        )
        with locked(self._connection):
            encoder.index.drop(self._connection)
        delete(encoder)
        self._connection.execute("DELETE FROM encoders WHERE encoder_id = %s", [encoder.encoder_id])

    def _tenant_rows(self) -> list[tuple[str, int]]:
        listing = "SELECT tenant_id, sum(version)::bigint FROM tenant_statistics GROUP BY tenant_id ORDER BY tenant_id"
        bound = "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user"
        if self._connection.execute(bound).fetchone() == (False,):
            return self._connection.execute(listing).fetchall()
        with self._connection.transaction():
            self._connection.execute("SET LOCAL lock_timeout = '100ms'")
            self._connection.execute("ALTER TABLE tenant_statistics NO FORCE ROW LEVEL SECURITY")
            rows = self._connection.execute(listing).fetchall()
            self._connection.execute("ALTER TABLE tenant_statistics FORCE ROW LEVEL SECURITY")
        return rows


def _check_next(stored: list[StoredEncoder], encoder: Encoder) -> None:
    active, filling, kept = (the(stored, role) for role in ("active", "filling", "kept"))
    same = next((known for known in stored if known.name == encoder.name), None)
    if active is None:
        raise ModelError(
            f"the database holds no vectors yet, there is nothing to migrate: set HEADRACE_ENCODER={encoder.name} and ingest"
        )
    if same == active:
        raise ModelError(
            f"{active.name} already is the encoder of this database; processes need HEADRACE_ENCODER={active.name}"
        )
    if same and (same.dimension != encoder.dimension or same.role == "dropped"):
        raise ModelError(
            f'vectors of another {encoder.name} are still stored: delete them with "python run.py migrate-encoder --finish"'
        )
    if filling and same != filling:
        raise ModelError(
            f'the change to {filling.name} has not come to its end: go on with "python run.py migrate-encoder {filling.name}", '
            "or give it up with --cancel"
        )
    if kept and same != kept:
        raise ModelError(
            f"the vectors of {kept.name}, the encoder before this one, are still kept: delete them first with "
            '"python run.py migrate-encoder --finish"'
        )


def _recorded(connection: psycopg.Connection, encoder: Encoder, role: str) -> StoredEncoder:
    record = "INSERT INTO encoders (name, dimension, role) VALUES (%s, %s, %s) RETURNING encoder_id"
    ((encoder_id,),) = connection.execute(
        record, [encoder.name, encoder.dimension, role]
    ).fetchall()
    return StoredEncoder(encoder_id, encoder.name, encoder.dimension, role)


def _exchange(connection: psycopg.Connection, encoder: StoredEncoder) -> None:
    change = "UPDATE encoders SET role = CASE encoder_id WHEN %s THEN 'active' ELSE 'kept' END WHERE role = 'active' OR encoder_id = %s"
    connection.execute(change, [encoder.encoder_id] * 2)
