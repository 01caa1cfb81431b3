"""Sending runs to the Hamilton UI that `run.py ui` starts, at no risk to the questions.

The SDK's HamiltonTracker records a run while it happens. With its own client it asks the server in the middle of a question, without time
limits, and an error there fails the question. Ours only keeps what it is told, and a thread sends a run once it has ended. Whatever goes
wrong is logged as one warning and ends the tracking, never the question. The UI is for people: values are shortened before they are kept,
and what is not data (a database, an encoder) is named by its type alone.
"""

import atexit
import logging
import math
import queue
import re
import threading
import warnings
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from importlib.util import find_spec
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import numpy as np
from hamilton.lifecycle import base

from dataflows.resources.ui_client import PROJECT, USER, HamiltonUI
from dataflows.settings import GRAPH_SETTINGS, Settings

#: What the graph is called in the UI.
GRAPH = "headrace query"

#: Runs waiting to be sent at most; further ones are left out until there is room.
_MOST_WAITING = 100
#: Seconds that closing waits for them at most.
_CLOSE_S = 10.0
#: How much of a value is shown: items of a collection; characters of a text, and of a text further inside.
_ITEMS, _CHARACTERS, _INNER_CHARACTERS = 20, 5000, 300

_logger = logging.getLogger(__name__)


def tracking_adapters(settings: Settings) -> list["RunTracking"]:
    """The Hamilton adapter that sends each run to the UI on this machine; none, and a logged warning, when that cannot be.

    With HAMILTON_CAPTURE_DATA_STATISTICS=false in the environment the SDK sends times and errors, and no values.
    """
    if find_spec("hamilton_sdk") is None:
        _logger.warning("questions are not tracked: the Hamilton SDK is not installed: pip install 'headrace[ui]'")
        return []
    ui = HamiltonUI(settings.ui_port)
    try:
        project_id = ui.project_id()
        if project_id is None:
            raise OSError(f"it has no project {PROJECT!r}")
        return [RunTracking(ui, project_id, _tags(settings))]
    except Exception as error:  # whatever it is: tracking never fails what is tracked
        _logger.warning("questions are not tracked: the Hamilton UI at %s: %s; run.py ui starts it", ui.address, error)
        return []


class RunTracking(
    base.BasePostGraphConstruct, base.BasePreGraphExecute, base.BasePreNodeExecute, base.BasePostNodeExecute, base.BasePostGraphExecute
):
    """Tells the SDK's tracker of everything that happens, one event at a time, and lets none of its errors through."""

    def __init__(self, ui: HamiltonUI, project_id: int, tags: dict[str, str]):
        self._sender = _Sender(ui)
        self._tracker = _tracker_class()(project_id, USER, GRAPH, tags, client_factory=lambda *_, **__: _Recorder(self._sender))
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
        with self._lock:  # the tracker itself never forgets a run
            for kept in (self._tracker.tracking_states, self._tracker.dw_run_ids, self._tracker.task_runs):
                kept.pop(run_id, None)

    def close(self) -> None:
        """Waits until what was recorded is sent, 10 s at most, and ends the tracking."""
        self._sender.close()

    def _tell(self, hook: str, event: dict[str, Any], of_a_node: bool = False) -> None:
        """Nodes that are still running in a thread when another has failed the run end after it: those are left out."""
        if self._sender.ended:
            return
        try:
            event = {name: _SHOWN[name](value) if name in _SHOWN else value for name, value in event.items()}
            with self._lock:
                if not of_a_node or event["run_id"] in self._tracker.task_runs:
                    getattr(self._tracker, hook)(**event)
        except Exception as error:  # whatever it is: tracking never fails what is tracked
            self._sender.give_up(f"{hook}: {error!r}")


# ---------------------------------------------------------------------------------------------------- recording, sending


@dataclass
class _Graph:
    """A graph and its code as the UI wants them; `id` is the UI's, once it has them."""

    key: dict[str, Any]
    description: dict[str, Any]
    id: int | None = None


@dataclass
class _Run:
    """One run: `tasks` by node, `attributes` are the nodes' values or errors, `description` is about the run as a whole."""

    graph: _Graph
    description: dict[str, Any]
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    attributes: list[dict[str, Any]] = field(default_factory=list)


class _Recorder:
    """The client that the tracker talks to, in the shape of the SDK's HamiltonClient. It has _Graph and _Run where that has ids."""

    def __init__(self, sender: "_Sender"):
        self._sender = sender

    def validate_auth(self) -> None:
        """There are no passwords."""

    def project_exists(self, project_id: int) -> bool:
        return True

    def register_dag_template_if_not_exists(
        self, project_id, dag_hash, code_hash, nodes, code_artifacts, name, config, tags, code, vcs_info
    ) -> _Graph:
        version = {"git_hash": vcs_info.commit_hash, "git_repo": _without_credentials(vcs_info.repository), "git_branch": vcs_info.branch}
        artifacts = [{**artifact, "url": _without_credentials(artifact["url"])} for artifact in code_artifacts]
        key = {"project_id": project_id, "dag_hash": dag_hash, "code_hash": code_hash, "dag_name": name}
        description = {
            "name": name, "template_type": "HAMILTON", "config": shortened(config), "dag_hash": dag_hash, "tags": tags, "nodes": nodes,
            "code_artifacts": artifacts, "code_log": {"files": code}, "code_hash": code_hash, "code_version_info_type": "git",
            "code_version_info": version, "code_version_info_schema": 1,
        }  # fmt: skip
        return _Graph(key, description)

    def create_and_start_dag_run(self, dag_template_id: _Graph, tags: dict, inputs: dict, outputs: list[str]) -> _Run:
        return _Run(dag_template_id, {"run_start_time": datetime.now(UTC), "tags": tags, "inputs": inputs, "outputs": outputs})

    def update_tasks(self, dag_run_id: _Run, attributes: list, task_updates: list, in_samples: Any = None) -> None:
        dag_run_id.attributes += [attribute for attribute in attributes if attribute]
        for task in task_updates:
            dag_run_id.tasks.setdefault(task["node_name"], {}).update(task, status=task["status"].value)

    def log_dag_run_end(self, dag_run_id: _Run, status: str) -> None:
        dag_run_id.description |= {"run_status": status, "run_end_time": datetime.now(UTC)}
        self._sender.add(dag_run_id)


