"""Measures collections: stores each corpus, asks its questions, runs the evaluation dataflow over what they left behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from headrace.errors import SettingsError, SourceError
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality.asking import Asker, Progress
from headrace.measuring.quality.collections import Collection, LabelledQuestion, collection_files
from headrace.measuring.quality.traces import Trace
from headrace.pipeline import Pipeline, evaluation_driver
from headrace.settings import Settings

VERSION = 1


@dataclass(frozen=True)
class Selection:
    """Which questions of a collection are asked: all of its file, or `limit` of them drawn by `seed`; of another file, if one is named.

    `answers`: whether answers are made; None: where the collection has gold answers or says what is answerable.
    """

    queries_file: str | None = None
    limit: int | None = None
    seed: int = 0
    answers: bool | None = None

    def inputs(self) -> dict[str, Any]:
        """What the evaluation dataflow is given of it."""
        return {"queries_file": self.queries_file, "limit": self.limit, "seed": self.seed}

    def makes_answers(self, collection: Collection) -> bool:
        """Whether the graph is run to its end."""
        if self.answers is not None:
            return self.answers
        return any(
            question.answers or question.answerable is not None for question in collection.questions
        )


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
    folders: Sequence[Path],
    settings: Settings,
    selection: Selection | None = None,
    *,
    progress: Progress | None = None,
) -> Measurement:
    """Measures every node of the graph on the labelled questions of some collections.

    Each corpus is stored in a tenant of its own, once for as long as it does not change. A run that was stopped goes on where it was; one
    that came to its end is measured anew the next time. `generation = auto` means extractive here: a paid model is used when named.

    Raises SourceError for a folder that is no collection, SettingsError when the extra `evaluate` is missing.
    """
    selection = selection or Selection()
    check(folders)
    reports, run_files, askers = {}, {}, []
    with Pipeline.open(measured_settings(settings)) as rag:
        for folder in folders:
            asked = _Asked(rag, selection, progress or silent)
            values = evaluation(
                ["collection_report", "run_files"],
                rag.settings,
                folder=folder,
                asker=asked,
                **selection.inputs(),
            )
            name = folder.resolve().name
            reports[name] = values["collection_report"] | {
                "chunks": asked.asker.chunks,
                "resumed": asked.asker.resumed,
            }
            run_files[name] = values["run_files"]
            askers.append(asked.asker)
        about = describe_environment(rag.database.versions) | selection.inputs()
        report = {
            "version": VERSION,
            "collections": reports,
            "settings": reported_settings(rag.settings),
            "environment": about,
        }
    for asker in askers:  # only now: a later collection that fails must not cost the earlier ones
        asker.finish()
    return Measurement(report, run_files)


def evaluation(
    nodes: list[str], settings: Settings, overrides: dict[str, Any] | None = None, **inputs: Any
) -> dict[str, Any]:
    """The values of some nodes of the evaluation dataflow."""
    return evaluation_driver().execute(
        nodes,
        inputs={"answer_threshold": settings.answer_threshold, **inputs},
        overrides=overrides or {},
    )


class _Asked:
    """What the node `traces` is given to ask with; keeps its `Asker`."""

    def __init__(self, rag: Pipeline, selection: Selection, progress: Progress):
        self._rag, self._selection, self._progress = rag, selection, progress

    def __call__(self, collection: Collection, questions: list[LabelledQuestion]) -> list[Trace]:
        answers = self._selection.makes_answers(collection)
        self.asker = Asker(
            self._rag, collection, answers=answers, purpose="evaluate", progress=self._progress
        )
        self.asker.warm_up(questions[0])
        return list(counted(questions, self.asker.ask, self._progress, f"asking {collection.name}"))


def counted(items: Sequence[Any], work: Callable, progress: Progress, what: str):
    """The results of `work` for each item, as they come; `progress` is told before the first and after each."""
    progress(what, 0, len(items))
    for done, item in enumerate(items, start=1):
        yield work(item)
        progress(what, done, len(items))


def check(folders: Sequence[Path]) -> None:
    """Raises SettingsError when measuring is not installed, SourceError when a folder is no collection or two would go by one name."""
    if not (find_spec("ir_measures") and find_spec("scipy")):
        raise SettingsError("measuring needs more packages: pip install 'headrace[evaluate]'")
    for folder in folders:
        collection_files(folder)
    names = [folder.resolve().name for folder in folders]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(
            f"two collections are named {', '.join(twice)}: their reports could not be told apart; rename a folder"
        )


def measured_settings(settings: Settings) -> Settings:
    """The settings, `generation = auto` taken for extractive: measuring should not cost money unless it is meant to."""
    return (
        settings.model_copy(update={"generation": "extractive"})
        if settings.generation == "auto"
        else settings
    )


def reported_settings(settings: Settings) -> dict[str, Any]:
    """The settings as a report has them: JSON values, without addresses and places."""
    return settings.model_dump(mode="json", exclude={"database_url", "data_dir"})


def silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""
