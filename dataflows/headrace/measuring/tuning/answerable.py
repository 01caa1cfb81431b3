"""Asks the questions of which it is known whether the documents answer them.

Weights and thresholds of answerability are fitted to what the graph makes of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring.quality import run
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.measuring.tuning.asked import Wanted, ask
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
    wanted: Wanted[tuple[bool, Any]] = Wanted(
        nodes=[node],
        is_wanted=lambda question: question.answerable is not None,
        check=partial(_check_number, needed),
        read=lambda question, values: (bool(question.answerable), values[node]),
    )
    found, about = ask(wanted, folders, settings, selection, modules=modules, progress=progress)
    asked = {}
    for name, read in found.items():
        kinds, values = zip(*read, strict=True)
        asked[name] = Asked(np.array(kinds), list(values))
    return asked, about


def _check_number(needed: Needed, questions: Sequence[LabelledQuestion], name: str) -> None:
    answerable = sum(bool(question.answerable) for question in questions)
    unanswerable = len(questions) - answerable
    if answerable < needed.answerable or unanswerable < needed.unanswerable:
        raise SourceError(
            f"tuning on {name} failed: {answerable} of its questions are known to be answerable "
            f"and {unanswerable} not to be; it takes at least {needed.answerable} and "
            f"{needed.unanswerable} (`answerable` in a question's metadata)"
        )
