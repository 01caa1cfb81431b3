"""The open database: tenants, the vector index, and the server behind it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace

from headrace.errors import DatabaseError, noted_at
from headrace.resources.postgres.access import Lag, Rights, lag, rights
from headrace.resources.postgres.embedded_server import EmbeddedServer
from headrace.resources.postgres.encoder_register import StoredEncoder
from headrace.resources.postgres.sessions.owner import owner_session
from headrace.resources.postgres.sessions.pool import Address, Connections
from headrace.resources.postgres.sessions.replica import ReadingConnections
from headrace.resources.postgres.sessions.transactions import TransactionSettings
from headrace.resources.postgres.statements import EncoderStatements
from headrace.resources.postgres.tenant_database import PostgresTenant, Use
from headrace.resources.postgres.vector_index import IndexSession, try_locked
from headrace.types import Progress

_INDEX_BUSY = (
    "all is stored, but the vector index was not built: another process is building it or has "
    "set it aside (ingest --bulk). Until it is there, every chunk is compared; the next ingest "
    "tries again."
)
_INDEX_OF_THE_OWNER = (
    "all is stored. A vector index is due, which only the owner of the tables can build, and not "
    "through a pooler: ingest with HEADRACE_ADMIN_URL set to that login at PostgreSQL itself. "
    "Until then every chunk is compared"
)
_INDEX_GONE = (
    "the vector index was dropped for the bulk load and is not there: every chunk is compared "
    "until the next ingest builds it"
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What a process may take of the database (`headrace.settings`)."""

    connections: int
    question_timeout_s: float
    ingest_timeout_s: float
    read_lag_s: float


