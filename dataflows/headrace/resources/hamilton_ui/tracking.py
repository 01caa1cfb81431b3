"""Sending runs to the Hamilton UI that `run.py ui` starts, at no risk to the questions.

The SDK's HamiltonTracker records a run while it happens. With its own client it asks the server in the middle of a question, without time
limits, and an error there fails the question. Ours only keeps what it is told, and a thread sends a run once it has ended. Whatever goes
wrong is logged as one warning and ends the tracking, never the question. The UI is for people: values are shortened before they are kept,
and what is not data (a database, an encoder) is named by its type alone.
"""

import logging
import math
import threading
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date
from importlib.util import find_spec
from itertools import islice
from typing import Any

import numpy as np
from hamilton.lifecycle import base

from headrace.resources.hamilton_ui.run_sender import Recorder, Sender
from headrace.resources.hamilton_ui.ui_client import PROJECT, USER, HamiltonUI
from headrace.settings import GRAPH_SETTINGS, Settings

#: What the graph is called in the UI.
GRAPH = "headrace query"

#: How much of a value is shown: items of a collection; characters of a text, and of a text further inside.
_ITEMS, _CHARACTERS, _INNER_CHARACTERS = 20, 5000, 300

_logger = logging.getLogger(__name__)


def tracking_adapters(settings: Settings) -> list["RunTracking"]:
    """The Hamilton adapter that sends each run to the UI on this machine; none, and a logged warning, when that cannot be.

    With HAMILTON_CAPTURE_DATA_STATISTICS=false in the environment the SDK sends times and errors, and no values.
    """
    if find_spec("hamilton_sdk") is None:
        _logger.warning(
            "questions are not tracked: the Hamilton SDK is not installed: pip install 'headrace[ui]'"
        )
        return []
    ui = HamiltonUI(settings.ui_port)
    try:
        project_id = ui.project_id()
        if project_id is None:
            raise OSError(f"it has no project {PROJECT!r}")
        return [RunTracking(ui, project_id, _tags(settings))]
    except Exception as error:  # whatever it is: tracking never fails what is tracked
        _logger.warning(
            "questions are not tracked: the Hamilton UI at %s: %s; run.py ui starts it",
            ui.address,
            error,
        )
        return []


class RunTracking(
    base.BasePostGraphConstruct,
    base.BasePreGraphExecute,
    base.BasePreNodeExecute,
    base.BasePostNodeExecute,
    base.BasePostGraphExecute,
):
    """Tells the SDK's tracker of everything that happens, one event at a time, and lets none of its errors through."""

    def __init__(self, ui: HamiltonUI, project_id: int, tags: dict[str, str]):
        tracker_class = _tracker_class()
        self._sender = Sender(ui)
        self._tracker = tracker_class(
            project_id, USER, GRAPH, tags, client_factory=lambda *_, **__: Recorder(self._sender)
        )
        self._lock = threading.Lock()

    def post_graph_construct(self, **event: Any) -> None:
        self._tell("post_graph_construct", event)

    def pre_graph_execute(self, **event: Any) -> None:
        self._tell("pre_graph_execute", event)

    def pre_node_execute(self, **event: Any) -> None:
        self._tell("pre_node_execute", event, of_a_node=True)

    def post_node_execute(self, **event: Any) -> None:
        self._tell("post_node_execute", event, of_a_node=True)

    def post_graph_execute(self, *, run_id: str, success: bool, results: Any, **event: Any) -> None:
        # Hamilton calls a run that Ctrl-C ended a success, without results.
        event |= {"run_id": run_id, "success": success and results is not None, "results": None}
        self._tell("post_graph_execute", event)

    def close(self) -> None:
        """Waits until what was recorded is sent, 10 s at most, and ends the tracking."""
        self._sender.close()

    def _tell(self, hook: str, event: dict[str, Any], of_a_node: bool = False) -> None:
        """Nodes that are still running in a thread when another has failed the run end after it: those are left out."""
        if self._sender.ended:
            return
        try:
            event = {
                name: _SHOWN[name](value) if name in _SHOWN else value
                for name, value in event.items()
            }
            with self._lock:
                if of_a_node and event["run_id"] not in self._tracker.task_runs:
                    return
                getattr(self._tracker, hook)(**event)
                if hook == "post_graph_execute":
                    self._forget(event["run_id"])
        except Exception as error:  # whatever it is: tracking never fails what is tracked
            self._sender.give_up(f"{hook}: {error!r}")

    def _forget(self, run_id: str) -> None:
        """The tracker itself keeps every run for ever."""
        for kept in (
            self._tracker.tracking_states,
            self._tracker.dw_run_ids,
            self._tracker.task_runs,
        ):
            kept.pop(run_id, None)


def shortened(value: Any, depth: int = 0) -> Any:
    """A value for people, in what JSON can say: the first items, the beginning of a text, an array's shape.

    Dataclasses become mappings of their fields; what is no data becomes its type's name, in angle brackets.
    Example: [Hit(Chunk(...), 0.5)] -> [{"chunk": {"chunk_id": 1, ...}, "score": 0.5, ...}].
    """
    match value:
        case np.generic():
            return shortened(value.item(), depth)
        case None | bool() | int():
            return value
        case float():
            return round(value, 6) if math.isfinite(value) else str(value)
        case str():
            most = _CHARACTERS if depth < 2 else _INNER_CHARACTERS
            text = value if len(value) <= most else f"{value[:most]}… ({len(value):,} characters)"
            return text.encode(
                errors="replace"
            ).decode()  # lone surrogates, which no database takes
        case date():
            return str(value)
        case np.ndarray():
            return f"<array of shape {value.shape}, {value.dtype}>"
        case Mapping():
            return {str(name): shortened(item, depth + 1) for name, item in value.items()}
        case tuple() if hasattr(value, "_asdict"):
            return {name: shortened(item, depth + 1) for name, item in value._asdict().items()}
        case list() | tuple() | AbstractSet():
            items = [shortened(item, depth + 1) for item in islice(value, _ITEMS)]
            return items if len(value) <= _ITEMS else [*items, f"… {len(value):,} in all"]
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name.name: shortened(getattr(value, name.name), depth + 1) for name in fields(value)
        }
    return f"<{type(value).__name__}>"


def _tags(settings: Settings) -> dict[str, str]:
    return {
        name: str(getattr(settings, name))
        for name in (*GRAPH_SETTINGS, "encoder", "reranker", "language_model")
    }


def _tracker_class() -> type:
    """The SDK's tracker, without the two lines that it logs for every run."""
    from hamilton_sdk.adapters import HamiltonTracker

    logging.getLogger("hamilton_sdk").setLevel(logging.CRITICAL)
    return HamiltonTracker


#: What of an event the tracker is given, and how: it needs no arguments, and the run's results it has seen as nodes' results.
_SHOWN = {
    "inputs": lambda inputs: {name: shortened(value) for name, value in (inputs or {}).items()},
    "result": lambda result: (
        "None" if result is None else shortened(result)
    ),  # of a None the UI says that it is not supported
    "kwargs": lambda kwargs: {},
}
