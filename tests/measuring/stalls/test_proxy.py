"""A network that can be cut, shut and restored."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from headrace.measuring.stalls.proxy import Proxy
from support.waiting import PATIENCE_S

#: Long enough to see that nothing comes.
_SILENCE_S = 0.2


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it is sent."""

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(1000):
                connection.sendall(data)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.fixture
def proxy(echo) -> Iterator[Proxy]:
    proxy = Proxy(f"postgresql://someone@127.0.0.1:{echo}/any")
    yield proxy
    proxy.end()


def connected(proxy: Proxy) -> socket.socket:
    parts = urlsplit(proxy.uri)
    return socket.create_connection((parts.hostname, parts.port), PATIENCE_S)


def test_its_address_has_the_login_and_the_database(proxy):
    parts = urlsplit(proxy.uri)
    assert (parts.username, parts.path) == ("someone", "/any")


def test_what_is_sent_while_it_is_cut_arrives_when_it_is_restored(proxy):
    with connected(proxy) as client:
        client.sendall(b"one")
        assert client.recv(10) == b"one"
        proxy.cut()
        client.sendall(b"two")
        client.settimeout(_SILENCE_S)
        with pytest.raises(TimeoutError):
            client.recv(10)
        proxy.restore()
        client.settimeout(PATIENCE_S)
        assert client.recv(10) == b"two"


def test_shut_it_ends_connections_and_refuses_new_ones_until_it_is_restored(proxy):
    with connected(proxy) as client:
        client.sendall(b"one")
        assert client.recv(10) == b"one"
        proxy.shut()
        with suppress(ConnectionResetError):
            assert client.recv(10) == b""
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.restore()
    with connected(proxy) as client:
        client.sendall(b"three")
        assert client.recv(10) == b"three"
