"""Whether a server is there, asked without holding anybody."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.pq import Ping

from headrace.errors import DatabaseAway
from headrace.resources.postgres.sessions.allowance import Allowance
from headrace.resources.postgres.sessions.ping import ping
from headrace.resources.postgres.sessions.pool import Address, Connections
from support.servers import free_port

PATIENCE_S = 20.0
#: What a server sends while it starts, in a language of its own.
STARTING = b"E\0\0\0\x3aSFATAL\0VFATAL\0C57P03\0Mle syst\xc3\xa8me d\xc3\xa9marre\0\0"


def soon() -> float:
    return time.monotonic() + PATIENCE_S


@contextmanager
def listening(*serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """Yield the address of a server that does these with its first connections.

    Later ones are taken and hear nothing.
    """
    kept = []

    def accept(server: socket.socket) -> None:
        for number in range(100):
            try:
                kept.append(server.accept()[0])
            except OSError:  # the test has ended
                return
            if number < len(serve):
                serve[number](kept[-1])

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield f"postgresql://someone@127.0.0.1:{server.getsockname()[1]}/any"
    for connection in kept:
        connection.close()


def end(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def say_starting(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(STARTING)


def test_a_real_server_answers_at_a_port_and_at_a_socket(server, rag):
    assert ping(server.uri, soon()) == Ping.OK
    assert ping(rag.database.admin_uri, soon()) == Ping.OK


def test_a_login_that_is_not_let_in_has_an_answer_too(server):
    assert ping(make_conninfo(server.uri, user="nobody"), soon()) == Ping.OK


def test_a_server_that_is_not_there_does_not_respond():
    assert ping(f"postgresql://a@127.0.0.1:{free_port()}/b", soon()) == Ping.NO_RESPONSE
    assert ping("postgresql://a@/b?host=/nowhere", soon()) == Ping.NO_RESPONSE
    with listening(end) as uri:
        assert ping(uri, soon()) == Ping.NO_RESPONSE


def test_a_server_that_starts_says_so_in_any_language():
    with listening(say_starting) as uri:
        assert ping(uri, soon()) == Ping.REJECT


def test_of_several_servers_the_best_state_counts(server):
    hosts = make_conninfo(
        server.uri, host="127.0.0.1,127.0.0.1", port=f"{free_port()},{server.port}"
    )
    assert ping(hosts, soon()) == Ping.OK


def test_what_is_no_address_is_not_attempted():
    assert ping("postgresql://a b", soon()) == Ping.NO_ATTEMPT


def test_a_silent_server_holds_no_other_thread():
    ticks = []
    asked = threading.Event()

    def tick() -> None:
        while not asked.wait(0.01):
            ticks.append(time.monotonic())

    with listening() as uri:
        ticking = threading.Thread(target=tick)
        ticking.start()
        assert ping(uri, time.monotonic() + 0.5) == Ping.NO_RESPONSE
        asked.set()
        ticking.join()
    assert len(ticks) > 10


def test_a_network_that_falls_silent_after_an_error_does_not_hold_a_question():
    with listening(end) as uri:
        connections = Connections(Address(uri, uri), at_most=1)
        began = time.monotonic()
        with pytest.raises(DatabaseAway), connections.lent(Allowance(0.2, "LIMIT"), "asking"):
            raise AssertionError("nobody is there")
        assert time.monotonic() - began < 20
