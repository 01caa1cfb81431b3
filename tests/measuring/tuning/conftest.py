"""What run.py tune is tried on."""

from pathlib import Path

import pytest

from headrace.commands import main
from headrace.measuring.quality.sample import sample_collection


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The collection that comes with Headrace: 46 documents, 20 questions."""
    return sample_collection(tmp_path / "ferry")


@pytest.fixture
def tune(data_dir, monkeypatch):
    """Runs run.py tune: its exit code."""
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))

    def run(folder: Path, *arguments: str) -> int:
        return main(["tune", str(folder), *arguments])

    return run
