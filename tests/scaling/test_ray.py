"""Work on a real Ray cluster of two workers: the same as without, and nothing lost."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import ray

from headrace import Document, Pipeline, RayExecutor, WorkerError
from headrace.commands.batching.answering import answers
from headrace.commands.batching.questions import Question
from headrace.execution.blocks import ThreadExecutor
from headrace.measuring.quality.run import Selection, evaluate_collections
from headrace.measuring.quality.sample import sample_collection
from headrace.scaling import crew
from support import cluster as work
from support.samples import RETURNS
from support.stored_rows import held

#: What the clock decides in a line of a batch.
_TIMES = ("stages", "total_ms")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of files of several kinds, one of which cannot be read."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(40):
        text = f"# Seal {number}\n\nThe seal number {number} sleeps on the ice of bay {number % 7}."
        (folder / f"seal-{number}.md").write_text(text)
    (folder / "page.html").write_text("<title>Ice</title><p>The ice drifts south in spring.</p>")
    lines = [{"_id": f"line-{number}", "text": f"Walrus {number} whistles."} for number in range(9)]
    (folder / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with (folder / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("animal", "place"), ("walrus", "bay 3"), ("seal", "bay 4")])
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    return folder


def told(outcomes: Sequence[Any]) -> list[tuple]:
    return [(one.document_id, one.status, one.chunks, one.reason) for one in outcomes]


def rows(rag: Pipeline, tenant: str) -> dict[str, list]:
    """All that is stored; of postings what they say, however they are merged."""
    stored = held(rag, tenant)
    with rag.database.for_tenant(tenant).transaction() as transaction:
        said = "SELECT term, sum(chunks) FROM postings GROUP BY term ORDER BY term"
        stored["postings"] = transaction.execute(said)
    del stored["segments"]
    return stored


def test_files_are_stored_as_without_a_cluster(rag, tenant, workers, files):
    progress: list[tuple[str, int, int]] = []
    known: list[Any] = []
    elsewhere = rag.ingest(
        [files],
        tenant,
        executor=workers,
        on_outcome=known.append,
        on_progress=lambda *told: progress.append(told),
    )
    here = rag.ingest([files], f"{tenant}-here")
    assert told(elsewhere) == told(here) and elsewhere == known
    assert sum(one.status == "new" for one in here) == 51
    assert rows(rag, tenant) == rows(rag, f"{tenant}-here")
    last = {what: (done, total) for what, done, total in progress}
    assert all(done == total > 0 for done, total in last.values()) and len(last) == 2
    again = rag.ingest([files], tenant, executor=workers)
    assert {one.status for one in again} == {"unchanged", "failed"}


def test_documents_of_a_generator_are_changed_and_removed_as_without(rag, tenant, workers):
    rag.ingest(RETURNS, tenant, executor=workers)
    changed = Document("warranty", "Warranty", "The warranty lasts five years.", "w.md")
    (outcome,) = rag.ingest((one for one in [changed]), tenant, executor=workers)
    assert outcome.status == "changed"
    answer = rag.ask("How long does the warranty last?", tenant)
    assert "five years" in answer.text


def test_a_lost_worker_costs_only_the_repetition_of_its_piece(rag, workers, tmp_path):
    lost = workers.call(rag, work.process)
    assert workers.call(rag, work.end_once, tmp_path / "mark") == "done"
    assert workers.call(rag, work.process) != lost


def test_an_ingest_whose_workers_are_killed_stores_every_document_once(rag, tenant, workers):
    documents = []
    for number in range(500):
        documents.append(Document(f"seal-{number}", "", f"Seal {number} sleeps on ice.", "s"))

    def kill(outcome: Any) -> None:
        if outcome.document_id in ("seal-30", "seal-200"):
            work.kill_one_worker()

    outcomes = rag.ingest(documents, tenant, executor=workers, on_outcome=kill)
    assert [one.document_id for one in outcomes] == [one.document_id for one in documents]
    assert {one.status for one in outcomes} <= {"new", "unchanged", "changed"}
    rag.ingest(documents, f"{tenant}-here")
    assert rows(rag, tenant) == rows(rag, f"{tenant}-here")


def test_an_error_of_the_work_is_raised_as_it_is(rag, workers):
    with pytest.raises(ValueError, match="^no such bay$"):
        workers.call(rag, work.complaint, ValueError, "no such bay")


def test_work_that_ends_every_worker_is_given_up(rag, workers, monkeypatch):
    monkeypatch.setattr(crew, "_ATTEMPTS", 2)
    with pytest.raises(WorkerError, match="2 workers were lost one after the other"):
        workers.call(rag, work.end)
    assert workers.call(rag, work.process)  # others work on


def test_settings_and_secrets_of_the_environment_are_those_of_the_driver(
    rag, workers, data_dir, monkeypatch
):
    settings = workers.call(rag, work.settings)
    assert settings.data_dir == data_dir and settings.generation == "extractive"
    assert settings.connections <= 4 and settings.encoder_threads == 1
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-secret-of-the-test")
    with RayExecutor(workers=1) as others:
        assert others.call(rag, work.environment, "ANTHROPIC_API_KEY") == "a-secret-of-the-test"
    assert ray.is_initialized()  # the cluster was not its own


OWN = """
from own_words import words
from headrace.types import Context
from hamilton.function_modifiers import tag

