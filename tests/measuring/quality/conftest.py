"""Collections that the tests measure."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headrace.measuring.quality.sample import sample_collection

HEADING = "query-id\tcorpus-id\tscore\n"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The collection that comes with Headrace: 46 documents, 20 questions."""
    return sample_collection(tmp_path / "ferry")


@pytest.fixture
def write_collection() -> Callable[..., None]:
    """Writes the three files of a collection to a folder, as plain text."""

    def write(folder: Path, corpus: list[dict], queries: list[dict], qrels: str = HEADING) -> None:
        (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in corpus))
        (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in queries))
        (folder / "qrels.tsv").write_text(qrels)

    return write
