"""Sending runs to the Hamilton UI that `run.py ui` starts, at no risk to the questions.

The SDK's HamiltonTracker records a run while it happens. With its own client it asks
the server in the middle of a question, without time limits, and an error there fails
the question. Our client only keeps what it is told, and a thread sends a run once it
has ended. Whatever goes wrong is logged as one warning and ends the tracking, never the
question.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from importlib.util import find_spec
from typing import Any

from hamilton.lifecycle import base

from headrace.resources.hamilton_ui.run_sender import Recorder, Sender
from headrace.resources.hamilton_ui.shown_values import Page, shortened, shown
from headrace.resources.hamilton_ui.ui_client import PROJECT, USER, HamiltonUI
from headrace.settings import GRAPH_SETTINGS, Settings
from headrace.types import Answer, Stage

#: The name of the graph in the UI.
GRAPH = "question to answer"
#: Inputs of a run that are shown by themselves; all others are settings and parts.
_ASKED = ("question", "history", "today", "filters")

_logger = logging.getLogger(__name__)


def tracking_adapters(settings: Settings) -> list["RunTracking"]:
    """The Hamilton adapter that sends each run to the UI on this machine.

    The list is empty, and a warning is logged, when the SDK is not installed or no UI
    of ours answers. With HAMILTON_CAPTURE_DATA_STATISTICS=false in the environment, the
    SDK sends times and errors, and no values.
    """
    if find_spec("hamilton_sdk") is None:
        _logger.warning(
            "questions are not tracked: the Hamilton SDK is not installed: "
            "pip install 'headrace[ui]'"
        )
        return []
    ui = HamiltonUI(settings.ui_port)
    try:
        project_id = ui.project_id()
        if project_id is None:
            raise OSError(f"it has no project {PROJECT!r}")
        return [RunTracking(ui, project_id, _tags(settings))]
    except Exception as error:  # any kind: tracking never fails what is tracked
        _logger.warning(
            "questions are not tracked: the Hamilton UI at %s: %s; run.py ui starts it",
            ui.address,
            error,
        )
        return []


def _tags(settings: Settings) -> dict[str, str]:
    """What all runs have in common, in one tag."""
    names = (*GRAPH_SETTINGS, "encoder", "reranker", "language_model")
    return {"settings": ", ".join(f"{name}={getattr(settings, name)}" for name in names)}


def _harmless(hook: Callable[..., None]) -> Callable[..., None]:
    """A hook for one thread at a time, whose errors end the tracking alone."""

    @wraps(hook)
    def harmless(self: "RunTracking", **event: Any) -> None:
        if self.sender.ended:
            return
        try:
            with self.lock:
                hook(self, **event)
        except Exception as error:  # any kind: tracking never fails what is tracked
            self.sender.give_up(f"{hook.__name__}: {error!r}")

    return harmless


class RunTracking(
    base.BasePostGraphConstruct,
    base.BasePreGraphExecute,
    base.BasePreNodeExecute,
    base.BasePostNodeExecute,
    base.BasePostGraphExecute,
):
    """Tells the SDK's tracker of every event in turn, and lets no error through."""

    def __init__(self, ui: HamiltonUI, project_id: int, tags: dict[str, str]):
        tracker_class = _tracker_class()
        self.sender = Sender(ui)
        self._tracker = tracker_class(
            project_id, USER, GRAPH, tags, client_factory=lambda *_, **__: Recorder(self.sender)
        )
        self.lock = threading.Lock()

    @_harmless
    def post_graph_construct(self, **event: Any) -> None:
        self._tracker.post_graph_construct(**event)

    @_harmless
    def pre_graph_execute(self, *, run_id: str, inputs: Any, **event: Any) -> None:
        tenant = getattr(inputs.get("database"), "tenant", "")
        given = _shown_inputs(inputs)
        self._tracker.pre_graph_execute(run_id=run_id, inputs=given, **event)
        question = str(given.get("question", ""))
        self._tracker.dw_run_ids[run_id].tag(question=question, tenant=tenant)

    @_harmless
    def pre_node_execute(self, *, run_id: str, kwargs: Any, **event: Any) -> None:
        if run_id in self._tracker.task_runs:
            self._tracker.pre_node_execute(run_id=run_id, kwargs={}, **event)

    @_harmless
    def post_node_execute(self, *, run_id: str, kwargs: Any, result: Any, **event: Any) -> None:
        # A node may end after its run, when it is still running in a thread while
        # another one fails the run. Such a node is left out.
        if run_id in self._tracker.task_runs:
            if isinstance(result, Answer):
                result = self._timed(result, run_id)
            given = {"kwargs": {}, "result": shown(result)}
            self._tracker.post_node_execute(run_id=run_id, **given, **event)

    @_harmless
    def post_graph_execute(self, *, run_id: str, success: bool, results: Any, **event: Any) -> None:
        answer = (results or {}).get("answer")
        if isinstance(answer, Answer):
            answered = "yes" if answer.answered else "no"
            self._tracker.dw_run_ids[run_id].tag(answered=answered)
        # Hamilton calls a run that Ctrl-C ended a success, without results.
        success = success and results is not None
        self._tracker.post_graph_execute(run_id=run_id, success=success, results=None, **event)
        self._forget(run_id)

    def close(self) -> None:
        """Wait until what was recorded is sent, 10 s at most, and end the tracking."""
        self.sender.close()

    def _timed(self, answer: Answer, run_id: str) -> Answer:
        """The answer with the times of the nodes before it, which have all ended."""
        state = self._tracker.tracking_states.get(run_id)
        if state is None:
            return answer
        now = datetime.now(UTC)
        stages = []
        for task in state.task_map.values():
            began = _milliseconds(task.start_time - state.start_time)
            took = _milliseconds((task.end_time or now) - task.start_time)
            stages.append(Stage(task.node_name, took, began))
        total_ms = _milliseconds(now - state.start_time)
        return replace(answer, stages=tuple(stages), total_ms=total_ms)

    def _forget(self, run_id: str) -> None:
        """Drop a run that has ended: the tracker itself would keep it forever."""
        tracker = self._tracker
        for kept in (tracker.tracking_states, tracker.dw_run_ids, tracker.task_runs):
            kept.pop(run_id, None)


def _tracker_class() -> Callable[..., Any]:
    """The SDK's tracker, without the two lines that it logs for every run.

    It is taught to send a `Page` as what the UI shows as HTML.
    """
    from hamilton_sdk.adapters import HamiltonTracker
    from hamilton_sdk.tracking.data_observation import compute_stats

    compute_stats.register(Page, _observed_page)
    logging.getLogger("hamilton_sdk").setLevel(logging.CRITICAL)
    return HamiltonTracker


def _observed_page(page: Page, *node: Any) -> dict[str, Any]:
    """A page in the form that the UI expects."""
    return {
        "observability_type": "html",
        "observability_value": {"html": str(page)},
        "observability_schema_version": "0.0.1",
    }


def _shown_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The question first, with what belongs to it; settings and parts folded."""
    asked: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    parts: dict[str, Any] = {}
    for name in sorted(inputs, key=_first_asked):
        value = shortened(inputs[name])
        is_part = isinstance(value, str) and value.startswith("<")
        folder = asked if name in _ASKED else parts if is_part else settings
        folder[name] = value
    return {**asked, "settings": settings, "parts": parts}


def _first_asked(name: str) -> int:
    return _ASKED.index(name) if name in _ASKED else len(_ASKED)


def _milliseconds(duration: timedelta) -> float:
    return duration.total_seconds() * 1000
