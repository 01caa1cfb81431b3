"""The embedded server: shared by processes, and what is left when one is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from psycopg.pq import Ping

from headrace import Document, Pipeline
from headrace.errors import DatabaseError
from headrace.resources.postgres import embedded_server, pgserver
from support.places import SCRIPTS
from support.waiting import PATIENCE_S


def opened(data_dir: Path) -> Pipeline:
    return Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive")


@pytest.fixture
def new_data(tmp_path_factory, with_weights) -> Callable[[str], Path]:
    """Makes a data folder of this name, without a database."""
    return lambda name: with_weights(tmp_path_factory.mktemp(name))


def documents_of(rag: Pipeline, tenant: str) -> int:
    return rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"].documents


def visitor(data_dir: Path, name: str) -> tuple[subprocess.Popen, int]:
    """A process that has opened the embedded database; the id of its server."""
    command = [sys.executable, str(SCRIPTS / "visitor.py"), str(data_dir), name]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    word, pid = process.stdout.readline().split()
    assert word == "ready"
    return process, int(pid)


def leave(process: subprocess.Popen) -> None:
    process.communicate(timeout=PATIENCE_S)


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE_S)


def kill_server(pid: int) -> None:
    for victim in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        victim.kill()


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def is_initialised(data_dir: Path) -> bool:
    """Whether a process still makes a data folder beneath this one."""
    for process in psutil.process_iter(["name", "cmdline"]):
        written = " ".join(process.info["cmdline"] or [])
        if process.info["name"] in ("initdb", "postgres") and f"{data_dir}/postgres-" in written:
            return True
    return False


# ------------------------------------------------------------------------------ shared


def test_two_processes_share_one_server_and_the_death_of_one_leaves_it_to_the_other(
    new_data,
):
    data_dir = new_data("shared")
    first, server = visitor(data_dir, "ice")
    second, same = visitor(data_dir, "sand")
    assert server == same
    kill(first)
    assert is_running(server)
    with opened(data_dir) as rag:
        assert documents_of(rag, "shared") == 2
    assert is_running(server)  # the second process still uses it
    leave(second)
    assert not is_running(server)  # the killed process does not keep it alive


def test_a_server_that_another_process_started_again_is_stopped_by_the_last_that_leaves(
    new_data,
):
    data_dir = new_data("again")
    first, server = visitor(data_dir, "ice")
    kill_server(server)
    second, other = visitor(data_dir, "sand")
    leave(second)
    assert other != server and is_running(other)  # the first process still uses it
    leave(first)
    assert not is_running(other)


def test_two_pipelines_of_one_process_close_without_taking_the_server_from_each_other(
    data_dir, rag, returns
):
    with opened(data_dir):
        pass
    assert rag.ask("How long does the warranty last?", returns).answered


# ------------------------------------------------------------------------------ killed


def test_a_killed_server_is_started_again_with_all_that_was_stored(new_data):
    data_dir = new_data("killed")
    process, server = visitor(data_dir, "ice")
    kill_server(server)
    kill(process)
    with opened(data_dir) as rag:
        assert documents_of(rag, "shared") == 1


def test_a_second_pipeline_of_a_process_starts_a_killed_server_for_both(new_data):
    data_dir = new_data("both")
    with opened(data_dir) as first:
        first.ingest([Document("d", "", "The walrus sleeps on ice.", "s")], "t")
        kill_server(first.database._server._server.get_pid())
        with opened(data_dir) as second:
            assert documents_of(second, "t") == 1
        server = first.database._server._server.get_pid()
        assert is_running(server) and documents_of(first, "t") == 1
    assert not is_running(server)


def test_a_process_killed_while_it_made_the_data_folder_leaves_nothing_in_the_way(new_data):
    data_dir = new_data("first")
    command = [sys.executable, str(SCRIPTS / "visitor.py"), str(data_dir), "ice"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + PATIENCE_S
    while not any(data_dir.glob("postgres*/PG_VERSION")):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.01)
    kill(process)
    assert not (data_dir / "postgres" / "PG_VERSION").exists()
    with opened(data_dir) as rag:
        assert documents_of(rag, "shared") == 0
    while is_initialised(data_dir):  # by what the killed process began, which lives on
        assert time.monotonic() < until
        time.sleep(0.01)
    pgserver.initialise(data_dir / "postgres")
    assert [path.name for path in data_dir.glob("postgres*")] == ["postgres"]


def test_the_notes_of_a_killed_server_are_removed_before_anybody_has_reaped_it(tmp_path):
    """While the dead process is listed, its socket's note stops the next server."""
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        # It has ended, and is listed until Popen asks for its exit code.
        os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
        assert notes_left(tmp_path, dead.pid) == 0


def test_the_notes_of_a_killed_server_are_removed_when_another_program_has_its_number(tmp_path):
    """As after a restart of a container, where all numbers are small."""
    assert notes_left(tmp_path, os.getpid()) == 0


