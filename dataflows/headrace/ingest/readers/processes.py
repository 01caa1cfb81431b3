"""Files read in processes of their own, which may die without harm.

The parsers of PDF files, Office files, web pages and others are large programs. A
file of 2 kB can make one run for hours, take all memory, or crash. So they run in child
processes with limits of time and memory, which are kept and used again.
"""

import atexit
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from headrace.errors import SourceError
from headrace.ingest.readers.child import OUT_OF_MEMORY, READY, receive, send
from headrace.ingest.readers.contents import File, content_of
from headrace.ingest.readers.limits import BYTES_PER_MB, Limits
from headrace.ingest.readers.outcomes import Content

_HAS_CHILDREN = os.name == "posix"

#: A process is ended after its files if it holds more than this share of the memory
#: allowed: it would keep most of that.
_LARGE_SHARE = 0.25
#: Seconds in which Python starts, even on a busy machine.
_START_S = 60
#: Seconds in which a process that has closed its socket is gone.
_END_S = 5
#: Seconds to rest before waiting for an answer. To wake up for every single one would
#: keep interrupting the other process.
_REST_S = 0.001
#: Memory is looked at this often; most files are read sooner.
_LOOK_MS = 50
# Stand-ins for the packages, whose own code would load all nodes: a start takes 0.05 s
# instead of 0.5.
_PROGRAM = """
import sys
from types import ModuleType
sys.path[:] = {path!a}
for name, places in {packages!a}.items():
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__path__ = places
from headrace.ingest.readers.child import serve
serve()
"""
#: Has the C library keep the memory of one file for the next, where it would return it
#: to the system and fetch it again: small pages are read in half the time.
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "33554432", "MALLOC_MMAP_THRESHOLD_": "33554432"}
_PACKAGES = ("headrace", "headrace.ingest", "headrace.ingest.readers")


class Reading:
    """Files that are being read by a process, and what each of them holds.

    While one content is used, the next ones are being read. On Windows, files are read
    in this process, without limits, when their turn comes.
    """

    def __init__(self, files: Iterable[File], limits: Limits) -> None:
        self._files = deque(files)
        self._limits = limits
        self._process: _ReadingProcess | None = None
        if self._files and _HAS_CHILDREN:
            with suppress(SourceError):  # `next_content` tries again
                self._begin()

    def next_content(self) -> Content:
        """What the next file holds.

        Raises:
            SourceError: it cannot be read, or not within the limits. The files after it
                are read by another process.
        """
        if not _HAS_CHILDREN:
            return content_of(*self._files.popleft(), self._limits)
        try:
            process = self._process or self._begin()
            try:
                answer = process.answer(self._limits)
            except _Crash:
                if not process.may_have_died_idle:
                    raise
                self._give_up()
                process = self._begin()
                answer = process.answer(self._limits)
        except SourceError:
            self._files.popleft()
            self._give_up()
            raise
        self._files.popleft()
        if not self._files:
            self._process = None
            _PROCESSES.take_back(process, self._limits)
        if isinstance(answer, str):
            raise SourceError(answer)
        return answer

    def close(self) -> None:
        """Ends the process unless it has read all files."""
        self._files.clear()
        self._give_up()

    def _begin(self) -> "_ReadingProcess":
        self._process = _PROCESSES.one()
        try:
            self._process.give(list(self._files), self._limits)
        except SourceError:
            self._give_up()
            raise
        return self._process

    def _give_up(self) -> None:
        if self._process:
            _PROCESSES.end(self._process)
            self._process = None


class _Processes:
    """The reading processes of this process; for any number of threads."""

    def __init__(self) -> None:
        self._all: set[_ReadingProcess] = set()
        self._idle: list[_ReadingProcess] = []
        atexit.register(self.close)

    def close(self) -> None:
        """Ends all of them, those in work too."""
        self._idle = []
        for process in list(self._all):
            self.end(process)

    def renew(self) -> None:
        """Forgets those of the parent, in a process that was forked from it."""
        for process in self._all:
            process.forget()
        self._all, self._idle = set(), []

    def one(self) -> "_ReadingProcess":
        """One that waits for files, or else a new one. Raises SourceError."""
        while True:
            try:
                process = self._idle.pop()
            except IndexError:
                process = _ReadingProcess()
                self._all.add(process)
                return process
            if process.is_alive():
                return process
            self.end(process)

    def take_back(self, process: "_ReadingProcess", limits: Limits) -> None:
        """Keeps one that has read all its files for others."""
        if process.is_large(limits):
            self.end(process)
        else:
            process.may_have_died_idle = True
            self._idle.append(process)

    def end(self, process: "_ReadingProcess") -> None:
        process.end()
        self._all.discard(process)


