"""Ranks a question in every way that is tried for a stage.

What no choice changes is computed once per question.
"""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from hamilton import driver

from headrace.measuring.quality.rankings import all_needed, needed_nodes
from headrace.measuring.tuning.stages import Choice, Stage
from headrace.pipeline import Pipeline
from headrace.settings import GRAPH_SETTINGS, Settings

#: How many documents of a ranking are judged.
_DEPTH = 10
#: As many hits as may be needed for that.
_PASSAGES = 100
#: A deadline would make the noise of the machine part of the figures.
_NO_DEADLINE_S = 60.0


class Ranker:
    """Runs the node of a stage under several choices.

    Args:
        rag: opened with the settings in use.
        modules: those that `rag` was opened with.
    """

    def __init__(
        self,
        stage: Stage,
        rag: Pipeline,
        choices: Sequence[Choice],
        modules: Sequence[ModuleType] = (),
    ):
        self._stage = stage
        self._rag = rag
        self._choices = [(choice, _variant(rag.settings, choice)) for choice in choices]
        self._pipelines: dict[tuple[str, ...], Pipeline] = {}
        shared: set[str] = set()
        for choice, variant in self._choices:
            if variant not in self._pipelines:
                settings = _over(rag.settings, choice)
                one = Pipeline(settings, rag.encoder, rag.database, modules=modules)
                self._pipelines[variant] = one
                shared |= _unchanged(one.driver, stage)
        self._shared = sorted(shared)

    def documents(self, inputs: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """For each choice the ten documents that it ranks first for a question.

        Each document ranks at its best chunk.

        Args:
            inputs: the question, and its tenant.
        """
        shared = self._rag.run(self._shared, **inputs)
        given: dict[tuple[str, ...], dict[str, Any]] = {}
        for variant, rag in self._pipelines.items():
            given[variant] = shared
            if self._stage.by_variant:
                own = rag.run(self._stage.by_variant, overrides=shared, **inputs)
                given[variant] = shared | own
        rankings = []
        for choice, variant in self._choices:
            rag = self._pipelines[variant]
            parameters = _parameters(choice)
            values = rag.run([self._stage.node], overrides=given[variant], **inputs, **parameters)
            hits = values[self._stage.node]
            documents = dict.fromkeys(hit.chunk.document_id for hit in hits)
            rankings.append(tuple(documents)[:_DEPTH])
        return rankings


def _unchanged(dr: driver.Driver, stage: Stage) -> set[str]:
    """The nodes that no choice changes, and that a node is given which one changes.

    Nodes of the user's own may lie between those that the stage names.
    """
    needed = needed_nodes(dr)
    changed = set()
    for name in (stage.node, *all_needed(stage.node, needed)):
        if {name, *all_needed(name, needed)} & set(stage.changed):
            changed.add(name)
    given: set[str] = set()
    for name in changed:
        given |= needed[name]
    return given - changed


def _variant(settings: Settings, choice: Choice) -> tuple[str, ...]:
    """The settings that choose the graph."""
    return tuple(str(choice.settings.get(name, getattr(settings, name))) for name in GRAPH_SETTINGS)


def _over(settings: Settings, choice: Choice) -> Settings:
    """The settings with a choice's variant, for rankings of full length."""
    update: dict[str, Any] = {
        "answer_passages": _PASSAGES,
        "rerank_deadline_s": _NO_DEADLINE_S,
    }
    for name, value in choice.settings.items():
        if name in GRAPH_SETTINGS:
            update[name] = value
    return settings.model_copy(update=update)


def _parameters(choice: Choice) -> dict[str, Any]:
    """What a choice gives to nodes, as they are run."""
    settings = choice.settings.items()
    return {name: value for name, value in settings if name not in GRAPH_SETTINGS}
