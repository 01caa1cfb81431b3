"""What runs in a reading process: bytes come, what they hold goes back.

This imports nothing but parsers, so that a process is ready in 50 ms.
"""

import os
import pickle
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.contents import content_of
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Content

if sys.platform != "win32":
    import resource

#: What a reading process says when it can be given files.
READY = "ready"
#: How it ends when it has too little memory.
OUT_OF_MEMORY = 77
#: Addresses are more than memory: a program maps files, and reserves what it never
#: uses.
_SPARE_ADDRESSES = 1 << 30
#: Seconds after the time limit in which its parent should have ended it. Then it ends
#: by itself.
_GRACE_S = 5
_SIZE_BYTES = 8


def serve() -> None:
    """Answers on standard input, a socket, until the parent closes it or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the parent
    link = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    threading.Thread(target=_end_with_parent, args=(link.fileno(),), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # not Linux, or not allowed: then the system chooses
        # If the machine runs out of memory, this process is the one to end.
        Path("/proc/self/oom_score_adj").write_text("1000")
    send(link, READY)
    with suppress(EOFError, ConnectionError):  # the parent has closed it
        while True:
            try:
                _answer(link)
            except MemoryError:
                os._exit(OUT_OF_MEMORY)


def _answer(link: socket.socket) -> None:
    """Takes several files, and answers for one after the other."""
    files, limits = receive(link)
    for kind, data in files:
        _limit_itself(limits)
        try:
            answer: Content | str = content_of(kind, data, limits)
        except SourceError as fault:
            answer = str(fault)
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(link, answer)


def send(link: socket.socket, message: Any) -> None:
    """Sends a message, which `receive` takes at the other end."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    link.sendall(len(data).to_bytes(_SIZE_BYTES) + data)


def receive(link: socket.socket) -> Any:
    """The next message. Raises EOFError when the other side is gone."""
    size = int.from_bytes(_received(link, _SIZE_BYTES))
    return pickle.loads(_received(link, size))


def _received(link: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    missing = memoryview(data)
    while missing:
        count = link.recv_into(missing)
        if not count:
            raise EOFError
        missing = missing[count:]
    return data


def _limit_itself(limits: Limits) -> None:
    """Has the system end this process where its parent does not, or no longer can."""
    signal.setitimer(signal.ITIMER_REAL, limits.max_document_s + _GRACE_S)
    if sys.platform == "linux":  # elsewhere, the parent alone watches the memory
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = limits.memory_bytes + _SPARE_ADDRESSES
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _end_with_parent(number: int) -> None:
    """Ends this process once the parent has gone, also in the middle of a file."""
    waiting = select.poll()
    waiting.register(number, 0)  # tells of nothing but the end
    waiting.poll()
    os._exit(0)
