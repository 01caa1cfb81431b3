"""Sending runs to the Hamilton UI that `run.py ui` starts, at no risk to the questions.

The SDK's HamiltonTracker records a run while it happens. With its own client it asks
the server in the middle of a question, without time limits, and an error there fails
the question. Our client only keeps what it is told, and a thread sends a run once it
has ended. Whatever goes wrong is logged as one warning and ends the tracking, never the
question.

The UI is for people. So values are shortened before they are kept, and an object that
is not data (a database, an encoder) is shown as the name of its type.
"""

import logging
import math
import threading
from collections.abc import Callable, Mapping
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

#: The name of the graph in the UI.
GRAPH = "headrace query"

#: Items of a collection that are shown.
_ITEMS = 20
#: Characters of a text that are shown.
_CHARACTERS = 5000
#: Characters of a text further inside a value.
_INNER_CHARACTERS = 300
#: How deep inside a value a text is one further inside.
_INNER_DEPTH = 2

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
    names = (*GRAPH_SETTINGS, "encoder", "reranker", "language_model")
    return {name: str(getattr(settings, name)) for name in names}


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
        """Wait until what was recorded is sent, 10 s at most, and end the tracking."""
        self._sender.close()

    def _tell(self, hook: str, event: dict[str, Any], of_a_node: bool = False) -> None:
        """Pass an event on to the tracker's method `hook`, its values shortened.

        A node may end after its run, when it is still running in a thread while another
        one fails the run. Events of such nodes are left out.
        """
        if self._sender.ended:
            return
        try:
            shown = {name: _shown(name, value) for name, value in event.items()}
            with self._lock:
                if of_a_node and shown["run_id"] not in self._tracker.task_runs:
                    return
                getattr(self._tracker, hook)(**shown)
                if hook == "post_graph_execute":
                    self._forget(shown["run_id"])
        except Exception as error:  # any kind: tracking never fails what is tracked
            self._sender.give_up(f"{hook}: {error!r}")

    def _forget(self, run_id: str) -> None:
        """Drop a run that has ended: the tracker itself would keep it forever."""
        tracker = self._tracker
        for kept in (tracker.tracking_states, tracker.dw_run_ids, tracker.task_runs):
            kept.pop(run_id, None)


def _tracker_class() -> Callable[..., Any]:
    """The SDK's tracker, without the two lines that it logs for every run."""
    from hamilton_sdk.adapters import HamiltonTracker

    logging.getLogger("hamilton_sdk").setLevel(logging.CRITICAL)
    return HamiltonTracker


def _shown(name: str, value: Any) -> Any:
    """What the tracker is given for the part `name` of an event."""
    match name:
        case "inputs":
            return {name: shortened(item) for name, item in (value or {}).items()}
        case "result":
            # The UI says of a None that it is not supported.
            return "None" if value is None else shortened(value)
        case "kwargs":
            return {}  # a node's arguments, which the tracker does not need
    return value


def shortened(value: Any, depth: int = 0) -> Any:
    """A value for people, in types of JSON: first items, beginnings of texts, shapes.

    A dataclass or named tuple becomes a mapping of its fields. A part, such as a model
    or the database, becomes its type and its name or tenant, in angle brackets.
    Example: [Hit(Chunk(...), 0.5)] -> [{"chunk": {"chunk_id": 1, ...}, "score": 0.5,
    ...}].
    """
    match value:
        case np.generic():
            return shortened(value.item(), depth)
        case None | bool() | int():
            return value
        case float():
            return round(value, 6) if math.isfinite(value) else str(value)
        case str():
            return _shortened_text(
                value, _CHARACTERS if depth < _INNER_DEPTH else _INNER_CHARACTERS
            )
        case date():
            return str(value)
        case np.ndarray():
            return f"<array of shape {value.shape}, {value.dtype}>"
        case Mapping():
            return {str(name): shortened(item, depth + 1) for name, item in value.items()}
    named = _fields(value)
    if named is not None:
        return {name: shortened(item, depth + 1) for name, item in named.items()}
    if isinstance(value, list | tuple | AbstractSet):
        items = [shortened(item, depth + 1) for item in islice(value, _ITEMS)]
        return items if len(value) <= _ITEMS else [*items, f"… {len(value):,} in all"]
    return f"<{type(value).__name__}{_name_of(value)}>"


def _name_of(part: Any) -> str:
    """What a part is called, or whose database it is, with a blank before it."""
    for attribute in ("name", "tenant"):
        name = getattr(part, attribute, None)
        if isinstance(name, str):
            return f" {name}"
    return ""


def _shortened_text(text: str, most: int) -> str:
    """The first `most` characters, and how many there are if there are more."""
    shown = text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
    # No database takes lone surrogates.
    return shown.encode(errors="replace").decode()


def _fields(value: Any) -> dict[str, Any] | None:
    """The fields of a dataclass or a named tuple; None for anything else."""
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        return None if names is None else dict(zip(names, value, strict=True))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return None
