"""Settings fitted on labelled questions, and whether they are worth having: judged on questions they were not fitted on.

What a choice does not change is computed once per question; only the node that it does change runs again, its ancestors given as overrides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring import statistics
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality import run
from headrace.measuring.quality.asking import Progress, stored
from headrace.measuring.quality.collections import LabelledQuestion
from headrace.measuring.quality.evaluation import ranking_values
from headrace.measuring.quality.traces import SEARCHES
from headrace.pipeline import MissingReranker, Pipeline, query_driver
from headrace.settings import GRAPH_SETTINGS, Settings

#: (1 + choices, questions) values of the measure.
Values = np.ndarray

FOLDS = 5
#: A gain with a p-value below this is recommended.
SIGNIFICANT = 0.05
_DEPTH = 10
_PASSAGES, _NO_DEADLINE_S = 100, 60.0


@dataclass(frozen=True)
class Choice:
    """Settings to try, over those in use."""

    settings: Mapping[str, Any]

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.settings.items())


_IN_USE = Choice({})
_WEIGHTS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
#: What is tried for the fusion of the two searches.
FUSIONS = (
    Choice({"fusion": "rrf"}),
    *(
        Choice({"fusion": "convex", "semantic_weight": round(0.1 * step, 1)})
        for step in range(1, 10)
    ),
)
#: And for reranking.
RERANKINGS = (
    Choice({"reranking": "off"}),
    *(
        Choice({"reranking": kind, "rerank_weight": weight})
        for kind in ("late_interaction", "cross_encoder")
        for weight in _WEIGHTS
    ),
)


@dataclass(frozen=True)
class Stage:
    """A node that ranks, and what is tried for it.

    Attributes:
        shared: its ancestors that no choice changes.
        own: those that the variant chosen (`reranking`, say) changes and nothing else, run once per question and variant.
    """

    node: str
    choices: tuple[Choice, ...]
    shared: tuple[str, ...]
    own: tuple[str, ...] = ()


STAGES = {
    "fusion": Stage("fused_hits", FUSIONS, (*SEARCHES, "sub_queries")),
    "reranking": Stage(
        "reranked_hits",
        RERANKINGS,
        ("normalized_query", "passage_hits", "sub_queries"),
        ("rerank_scores",),
    ),
}


@dataclass(frozen=True)
class Tuning:
    """What was found.

    Attributes:
        tried: choice -> collection -> mean nDCG@10 of all its questions.
        current: the same of the settings in use.
        best: the choice that is best over all questions, each collection counting alike.
        gain: of fitting, against the settings in use, on questions that were not fitted on.
    """

    tried: dict[str, dict[str, float]]
    current: dict[str, float]
    best: Choice
    gain: statistics.Paired

    @property
    def recommended(self) -> Choice | None:
        """The best choice, if the gain is significant; else None: what is in use should stay."""
        return self.best if self.gain.difference > 0 and self.gain.p < SIGNIFICANT else None


def tune(
    stage: Stage,
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection | None = None,
    *,
    progress: Progress | None = None,
) -> tuple[Tuning, dict[str, Any]]:
    """Tries every choice of a stage on the judged questions of some collections; a cross-encoder only where its weights are at hand.

    Returns:
        What was found, and what it was measured on (versions, hardware, seed).
    Raises SourceError when a collection has fewer judged questions than there are folds.
    """
    selection, progress = selection or run.Selection(), progress or run.silent
    run.check(folders)
    values: dict[str, Values] = {}
    with Pipeline.open(run.measured_settings(settings)) as rag:
        choices = tuple(choice for choice in stage.choices if _at_hand(choice, rag))
        ranking = _Ranking(stage, rag, (_IN_USE, *choices))
        for folder in folders:
            asked = run.evaluation(
                ["collection", "judged_questions"],
                rag.settings,
                folder=folder,
                **selection.inputs(),
            )
            questions, name = asked["judged_questions"], folder.resolve().name
            _check_number(questions, name)
            tenant = stored(rag, asked["collection"], progress)

            def rankings(question: LabelledQuestion, tenant: str = tenant) -> list[tuple[str, ...]]:
                return ranking.documents({**question.inputs(), "tenant": tenant})

            found = list(
                run.counted(questions, rankings, progress, f"ranking {name} in {len(choices)} ways")
            )
            values[name] = _values(questions, list(zip(*found, strict=True)))
        about = describe_environment(rag.database.versions) | selection.inputs()
    return fitted(values, choices, selection.seed), about


def fitted(values: Mapping[str, Values], choices: Sequence[Choice], seed: int = 0) -> Tuning:
    """The best of the choices, and what fitting gains on questions that were not fitted on.

    The questions of every collection are dealt into `FOLDS` folds by `seed`; what is best on all folds but one is put to that one.

    Args:
        values: collection -> (1 + choices, questions) values of the measure, the settings in use first, then the choices in order.
    """
    folds = {
        name: np.random.default_rng(seed).permutation(found.shape[1]) % FOLDS
        for name, found in values.items()
    }
    gains = {name: np.zeros(found.shape[1]) for name, found in values.items()}
    for fold in range(FOLDS):
        best = _best({name: found[:, folds[name] != fold] for name, found in values.items()})
        for name, found in values.items():
            held_out = folds[name] == fold
            gains[name][held_out] = (found[1 + best] - found[0])[held_out]
    means = {name: found.mean(axis=1) for name, found in values.items()}
    return Tuning(
        tried={
            str(choice): {name: float(mean[1 + index]) for name, mean in means.items()}
            for index, choice in enumerate(choices)
        },
        current={name: float(mean[0]) for name, mean in means.items()},
        best=choices[_best(values)],
        gain=statistics.paired(list(gains.values()), seed),
    )


class _Ranking:
    """The node of a stage under several choices, run by itself; its ancestors as often as they differ."""

    def __init__(self, stage: Stage, rag: Pipeline, choices: Sequence[Choice]):
        self._stage, self._rag = stage, rag
        self._variants = [_over(rag.settings, choice) for choice in choices]
        self._drivers = [query_driver(settings) for settings in self._variants]
        self._pipelines = {
            _variant(settings): Pipeline(settings, rag.encoder, rag.database)
            for settings in self._variants
        }

    def documents(self, inputs: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """For each choice the documents that it ranks first for a question, each at its best chunk."""
        shared = self._rag.run(list(self._stage.shared), **inputs)
        own: dict[tuple, dict[str, Any]] = {}
        if self._stage.own:
            own = {
                variant: rag.run(list(self._stage.own), overrides=shared, **inputs)
                for variant, rag in self._pipelines.items()
            }
        found = []
        for settings, driver in zip(self._variants, self._drivers, strict=True):
            overrides = {**shared, **own.get(_variant(settings), {})}
            hits = driver.execute(
                [self._stage.node], inputs=settings.node_parameters(), overrides=overrides
            )[self._stage.node]
            found.append(tuple(dict.fromkeys(hit.chunk.document_id for hit in hits))[:_DEPTH])
        return found


def _variant(settings: Settings) -> tuple[str, ...]:
    return tuple(getattr(settings, name) for name in GRAPH_SETTINGS)


def _at_hand(choice: Choice, rag: Pipeline) -> bool:
    return choice.settings.get("reranking") != "cross_encoder" or not isinstance(
        rag.reranker, MissingReranker
    )


def _values(
    questions: Sequence[LabelledQuestion], rankings: Sequence[Sequence[tuple[str, ...]]]
) -> Values:
    """(1 + choices, questions) nDCG@10."""
    named = {
        str(index): {
            question.query_id: ranking
            for question, ranking in zip(questions, of_fusion, strict=True)
        }
        for index, of_fusion in enumerate(rankings)
    }
    found = ranking_values(named, list(questions))
    return np.array(
        [[found[name]["nDCG@10"][question.query_id] for question in questions] for name in named]
    )


def _best(values: Mapping[str, Values]) -> int:
    """The index of the choice that is best, each collection counting alike; the first of equals."""
    return int(np.mean([found[1:].mean(axis=1) for found in values.values()], axis=0).argmax())


def _over(settings: Settings, choice: Choice) -> Settings:
    """The settings with a choice; as many hits as are judged, and no deadline, which would make a noisy machine part of the figures."""
    return settings.model_copy(
        update={
            "answer_passages": _PASSAGES,
            "rerank_deadline_s": _NO_DEADLINE_S,
            **choice.settings,
        }
    )


def _check_number(questions: Sequence[LabelledQuestion], name: str) -> None:
    if len(questions) < FOLDS:
        raise SourceError(
            f"tuning on {name} failed: it has {len(questions)} judged questions, and {FOLDS} folds need at least {FOLDS}"
        )
