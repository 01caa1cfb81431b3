"""Asks the questions of collections, for what is fitted to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from headrace.measuring.environment import describe_environment
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import stored
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Progress

Read = TypeVar("Read")


@dataclass(frozen=True)
class Wanted(Generic[Read]):
    """What is asked.

    Attributes:
        nodes: what the graph makes of each question.
        is_wanted: which questions of a collection are asked.
        check: is given these and the collection's name; raises SourceError where they
            do not do.
        read: what is kept of a question and of the values of `nodes`.
    """

    nodes: Sequence[str]
    is_wanted: Callable[[LabelledQuestion], bool]
    check: Callable[[Sequence[LabelledQuestion], str], None]
    read: Callable[[LabelledQuestion, Mapping[str, Any]], Read]


def ask(
    wanted: Wanted[Read],
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> tuple[dict[str, list[Read]], dict[str, Any]]:
    """Stores each collection, and asks its questions.

    Args:
        modules: of the user's own; their nodes join the graph.
    Returns:
        Collection -> what was read of each question, and what it was measured on
        (versions, hardware, seed).
    Raises SourceError as `Wanted.check` does.
    """
    progress = progress or run.silent
    run.check(folders)
    found = {}
    with Pipeline.open(run.measured_settings(settings), modules=modules) as rag:
        for folder in folders:
            nodes = ["collection", "questions"]
            asked = run.evaluation(nodes, rag, folder=folder, **selection.inputs())
            questions = [one for one in asked["questions"] if wanted.is_wanted(one)]
            name = folder.resolve().name
            wanted.check(questions, name)
            tenant = stored(rag, asked["collection"], progress, modules)

            def read(question: LabelledQuestion, tenant: str = tenant) -> Read:
                values = rag.run(wanted.nodes, **question.inputs(), tenant=tenant)
                return wanted.read(question, values)

            found[name] = list(run.counted(questions, read, progress, f"asking {name}"))
        about = describe_environment(rag.database.versions) | selection.inputs()
    return found, about