class PostgresDatabase:
    """A database opened by `open_database`.

    Use it as a context manager, or `close()` it.

    Attributes:
        uri: the database's address for the application's login.
        admin_uri: its address for the login that owns the tables.
        versions: of PostgreSQL and of pgvector.
        is_pooled: whether a pooler in transaction mode answers at `uri`.
        prepares: whether statements may stay prepared.
    """

    def __init__(
        self,
        address: Address,
        *,
        encoder: StoredEncoder,
        limits: Limits,
        versions: tuple[str, str],
        standbys: Sequence[Address] = (),
        server: EmbeddedServer | None = None,
    ):
        """
        Args:
            encoder: whose vectors the statements speak of.
            standbys: where questions are asked in turn, if they have what was written.
            server: the embedded server; it is closed with the database.
        """
        self.uri = address.uri
        self.admin_uri = address.admin_uri
        self.versions = versions
        self.is_pooled = address.is_pooled
        self.prepares = address.prepares
        self._address = address
        self._standbys = standbys
        self._limits = limits
        self._server = server
        self._index = encoder.index
        self._statements = EncoderStatements(encoder.encoder_id, encoder.dimension)
        self._use(Connections(address, limits.connections), standbys)

    def _use(self, primary: Connections, standbys: Sequence[Address]) -> None:
        limits = self._limits
        self._connections = primary
        self._reading: Connections | ReadingConnections = primary
        if standbys:
            reading = [Connections(address, limits.connections) for address in standbys]
            self._reading = ReadingConnections(primary, reading, limits.read_lag_s)
        self._for_questions = Use(
            self._reading,
            TransactionSettings(limits.question_timeout_s),
            limits.question_timeout_s,
            "HEADRACE_QUESTION_TIMEOUT_S",
            writes=False,
        )
        self._for_all_else = Use(
            primary,
            TransactionSettings(limits.ingest_timeout_s),
            limits.ingest_timeout_s,
            "HEADRACE_INGEST_TIMEOUT_S",
            writes=True,
        )

    @property
    def read_lag_s(self) -> float:
        """How many seconds a standby may be behind."""
        return self._limits.read_lag_s

    @property
    def embedded(self) -> bool:
        """Whether the server is the one that Headrace starts itself."""
        return self._server is not None

    def for_tenant(self, tenant: str) -> PostgresTenant:
        """The database bound to a tenant. Nothing is opened or asked by this."""
        return PostgresTenant(tenant, self._statements, self._for_all_else)

    def for_questions(self, tenant: str) -> PostgresTenant:
        """As `for_tenant`, with the limit of questions, at the standby if there is."""
        return PostgresTenant(tenant, self._statements, self._for_questions)

    def for_one_question(self, tenant: str) -> PostgresTenant:
        """As `for_questions`; the limit is for all that is asked through it.

        It is lower where the present caller has less time left.
        """
        use = self._for_questions.for_caller().for_one_question()
        return PostgresTenant(tenant, self._statements, use, use.allowance())

    def text(self, statement: str) -> bytes:
        """The SQL of `<statement>.sql` as it is sent to this database."""
        return self._statements.text(statement)

    @contextmanager
    def session(self) -> Iterator["PostgresDatabase"]:
        """Yield the same database through one connection.

        What is set in its session stays set for later statements.
        """
        if self.is_pooled:
            raise DatabaseError(
                "this needs one session from beginning to end, and a pooler in transaction mode "
                "gives none: set DATABASE_URL to the direct address of PostgreSQL"
            )
        session = copy(self)
        session._server = None
        session._use(Connections(self._address, at_most=1, lasting=True), standbys=())
        try:
            yield session
        finally:
            session.close()

    def build_index(self, report: Progress | None = None) -> None:
        """Build the encoder's HNSW index, unless it is there.

        Others read and write meanwhile. It is not built, with a warning in the log,
        while another process builds it or has set it aside for a bulk load.

        Args:
            report: told how far the build is, from another thread.
        Raises:
            DatabaseError: the build failed. Searches continue, complete and slower.
        """
        owner = self.owner_rights()
        if owner.is_pooled or not owner.owns:
            _logger.warning(_INDEX_OF_THE_OWNER)
            return
        with self._index_session() as session:
            if session is None:
                _logger.warning(_INDEX_BUSY)
            else:
                session.build_index(report)

    @contextmanager
    def bulk_load(self) -> Iterator[IndexSession]:
        """Drop the encoder's HNSW index to store very many vectors.

        Build it again with the session that this yields, before leaving. From the drop
        to the end the session holds the lock, so that no other process builds the
        index.

        Raises:
            DatabaseError: another process builds the index or has set it aside.
        """
        with self._index_session() as session:
            if session is None:
                raise DatabaseError(
                    "the vector index cannot be set aside: another process is building it; "
                    "wait for that, or leave out --bulk"
                )
            dropped = session.index.drop(session.connection)
            try:
                yield replace(session, was_dropped=dropped)
            except BaseException as error:
                if dropped:
                    error.add_note(_INDEX_GONE)
                raise

    @contextmanager
    def _index_session(self) -> Iterator[IndexSession | None]:
        """Yield the session that may build and drop the index; None if another may.

        Raises:
            DatabaseError: the login does not own the tables.
        """
        with (
            owner_session(self.admin_uri, "building the vector index") as connection,
            try_locked(connection) as held,
        ):
            yield IndexSession(connection, self.admin_uri, self._index) if held else None

    def tidy(self) -> None:
        """Run VACUUM ANALYZE and CHECKPOINT on the embedded server.

        Does nothing on a server that we do not run.
        """
        if self._server is not None:
            with owner_session(self._server.admin_uri, "tidying the database") as connection:
                connection.execute("VACUUM (ANALYZE)")
                connection.execute("CHECKPOINT")

    @property
    def session_counts(self) -> tuple[int, int]:
        """How many sessions at the primary are lent, and how many wait for use."""
        return self._connections.counts

    def rights(self) -> Rights:
        """What the application's login may do."""
        return rights(self.uri)

    def owner_rights(self) -> Rights:
        """What the login of migrations and indexes may do."""
        return rights(self.admin_uri)

    def standby_lags(self) -> Iterator[Lag]:
        """How far each standby of questions is behind, in the order of the addresses.

        Raises:
            DatabaseError: one cannot be reached.
        """
        return map(lag, self._standbys)

    def memory_mb(self) -> float | None:
        """The memory of the embedded server's processes, in MB.

        What they share is counted once. None where it is not known.
        """
        return self._server.memory_mb() if self._server is not None else None

    def processor_s(self) -> float | None:
        """Seconds of processor time of the embedded server; None where not known."""
        return self._server.processor_s() if self._server is not None else None

    def close(self) -> None:
        """Close all sessions, and let go of the embedded server."""
        self._reading.close()
        self._connections.close()
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> "PostgresDatabase":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        with noted_at(error):
            self.close()
