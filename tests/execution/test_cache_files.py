"""The cache's files: for their owner alone, whole or not there, and of a bounded size."""

import errno
import os
import pickle
import stat
from pathlib import Path

import pytest

from headrace import Pipeline
from headrace.errors import SettingsError
from headrace.execution import cache_files
from headrace.execution.cache_files import CacheFolder
from headrace.execution.caching import NodeCache
from support.caches import computed, computed_by
from support.graphs import driver_of

QUESTION = "How long does the warranty last?"


def doubled(number: int) -> int:
    return 2 * number


def double(folder: Path, number: int = 2) -> set[str]:
    """The nodes that a new driver with this cache computed; the value is right."""
    dr = driver_of(doubled, adapters=(NodeCache(folder),))
    assert dr.execute(["doubled"], inputs={"number": number}) == {"doubled": 2 * number}
    return computed_by(dr)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def result_file(folder: Path) -> Path:
    return next(path for path in folder.iterdir() if path.suffix != ".key")


# --------------------------------------------------------------------------- for whom


def test_nobody_else_may_read_or_write_them(tmp_path):
    folder = tmp_path / "cache"
    before = os.umask(0)
    try:
        double(folder)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_an_older_folder_is_closed_to_others(tmp_path):
    tmp_path.chmod(0o755)
    double(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_may_write_to_is_refused(tmp_path, mode):
    tmp_path.chmod(mode)
    with pytest.raises(SettingsError, match="another user owns it or may write to it"):
        NodeCache(tmp_path)


def test_a_folder_and_a_file_of_another_user_are_not_read(tmp_path, monkeypatch):
    folder = CacheFolder(tmp_path, 1)
    folder.write("name", b"content")
    monkeypatch.setattr(cache_files.os, "geteuid", lambda: os.getuid() + 1)
    assert folder.read("name") is None
    with pytest.raises(SettingsError, match="is refused"):
        CacheFolder(tmp_path, 1)


# ------------------------------------------------------------------------ what is read


@pytest.mark.parametrize("cut", [0, 1, 31, 32, 33, -1])
@pytest.mark.parametrize("is_key", [True, False])
def test_a_torn_file_is_a_miss(tmp_path, cut, is_key):
    double(tmp_path)
    torn = next(path for path in tmp_path.iterdir() if (path.suffix == ".key") == is_key)
    torn.write_bytes(torn.read_bytes()[:cut])
    assert double(tmp_path) == {"doubled"}
    assert double(tmp_path) == set()


class Trap:
    """Runs something when it is read from a pickle."""

    def __reduce__(self):
        return pytest.fail, ("a foreign pickle was run",)


def test_a_foreign_file_is_a_miss_and_is_not_run(tmp_path):
    double(tmp_path)
    result_file(tmp_path).write_bytes(pickle.dumps(Trap()))
    assert double(tmp_path) == {"doubled"}


def test_a_file_in_the_place_of_another_is_a_miss(tmp_path):
    double(tmp_path / "other", 7)
    double(tmp_path / "cache", 2)
    content = result_file(tmp_path / "other").read_bytes()
    result_file(tmp_path / "cache").write_bytes(content)
    assert double(tmp_path / "cache", 2) == {"doubled"}


def test_a_folder_in_the_place_of_a_file_is_a_miss(tmp_path):
    double(tmp_path)
    for path in list(tmp_path.iterdir()):
        path.unlink()
        path.mkdir()
    assert double(tmp_path) == {"doubled"}


# ------------------------------------------------------------------- how much is kept


def test_asking_the_same_again_adds_nothing(data_dir, tmp_path, returns, rag):
    options = {"reranking": "off", "generation": "extractive"}
    cache = NodeCache(tmp_path)
    with Pipeline.open(data_dir=data_dir, cache=cache, **options) as cached:
        cached.ask(QUESTION, returns)
        list(cached.stream(QUESTION, returns))
        kept = files(tmp_path)
        for _ in range(3):
            cached.ask(QUESTION, returns)
            list(cached.stream(QUESTION, returns))
        assert computed(cached) == {"tenant_facts", "answer"}  # the listener hears it again
    assert files(tmp_path) == kept


def test_above_its_size_the_oldest_files_go_first(tmp_path):
    folder = CacheFolder(tmp_path, 0.01)
    for number in range(10):
        folder.write(f"file{number}", bytes(1_800))
        os.utime(tmp_path / f"file{number}", (number, number))
    kept = sorted(files(tmp_path))
    assert kept[-1] == "file9" and kept == [f"file{10 - len(kept) + n}" for n in range(len(kept))]
    assert 2 <= len(kept) <= 5
    assert CacheFolder(tmp_path, 0.002) and len(files(tmp_path)) <= 1


def test_the_size_is_a_setting(data_dir, returns):
    with Pipeline.open(data_dir=data_dir, reranking="off", cache=True, cache_mb=1e-3) as cached:
        cached.ask(QUESTION, returns)
    assert sum(map(len, files(data_dir / "cache").values())) <= 1_000


# ----------------------------------------------------------------------- a full disk


def test_on_a_full_disk_nothing_is_kept_and_the_answers_are_the_same(tmp_path, monkeypatch, caplog):
    class Full:
        def __init__(self, descriptor, mode):
            os.close(descriptor)

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def write(self, content):
            pass

    monkeypatch.setattr(cache_files, "open", Full, raising=False)
    for _ in range(2):
        assert double(tmp_path) == {"doubled"}
    assert files(tmp_path) == {}
    assert "cannot be written, so that results are computed again: No space left" in caplog.text
    assert len(caplog.records) == 2  # once for each driver


def test_a_cache_that_cannot_be_made_is_said(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    assert double(tmp_path / "file" / "cache") == {"doubled"}
    assert "cannot be written" in caplog.text
