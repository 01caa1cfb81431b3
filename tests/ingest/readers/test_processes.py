"""A file that its parser cannot bear fails alone, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from headrace.ingest.readers import Limits, Unreadable, read_files, read_source
from headrace.ingest.readers.processes import _PROCESSES
from headrace.types import Document
from support.bombs import deflated_blanks, drawn_forms, page_of, slow_page, word_file_of
from support.reading import reason_of, written
from support.waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(os.name != "posix", reason="files are read in this process")
SMALL = {"max_document_mb": 1}


@pytest.fixture
def children() -> Callable[[], set[int]]:
    """Tells the processes that read files; a dead one that nobody waited for counts.

    Other tests may have left children of other kinds.
    """

    def of_this_process() -> set[int]:
        return {child.pid for child in psutil.Process().children()}

    others = of_this_process() - idle()
    return lambda: of_this_process() - others


def idle() -> set[int]:
    return {process._process.pid for process in _PROCESSES._idle}


def until(is_so: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("forms.pdf", drawn_forms(30)),
        ("itself.pdf", drawn_forms(1, of_itself=True)),
        ("blanks.pdf", deflated_blanks(1_000_000_000)),
    ],
)
def test_a_small_pdf_that_fills_the_memory_is_unreadable(tmp_path, name, data):
    assert len(data) < 1_000_000
    assert reason_of(written(tmp_path, name, data), **SMALL).startswith(
        "cannot be read: it takes more than 536 MB of memory; split it, leave it out, or raise "
        "HEADRACE_MAX_DOCUMENT_MB"
    )


def test_a_page_that_takes_too_long_fails_alone(tmp_path):
    paths = [written(tmp_path, f"{name}.html", f"<p>sound {name}") for name in "abd"]
    paths.insert(2, written(tmp_path, "c.html", slow_page()))
    first, second, slow, last = read_files(paths, Limits(max_document_s=0.5))
    assert [one.text for one in (first, second, last) if isinstance(one, Document)] == [
        "sound a",
        "sound b",
        "sound d",
    ]
    assert slow == Unreadable(
        str(paths[2]),
        "cannot be read: not done after 0.5 s; split it, leave it out, or raise "
        "HEADRACE_MAX_DOCUMENT_S",
    )


def test_a_process_that_is_killed_fails_its_file_alone(tmp_path, children):
    sound_page = written(tmp_path, "b.html", "<p>sound")
    list(read_source(sound_page))
    before = children()

    def kill() -> None:
        until(lambda: any(psutil.Process(pid).cpu_times().user > busy[pid] + 0.2 for pid in busy))
        for pid in busy:
            os.kill(pid, signal.SIGKILL)

    busy = {pid: psutil.Process(pid).cpu_times().user for pid in before}
    killer = threading.Thread(target=kill)
    killer.start()
    slow = written(tmp_path, "a.html", slow_page())
    first, killed, sound = read_files([sound_page, slow, sound_page])
    killer.join()
    assert isinstance(first, Document) and isinstance(killed, Unreadable)
    assert killed.reason.startswith("cannot be read: its parser crashed (SIGKILL)")
    assert isinstance(sound, Document)
    assert not before & children()


def test_a_process_is_used_again_and_one_that_died_meanwhile_is_replaced(tmp_path, children):
    path = written(tmp_path, "a.html", "<p>sound")
    list(read_source(path))
    before = children()
    list(read_source(path))
    assert children() == before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
        until(lambda pid=pid: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    (document,) = read_source(path)
    assert isinstance(document, Document)


def test_whoever_stops_reading_in_the_middle_leaves_no_process_at_work(tmp_path, children):
    paths = [written(tmp_path, "a.html", "<p>sound"), written(tmp_path, "b.html", slow_page())]
    outcomes = read_files(paths)
    assert isinstance(next(outcomes), Document)
    outcomes.close()
    assert children() == idle()


def test_several_threads_read_at_once(tmp_path):
    paths = [written(tmp_path, f"{n}.html", f"<p>page {n}") for n in range(60)]
    with ThreadPoolExecutor(4) as threads:
        for outcomes in threads.map(lambda _: list(read_files(paths)), range(8)):
            assert [one.text for one in outcomes] == [f"page {n}" for n in range(60)]


def test_a_forked_process_reads_with_a_process_of_its_own(tmp_path):
    path = written(tmp_path, "a.html", "<p>sound")
    code = f"""
import os, psutil
from pathlib import Path
from headrace.ingest.readers import read_source
def reads(): return [one.text for one in read_source(Path({str(path)!r}))] == ["sound"]
def reader(): return {{child.pid for child in psutil.Process().children()}}
assert reads()
before = reader()
worker = os.fork()
if not worker:
    os._exit(0 if reads() and reader() and not reader() & before else 1)
assert os.waitpid(worker, 0)[1] == 0
assert reads() and reader() == before
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize("page", ["<p>sound", slow_page()], ids=["idle", "busy"])
def test_no_process_is_left_when_its_parent_is_killed(tmp_path, page):
    path = written(tmp_path, "a.html", page)
    code = f"""
import sys, threading
from pathlib import Path
from headrace.ingest.readers import read_source
reading = threading.Thread(target=lambda: list(read_source(Path({str(path)!r}))))
reading.start()
print("reading", flush=True)
reading.join()
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout and parent.stdout.readline() == b"reading\n"
        until(lambda: bool(psutil.Process(parent.pid).children()))
        (child,) = psutil.Process(parent.pid).children()
        until(lambda: child.cpu_times().user > 0.03)
        parent.kill()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_ctrl_c_ends_the_reading_at_once(tmp_path):
    path = written(tmp_path, "a.html", slow_page())
    code = f"""
from pathlib import Path
from headrace.ingest.readers import read_source
print("reading", flush=True)
list(read_source(Path({str(path)!r})))
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with parent:
        until(lambda: bool(psutil.Process(parent.pid).children()))
        (child,) = psutil.Process(parent.pid).children()
        until(lambda: child.cpu_times().user > 0.3)
        parent.send_signal(signal.SIGINT)
        assert parent.wait(PATIENCE_S) in (-signal.SIGINT, 1, 130)
    assert not child.is_running()


def test_unpacked_sizes_and_nesting_of_word_files_are_bounded(tmp_path):
    deep = "<w:tbl><w:tr><w:tc>" * 100_000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 100_000
    path = written(tmp_path, "deep.docx", word_file_of(deep))
    assert "nested too deeply" in reason_of(path) or "depth" in reason_of(path)
    many = written(tmp_path, "many.docx", word_file_of("<w:p/>" * 200_000))
    assert reason_of(many, **SMALL).startswith("too large: unpacked it is")
    entities = written(tmp_path, "entities.docx", word_file_of("&j;", entities=True))
    assert "damaged" in reason_of(entities)


def test_a_process_of_ones_own_prints_nothing(tmp_path, capfd):
    list(read_source(Path(written(tmp_path, "a.pdf", page_of(b"\x1b[31m(")))))
    assert capfd.readouterr() == ("", "")
