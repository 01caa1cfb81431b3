"""`run.py bench --kills`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from headrace.commands import main
from headrace.measuring.kills import run
from headrace.measuring.kills.check import KINDS
from support.places import ROOT
from support.waiting import PATIENCE_S


class Finished(NamedTuple):
    """A run: its exit code, report, output and data folder."""

    code: int
    report: dict[str, Any]
    out: str
    data: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Finished:
    """run.py bench --kills 4, as a process of its own."""
    folder = tmp_path_factory.mktemp("kills")
    report = folder / "report.json"
    data = folder / "data"
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-W", "error", str(ROOT / "run.py"), "bench"]
    done = subprocess.run(
        [*command, "--kills", "4", "--seed", "3", "--json", str(report)],
        env=environment | {"HEADRACE_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert report.exists(), done.stderr
    return Finished(done.returncode, json.loads(report.read_text()), done.stdout, data)


def test_client_and_server_are_killed_and_nothing_is_lost_doubled_or_half_visible(finished):
    report = finished.report
    assert report["violations"] == dict.fromkeys(KINDS, 0), report["examples"]
    assert finished.code == 0
    assert "nothing lost, nothing doubled, nothing half visible" in finished.out
    assert report["kills"] == dict.fromkeys(run.VICTIMS, 1) and report["asked_kills"] == 4


def test_calls_were_under_way_when_it_was_killed_and_searches_beside_them(finished):
    report = finished.report
    interrupted = report["interrupted"]
    assert sum(interrupted[how] for how in ("whole", "absent", "partly", "questions")) >= 1
    assert sum(report["operations"].values()) > 0
    assert report["searches"] > 0 and report["checked_documents"] > 0


def test_nothing_stays_behind(finished):
    assert [path.name for path in finished.data.iterdir()] == ["models"]


@pytest.fixture
def data_folder(monkeypatch, tmp_path):
    """Where the run stores what it makes."""
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["0"], "at least 1"),
        (["3", "--quick"], "one thing"),
        (["3", "--scale", "9"], "one thing"),
        (["3", "--words"], "one thing"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_started(arguments, said, data_folder, capfd):
    assert main(["bench", "--kills", *arguments]) == 2
    assert said in capfd.readouterr().err and not data_folder.exists()


def test_a_server_that_is_not_its_own_is_never_killed(data_folder, monkeypatch, capfd):
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@example.org/theirs")
    assert main(["bench", "--kills", "2"]) == 2
    assert "unset DATABASE_URL" in capfd.readouterr().err and not data_folder.exists()


def test_a_violation_makes_the_exit_code_1_and_is_shown(monkeypatch, capfd, tmp_path):
    outcomes = ("whole", "absent", "partly", "questions", "documents_whole", "documents_absent")
    report = {
        "kills": {"client": 1, "server": 0, "postmaster": 0, "backend": 0},
        "asked_kills": 2,
        "operations": {"ingest": 3},
        "searches": 5,
        "checked_documents": 4,
        "interrupted": dict.fromkeys(outcomes, 0),
        "searches_of_two_moments": 0,
        "violations": {**dict.fromkeys(KINDS, 0), "lost": 1},
        "examples": ["w0d1 should be there"],
        "seed": 0,
        "wall_s": 1.0,
    }
    file = tmp_path / "report.json"
    monkeypatch.setattr(run, "measure", lambda *given: report)
    assert main(["bench", "--kills", "2", "--json", str(file)]) == 1
    out = capfd.readouterr().out
    assert "1 violations" in out and "w0d1 should be there" in out
    assert json.loads(file.read_text()) == report
