"""RayExecutor: work on a Ray cluster, each worker with a pipeline of its own."""

import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from headrace.errors import SettingsError, WorkerError
from headrace.pipeline import Pipeline
from headrace.scaling.crew import Crew

Result = TypeVar("Result")

#: Pieces that each worker has, so that it need not wait for the next one while the
#: pieces of another worker are finished, which come first.
_PIECES = 3
#: Pieces of work are small: what Ray would set aside for its objects is not needed.
_OBJECTS_BYTES = 100_000_000
#: A cluster of this machine that does not start in time, on a busy one, is tried again.
_STARTS = 3
_ADVICE = "Start one with `ray start --head`, or correct --address"
_ADVICE_OF_CLIENTS = (
    "Correct --address, whose port is that of Ray's client server, 10001 by default. If the "
    "cluster asks for a token, set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN here"
)
_OF_LOST_WORKERS = "worker died|Raylet is terminated|Task .* failed|node .* (died|dead)|heartbeat"


class RayExecutor:
    """The `Executor` that works on a Ray cluster.

    Use it as a context manager, or `close()` it. Its workers are started by the first
    call, and again where that is of another pipeline.

    Example:

        with Pipeline.open() as rag, RayExecutor("auto", workers=8) as executor:
            rag.ingest(["/shared/docs"], tenant="acme", executor=executor)
    """

    is_here = False

    def __init__(
        self,
        address: str | None = None,
        *,
        workers: int | None = None,
        gpus_per_worker: float = 0.0,
    ):
        """
        Args:
            address: "auto" for the cluster of this machine, "ray://HOST:10001"; None:
                RAY_ADDRESS, or workers on this machine alone.
            workers: processes that each have a pipeline; None: one for each processor
                of the cluster, or as many as its GPUs allow.
            gpus_per_worker: GPUs of each, which may be less than 1.
        Raises SettingsError when the extra `scale` is not installed.
        """
        if workers is not None and workers < 1:
            raise SettingsError(f"{workers} workers: at least 1 is needed")
        if gpus_per_worker < 0:
            raise SettingsError(f"{gpus_per_worker} GPUs per worker: 0 or more are possible")
        self._ray = _library()
        self._address = address or os.environ.get("RAY_ADDRESS") or None
        self._workers = workers
        self._gpus = gpus_per_worker
        self._starting = threading.Lock()
        self._crew: Crew | None = None
        self._crews_pipeline: Pipeline | None = None
        self._has_started_ray = False

    @property
    def workers(self) -> int:
        """How many workers there are, or will be."""
        with self._starting:
            return self._count()

    @property
    def at_once(self) -> int:
        """How many pieces it is to be given at the same time."""
        return _PIECES * self.workers

    def call(self, rag: Pipeline, work: Callable[..., Result], *given: Any) -> Result:
        """What `work(rag, *given)` returns or raises on a worker.

        Raises WorkerError when no worker can do it.
        """
        return self._crew_of(rag).call(work, given)

    def close(self) -> None:
        """Ends the workers, and a cluster that was started for them."""
        with self._starting:
            if self._crew is not None:
                self._crew.close()
                self._crew = self._crews_pipeline = None
            if self._has_started_ray:
                self._ray.shutdown()
                self._has_started_ray = False

    def __enter__(self) -> "RayExecutor":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _crew_of(self, rag: Pipeline) -> Crew:
        with self._starting:
            if self._crew is None or self._crews_pipeline is not rag:
                count = self._count()
                if self._crew is not None:
                    self._crew.close()
                self._crew = Crew(self._ray, rag, count, self._gpus)
                self._crews_pipeline = rag
            return self._crew

    def _count(self) -> int:
        self._connect()
        if self._workers is not None:
            return self._workers
        found = self._ray.cluster_resources()
        if self._gpus:
            return max(1, int(found.get("GPU", 0) / self._gpus))
        return max(1, int(found.get("CPU", 1)))

    def _is_client(self) -> bool:
        """Whether the cluster is reached from outside, through its client server."""
        return (self._address or "").startswith("ray://")

    def _connect(self) -> None:
        """Connects to the cluster, or starts one here, unless that is done."""
        if self._ray.is_initialized():
            return
        options: dict[str, Any] = {"address": self._address}
        if self._address is None or self._address == "local":
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            options = {
                "address": "local",
                "num_cpus": max(self._workers or 1, os.cpu_count() or 1),
                "include_dashboard": False,
                "object_store_memory": _OBJECTS_BYTES,
            }
        for attempt in range(1, _STARTS + 1):
            try:
                with _same_signals(), warnings.catch_warnings():
                    # Ray also warns of what it raises.
                    warnings.simplefilter("ignore", UserWarning)
                    self._ray.init(log_to_driver=False, configure_logging=False, **options)
                break
            except Exception as error:  # Ray's own, gRPC's and the system's
                self._ray.shutdown()
                if attempt < _STARTS and options["address"] == "local":
                    continue
                reason = str(error).strip().partition("\n")[0]
                raise WorkerError(
                    f"no Ray cluster can be used at {self._address or 'this machine'}: {reason}. "
                    f"{_ADVICE_OF_CLIENTS if self._is_client() else _ADVICE}"
                ) from error
        self._has_started_ray = True


def _library() -> Any:
    """Ray, imported only here: it takes seconds.

    What it says of lost workers would be printed among the answers on standard output;
    a lost worker is told to the log instead.
    """
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", _OF_LOST_WORKERS)
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise SettingsError(
            "workers on a cluster need Ray: pip install 'headrace[scale]'"
        ) from error
    return ray


@contextmanager
def _same_signals() -> Iterator[None]:
    """Keep what this process does at SIGTERM, which Ray would replace."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