class _Crash(SourceError):
    """A process died without having said why."""


class _ReadingProcess:
    """One child process, which reads one file at a time.

    Attributes:
        may_have_died_idle: whether it waited for files before those that it has now,
            and has answered nothing since: if it dies, no file need be the cause.
    """

    def __init__(self) -> None:
        self.may_have_died_idle = False
        packages = {name: list(sys.modules[name].__path__) for name in _PACKAGES}
        program = _PROGRAM.format(path=list(sys.path), packages=packages)
        self._link, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", program],
                    env={**os.environ, **_KEEP_MEMORY},
                    stdin=theirs.fileno(),
                    # What a parser prints may hold what the document says.
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as fault:
                self._link.close()
                raise SourceError(_not_started(fault.strerror or str(fault))) from fault
        self._link.settimeout(_START_S)
        try:
            is_ready = receive(self._link) == READY
        except (EOFError, OSError):
            is_ready = False
        except BaseException:
            self.end()
            raise
        if not is_ready:
            raise SourceError(_not_started(f"it ended with {self.end()}"))

    def give(self, files: Sequence[File], limits: Limits) -> None:
        """Hands it files to read. Raises SourceError if it has died."""
        self._link.settimeout(limits.max_document_s)
        with self._reasons(limits):
            send(self._link, (files, limits))

    def answer(self, limits: Limits) -> Content | str:
        """What the next file holds, or why it cannot be read.

        Raises:
            SourceError: it kept no limit, or died.
        """
        with self._reasons(limits):
            self._wait(limits)
            answer = receive(self._link)
        self.may_have_died_idle = False
        return answer

    def is_alive(self) -> bool:
        """Whether it waits for a task; it says nothing unless it ends."""
        return not self._readable(0)

    def is_large(self, limits: Limits) -> bool:
        return self._memory_bytes() > limits.memory_bytes * _LARGE_SHARE

    def end(self) -> int:
        """Ends it at once; its exit code, or minus the signal that ended it before."""
        self._link.close()
        self._process.kill()
        return self._process.wait()

    def forget(self) -> None:
        """Leaves it to the parent of this process, whose child it is."""
        self._link.close()
        self._process.returncode = 0

    @contextmanager
    def _reasons(self, limits: Limits) -> Iterator[None]:
        """Makes a SourceError of its death, or of a wait that was too long."""
        try:
            yield
        except TimeoutError as fault:
            raise SourceError(_too_slow(limits)) from fault
        except (EOFError, ConnectionError) as fault:
            raise self._cause_of_death(limits) from fault

    def _wait(self, limits: Limits) -> None:
        """Waits for an answer, and looks at the memory that the process takes."""
        deadline = time.monotonic() + limits.max_document_s
        if not self._readable(0):
            time.sleep(_REST_S)
        while not self._readable(_LOOK_MS):
            if time.monotonic() > deadline:
                raise TimeoutError
            if self._memory_bytes() > limits.memory_bytes:
                raise SourceError(_too_much_memory(limits))

    def _readable(self, wait_ms: int) -> bool:
        poll = select.poll()
        poll.register(self._link, select.POLLIN)
        return bool(poll.poll(wait_ms))

    def _memory_bytes(self) -> int:
        import psutil

        try:
            return psutil.Process(self._process.pid).memory_info().rss
        except psutil.NoSuchProcess:  # it has died, which its socket says, too
            return 0

    def _cause_of_death(self, limits: Limits) -> SourceError:
        try:
            code = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            code = self.end()
        if code == OUT_OF_MEMORY:
            return SourceError(_too_much_memory(limits))
        if code == -signal.SIGALRM:
            return SourceError(_too_slow(limits))
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return _Crash(
            f"cannot be read: its parser crashed ({how}); the file is damaged, or takes too much "
            "memory: save it again with the program that made it, or leave it out"
        )


def _too_slow(limits: Limits) -> str:
    return (
        f"cannot be read: not done after {limits.max_document_s:g} s; "
        "split it, leave it out, or raise HEADRACE_MAX_DOCUMENT_S"
    )


def _too_much_memory(limits: Limits) -> str:
    return (
        f"cannot be read: it takes more than {limits.memory_bytes / BYTES_PER_MB:,.0f} MB of "
        "memory; split it, leave it out, or raise HEADRACE_MAX_DOCUMENT_MB, by which the "
        "memory is limited"
    )


def _not_started(reason: str) -> str:
    return f"cannot be read: starting a process to read it as {sys.executable!r} failed: {reason}"


_PROCESSES = _Processes()
if hasattr(os, "register_at_fork"):  # systems without it do not fork
    os.register_at_fork(after_in_child=_PROCESSES.renew)
