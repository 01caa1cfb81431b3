"""Measures collections.

It stores each corpus, asks the questions, and runs the evaluation dataflow over what
they leave behind.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from headrace.errors import SettingsError, SourceError
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality import evaluation_driver
from headrace.measuring.quality.asking import Asker
from headrace.measuring.quality.labelled import Collection, LabelledQuestion
from headrace.measuring.quality.labelled.reading import collection_files
from headrace.measuring.quality.rankings import ranking_nodes, searches
from headrace.measuring.quality.traces import Trace
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Executor, Progress

VERSION = 1

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Selection:
    """Which questions of a collection are asked.

    Attributes:
        queries_file: another file of questions than the collection's own.
        limit: how many of its questions; None: all.
        seed: which of them.
        answers: whether answers are made; None: where the collection has gold answers
            or says what is answerable.
    """

    queries_file: str | None = None
    limit: int | None = None
    seed: int = 0
    answers: bool | None = None

    def inputs(self) -> dict[str, Any]:
        """What the evaluation dataflow is given of it."""
        return {"queries_file": self.queries_file, "limit": self.limit, "seed": self.seed}

    def makes_answers(self, collection: Collection) -> bool:
        """Whether the graph runs to its end."""
        if self.answers is not None:
            return self.answers
        questions = collection.questions
        return any(bool(one.answers) or one.answerable is not None for one in questions)


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
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Measurement:
    """Measures every node of the graph on the labelled questions of some collections.

    Each corpus is stored once, in a tenant that holds nothing else, for as long as it
    does not change. A run that was stopped is continued by the next; one that came to
    its end is measured again from the start. `generation = auto` means extractive here:
    a paid model is used only when it is named.

    Args:
        modules: of the user's own; their nodes join the graph, and rankings among them
            are measured too.
        executor: where corpora are stored and questions asked, several at a time; None:
            in this process, one after the other.
    Raises SourceError for a folder that is no collection, SettingsError when the extra
    `evaluate` is not installed.
    """
    selection = selection or Selection()
    check(folders)
    reports: dict[str, Any] = {}
    run_files: dict[str, Any] = {}
    askers: list[Asker] = []
    with Pipeline.open(measured_settings(settings), modules=modules) as rag:
        for folder in folders:
            asked = _Asked(rag, selection, progress or silent, modules, executor)
            inputs = {"folder": folder, "asker": asked, **selection.inputs()}
            values = evaluation(["collection_report", "run_files"], rag, **inputs)
            name = folder.resolve().name
            counts = {"chunks": asked.asker.chunks, "resumed": asked.asker.resumed}
            reports[name] = values["collection_report"] | counts
            run_files[name] = values["run_files"]
            askers.append(asked.asker)
        report = {
            "version": VERSION,
            "collections": reports,
            "settings": reported_settings(rag.settings),
            "environment": describe_environment(rag.database.versions) | selection.inputs(),
        }
    # Only now: a later collection that fails must not cost the traces of earlier ones.
    for asker in askers:
        asker.finish()
    return Measurement(report, run_files)


def evaluation(
    nodes: Sequence[str],
    rag: Pipeline,
    overrides: Mapping[str, Any] | None = None,
    **inputs: Any,
) -> dict[str, Any]:
    """The values of some nodes of the evaluation dataflow, by name.

    Args:
        rag: what is measured; its graph says which nodes rank.
    """
    given = {
        "answer_threshold": rag.settings.answer_threshold,
        "ranking_nodes": ranking_nodes(rag.driver),
        "searches": searches(rag.driver),
        **inputs,
    }
    return evaluation_driver().execute([*nodes], inputs=given, overrides=dict(overrides or {}))


class _Asked:
    """What the node `traces` is given to ask with.

    Attributes:
        asker: made when the node runs.
    """

    asker: Asker

    def __init__(
        self,
        rag: Pipeline,
        selection: Selection,
        progress: Progress,
        modules: Sequence[ModuleType],
        executor: Executor | None,
    ):
        self._executor = executor
        self._rag = rag
        self._selection = selection
        self._progress = progress
        self._modules = modules

    def __call__(self, collection: Collection, questions: list[LabelledQuestion]) -> list[Trace]:
        self.asker = Asker(
            self._rag,
            collection,
            answers=self._selection.makes_answers(collection),
            purpose="evaluate",
            progress=self._progress,
            modules=self._modules,
            executor=self._executor,
        )
        self.asker.warm_up(questions[0])
        what = f"asking {collection.name}"
        if self._executor is None:
            return list(counted(questions, self.asker.ask, self._progress, what))
        traces = self.asker.ask_elsewhere(questions, self._executor)
        return list(counted(questions, lambda _: next(traces), self._progress, what))


def counted(
    items: Sequence[Item], work: Callable[[Item], Result], progress: Progress, what: str
) -> Iterator[Result]:
    """The results of `work` for each item, as they come.

    `progress` is told before the first and after each.
    """
    progress(what, 0, len(items))
    for done, item in enumerate(items, start=1):
        yield work(item)
        progress(what, done, len(items))


def check(folders: Sequence[Path]) -> None:
    """Checks that what is needed for measuring is there.

    Raises SettingsError when the extra `evaluate` is not installed, SourceError when a
    folder is no collection or two have one name.
    """
    if not (find_spec("ir_measures") and find_spec("scipy")):
        raise SettingsError("measuring needs more packages: pip install 'headrace[evaluate]'")
    for folder in folders:
        collection_files(folder)
    names = [folder.resolve().name for folder in folders]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(
            f"two collections are named {', '.join(twice)}, and a report lists them by name: "
            "rename a folder"
        )


def measured_settings(settings: Settings) -> Settings:
    """The settings, with `generation = auto` as extractive.

    Measuring costs no money unless that is asked for.
    """
    if settings.generation != "auto":
        return settings
    return settings.model_copy(update={"generation": "extractive"})


def reported_settings(settings: Settings) -> dict[str, Any]:
    """The settings as JSON values, without addresses and places."""
    return settings.model_dump(mode="json", exclude={"data_dir"})


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
