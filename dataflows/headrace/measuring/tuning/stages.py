"""What is tried for the stages that rank."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Choice:
    """Settings to try, over those in use."""

    settings: Mapping[str, Any]

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.settings.items())


@dataclass(frozen=True)
class Stage:
    """A ranking node, and what is tried for it.

    Attributes:
        node: its hits are judged.
        choices: what is tried.
        alone: what the node is made from, each alone; a choice should not fall below
            the best of them.
        simpler: choices that do with less, the simplest first.
        changed: the nodes that a choice changes. What they are given beside is computed
            once per question.
        by_variant: those of `changed` that only the choice of a variant changes
            (`reranking`, for example), computed once per question and variant.
    """

    node: str
    choices: tuple[Choice, ...]
    changed: tuple[str, ...]
    by_variant: tuple[str, ...] = ()
    alone: tuple[Choice, ...] = ()
    simpler: tuple[Choice, ...] = ()


def _fusions() -> tuple[Choice, ...]:
    """Fusion by ranks, and by scores with weights from 0.1 to 0.9.

    Then also by scores with several weights of coverage.
    """
    choices = [Choice({"fusion": "rrf"})]
    for tenths in range(1, 10):
        choices.append(Choice({"fusion": "convex", "semantic_weight": round(0.1 * tenths, 1)}))
    for coverage in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        choices += [_convex(weight, coverage) for weight in (0.5, 0.55, 0.6, 0.65, 0.7)]
    return tuple(choices)


def _convex(weight: float, coverage: float) -> Choice:
    return Choice({"fusion": "convex", "semantic_weight": weight, "coverage_weight": coverage})


def _rerankings() -> tuple[Choice, ...]:
    """None, and each kind blended with the fused order at several weights."""
    choices = [Choice({"reranking": "off"})]
    for kind in ("late_interaction", "cross_encoder"):
        for weight in (0.1, 0.2, 0.3, 0.5, 0.7, 1.0):
            choices.append(Choice({"reranking": kind, "rerank_weight": weight}))
    return tuple(choices)


FUSIONS = _fusions()
RERANKINGS = _rerankings()
STAGES = {
    "fusion": Stage(
        "fused_hits",
        FUSIONS,
        changed=("fused_hits",),
        alone=(_convex(1.0, 0.0), _convex(0.0, 0.0)),
        simpler=(Choice({"fusion": "rrf"}), _convex(0.5, 0.0)),
    ),
    "reranking": Stage(
        "reranked_hits",
        RERANKINGS,
        changed=("rerank_scores", "ranked_hits", "reranked_hits"),
        by_variant=("rerank_scores",),
        simpler=(Choice({"reranking": "off"}),),
    ),
}
