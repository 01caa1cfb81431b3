"""How the dataflow runs: independent searches overlap, every node is timed, and an error says where it came from."""

import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter
from typing import Any, get_args, get_origin

from hamilton import htypes, lifecycle, node
from hamilton.lifecycle import base

from dataflows.types import Stage


class ConcurrentSearches(base.BaseDoRemoteExecute, lifecycle.ResultBuilder):
    """Nodes tagged runs="concurrently" go to a thread as soon as they are reached; all others run where they are, once what they
    need is there.

    Hamilton's own FutureAdapter sends every node to a thread; here only what can overlap pays for one. A node waits only for
    nodes that were submitted before it, so the pool, which starts tasks in order, cannot deadlock, however many questions share it.
    An exception carries a note with its node's name; threads see the caller's context variables.
    """

    def __init__(self, max_workers: int):
        self._pool = ThreadPoolExecutor(max_workers, thread_name_prefix="headrace")

    def do_remote_execute(self, *, execute_lifecycle_for_node: Callable, node: node.Node, **kwargs: Any) -> Any:
        def run() -> Any:
            values = {name: _resolved(value) for name, value in kwargs.items()}
            try:
                return execute_lifecycle_for_node(**values)
            except Exception as error:
                if not getattr(error, "__notes__", None):
                    error.add_note(f'in node "{node.name}" (stage: {node.tags.get("stage", "input")})')
                raise

        if node.tags.get("runs") == "concurrently":
            return self._pool.submit(contextvars.copy_context().run, run)
        return run()

    def build_result(self, **outputs: Any) -> dict[str, Any]:
        return {name: _resolved(value) for name, value in outputs.items()}

    def input_types(self) -> list[type]:
        return [Any]

    def output_type(self) -> type:
        return Any

    def close(self) -> None:
        self._pool.shutdown()


class ProtocolInputs(base.BaseDoValidateInput):
    """Lets an input be typed by a Protocol or as Callable[...]: Hamilton takes those for generic types and refuses every value."""

    def do_validate_input(self, *, node_type: type, input_value: Any) -> bool:
        if getattr(node_type, "_is_protocol", False):
            return isinstance(input_value, node_type)
        if Callable in (get_origin(node_type), *map(get_origin, get_args(node_type))) and callable(input_value):
            return True
        return htypes.check_input_type(node_type, input_value)


class StageTimer(lifecycle.NodeExecutionHook):
    """When each node of a run began and how long it took; waiting for other nodes is not counted.

    A run is what happens within `recording()`, in its thread and in those that run nodes for it.
    """

    @contextmanager
    def recording(self) -> Iterator["Recording"]:
        recording = Recording()
        token = _recording.set(recording)
        try:
            yield recording
        finally:
            _recording.reset(token)

    def run_before_node_execution(self, *, node_name: str, **future_kwargs: Any) -> None:
        if recording := _recording.get():
            recording.began[node_name] = perf_counter()

    def run_after_node_execution(self, *, node_name: str, **future_kwargs: Any) -> None:
        if recording := _recording.get():
            began = recording.began[node_name]
            recording.stages.append(Stage(node_name, (perf_counter() - began) * 1000, (began - recording.origin) * 1000))


class Recording:
    """The stages of one run, in the order they ended."""

    def __init__(self) -> None:
        self.origin = perf_counter()
        self.began: dict[str, float] = {}
        self.stages: list[Stage] = []
        self.total_ms = 0.0

    def stop(self) -> None:
        """Takes the total: measured, since stages overlap and their times do not add up to it."""
        self.total_ms = (perf_counter() - self.origin) * 1000


_recording: contextvars.ContextVar[Recording | None] = contextvars.ContextVar("headrace_recording", default=None)


def _resolved(value: Any) -> Any:
    return value.result() if isinstance(value, Future) else value