@tag(stage="own")
def context_words(context: Context) -> int:
    return len(words(context.text))
"""


class Shouting:
    """A reader of the test's own, which no worker could import."""

    endings = (".shout",)

    def read(self, path: str) -> list[Document]:
        text = Path(path).read_text()
        return [Document(path, "", text.upper(), path)]


def test_own_modules_and_readers_travel(workers, data_dir, tenant, tmp_path):
    (tmp_path / "own_stage.py").write_text(OWN)
    (tmp_path / "own_words.py").write_text("def words(text):\n    return text.split()\n")
    (tmp_path / "a.shout").write_text("the walrus whistles")
    choices = {"data_dir": data_dir, "reranking": "off", "generation": "extractive"}
    modules = [tmp_path / "own_stage.py"]
    with (
        Pipeline.open(modules=modules, readers=[Shouting()], **choices) as rag,
        RayExecutor(workers=1) as executor,
    ):
        (outcome,) = rag.ingest([tmp_path / "a.shout"], tenant, executor=executor)
        assert outcome.status == "new"
        asked = ("context_words", "What does the walrus do?", tenant)
        found = executor.call(rag, work.value_of, *asked)
        assert found == work.value_of(rag, *asked) > 1


def test_a_batch_has_the_same_lines_in_order(rag, returns, workers):
    questions = []
    for number in range(12):
        asked = f"How long does the warranty of {number} items last?"
        questions.append(Question(number, {"question": asked, "tenant": returns}))
    questions.append(Question("bad", problem="no question"))
    lines = list(answers(rag, workers, questions, in_order=True))
    assert [line["id"] for line in lines] == [one.id for one in questions]
    here = list(answers(rag, ThreadExecutor(1), questions, in_order=True))
    assert [untimed(line) for line in lines] == [untimed(line) for line in here]


def untimed(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in _TIMES}


def test_an_evaluation_has_the_same_figures_to_the_last_digit(rag, workers, tmp_path):
    sample = sample_collection(tmp_path / "ferry")
    measured = []
    few = Selection(limit=8)
    for executor in (None, workers):
        found = evaluate_collections([sample], rag.settings, few, executor=executor)
        (collection,) = found.report["collections"].values()
        measured.append((figures(collection), found.run_files))
    assert measured[0] == measured[1]


def figures(report: Any) -> Any:
    """A report without times."""
    if not isinstance(report, dict):
        return report
    timed = ("total", "questions_per_s", "resumed")
    kept = {}
    for name, value in report.items():
        if name not in timed and not name.endswith("_ms"):
            kept[name] = figures(value)
    return kept
