"""Workers that are lost at the start, and a cluster that is gone: without a cluster."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import ray.exceptions

from headrace import Pipeline, WorkerError
from headrace.scaling import crew
from headrace.scaling.crew import Crew
from headrace.scaling.likeness import Facts, Probe
from support import cluster as work


class Cluster:
    """What a crew uses of Ray. Its workers work in this process.

    Attributes:
        faults: what the next calls of `get` raise.
        is_there: whether the connection to it is.
    """

    exceptions = ray.exceptions

    def __init__(self, rag: Pipeline, *faults: Exception):
        self.faults: list[Exception] = list(faults)
        self.is_there = True
        self._rag = rag

    def is_initialized(self) -> bool:
        return self.is_there

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True}]

    def remote(self, kind: type) -> Any:
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=self._actor))

    def get(self, asked: Any, timeout: float | None = None) -> Any:
        if self.faults:
            raise self.faults.pop(0)
        return [one() for one in asked] if isinstance(asked, list) else asked()

    def wait(self, asked: list, num_returns: int, timeout: float) -> tuple[list, list]:
        return asked, []

    def kill(self, actor: Any) -> None: ...

    def _actor(self, shipment: bytes) -> Any:
        rag = self._rag
        methods: dict[str, Callable[..., Any]] = {
            "facts": Facts.here,
            "probe": lambda: Probe.of(rag),
            "do": lambda work, given: work(rag, *given),
            "close": lambda: None,
        }
        later = {name: SimpleNamespace(remote=_later(done)) for name, done in methods.items()}
        return SimpleNamespace(**later)


def _later(done: Callable[..., Any]) -> Callable[..., Callable[[], Any]]:
    return lambda *given: lambda: done(*given)


def lost(init_failed: bool = False) -> Exception:
    said = "The actor died.\nImportError: no such module"
    return ray.exceptions.RayActorError(error_msg=said, actor_init_failed=init_failed)


def test_a_worker_that_is_lost_at_the_start_is_asked_again(rag):
    cluster = Cluster(rag, lost(), lost())
    workers = Crew(cluster, rag, 2, 0.0)
    assert workers.call(work.process, ()) > 0 and not cluster.faults
    workers.close()


def test_a_worker_that_cannot_be_made_is_told_with_the_reason(rag):
    with pytest.raises(WorkerError, match=r"Is headrace\[scale\] installed.*\(ImportError: no"):
        Crew(Cluster(rag, lost(init_failed=True)), rag, 1, 0.0)


def test_workers_that_are_lost_again_and_again_at_the_start_are_given_up(rag, monkeypatch):
    monkeypatch.setattr(crew, "_RESTART_S", -1.0)
    with pytest.raises(WorkerError, match="could not be started"):
        Crew(Cluster(rag, lost()), rag, 1, 0.0)


def test_a_connection_to_a_cluster_that_is_lost_is_told_and_closing_does_not_fail(rag):
    cluster = Cluster(rag)
    workers = Crew(cluster, rag, 1, 0.0)
    cluster.faults.append(ConnectionError("Client is shutting down."))
    cluster.is_there = False
    with pytest.raises(WorkerError, match=r"connection to the cluster is lost \(Client is"):
        workers.call(work.process, ())
    workers.close()


def test_another_fault_of_a_cluster_that_is_there_is_raised_as_it_is(rag):
    cluster = Cluster(rag)
    workers = Crew(cluster, rag, 1, 0.0)
    cluster.faults.append(RuntimeError("a defect"))
    with pytest.raises(RuntimeError, match="a defect"):
        workers.call(work.process, ())
    workers.close()


def test_workers_that_are_ended_with_work_in_hand_are_not_told_as_lost(rag, monkeypatch, caplog):
    cluster = Cluster(rag)
    workers = Crew(cluster, rag, 1, 0.0)

    def ended(asked: object) -> None:
        workers.close()
        raise lost()

    monkeypatch.setattr(cluster, "get", ended)
    with pytest.raises(WorkerError, match="were ended"):
        workers.call(work.process, ())
    with pytest.raises(WorkerError, match="were ended"):
        workers.call(work.process, ())
    assert not caplog.records
