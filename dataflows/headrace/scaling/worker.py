"""What runs on the cluster: one pipeline in one process, which is given work."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headrace.pipeline import Pipeline
from headrace.scaling.likeness import Facts, Probe
from headrace.scaling.shipment import Shipment


class Worker:
    """A process with a pipeline of its own, which is opened once and kept.

    A process that takes the place of a lost one opens it again. Several threads may use
    it.
    """

    def __init__(self, shipment: bytes):
        """
        Args:
            shipment: a packed `Shipment`. It is read after `facts` were compared, since
                another version of Headrace might not be able to.
        """
        self._shipment = shipment
        self._opening = threading.Lock()
        self._rag: Pipeline | None = None

    def facts(self, data_dir: Path) -> Facts:
        """What this process runs.

        Args:
            data_dir: the data folder of the process that asks.
        """
        return Facts.here(data_dir, socket.gethostname())

    def probe(self) -> Probe:
        """What its models make of what is known; the pipeline is open afterwards."""
        return Probe.of(self._pipeline())

    def do(self, work: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        """What `work(rag, *given)` returns or raises."""
        return work(self._pipeline(), *given)

    def close(self) -> None:
        """Closes the pipeline."""
        with self._opening:
            if self._rag is not None:
                self._rag.close()
                self._rag = None

    def _pipeline(self) -> Pipeline:
        with self._opening:
            rag = self._rag = self._rag or Shipment.unpacked(self._shipment).opened()
            return rag
