"""Runs on their way to the Hamilton UI: kept while they happen, and sent once they have ended."""

import atexit
import logging
import queue
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from headrace.resources.hamilton_ui.ui_client import HamiltonUI

#: Runs waiting to be sent at most; further ones are left out until there is room.
_MOST_WAITING = 100
#: Seconds that closing waits for them at most.
_CLOSE_S = 10.0

_logger = logging.getLogger(__name__)


@dataclass
class Graph:
    """A graph and its code as the UI wants them; `id` is the UI's, once it has them."""

    key: dict[str, Any]
    description: dict[str, Any]
    id: int | None = None


@dataclass
class Run:
    """One run: `tasks` by node, `attributes` are the nodes' values or errors, `description` is about the run as a whole."""

    graph: Graph
    description: dict[str, Any]
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    attributes: list[dict[str, Any]] = field(default_factory=list)


class Recorder:
    """The client that the tracker talks to, in the shape of the SDK's HamiltonClient. It has Graph and Run where that has ids."""

    def __init__(self, sender: "Sender"):
        self._sender = sender

    def validate_auth(self) -> None:
        """There are no passwords."""

    def project_exists(self, project_id: int) -> bool:
        return True

    def register_dag_template_if_not_exists(
        self,
        project_id,
        dag_hash,
        code_hash,
        nodes,
        code_artifacts,
        name,
        config,
        tags,
        code,
        vcs_info,
    ) -> Graph:
        version = {
            "git_hash": vcs_info.commit_hash,
            "git_repo": _without_credentials(vcs_info.repository),
            "git_branch": vcs_info.branch,
        }
        artifacts = [
            {**artifact, "url": _without_credentials(artifact["url"])}
            for artifact in code_artifacts
        ]
        key = {
            "project_id": project_id,
            "dag_hash": dag_hash,
            "code_hash": code_hash,
            "dag_name": name,
        }
        description = {
            "name": name,
            "template_type": "HAMILTON",
            "config": config,
            "dag_hash": dag_hash,
            "tags": tags,
            "nodes": nodes,
            "code_artifacts": artifacts,
            "code_log": {"files": code},
            "code_hash": code_hash,
            "code_version_info_type": "git",
            "code_version_info": version,
            "code_version_info_schema": 1,
        }
        return Graph(key, description)

    def create_and_start_dag_run(
        self, dag_template_id: Graph, tags: dict, inputs: dict, outputs: list[str]
    ) -> Run:
        return Run(
            dag_template_id,
            {
                "run_start_time": datetime.now(UTC),
                "tags": tags,
                "inputs": inputs,
                "outputs": outputs,
            },
        )

    def update_tasks(
        self, dag_run_id: Run, attributes: list, task_updates: list, in_samples: Any = None
    ) -> None:
        dag_run_id.attributes += [attribute for attribute in attributes if attribute]
        for task in task_updates:
            dag_run_id.tasks.setdefault(task["node_name"], {}).update(
                task, status=task["status"].value
            )

    def log_dag_run_end(self, dag_run_id: Run, status: str) -> None:
        dag_run_id.description |= {"run_status": status, "run_end_time": datetime.now(UTC)}
        self._sender.add(dag_run_id)


class Sender:
    """Sends runs to the UI, in the order they ended, from a thread of its own. Once `ended`, nothing more is sent."""

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
        """Leaves the run out when too many are waiting: a slow UI must not slow the questions, nor fill the memory."""
        if self._runs.qsize() < _MOST_WAITING:
            self._runs.put(run)
            return
        self._left_out += 1
        if self._left_out == 1:
            _logger.warning(
                "the Hamilton UI takes runs more slowly than questions are answered: some are left out there"
            )

    def give_up(self, reason: str) -> None:
        """Ends the sending, with one warning however often it is called."""
        with self._lock:
            ended, self.ended = self.ended, True
        if not ended:
            _logger.warning(
                "from here on questions are not tracked: the Hamilton UI at %s: %s",
                self._ui.address,
                reason,
            )

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

    def _send(self, run: Run) -> None:
        graph_id = self._graph_id(run.graph)
        run_id = self._ui.call("POST", f"dag_runs?dag_template_id={graph_id}", run.description)[
            "id"
        ]
        nodes = {"attributes": run.attributes, "task_updates": list(run.tasks.values())}
        self._ui.call("PUT", f"dag_runs_bulk?dag_run_id={run_id}", nodes)

    def _graph_id(self, graph: Graph) -> int:
        """The UI's id of a graph, which is described to it when it has not seen it before."""
        if graph.id is None:
            found = self._found(graph)
            try:
                found = found or self._ui.call(
                    "POST", f"dag_templates?project_id={graph.key['project_id']}", graph.description
                )
            except OSError:
                found = self._found(graph)  # another process may have been first
                if not found:
                    raise
            graph.id = found["id"]
        return graph.id

    def _found(self, graph: Graph) -> dict[str, Any] | None:
        return self._ui.call("GET", f"dag_templates/exists/?{urlencode(graph.key)}")


def _without_credentials(address: str) -> str:
    """A repository's address as git has it may hold a token."""
    return re.sub(r"//[^/@]*@", "//", address)
