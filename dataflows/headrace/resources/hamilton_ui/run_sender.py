"""Runs on their way to the Hamilton UI: kept while they happen, sent when they end."""

import atexit
import logging
import queue
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from headrace.arrows import direct
from headrace.resources.hamilton_ui.ui_client import HamiltonUI

#: Runs that wait to be sent, at most. Further ones are left out until there is room.
_MOST_WAITING = 100
#: Seconds that closing waits for them, at most.
_CLOSE_S = 10.0

#: Tags that are different in each run, and make the list of runs readable.
OWN_TAGS = ("question", "tenant", "answered")

_logger = logging.getLogger(__name__)


@dataclass
class Graph:
    """A graph and its code, in the form that the UI expects.

    Attributes:
        key: what the UI finds a graph by.
        description: what the UI is sent of a graph that it does not have.
        id: the UI's; None until it is known.
    """

    key: dict[str, Any]
    description: dict[str, Any]
    id: int | None = None


@dataclass
class Run:
    """One run of a graph.

    Attributes:
        graph: the graph.
        description: of the run as a whole.
        tasks: what happened to each node, by its name.
        attributes: the values or errors of the nodes.
    """

    graph: Graph
    description: dict[str, Any]
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    attributes: list[dict[str, Any]] = field(default_factory=list)

    def tag(self, **tags: str) -> None:
        """Give the run tags of its own; it is found by them in the list of runs."""
        self.description["tags"] = self.description["tags"] | tags


class Recorder:
    """The client that the tracker talks to, in the shape of the SDK's HamiltonClient.

    Where that client takes and returns ids, this one has Graph and Run objects.
    """

    def __init__(self, sender: "Sender"):
        self._sender = sender

    def validate_auth(self) -> None:
        """Do nothing: there are no passwords."""

    def project_exists(self, project_id: int) -> bool:
        return True

    def register_dag_template_if_not_exists(self, *, vcs_info: Any, **template: Any) -> Graph:
        """A graph and its code.

        Args:
            vcs_info: the SDK's description of the repository.
            template: the SDK's other arguments: project_id, dag_hash, code_hash, name,
                nodes, code_artifacts, config, tags, code.
        """
        version = {
            "git_hash": vcs_info.commit_hash,
            "git_repo": _without_credentials(vcs_info.repository),
            "git_branch": vcs_info.branch,
        }
        artifacts = []
        for artifact in template["code_artifacts"]:
            artifacts.append({**artifact, "url": _without_credentials(artifact["url"])})
        key = {
            "project_id": template["project_id"],
            "dag_hash": template["dag_hash"],
            "code_hash": template["code_hash"],
            "dag_name": template["name"],
        }
        description = {
            "name": template["name"],
            "template_type": "HAMILTON",
            "config": {"settings": template["config"]},
            "dag_hash": template["dag_hash"],
            "tags": template["tags"],
            "nodes": _readable(template["nodes"]),
            "code_artifacts": artifacts,
            "code_log": {"files": template["code"]},
            "code_hash": template["code_hash"],
            "code_version_info_type": "git",
            "code_version_info": version,
            "code_version_info_schema": 1,
        }
        return Graph(key, description)

    def create_and_start_dag_run(
        self, dag_template_id: Graph, tags: dict, inputs: dict, outputs: list[str]
    ) -> Run:
        description = {
            "run_start_time": datetime.now(UTC),
            # The run's own tags stand before those that all have in common.
            "tags": dict.fromkeys(OWN_TAGS, "") | tags,
            "inputs": inputs,
            "outputs": outputs,
        }
        return Run(dag_template_id, description)

    def update_tasks(
        self, dag_run_id: Run, attributes: list, task_updates: list, in_samples: Any = None
    ) -> None:
        dag_run_id.attributes += [attribute for attribute in attributes if attribute]
        for task in task_updates:
            known = dag_run_id.tasks.setdefault(task["node_name"], {})
            known.update(task, status=task["status"].value)

    def log_dag_run_end(self, dag_run_id: Run, status: str) -> None:
        dag_run_id.description |= {"run_status": status, "run_end_time": datetime.now(UTC)}
        self._sender.add(dag_run_id)


class Sender:
    """Sends runs to the UI from its own thread, in the order in which they ended.

    Attributes:
        ended: once true, nothing more is sent.
    """

    def __init__(self, ui: HamiltonUI):
        self.ended = False
        self._ui = ui
        self._runs: queue.SimpleQueue[Run | None] = queue.SimpleQueue()
        self._left_out = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="headrace-tracking", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def add(self, run: Run) -> None:
        """Send a run once those before it are sent; leave it out if too many wait.

        A slow UI must not slow the questions down, nor fill the memory.
        """
        if self._runs.qsize() < _MOST_WAITING:
            self._runs.put(run)
            return
        self._left_out += 1
        if self._left_out == 1:
            _logger.warning(
                "the Hamilton UI takes runs more slowly than questions are answered: "
                "some runs will be missing there"
            )

    def give_up(self, reason: str) -> None:
        """End the sending, with one warning however often this is called."""
        with self._lock:
            ended, self.ended = self.ended, True
        if not ended:
            _logger.warning(
                "from here on questions are not tracked: the Hamilton UI at %s: %s",
                self._ui.address,
                reason,
            )

    def close(self) -> None:
        """Wait until all runs are sent, 10 s at most, and end the sending."""
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
            except Exception as error:  # any kind: nobody else can catch it in this thread
                self.give_up(str(error) or repr(error))

    def _send(self, run: Run) -> None:
        graph_id = self._graph_id(run.graph)
        made = self._ui.call("POST", f"dag_runs?dag_template_id={graph_id}", run.description)
        nodes = {"attributes": run.attributes, "task_updates": list(run.tasks.values())}
        self._ui.call("PUT", f"dag_runs_bulk?dag_run_id={made['id']}", nodes)

    def _graph_id(self, graph: Graph) -> int:
        """The UI's id of a graph; describes the graph to it if it is new there."""
        if graph.id is None:
            found = self._found(graph) or self._described(graph)
            graph.id = int(found["id"])
        return graph.id

    def _found(self, graph: Graph) -> dict[str, Any] | None:
        return self._ui.call("GET", f"dag_templates/exists/?{urlencode(graph.key)}")

    def _described(self, graph: Graph) -> dict[str, Any]:
        project_id = graph.key["project_id"]
        try:
            return self._ui.call(
                "POST", f"dag_templates?project_id={project_id}", graph.description
            )
        except OSError:
            found = self._found(graph)  # another process may have been first
            if not found:
                raise
            return found


def _readable(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes of a graph as its picture has them.

    Of the inputs there is only the question: the others are settings and parts, more of
    them than there are nodes. Of the arrows there are only those that say something.
    """
    hidden = set()
    for node in nodes:
        if "input" in node["classifications"] and node["name"] != "question":
            hidden.add(node["name"])
    arrows = direct({node["name"]: node["dependencies"] for node in nodes})
    readable = []
    for node in nodes:
        if node["name"] not in hidden:
            specs = dict(zip(node["dependencies"], node["dependency_specs"], strict=True))
            kept = [name for name in arrows[node["name"]] if name not in hidden]
            specs = [specs[name] for name in kept]
            readable.append({**node, "dependencies": kept, "dependency_specs": specs})
    return readable


def _without_credentials(address: str) -> str:
    """A repository's address without the user and the token that Git may keep in it."""
    return re.sub(r"//[^/@]*@", "//", address)