def test_the_notes_of_a_server_that_runs_stay(tmp_path):
    command = [sys.executable, "-c", "input()", "-D", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as server:
        assert notes_left(tmp_path, server.pid) == 2
        server.communicate(b"\n")


def notes_left(folder: Path, pid: int) -> int:
    """How many of the two notes of a server with this process id are kept."""
    notes = folder / "postmaster.pid", folder / ".s.PGSQL.5432.lock"
    for note in notes:
        note.write_text(f"{pid}\n{folder}\n1\n5432\n{folder}\n\n1 2\nready\n")
    pgserver.forget_dead_server(folder)
    return sum(note.exists() for note in notes)


# ---------------------------------------------------------------------------- starting


def waiting(monkeypatch, states: list[Ping]) -> list[float]:
    """The pauses made until the server says something other than `Ping.REJECT`."""
    pauses: list[float] = []
    told = iter(states)
    monkeypatch.setattr(embedded_server, "ping", lambda uri, until: next(told))
    monkeypatch.setattr(embedded_server.time, "sleep", pauses.append)
    embedded_server._await_recovery("postgresql://")
    return pauses


def test_a_server_that_takes_no_connections_yet_is_waited_for(monkeypatch):
    """After a crash it first repeats what was written last."""
    assert len(waiting(monkeypatch, [Ping.REJECT, Ping.REJECT, Ping.OK])) == 2


def test_a_server_that_recovers_for_too_long_is_not_waited_for_without_a_word(monkeypatch, caplog):
    monkeypatch.setattr(pgserver, "RECOVERY_S", 0.0)
    assert waiting(monkeypatch, [Ping.REJECT]) == []
    assert "still recovers" in caplog.text


def test_a_start_that_fails_is_tried_again_and_said(tmp_path, monkeypatch, caplog):
    attempts = []

    def start(server):
        attempts.append(server)
        if len(attempts) == 1:
            raise OSError("no space left on device")
        return "postgresql://"

    monkeypatch.setattr(embedded_server.EmbeddedServer, "_start", start)
    monkeypatch.setattr(embedded_server.time, "sleep", lambda seconds: None)
    assert embedded_server.EmbeddedServer(tmp_path).admin_uri == "postgresql://"
    assert "(attempt 1 of 4), trying again: no space left" in caplog.text


@pytest.mark.parametrize("name", ["a$HOME", "a`id`", 'a"b', "a\\b", "a\nb"])
def test_a_folder_whose_name_a_shell_would_read_is_refused(tmp_path, name):
    with pytest.raises(DatabaseError, match="a character that a shell reads"):
        embedded_server.EmbeddedServer(tmp_path / name)


# ------------------------------------------------------------------------------ memory


@pytest.mark.parametrize(
    ("limit", "expected_mb"),
    [(None, 2147), ("max", 2147), (2 << 30, 536), (1_000_000, 128), (64 << 30, 2147)],
)
def test_the_server_may_keep_a_quarter_of_the_memory_at_hand_also_in_a_container(
    tmp_path, monkeypatch, limit, expected_mb
):
    machine = SimpleNamespace(total=8 << 30)
    monkeypatch.setattr(embedded_server.psutil, "virtual_memory", lambda: machine)
    monkeypatch.setattr(embedded_server, "_CONTAINER_LIMIT", tmp_path / "memory.max")
    if limit is not None:
        (tmp_path / "memory.max").write_text(f"{limit}\n")
    assert embedded_server._shared_mb() == expected_mb


def test_the_server_keeps_no_more_than_4_gb_at_hand(tmp_path, monkeypatch):
    machine = SimpleNamespace(total=256 << 30)
    monkeypatch.setattr(embedded_server.psutil, "virtual_memory", lambda: machine)
    monkeypatch.setattr(embedded_server, "_CONTAINER_LIMIT", tmp_path / "memory.max")
    assert embedded_server._shared_mb() == 4096


def test_a_new_server_runs_with_its_share_of_memory(admin):
    shown = "SELECT setting::int * 8 / 1024 FROM pg_settings WHERE name = 'shared_buffers'"
    assert admin.execute(shown).fetchone() == (embedded_server._shared_mb(),)


def test_a_worker_that_ended_meanwhile_does_not_hide_the_servers_memory(rag, monkeypatch):
    with subprocess.Popen([sys.executable, "-c", ""]) as worker:
        ended = psutil.Process(worker.pid)
    monkeypatch.setattr(psutil.Process, "children", lambda process: [ended])
    assert rag.database.memory_mb() > 1


def test_the_servers_processor_time_grows_with_what_it_does(rag, admin):
    before = rag.database.processor_s()
    admin.execute("SELECT count(*) FROM generate_series(1, 2000000) AS n WHERE n % 7 = 3")
    assert rag.database.processor_s() >= before + 0.02
