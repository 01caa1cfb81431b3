"""Asks the questions of which it is known whether the documents answer them.

Weights and thresholds of answerability are fitted to what the graph makes of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import stored
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Progress


@dataclass(frozen=True)
class Needed:
    """How many questions of each kind a collection has to have at least."""

    answerable: int
    unanswerable: int


@dataclass(frozen=True)
class Asked:
    """What the graph made of a collection's questions.

    Attributes:
        answerable: (n_questions,) bool, which questions the documents answer.
        values: of a node, one per question.
    """

    answerable: np.ndarray
    values: list[Any]


def ask_answerable(
    node: str,
    needed: Needed,
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> tuple[dict[str, Asked], dict[str, Any]]:
    """The values of a node for the questions that say whether they are answerable.

    Returns:
        Collection -> what was found, and what it was measured on.
    Raises SourceError when a collection has fewer questions than are needed.
    """
    progress = progress or run.silent
    run.check(folders)
    found: dict[str, Asked] = {}
    with Pipeline.open(run.measured_settings(settings), modules=modules) as rag:
        for folder in folders:
            nodes = ["collection", "questions"]
            asked = run.evaluation(nodes, rag, folder=folder, **selection.inputs())
            questions = [one for one in asked["questions"] if one.answerable is not None]
            name = folder.resolve().name
            _check_number(questions, needed, name)
            tenant = stored(rag, asked["collection"], progress, modules)

            def value(question: LabelledQuestion, tenant: str = tenant) -> Any:
                return rag.run([node], **question.inputs(), tenant=tenant)[node]

            values = list(run.counted(questions, value, progress, f"asking {name}"))
            kinds = np.array([bool(question.answerable) for question in questions])
            found[name] = Asked(kinds, values)
        about = describe_environment(rag.database.versions) | selection.inputs()
    return found, about


def _check_number(questions: Sequence[LabelledQuestion], needed: Needed, name: str) -> None:
    answerable = sum(bool(question.answerable) for question in questions)
    unanswerable = len(questions) - answerable
    if answerable < needed.answerable or unanswerable < needed.unanswerable:
        raise SourceError(
            f"tuning on {name} failed: {answerable} of its questions are known to be answerable "
            f"and {unanswerable} not to be; it takes at least {needed.answerable} and "
            f"{needed.unanswerable} (`answerable` in a question's metadata)"
        )
