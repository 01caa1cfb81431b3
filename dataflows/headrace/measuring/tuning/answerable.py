"""Asks the questions of which it is known whether the documents answer them: what thresholds and weights of answerability are fitted to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import Progress, stored
from headrace.measuring.quality.collections import LabelledQuestion
from headrace.pipeline import Pipeline
from headrace.settings import Settings


def answerable_asked(
    folders: Sequence[Path],
    settings: Settings,
    nodes: list[str],
    needed: tuple[int, int],
    selection: run.Selection,
    progress: Progress | None,
) -> tuple[dict[str, tuple[np.ndarray, list[dict[str, Any]]]], dict[str, Any]]:
    """Of each collection's questions that say whether they are answerable, whether they are, and the values of some nodes; and what it was run on.

    Args:
        needed: so many answerable and unanswerable questions at least; SourceError where a collection has fewer.
    """
    progress = progress or run.silent
    run.check(folders)
    found: dict[str, tuple[np.ndarray, list[dict[str, Any]]]] = {}
    with Pipeline.open(run.measured_settings(settings)) as rag:
        for folder in folders:
            asked = run.evaluation(
                ["collection", "questions"], rag.settings, folder=folder, **selection.inputs()
            )
            questions = [
                question for question in asked["questions"] if question.answerable is not None
            ]
            name = folder.resolve().name
            _check_number(questions, needed, name)
            tenant = stored(rag, asked["collection"], progress)

            def values(question: LabelledQuestion, tenant: str = tenant) -> dict[str, Any]:
                return rag.run(nodes, **question.inputs(), tenant=tenant)

            kinds = np.array([bool(question.answerable) for question in questions])
            found[name] = kinds, list(run.counted(questions, values, progress, f"asking {name}"))
        about = describe_environment(rag.database.versions) | selection.inputs()
    return found, about


def _check_number(
    questions: Sequence[LabelledQuestion], needed: tuple[int, int], name: str
) -> None:
    answerable = sum(bool(question.answerable) for question in questions)
    if answerable < needed[0] or len(questions) - answerable < needed[1]:
        raise SourceError(
            f"tuning on {name} failed: of its questions {answerable} are known to be answerable and {len(questions) - answerable} not to be; "
            f"what is asked for takes at least {needed[0]} and {needed[1]} (`answerable` in a question's metadata)"
        )
