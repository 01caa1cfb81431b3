"""A full disk: what is said, and that nothing half-written is kept."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from headrace.errors import ModelError
from headrace.resources import disk
from headrace.resources.models.weights import integer_weights
from headrace.resources.postgres import pgserver
from support.places import SCRIPTS


@pytest.fixture
def full(monkeypatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: SimpleNamespace(free=2e6))


def test_a_disk_is_too_full_when_less_is_free_than_is_needed(full, tmp_path):
    below = tmp_path / "not" / "there"
    assert disk.too_full(below, 2) == ""
    assert disk.too_full(below, 3) == "its disk is too full (2 MB are free, 3 MB are needed); "


def test_a_server_that_does_not_start_says_that_its_disk_is_full(full, tmp_path):
    error = pgserver.failure(tmp_path / "postgres", OSError("initdb failed"))
    assert "its disk is too full (2 MB are free, 60 MB are needed); initdb failed" in str(error)


def test_weights_that_do_not_fit_the_disk_are_said_and_leave_nothing(full, tmp_path, monkeypatch):
    def cut_off(make: Callable[[Path, Path], None], model: Path, made: Path) -> None:
        made.write_bytes(b"half")
        raise RuntimeError("Wire format was corrupt")

    monkeypatch.setattr(integer_weights, "make_alone", cut_off)
    model = tmp_path / "model.onnx"
    model.write_bytes(bytes(1_000_000))
    with pytest.raises(ModelError, match=r"too full \(2 MB are free, 500 MB are needed\).*corrupt"):
        integer_weights.integer_file(
            lambda: model, "m", tmp_path, [integer_weights.quantised], lambda made, original: True
        )
    assert list((tmp_path / "models").iterdir()) == []


def test_a_data_folder_that_is_a_file_needs_no_space_but_another_folder(tmp_path):
    place = tmp_path / "a.csv"
    place.write_text("x")
    with pytest.raises(ModelError, match=r"Not a directory.*\nSet HEADRACE_DATA_DIR to another"):
        integer_weights.integer_file(
            lambda: place, "m", place, [integer_weights.quantised], lambda made, original: True
        )


def test_a_database_that_cannot_be_made_leaves_nothing_and_is_made_later(tmp_path):
    """A limit of the size of files stands for the full disk: it needs no mount."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    command = [sys.executable, str(SCRIPTS / "embedded_server.py"), str(tmp_path)]
    failed = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, input="")
    assert "DatabaseError: starting the embedded PostgreSQL under" in failed.stderr
    assert "Free disk space" in failed.stderr and "could not write" in failed.stderr
    assert list(tmp_path.glob("postgres*")) == []
    made = subprocess.run(command, capture_output=True, text=True, input="")
    assert made.stdout.startswith("ready"), made.stderr
