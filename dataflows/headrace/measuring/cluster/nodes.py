"""A Ray cluster of this machine, and its processes."""

import contextlib
import logging
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import psutil

from headrace.errors import SettingsError

#: Ray gives up after 30 s, which is too soon on a busy machine.
_STARTS = 12
_OBJECTS_BYTES = 100_000_000
#: How long processes that were killed may take to be gone.
_PATIENCE_S = 30.0


class Nodes:
    """A head without processors, and nodes of one worker each, on this machine.

    A context manager. Its processes, and no others, are ended at the end.

    Attributes:
        address: what `--address` takes.
    """

    def __init__(self, count: int):
        """Raises SettingsError when the extra `scale` is not installed."""
        try:
            from ray.cluster_utils import Cluster
        except ImportError as error:
            raise SettingsError("a cluster needs Ray: pip install 'headrace[scale]'") from error
        # It tells every node that it starts.
        logging.getLogger("ray").setLevel(logging.WARNING)
        self._processes: dict[int, psutil.Process] = {}
        options = {"num_cpus": 0, "object_store_memory": _OBJECTS_BYTES, "include_dashboard": False}
        self._cluster = _tried(partial(Cluster, initialize_head=True, head_node_args=options))
        self.address = str(self._cluster.address)
        self._nodes: list[Any] = []
        try:
            for _ in range(count):
                self._add()
        except BaseException:
            self.close()
            raise

    def workers(self) -> list[psutil.Process]:
        """The processes of workers that have a pipeline, or are about to open it."""
        found = []
        for process in self._seen():
            with contextlib.suppress(psutil.Error):
                if process.name().startswith("ray::Worker"):
                    found.append(process)
        return found

    def replace_one(self, random: Random) -> None:
        """Kills the raylet of a node, with it the node, and adds another node."""
        node = self._nodes.pop(random.randrange(len(self._nodes)))
        self._seen()
        self._cluster.remove_node(node, allow_graceful=False)
        self._add()

    def close(self) -> None:
        """Ends all its processes."""
        processes = self._seen()
        try:
            self._cluster.shutdown()
        finally:
            for process in processes:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(processes, _PATIENCE_S)

    def __enter__(self) -> "Nodes":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _add(self) -> None:
        options = {"num_cpus": 1, "object_store_memory": _OBJECTS_BYTES}
        self._nodes.append(_tried(partial(self._cluster.add_node, **options)))
        self._seen()

    def _seen(self) -> list[psutil.Process]:
        """Its processes that run, also of nodes that are gone, or came too late."""
        for process in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if any(self.address in argument for argument in process.cmdline()):
                    for one in (process, *process.children(recursive=True)):
                        self._processes[one.pid] = one
        self._processes = {
            pid: process for pid, process in self._processes.items() if process.is_running()
        }
        return list(self._processes.values())


def _tried(start: Callable[[], Any]) -> Any:
    """What `start` returns, which is tried a few times."""
    for _ in range(_STARTS):
        with contextlib.suppress(Exception):
            return start()
    return start()
