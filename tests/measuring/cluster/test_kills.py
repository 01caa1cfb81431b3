"""`run.py bench --kills N --of`."""

import json
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from headrace.commands import main
from headrace.measuring.cluster import kills
from headrace.measuring.cluster.kills import KINDS


def test_workers_are_killed_and_nothing_is_lost_doubled_or_half_visible(
    tmp_path, monkeypatch, capfd, with_weights
):
    data = with_weights(tmp_path / "data")
    report = tmp_path / "report.json"
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data))
    monkeypatch.setattr(kills, "_NEW", 200)
    monkeypatch.setattr(kills, "_QUESTIONS", 50)
    code = main(["bench", "--kills", "2", "--of", "worker", "--json", str(report)])
    said = capfd.readouterr()
    assert report.exists(), said.err
    found = json.loads(report.read_text())
    assert found["violations"] == dict.fromkeys(KINDS, 0), found["examples"]
    assert code == 0 and "nothing half visible" in said.out
    assert found["kills"] == {"worker": 2}
    assert found["kills_of_ingest"] == found["kills_of_batch"] == 1
    assert found["looks"] > 0 and found["documents"] > 0 and found["questions"] > 0
    assert [path.name for path in data.iterdir()] == ["models"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kills", "0", "--of", "driver"], "at least 1"),
        (["--of", "driver"], "name --kills too"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_started(
    arguments, said, monkeypatch, tmp_path, capfd
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    assert main(["bench", *arguments]) == 2
    assert said in capfd.readouterr().err and not (tmp_path / "data").exists()


class Ended:
    """A command that has ended, with a code."""

    is_running = False

    def __init__(self, code: int | None):
        self.code = code

    def wait(self, seconds: float) -> bool:
        return self.code is not None

    def last_words(self) -> str:
        return "no more"

    def __enter__(self) -> "Ended":
        return self

    def __exit__(self, *exception: object) -> None: ...


@pytest.mark.parametrize(("code", "said"), [(2, "ended with 2"), (None, "did not end"), (0, "")])
def test_a_command_that_fails_by_itself_or_hangs_is_a_violation(code, said, tmp_path, monkeypatch):
    rag = SimpleNamespace(settings=SimpleNamespace(data_dir=tmp_path))
    nodes = SimpleNamespace(workers=lambda: [object()])
    run = kills._Run(cast(Any, rag), cast(Any, nodes), "worker", Random(1), lambda *told: None)
    monkeypatch.setattr(run, "_started", lambda command: Ended(code))
    run._attacked(["ingest"], 0)
    assert run._violations["unfinished"] == bool(said)
    assert all(said in example and "no more" in example for example in run._examples)
