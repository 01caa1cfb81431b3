"""The workers of a pipeline on a Ray cluster.

Ray starts their processes, restarts lost ones where there is room, and carries calls.
What is left to do here: to choose the worker that has least to do, and to give a piece
whose worker was lost to another one.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any

from headrace.errors import HeadraceError, WorkerError
from headrace.pipeline import Pipeline
from headrace.scaling.likeness import Facts, Probe, check_alike, check_same_models
from headrace.scaling.shipment import Shipment
from headrace.scaling.worker import Worker

#: Calls that a worker has at once: some wait for PostgreSQL while one computes.
_CALLS = 4
#: A piece of work that workers were lost with so often may be what ends them.
_ATTEMPTS = 4
#: Seconds for workers to come, or one to come back: a new machine takes minutes.
_PATIENCE_S = 300.0
#: Seconds in which a worker that is lost at the start is restarted.
_RESTART_S = 60.0
_CLOSING_S = 5.0
_PAUSE_S = 0.2
_ENDED = "the workers were ended before this piece of work was done"

_logger = logging.getLogger(__name__)


@dataclass(eq=False)
class _Member:
    """A worker, how many calls it has, and whether it is there."""

    actor: Any
    calls: int = 0
    is_there: bool = True


class Crew:
    """Workers that are there until `close`. For any number of threads."""

    def __init__(self, ray: Any, rag: Pipeline, count: int, gpus_per_worker: float):
        """
        Args:
            ray: the module, connected to a cluster.
            count: of workers.
        Raises WorkerError when they cannot be started or differ from this process.
        """
        self._ray = ray
        self._lost = (
            ray.exceptions.RayActorError,
            ray.exceptions.ObjectLostError,
            ray.exceptions.NodeDiedError,
            ray.exceptions.WorkerCrashedError,
        )
        self._changed = threading.Condition()
        self._members: list[_Member] = []
        facts = Facts.here(rag.settings.data_dir)
        nodes = sum(bool(node["Alive"]) for node in ray.nodes())
        shipment = Shipment.of(rag, facts.place, ceil(count / max(1, nodes))).packed()
        options: dict[str, Any] = {
            "max_restarts": -1,
            "max_task_retries": 0,
            "max_concurrency": _CALLS,
            "scheduling_strategy": "SPREAD",
        }
        if gpus_per_worker:
            options["num_gpus"] = gpus_per_worker
        kind = ray.remote(Worker).options(**options)
        try:
            self._members = [_Member(kind.remote(shipment)) for _ in range(count)]
            self._check(rag, facts)
        except BaseException:
            self.close()
            raise

    def call(self, work: Callable[..., Any], given: Sequence[Any]) -> Any:
        """What `work(rag, *given)` returns or raises on a worker."""
        lost: Exception | None = None
        for _ in range(_ATTEMPTS):
            with self._lent() as member:
                try:
                    return self._ray.get(member.actor.do.remote(work, tuple(given)))
                except self._ray.exceptions.RayTaskError as error:
                    raise error.cause from None
                except self._lost as error:
                    if not self._members:
                        raise WorkerError(_ENDED) from error
                    self._miss(member, error)
                    lost = error
                except Exception as error:
                    if self._ray.is_initialized():
                        raise
                    # A client's connection is lost: Ray raises this and that.
                    raise WorkerError(
                        f"the connection to the cluster is lost ({_first_line(error)}): what is "
                        "finished is kept; run it again when the cluster is there"
                    ) from error
        raise WorkerError(
            f"{_ATTEMPTS} workers were lost one after the other with the same piece of work. "
            "Look at Ray's logs: most often their machine has too little memory. What is "
            f"finished is kept; run it again with fewer workers ({_first_line(lost)})"
        )

    def close(self) -> None:
        """Ends the workers."""
        with self._changed:
            members, self._members = self._members, []
            self._changed.notify_all()
        if not self._ray.is_initialized():  # the cluster is gone
            return
        try:
            closing = [member.actor.close.remote() for member in members if member.is_there]
            self._ray.wait(closing, num_returns=len(closing) or 1, timeout=_CLOSING_S)
            for member in members:
                self._ray.kill(member.actor)
        except (ValueError, ConnectionError, *self._lost):  # nobody is left
            pass

    def _check(self, rag: Pipeline, ours: Facts) -> None:
        """Raises WorkerError for a worker that does not come, or differs from us."""
        # This process makes its own probe first, while the workers start.
        name, here = rag.models.ingest_encoder.name, Probe.of(rag)
        found: list[Facts] = self._from_each("facts", rag.settings.data_dir)
        for theirs in found:
            check_alike(ours, theirs, embedded=rag.database.embedded)
        for theirs, probe in zip(found, self._from_each("probe"), strict=True):
            check_same_models(name, here, probe, theirs.node)

    def _from_each(self, method: str, *given: Any) -> list[Any]:
        """What a method of each worker returns. One that is lost is asked again."""
        until = time.monotonic() + _RESTART_S
        while True:
            asked = [getattr(one.actor, method).remote(*given) for one in self._members]
            try:
                return self._answers(asked)
            except self._lost as error:
                if getattr(error, "actor_init_failed", False) or time.monotonic() > until:
                    raise WorkerError(
                        "a worker could not be started. Is headrace[scale] installed, in the same "
                        f"version, on every machine of the cluster? ({_last_line(error)})"
                    ) from error
                time.sleep(_PAUSE_S)

    def _answers(self, asked: list[Any]) -> list[Any]:
        ray = self._ray
        try:
            return ray.get(asked, timeout=_PATIENCE_S)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, HeadraceError):
                raise error.cause from None
            raise WorkerError(f"a worker could not be started: {error.cause!r}") from error
        except ray.exceptions.GetTimeoutError:
            came, _ = ray.wait(asked, num_returns=len(asked), timeout=0)
            raise WorkerError(
                f"only {len(came)} of {len(asked)} workers came within {_PATIENCE_S:.0f} s: the "
                f"cluster has {_resources(ray)}. Ask for fewer workers, or add machines"
            ) from None

    @contextmanager
    def _lent(self) -> Iterator[_Member]:
        """Yield the worker that has least to do.

        Raises WorkerError when no worker is there for too long, or all were ended.
        """
        with self._changed:
            if not self._changed.wait_for(
                lambda: self._present() or not self._members, _PATIENCE_S
            ):
                raise WorkerError(
                    f"all workers were lost, and none has come back within {_PATIENCE_S:.0f} s: "
                    "look at the cluster (ray status). What is finished is kept; run it again"
                )
            if not self._members:
                raise WorkerError(_ENDED)
            member = min(self._present(), key=lambda one: one.calls)
            member.calls += 1
        try:
            yield member
        finally:
            with self._changed:
                member.calls -= 1

    def _present(self) -> list[_Member]:
        return [member for member in self._members if member.is_there]

    def _miss(self, member: _Member, error: BaseException) -> None:
        """Gives a lost worker no more work until Ray has restarted it."""
        with self._changed:
            if not member.is_there:
                return
            member.is_there = False
        _logger.warning(
            "a worker was lost, another one takes over its work: %s", _first_line(error)
        )
        thread = threading.Thread(target=self._await, args=(member,), daemon=True)
        thread.start()

    def _await(self, member: _Member) -> None:
        """Waits until a lost worker is there again, however long that takes."""
        while self._members:
            try:
                self._ray.get(member.actor.probe.remote())
                break
            except self._ray.exceptions.RayTaskError:
                break  # it is there; what it cannot do, the next call says
            except self._lost:
                time.sleep(_PAUSE_S)  # it is being restarted
            except (self._ray.exceptions.RayError, ConnectionError):
                return  # the cluster is gone
        with self._changed:
            member.is_there = True
            self._changed.notify_all()


def _resources(ray: Any) -> str:
    found = ray.cluster_resources()
    return f"{found.get('CPU', 0):g} processors and {found.get('GPU', 0):g} GPUs"


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]


def _last_line(error: BaseException) -> str:
    return str(error).strip().rpartition("\n")[2]
