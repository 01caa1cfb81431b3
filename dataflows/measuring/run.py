"""Runs the evaluation over collections: stores each corpus, asks its questions, and puts the reports together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dataflows.caching import module_code
from dataflows.errors import SettingsError, SourceError
from dataflows.fingerprints import fingerprint
from dataflows.measuring.collections import Collection, LabelledQuestion
from dataflows.measuring.environment import describe_environment
from dataflows.measuring.traces import Trace, append_trace, read_traces, trace_question
from dataflows.pipeline import Pipeline, evaluation_driver
from dataflows.resources import statements
from dataflows.settings import Settings

VERSION = 1

#: Called with what is being done, how much of it is done and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Selection:
    """Which questions of a collection are asked: all of its file, or `limit` of them drawn by `seed`; of another file, if one is named.

    `answers`: whether answers are made; None: where the collection has gold answers or says what is answerable.
    """

    queries_file: str | None = None
    limit: int | None = None
    seed: int = 0
    answers: bool | None = None


@dataclass
class Measurement:
    """What was measured of some collections under one choice of settings.

    Attributes:
        report: the JSON contract that `run.py evaluate --help` describes.
        run_files: collection -> ranking node -> query id -> document ids, best first.
    """

    report: dict[str, Any]
    run_files: dict[str, dict[str, dict[str, tuple[str, ...]]]] = field(default_factory=dict)


def evaluate_collections(
    folders: Sequence[Path], settings: Settings, selection: Selection | None = None, *, progress: Progress | None = None
) -> Measurement:
    """Measures every node of the graph on the labelled questions of some collections.

    Each corpus is stored in a tenant of its own, once for as long as it does not change. A run that was stopped goes on where it was; one
    that came to its end is measured anew the next time. `generation = auto` means extractive here: a paid model is used when named.

    Raises SourceError for a folder that is no collection, SettingsError when the extra `evaluate` is missing.
    """
    selection, progress = selection or Selection(), progress or (lambda what, done, total: None)
    check_extra()
    check_names(folders)
    measurement = Measurement({})
    with Pipeline.open(measured_settings(settings)) as rag:
        collections: dict[str, Any] = {}
        for folder in folders:
            asker = Asker(rag, selection, progress)
            values = evaluated(folder, asker, selection, ["collection_report", "run_files"], rag.settings.answer_threshold)
            collections[folder.resolve().name] = values["collection_report"] | {"chunks": asker.chunks}
            measurement.run_files[folder.resolve().name] = values["run_files"]
            asker.finish()
        measurement.report = {
            "version": VERSION, "collections": collections, "settings": reported_settings(rag.settings),
            "environment": describe_environment(rag.database.versions)
            | {"seed": selection.seed, "limit": selection.limit, "queries_file": selection.queries_file},
        }  # fmt: skip
    return measurement


def evaluated(folder: Path, asker: Callable, selection: Selection, nodes: list[str], answer_threshold: float) -> dict[str, Any]:
    """The values of some nodes of the evaluation dataflow for one collection."""
    inputs = {
        "folder": folder, "queries_file": selection.queries_file, "limit": selection.limit, "seed": selection.seed, "asker": asker,
        "answer_threshold": answer_threshold,
    }  # fmt: skip
    return evaluation_driver().execute(nodes, inputs=inputs)


class Asker:
    """Stores a collection's corpus and asks its questions, keeping what is done on disk until `finish`."""

    def __init__(self, rag: Pipeline, selection: Selection, progress: Progress):
        self._rag, self._selection, self._progress = rag, selection, progress
        self._kept = Path()
        self.chunks = 0

    def __call__(self, collection: Collection, questions: list[LabelledQuestion]) -> list[Trace]:
        """The questions' traces, in order."""
        tenant = self.store(collection)
        documents, self.chunks = _held(self._rag, tenant)
        answers = makes_answers(self._selection, collection)
        self._kept = self._file(tenant, collection, answers)
        traces = read_traces(self._kept)
        what = f"asking {collection.name}"
        for done, question in enumerate(questions):
            self._progress(what, done, len(questions))
            if question.query_id not in traces:
                trace = trace_question(self._rag, question, tenant, documents=documents, answers=answers)
                traces[question.query_id] = trace
                append_trace(self._kept, trace)
        self._progress(what, len(questions), len(questions))
        return [traces[question.query_id] for question in questions]

    def store(self, collection: Collection) -> str:
        """The tenant that holds the corpus; ingested first where it is not there as it is now."""
        tenant, what, total = tenant_of(collection, self._rag.settings), f"storing {collection.name}", len(collection.documents)
        done = 0

        def count(outcome: object) -> None:
            nonlocal done
            done += 1
            self._progress(what, min(done, total), total)

        if _held(self._rag, tenant)[0] != total:
            self._rag.ingest(collection.documents.values(), tenant, on_outcome=count)
            stored = _held(self._rag, tenant)[0]
            if stored != total:
                raise SourceError(f"storing the collection {collection.name} failed: {stored:,} of {total:,} documents are there")
        return tenant

    def finish(self) -> None:
        """Forgets the traces: the measurement is complete, the next one is a new one."""
        self._kept.unlink(missing_ok=True)

    def _file(self, tenant: str, collection: Collection, answers: bool) -> Path:
        """A file that stands for the same questions, settings, corpus and code, so that nothing else is continued from it."""
        code = [module_code("dataflows.pipeline"), statements.fingerprint()]
        key = [tenant, collection.content_hash, answers, reported_settings(self._rag.settings), code]
        return self._rag.settings.data_dir / "evaluations" / f"{collection.name}-{fingerprint(key)[:12]}.jsonl"


def makes_answers(selection: Selection, collection: Collection) -> bool:
    """Whether the graph is run to its end: as chosen, else where there is something to compare answers with."""
    if selection.answers is not None:
        return selection.answers
    return any(question.answers or question.answerable is not None for question in collection.questions)


def tenant_of(collection: Collection, settings: Settings) -> str:
    """The name of the tenant a corpus is measured in: another one for every content and every way to cut it into chunks."""
    recipe = fingerprint([collection.corpus_hash, settings.chunk_tokens, settings.chunk_overlap, settings.default_language])
    return f"evaluation {collection.name} {recipe[:12]}"


def measured_settings(settings: Settings) -> Settings:
    """The settings, `generation = auto` taken for extractive: measuring should not cost money unless it is meant to."""
    return settings.model_copy(update={"generation": "extractive"}) if settings.generation == "auto" else settings


def reported_settings(settings: Settings) -> dict[str, Any]:
    """The settings as a report has them: JSON values, without addresses and places."""
    return settings.model_dump(mode="json", exclude={"database_url", "data_dir"})


def check_extra() -> None:
    """Raises SettingsError when measuring is not installed."""
    if not (find_spec("ir_measures") and find_spec("scipy")):
        raise SettingsError("measuring needs more packages: pip install 'headrace[evaluate]'")


def check_names(folders: Sequence[Path]) -> None:
    """Raises SourceError when two collections would go by the same name."""
    names = [folder.resolve().name for folder in folders]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(f"two collections are named {', '.join(twice)}: their reports could not be told apart; rename a folder")


def _held(rag: Pipeline, tenant: str) -> tuple[int, int]:
    """How many documents and chunks a tenant holds."""
    corpus = rag.run(["corpus"], tenant=tenant)["corpus"]
    return corpus.documents, corpus.chunks
