"""Whether a server listens at an address, and takes sessions yet.

libpq can say so too, but it holds the interpreter's lock meanwhile: while a server
keeps silent, no thread of the process would run, for 2 s or without end. So the first
message of a session is sent from here, and the beginning of the reply is read.
"""

import socket
import struct
import time
from contextlib import suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Ping

#: Version 3.0 of the protocol, which every server since PostgreSQL 7.4 speaks.
_VERSION = 196608
_ERROR = b"E"
#: How a message of errors names SQLSTATE 57P03: the server starts, stops or recovers.
_NOT_YET = b"C57P03\0"
#: One of several servers may take so long, so that the others are asked as well.
_ONE_S = 2.0
_REPLY_BYTES = 1000


def ping(uri: str, until: float) -> Ping:
    """The state of the server at an address; of several servers, the best.

    Args:
        until: when to stop waiting, by `time.monotonic`.
    """
    try:
        known = conninfo_to_dict(uri)
    except psycopg.ProgrammingError:
        return Ping.NO_ATTEMPT
    hosts = str(known.get("hostaddr") or known.get("host") or "localhost").split(",")
    ports = [int(port or 5432) for port in str(known.get("port") or "").split(",")]
    hello = _hello(str(known.get("user") or "postgres"))
    found = []
    for number, host in enumerate(hosts):
        port = ports[number % len(ports)]
        found.append(_asked(host, port, hello, min(until, time.monotonic() + _ONE_S)))
    return min(found)


def _asked(host: str, port: int, hello: bytes, until: float) -> Ping:
    """The state of one server."""
    wait_s = until - time.monotonic()
    if wait_s <= 0:
        return Ping.NO_RESPONSE
    with suppress(OSError), _connected(host, port, wait_s) as connection:
        connection.sendall(hello)
        reply = connection.recv(_REPLY_BYTES)
        if reply.startswith(_ERROR) and _NOT_YET in reply:
            return Ping.REJECT
        if reply:
            return Ping.OK
    return Ping.NO_RESPONSE


def _connected(host: str, port: int, wait_s: float) -> socket.socket:
    """A connection on which each step waits for so long."""
    if not host.startswith("/"):
        return socket.create_connection((host, port), wait_s)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(wait_s)
    try:
        connection.connect(f"{host}/.s.PGSQL.{port}")
    except BaseException:
        connection.close()
        raise
    return connection


def _hello(login: str) -> bytes:
    """The first message of a session, which names the login."""
    body = struct.pack("!i", _VERSION) + b"user\0" + login.encode() + b"\0\0"
    return struct.pack("!i", len(body) + 4) + body
