"""`run.py bench --stalls`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from headrace.commands import main
from headrace.measuring.stalls import run
from headrace.measuring.stalls.troubles import KILLS, STALLS, drawn
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
    """Two kills and two stalls in a few seconds, as a process of its own."""
    folder = tmp_path_factory.mktemp("stalls")
    report = folder / "report.json"
    data = folder / "data"
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-W", "error", str(ROOT / "run.py"), "bench"]
    choices = ["--kills", "2", "--stalls", "2", "--seconds", "9", "--json", str(report)]
    choices += ["--set", "question_timeout_s=2"]
    done = subprocess.run(
        [*command, *choices],
        env=environment | {"HEADRACE_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert report.exists(), done.stderr
    return Finished(done.returncode, json.loads(report.read_text()), done.stdout, data)


def test_postgresql_is_killed_and_stalled_and_nothing_is_lost_or_wrong(finished):
    report = finished.report
    found = report["violations"]
    # Other tests may keep the processor busy, for which a question waits as well.
    assert found == {**dict.fromkeys(run.KINDS, 0), "late": found["late"]}, report["examples"]
    assert finished.code == bool(found["late"])
    assert ("nothing lost, doubled, wrong or foreign" in finished.out) != bool(found["late"])
    assert sum(report["kills"].values()) == sum(report["stalls"].values()) == 2
    assert report["asked"] == {"kills": 2, "stalls": 2}


def test_calls_were_answered_and_documents_checked(finished):
    report = finished.report
    # Where other tests keep the processor busy, there may be time for changes alone.
    ended = [
        calls["answered"] + calls["refused"] for calls in (report["questions"], report["changes"])
    ]
    assert sum(ended) > 0 and report["checked_documents"] > 0


def test_nothing_stays_behind(finished):
    assert [path.name for path in finished.data.iterdir()] == ["models"]


def test_every_kind_is_drawn_and_stalls_are_shorter_and_longer_than_the_limit():
    troubles = drawn(50, 50, 3.0, run.Random(0))
    kinds = [trouble.kind for trouble in troubles]
    assert len(troubles) == 100 and set(kinds) == {*KILLS, *STALLS}
    assert sum(kind in KILLS for kind in kinds) == 50
    for kind in STALLS:
        lasting = [trouble.seconds for trouble in troubles if trouble.kind == kind]
        assert min(lasting) < 3.0 < max(lasting)
    assert drawn(50, 50, 3.0, run.Random(0)) == troubles != drawn(50, 50, 3.0, run.Random(1))


@pytest.fixture
def data_folder(monkeypatch, tmp_path):
    """Where the run stores what it makes."""
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stalls", "0"], "at least 1"),
        (["--stalls", "2", "--seconds", "0"], "more than 0"),
        (["--stalls", "2", "--quick"], "one thing"),
        (["--stalls", "2", "--words"], "one thing"),
        (["--seconds", "20"], "name --stalls too"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_started(arguments, said, data_folder, capfd):
    assert main(["bench", *arguments]) == 2
    assert said in capfd.readouterr().err and not data_folder.exists()


def test_a_server_that_is_not_its_own_is_never_stalled(data_folder, monkeypatch, capfd):
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@example.org/theirs")
    assert main(["bench", "--stalls", "2"]) == 2
    assert "unset DATABASE_URL" in capfd.readouterr().err and not data_folder.exists()


def test_a_violation_makes_the_exit_code_1_and_is_shown(monkeypatch, capfd, finished, tmp_path):
    violations = {**dict.fromkeys(run.KINDS, 0), "foreign": 1}
    report = {**finished.report, "violations": violations, "examples": ["a was given b's text"]}
    monkeypatch.setattr(run, "measure", lambda *given: report)
    file = tmp_path / "report.json"
    assert main(["bench", "--stalls", "2", "--json", str(file)]) == 1
    out = capfd.readouterr().out
    assert "1 violations" in out and "a was given b's text" in out
    assert json.loads(file.read_text()) == report
