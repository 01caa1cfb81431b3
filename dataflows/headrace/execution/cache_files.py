"""The cache on disk: a folder of small files, for its owner alone.

A result is pickled, and reading a pickle runs what it holds. So a folder that others
own or may write to is refused. A file begins with the digest of its name and of what
follows: one that is torn, or not ours, is a miss.
"""

import hashlib
import logging
import os
import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from hamilton.caching.stores.base import MetadataStore, ResultRetrievalError, ResultStore

from headrace.errors import SettingsError
from headrace.execution.fingerprints import UNKNOWN

_DIGEST_BYTES = 32
#: What a trimmed folder holds, as a share of what it may hold.
_TRIMMED = 0.9
_FOR_OTHERS = 0o077
_WRITABLE_BY_OTHERS = 0o022
_NAME = re.compile(r"[\w=-]{1,200}", re.ASCII)

_logger = logging.getLogger(__name__)


class CacheFolder:
    """Files by name in one folder; when they exceed a size, the oldest go first.

    Several threads and processes may use it at once. Each file is there whole or not at
    all.
    """

    def __init__(self, path: Path, most_mb: float):
        """
        Args:
            path: made, for its owner alone, if it is not there.
            most_mb: the size of all files, in units of 1,000,000 bytes.
        Raises SettingsError for a folder that others may write to.
        """
        self.path = path
        self._most_bytes = most_mb * 1e6
        self._bytes = 0.0
        self._lock = Lock()
        self._is_told = False
        with self._writing():
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            _keep_from_others(path)
            self._trim()

    def write(self, name: str, content: bytes) -> None:
        """Keep a file. Where that fails, as on a full disk, a warning says so once."""
        beside = self.path / f"{uuid4().hex}.new"
        with self._writing():
            try:
                descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(descriptor, "wb") as file:  # noqa: PTH123
                    file.write(_digest(name, content) + content)
                beside.replace(self.path / name)
            finally:
                beside.unlink(missing_ok=True)
            with self._lock:
                self._bytes += len(content) + _DIGEST_BYTES
                if self._bytes > self._most_bytes:
                    self._trim()

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if it is not there, is torn, or is not ours."""
        try:
            with (self.path / name).open("rb") as file:
                if _owner_is_another(os.fstat(file.fileno())):
                    return None
                data = file.read()
        except OSError:
            return None
        digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
        return content if digest == _digest(name, content) else None

    def delete(self, name: str) -> None:
        with suppress(OSError):  # it is not there, or is no file
            (self.path / name).unlink()

    def delete_all(self) -> None:
        for name, _, _ in self._files():
            self.delete(name)

    def _trim(self) -> None:
        """Measure the files and delete the oldest, if they are too large together."""
        files = sorted(self._files(), key=lambda file: file[1])
        self._bytes = sum(size for _, _, size in files)
        if self._bytes <= self._most_bytes:
            return
        for name, _, size in files:
            if self._bytes <= self._most_bytes * _TRIMMED:
                return
            self.delete(name)
            self._bytes -= size

    def _files(self) -> Iterator[tuple[str, float, int]]:
        """The name, the time and the size in bytes of each file."""
        with os.scandir(self.path) as entries:
            for entry in entries:
                with suppress(OSError):  # another process has deleted it
                    if entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        yield entry.name, status.st_mtime, status.st_size

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Nothing is lost when the cache cannot be written: it is computed again."""
        try:
            yield
        except OSError as error:
            if not self._is_told:
                self._is_told = True
                _logger.warning(
                    "the cache in %s cannot be written, so that results are computed again: %s",
                    self.path,
                    error.strerror or error,
                )


class FileVersions(MetadataStore):
    """Which result belongs to which key. A run leaves no note of its own."""

    def __init__(self, folder: CacheFolder):
        self._folder = folder

    def __len__(self) -> int:
        return sum(1 for _ in self._folder.path.glob("*.key"))

    def initialize(self, run_id: str) -> None:
        """Do nothing: runs are not kept."""

    def set(self, cache_key: str, data_version: str, **others: Any) -> None:
        name = _file_of(cache_key)
        if self._folder.read(name) != data_version.encode():
            self._folder.write(name, data_version.encode())

    def get(self, cache_key: str, **others: Any) -> str | None:
        content = self._folder.read(_file_of(cache_key))
        return None if content is None else content.decode()

    def delete(self, cache_key: str) -> None:
        self._folder.delete(_file_of(cache_key))

    def delete_all(self) -> None:
        self._folder.delete_all()

    def exists(self, cache_key: str) -> bool:
        return self.get(cache_key) is not None

    def get_run_ids(self) -> Sequence[str]:
        return []

    def get_run(self, run_id: str) -> list[dict[str, str]]:
        raise IndexError(f"no notes on runs are kept: {run_id}")


class FileResults(ResultStore):
    """Results by version, pickled."""

    def __init__(self, folder: CacheFolder):
        self._folder = folder

    def set(self, data_version: str, result: Any, **others: Any) -> None:
        if _NAME.fullmatch(data_version) and not data_version.startswith(UNKNOWN):
            self._folder.write(data_version, pickle.dumps(result))

    def get(self, data_version: str, **others: Any) -> Any:
        """Raises ResultRetrievalError, on which Hamilton computes the result again."""
        content = self._folder.read(data_version)
        if content is None:
            raise ResultRetrievalError(data_version)
        try:
            return pickle.loads(content)
        # A class that has changed since may refuse its old state in any way.
        except Exception as error:
            raise ResultRetrievalError(data_version) from error

    def delete(self, data_version: str) -> None:
        self._folder.delete(data_version)

    def delete_all(self) -> None:
        self._folder.delete_all()

    def exists(self, data_version: str) -> bool:
        return bool(_NAME.fullmatch(data_version)) and (self._folder.path / data_version).is_file()


def _keep_from_others(folder: Path) -> None:
    """Close a folder to others. Raises SettingsError when they could write to it."""
    status = folder.stat()
    if os.name == "nt":  # a user's folders are theirs alone
        return
    if _owner_is_another(status) or status.st_mode & _WRITABLE_BY_OTHERS:
        raise SettingsError(
            f"the cache in {folder} is refused: another user owns it or may write to it, and "
            "reading it could run what they put there. Delete it, or set HEADRACE_DATA_DIR to a "
            "folder of your own"
        )
    if status.st_mode & _FOR_OTHERS:
        folder.chmod(0o700)


def _owner_is_another(status: os.stat_result) -> bool:
    user: Callable[[], int] | None = getattr(os, "geteuid", None)
    return user is not None and status.st_uid != user()


def _digest(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\0" + content).digest()


def _file_of(cache_key: str) -> str:
    return f"{hashlib.sha256(cache_key.encode()).hexdigest()}.key"
