"""The HNSW index over the vectors of an encoder.

It is built after the rows, by several processors at once, and every insert keeps it up
to date from then on. Inserting a vector into it takes several times as long as building
it afterwards takes per row, and a tenant of up to `exact_search_chunks` chunks is
searched without it. So there is none until a tenant has outgrown that.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil
import psycopg
from psycopg import sql

from headrace.errors import DatabaseError
from headrace.resources.postgres import statements
from headrace.resources.postgres.locks import try_lock
from headrace.resources.postgres.rows import one_row
from headrace.resources.postgres.tenants.blockers import unblocked
from headrace.types import Progress

TABLE = "embeddings"
#: Held by the session that builds or drops an index.
_ONE_AT_A_TIME = "lock_index"
_PAUSE_S = 0.1
_LOOK_S = 0.25
#: What the table holds of a row, beside the vector.
_ROW_BYTES = 60
#: What a build holds of a row in memory, beside the vector, with m = 24. A build whose
#: graph outgrows its memory is as slow as inserts (DECISIONS.md, "index build memory").
_GRAPH_BYTES = 1300
#: With less, a build gets no second process.
_LEAST_MB = 128
_MOST_MB = 1024
_PROGRESS = """
SELECT phase, blocks_done, blocks_total
FROM pg_stat_progress_create_index WHERE pid = %s"""
_TABLE_SIZE = """
SELECT pg_table_size(%s), setting::bigint / 1024
FROM pg_settings WHERE name = 'maintenance_work_mem'"""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class VectorIndex:
    """The index over the vectors of one encoder, each of `dimension` numbers.

    Its methods take connections of the login that owns the tables.
    """

    encoder_id: int
    dimension: int

    def build(
        self, connection: psycopg.Connection, uri: str, report: Progress | None = None
    ) -> None:
        """Build the index, unless it is there, while others read and write.

        One that a killed process left unfinished is built again. Of a table in
        partitions (sql/scaling/partitions.sql) each gets its index, and then the table
        takes them over as one.

        Args:
            connection: in autocommit mode, holding the lock of `locked` or
                `try_locked`.
            uri: of the same database, for a second session that looks how far the build
                is.
            report: told that, several times a second, from a thread of its own.
        """
        if self._is_valid(connection, TABLE):
            return
        # A build beside writers waits until transactions older than itself are over.
        connection.execute("SET lock_timeout = 0")
        tables = _tables(connection)
        for number, table in enumerate(tables, start=1):
            what = "building the vector index"
            if len(tables) > 1:
                what += f" ({number} of {len(tables)})"
            process = connection.info.backend_pid
            with unblocked(connection), _watched(uri, process, report, what):
                self._build_one(connection, table)
        if tables != [TABLE]:
            with unblocked(connection):
                connection.execute(self._creation(TABLE, concurrently=""))

    def drop(self, connection: psycopg.Connection) -> bool:
        """Remove the index, whole or unfinished; whether it was whole.

        Args:
            connection: as for `build`.
        """
        was_whole = self._is_valid(connection, TABLE) is True
        tables = _tables(connection)
        with unblocked(connection):
            if tables != [TABLE]:
                # PostgreSQL drops the index of a partitioned table in no other way.
                drop = sql.SQL("DROP INDEX IF EXISTS {}")
                connection.execute(drop.format(self._identifier(TABLE)))
            # An unfinished build leaves indexes of some partitions alone.
            for table in tables:
                self._drop_concurrently(connection, table)
        return was_whole

    def _build_one(self, connection: psycopg.Connection, table: str) -> None:
        is_valid = self._is_valid(connection, table)
        if is_valid:
            return
        if is_valid is not None:
            self._drop_concurrently(connection, table)
        _give_resources(connection, table, self.dimension)
        try:
            self._create_whole(connection, table)
        except (psycopg.errors.DiskFull, psycopg.errors.OutOfMemory) as error:
            # A container may have 64 MB of shared memory, too little to build together.
            _logger.warning("one process builds the vector index, not several: %s", error)
            connection.execute("SET max_parallel_maintenance_workers = 0")
            self._create_whole(connection, table)

    def _create_whole(self, connection: psycopg.Connection, table: str) -> None:
        """Create the index; if that fails, as on a full disk, nothing of it is left."""
        try:
            connection.execute(self._creation(table, concurrently="CONCURRENTLY"))
        except psycopg.Error:
            # A lost connection cannot; the next build removes what is left.
            with suppress(psycopg.Error):
                self._drop_concurrently(connection, table)
            raise

    def _drop_concurrently(self, connection: psycopg.Connection, table: str) -> None:
        drop = sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}")
        connection.execute(drop.format(self._identifier(table)))

    def _is_valid(self, connection: psycopg.Connection, table: str) -> bool | None:
        """Whether the index is whole; None where there is none."""
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
        row = connection.execute(valid, [self._name(table)]).fetchone()
        return row[0] if row else None

    def _creation(self, table: str, concurrently: str) -> bytes:
        values = {
            "encoder_id": self.encoder_id,
            "dimension": self.dimension,
            "table": table,
            "concurrently": concurrently,
        }
        return statements.filled(statements.statement("encoder_index"), values).encode()

    def _name(self, table: str) -> str:
        return f"{table}_hnsw_{self.encoder_id}"

    def _identifier(self, table: str) -> sql.Identifier:
        return sql.Identifier(self._name(table))


@dataclass(frozen=True)
class IndexSession:
    """A session that holds the lock of vector indexes, and may build and drop them.

    Attributes:
        connection: of the login that owns the tables, in autocommit mode.
        uri: the address of the same database.
        index: the one to build.
        was_dropped: whether a bulk load took a whole index away.
    """

    connection: psycopg.Connection
    uri: str
    index: VectorIndex
    was_dropped: bool = False

    def build_index(self, report: Progress | None = None) -> None:
        """Build the index, unless it is there, while others read and write.

        Raises:
            DatabaseError: the build failed. Searches continue, complete and slower.
        """
        try:
            self.index.build(self.connection, self.uri, report)
        except psycopg.Error as error:
            raise DatabaseError(
                f"all is stored, but building the vector index failed: {error}\n"
                "Until it is there, every chunk is compared; the next ingest tries again."
            ) from error


@contextmanager
def try_locked(connection: psycopg.Connection) -> Iterator[bool]:
    """Yield whether this session may build and drop vector indexes.

    Only one at a time may. PostgreSQL builds one index of a table at a time beside
    writers. Of two sessions that try, one fails with a deadlock: the first waits until
    every older snapshot is gone, that of the second included, which waits for the
    first.
    """
    with try_lock(connection, _ONE_AT_A_TIME) as held:
        yield held


@contextmanager
def locked(connection: psycopg.Connection) -> Iterator[None]:
    """Wait until this session may build and drop vector indexes.

    It asks again and again: a statement that waits would have a snapshot, for which the
    session before it would wait.
    """
    is_told = False
    while True:
        with try_locked(connection) as held:
            if held:
                yield
                return
        if not is_told:
            _logger.warning("waiting for another process that builds or drops a vector index")
            is_told = True
        time.sleep(_PAUSE_S)


def _tables(connection: psycopg.Connection) -> list[str]:
    """The table of vectors, or its partitions."""
    leaves = "SELECT relid::regclass::text FROM pg_partition_tree(%s) WHERE isleaf"
    return [table for (table,) in connection.execute(leaves, [TABLE])] or [TABLE]


def _give_resources(connection: psycopg.Connection, table: str, dimension: int) -> None:
    """Give the session memory and processors to build the index of a table.

    The memory is enough for the whole graph, up to 1 GB, or what the server gives
    anyway if that is more. A server on this machine may take half of the free memory,
    and all processors.
    """
    table_bytes, given_mb = one_row(connection, _TABLE_SIZE, [table])
    graph_bytes = table_bytes / (_ROW_BYTES + 2 * dimension) * (_GRAPH_BYTES + 2 * dimension)
    is_here = connection.info.host.startswith("/")  # a socket
    most_mb = _MOST_MB
    if is_here:
        most_mb = max(most_mb, int(psutil.virtual_memory().available / 2e6))
    memory_mb = max(given_mb, min(_LEAST_MB + int(graph_bytes / 1e6), most_mb))
    memory = sql.SQL("SET maintenance_work_mem = {}")
    connection.execute(memory.format(sql.Literal(f"{memory_mb}MB")))
    if is_here:
        workers = sql.SQL("SET max_parallel_maintenance_workers = {}")
        connection.execute(workers.format(sql.Literal(max(1, (os.cpu_count() or 1) - 1))))


@contextmanager
def _watched(uri: str, process: int, report: Progress | None, what: str) -> Iterator[None]:
    """Report how far a server process is with an index while this is open.

    At the end of a build that succeeds, it reports that all is done.
    """
    if report is None:
        yield
        return
    done = threading.Event()
    watch = threading.Thread(
        target=_watch, args=(uri, process, report, what, done), name="headrace-index", daemon=True
    )
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()
    report(what, 100, 100)


def _watch(uri: str, process: int, report: Progress, what: str, done: threading.Event) -> None:
    """Report in percent of the table's blocks.

    What follows the blocks, a look at what others stored meanwhile, is short.
    """
    try:
        with psycopg.connect(uri, autocommit=True) as connection:
            while not done.wait(_LOOK_S):
                row = connection.execute(_PROGRESS, [process]).fetchone()
                if row is None:
                    continue
                phase, blocks_done, blocks_total = row
                if phase.startswith("building index") and blocks_total:
                    report(what, blocks_done * 100 // blocks_total, 100)
    except psycopg.Error as error:
        _logger.warning("%s continues, but how far it is cannot be seen: %s", what, error)
