"""The HNSW index of an encoder's vectors: made after the rows, by several processors at once, and kept by every insert from then on.

Inserting a vector into the index takes several times as long as building it afterwards takes for each row, and up to
`exact_search_chunks` chunks a tenant is searched without it. So there is none until a tenant has outgrown that.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil
import psycopg

from headrace.errors import DatabaseError
from headrace.resources.postgres import statements
from headrace.resources.postgres.advisory_locks import try_advisory_lock

#: Told what is being done, how much of it is done, and of how much.
Report = Callable[[str, int, int], None]

TABLE = "embeddings"
_ONE_AT_A_TIME = 0x4865616472616378  # held by the session that makes or drops an index
_PAUSE_S = 0.1
_LOOK_S = 0.25
#: Beside a row's vector: what the table holds of it, and what a build holds of it (m = 24). A graph that outgrows its memory is built as slowly
#: as by inserts (a million vectors of 384 numbers, 2.2 GB: hours instead of minutes); a build that has less than _LEAST_MB gets no second process.
_ROW_BYTES, _GRAPH_BYTES, _LEAST_MB, _MOST_MB = 60, 1300, 128, 1024
_PROGRESS = (
    "SELECT phase, blocks_done, blocks_total FROM pg_stat_progress_create_index WHERE pid = %s"
)


@dataclass(frozen=True)
class VectorIndex:
    """The index over the vectors of one encoder, each of `dimension` numbers. Connections are those of the login that owns the tables."""

    encoder_id: int
    dimension: int

    def build(self, connection: psycopg.Connection, uri: str, report: Report | None = None) -> None:
        """Makes it beside whoever reads and writes, unless it is there; what a killed process left unfinished is made anew.

        Of a table in partitions (sql/partitions.sql), each has its index made, and then the table takes them together as its own.

        Args:
            connection: in autocommit mode, holding the lock of `locked` or `try_locked`.
            uri: of the same database, for a second session that looks how far the build is.
            report: told so, several times a second, from a thread of its own.
        """
        if self._is_valid(connection, TABLE):
            return
        tables = _tables(connection)
        for number, table in enumerate(tables, start=1):
            part = f" ({number} of {len(tables)})" if len(tables) > 1 else ""
            with _watched(
                uri, connection.info.backend_pid, report, f"building the vector index{part}"
            ):
                self._build(connection, table)
        if tables != [TABLE]:
            connection.execute(self._text(TABLE, concurrently=""))

    def drop(self, connection: psycopg.Connection) -> bool:
        """Removes it, whole or unfinished; whether it was there whole. `connection` as for `build`."""
        valid = self._is_valid(connection, TABLE)
        whole = _tables(connection) == [TABLE]
        connection.execute(
            f"DROP INDEX {'CONCURRENTLY' if whole else ''} IF EXISTS {self._name(TABLE)}"
        )
        for table in _tables(
            connection
        ):  # what an unfinished change has made of some partitions only
            connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self._name(table)}")
        return bool(valid)

    def _build(self, connection: psycopg.Connection, table: str) -> None:
        valid = self._is_valid(connection, table)
        if valid:
            return
        if valid is not None:
            connection.execute(f"DROP INDEX CONCURRENTLY {self._name(table)}")
        _give_means(connection, table, self.dimension)
        try:
            connection.execute(self._text(table, concurrently="CONCURRENTLY"))
        except (
            psycopg.errors.DiskFull,
            psycopg.errors.OutOfMemory,
        ):  # no shared memory to build in together, as in a container with 64 MB of it
            connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self._name(table)}")
            connection.execute("SET max_parallel_maintenance_workers = 0")
            connection.execute(self._text(table, concurrently="CONCURRENTLY"))

    def _is_valid(self, connection: psycopg.Connection, table: str) -> bool | None:
        """None where there is none."""
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
        row = connection.execute(valid, [self._name(table)]).fetchone()
        return row[0] if row else None

    def _text(self, table: str, concurrently: str) -> str:
        values = {
            "encoder_id": self.encoder_id,
            "dimension": self.dimension,
            "table": table,
            "concurrently": concurrently,
        }
        return statements.filled(statements.statement("encoder_index"), values)

    def _name(self, table: str) -> str:
        return f"{table}_hnsw_{self.encoder_id}"


@dataclass(frozen=True)
class IndexSession:
    """A session that holds the lock of vector indexes, and may build and drop them.

    Attributes:
        connection: of the login that owns the tables, in autocommit mode.
        uri: the same database's address.
        index: the one to build.
        was_dropped: whether `bulk_load` took a whole index away.
    """

    connection: psycopg.Connection
    uri: str
    index: VectorIndex
    was_dropped: bool = False

    def build_index(self, report: Report | None = None) -> bool:
        """Builds the index beside whoever reads and writes, unless it is there already. Always True: the index is there.

        Raises DatabaseError when the build fails: searches go on as before, complete and slower.
        """
        try:
            self.index.build(self.connection, self.uri, report)
        except psycopg.Error as error:
            raise DatabaseError(
                f"all is stored, but building the vector index failed: {error}\n"
                "Until it is there, every chunk is compared; the next ingest tries again."
            ) from error
        return True


@contextmanager
def try_locked(connection: psycopg.Connection) -> Iterator[bool]:
    """Yields whether this session may build and drop vector indexes; only one session at a time may.

    PostgreSQL builds one index of a table at a time beside writers. Of two sessions that try, one fails with a deadlock: the first
    waits until every older snapshot is gone, including that of the second, which waits for the first.
    """
    with try_advisory_lock(connection, _ONE_AT_A_TIME) as held:
        yield held


@contextmanager
def locked(connection: psycopg.Connection) -> Iterator[None]:
    """Waits until this session may build and drop vector indexes, without a snapshot that the session before it would wait for."""
    while True:
        with try_locked(connection) as held:
            if held:
                yield
                return
        time.sleep(_PAUSE_S)


def _tables(connection: psycopg.Connection) -> list[str]:
    """The table of vectors, or its partitions."""
    partitions = connection.execute(
        "SELECT relid::regclass::text FROM pg_partition_tree(%s) WHERE isleaf", [TABLE]
    )
    return [table for (table,) in partitions] or [TABLE]


def _give_means(connection: psycopg.Connection, table: str, dimension: int) -> None:
    """Memory for the whole graph, up to 1 GB or what the server gives anyway; on a server of this machine, up to half of what is free, and all
    its processors.
    """
    means = "SELECT pg_table_size(%s), (SELECT setting::bigint / 1024 FROM pg_settings WHERE name = 'maintenance_work_mem')"
    table_bytes, given_mb = connection.execute(means, [table]).fetchone()
    graph_bytes = table_bytes / (_ROW_BYTES + 2 * dimension) * (_GRAPH_BYTES + 2 * dimension)
    here = connection.info.host.startswith("/")  # a socket
    most_mb = max(_MOST_MB, int(psutil.virtual_memory().available / 2e6)) if here else _MOST_MB
    memory_mb = max(given_mb, min(_LEAST_MB + int(graph_bytes / 1e6), most_mb))
    connection.execute(f"SET maintenance_work_mem = '{memory_mb}MB'")
    if here:
        connection.execute(
            f"SET max_parallel_maintenance_workers = {max(1, (os.cpu_count() or 1) - 1)}"
        )


@contextmanager
def _watched(uri: str, process: int, report: Report | None, what: str) -> Iterator[None]:
    """While it is open, `report` is told how far the server's process is with its index; at the end, that all is done."""
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


def _watch(uri: str, process: int, report: Report, what: str, done: threading.Event) -> None:
    """In percent of the table's blocks: what follows (a look at what others stored meanwhile) is short."""
    with suppress(psycopg.Error), psycopg.connect(uri, autocommit=True) as connection:
        while not done.wait(_LOOK_S):
            phase, blocks, of_all = connection.execute(_PROGRESS, [process]).fetchone() or (
                "",
                0,
                0,
            )
            if phase.startswith("building index") and of_all:
                report(what, blocks * 100 // of_all, 100)