class _Sender:
    """Sends runs to the UI, in the order they ended, from a thread of its own. Once `ended`, nothing more is sent."""

    def __init__(self, ui: HamiltonUI):
        self.ended = False
        self._ui = ui
        self._runs: queue.SimpleQueue[_Run | None] = queue.SimpleQueue()
        self._left_out = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="headrace-tracking", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def add(self, run: _Run) -> None:
        """Leaves the run out when too many are waiting: a slow UI must not slow the questions, nor fill the memory."""
        if self._runs.qsize() < _MOST_WAITING:
            self._runs.put(run)
            return
        self._left_out += 1
        if self._left_out == 1:
            _logger.warning("the Hamilton UI takes runs more slowly than questions are answered: some are left out there")

    def give_up(self, reason: str) -> None:
        """Ends the sending, with one warning however often it is called."""
        with self._lock:
            ended, self.ended = self.ended, True
        if not ended:
            _logger.warning("from here on questions are not tracked: the Hamilton UI at %s: %s", self._ui.address, reason)

    def close(self) -> None:
        atexit.unregister(self.close)
        self._runs.put(None)
        self._thread.join(_CLOSE_S)
        if self._thread.is_alive():
            self.give_up(f"{self._runs.qsize()} runs were not taken within {_CLOSE_S:.0f} s")
        self.ended = True

    def _work(self) -> None:
        while not self.ended and (run := self._runs.get()) is not None:
            try:
                self._send(run)
            except Exception as error:  # whatever it is: nobody is there to catch it
                self.give_up(str(error) or repr(error))

    def _send(self, run: _Run) -> None:
        graph_id = self._graph_id(run.graph)
        run_id = self._ui.call("POST", f"dag_runs?dag_template_id={graph_id}", run.description)["id"]
        nodes = {"attributes": run.attributes, "task_updates": list(run.tasks.values())}
        self._ui.call("PUT", f"dag_runs_bulk?dag_run_id={run_id}", nodes)

    def _graph_id(self, graph: _Graph) -> int:
        """The UI's id of a graph, which is described to it when it has not seen it before."""
        if graph.id is None:
            found = self._found(graph)
            try:
                found = found or self._ui.call("POST", f"dag_templates?project_id={graph.key['project_id']}", graph.description)
            except OSError:
                found = self._found(graph)  # another process may have been first
                if not found:
                    raise
            graph.id = found["id"]
        return graph.id

    def _found(self, graph: _Graph) -> dict[str, Any] | None:
        return self._ui.call("GET", f"dag_templates/exists/?{urlencode(graph.key)}")


# ----------------------------------------------------------------------------------------------------------- shortening


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
            return text.encode(errors="replace").decode()  # lone surrogates, which no database takes
        case date():
            return str(value)
        case np.ndarray():
            return f"<array of shape {value.shape}, {value.dtype}>"
        case Mapping():
            return {str(name): shortened(item, depth + 1) for name, item in value.items()}
        case list() | tuple() | AbstractSet():
            items = [shortened(item, depth + 1) for item in islice(value, _ITEMS)]
            return items if len(value) <= _ITEMS else [*items, f"… {len(value):,} in all"]
    if is_dataclass(value) and not isinstance(value, type):
        return {name.name: shortened(getattr(value, name.name), depth + 1) for name in fields(value)}
    return f"<{type(value).__name__}>"


def _without_credentials(address: str) -> str:
    """A repository's address as git has it may hold a token."""
    return re.sub(r"//[^/@]*@", "//", address)


def _tags(settings: Settings) -> dict[str, str]:
    return {name: str(getattr(settings, name)) for name in (*GRAPH_SETTINGS, "encoder", "reranker", "language_model")}


def _tracker_class() -> type:
    """The SDK's tracker, without the two lines that it logs for every run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its imports reach for many libraries, old ways among them
        from hamilton_sdk.adapters import HamiltonTracker
    logging.getLogger("hamilton_sdk").setLevel(logging.CRITICAL)
    return HamiltonTracker


#: What of an event the tracker is given, and how: it needs no arguments, and the run's results it has seen as nodes' results.
_SHOWN = {
    "inputs": lambda inputs: {name: shortened(value) for name, value in (inputs or {}).items()},
    "result": lambda result: "None" if result is None else shortened(result),  # of a None the UI says that it is not supported
    "kwargs": lambda kwargs: {},
}
