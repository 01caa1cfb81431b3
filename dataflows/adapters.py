"""How the dataflow runs: independent searches overlap, every node is timed, and an error says where it came from."""

import contextvars
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from time import perf_counter
from typing import Any, get_args, get_origin
from weakref import WeakKeyDictionary

from hamilton import graph, htypes, node
from hamilton.driver import DefaultGraphExecutor
from hamilton.execution.graph_functions import execute_lifecycle_for_node
from hamilton.lifecycle import base

from dataflows.types import Stage


class ConcurrentSearches(DefaultGraphExecutor):
    """Computes each node when another needs its value; where one needs several, those tagged runs="concurrently" overlap.

    The first of them runs where it is needed; the others get a thread each, at the moment that the first tagged node is ready to run: sooner
    they would only wait. So the two searches overlap, and nothing else pays for a thread. A value that a thread has not begun yet is computed
    by whoever needs it, so no pool is too small, however many questions share it.
    An exception carries a note with its node's name; threads see the caller's context variables. The way through the graph, which Hamilton's
    own executor finds anew for every run, is kept for the same nodes asked for and the same names given.
    """

    def __init__(self, adapter: base.LifecycleAdapterSet, max_workers: int):
        super().__init__(adapter)
        self._pool = ThreadPoolExecutor(max_workers, thread_name_prefix="headrace")
        self._orders: WeakKeyDictionary[graph.FunctionGraph, dict[tuple, list]] = WeakKeyDictionary()

    def execute(
        self, fg: graph.FunctionGraph, final_vars: list[str], overrides: dict[str, Any], inputs: dict[str, Any], run_id: str
    ) -> dict[str, Any]:
        """The values of `final_vars`, by name."""
        values = {**fg.config, **inputs, **overrides}
        waiting: list[_Later] = []
        for node_, names in self._order(fg, final_vars, values):
            given = {name: values[name] for name in names if name in values}
            values[node_.name] = _Later(partial(self._computed, node_, given, run_id, waiting), _overlaps(node_))
        return self._resolved({name: values.get(name) for name in final_vars}, waiting)

    def close(self) -> None:
        self._pool.shutdown()

    def _computed(self, node_: node.Node, given: dict[str, Any], run_id: str, waiting: list["_Later"]) -> Any:
        values = self._resolved(given, waiting)
        if _overlaps(node_):
            self._start(waiting)
        try:
            return execute_lifecycle_for_node(node_, self.adapter, run_id, None, **values)
        except Exception as error:
            if not getattr(error, "__notes__", None):
                error.add_note(f'in node "{node_.name}" (stage: {node_.tags.get("stage", "input")})')
            raise

    def _resolved(self, given: dict[str, Any], waiting: list["_Later"]) -> dict[str, Any]:
        """What was given, with what is still to be computed computed; what can overlap with the first of that is put in `waiting` meanwhile."""
        missing = [value for value in given.values() if isinstance(value, _Later) and value.missing]
        waiting += [later for later in missing[1:] if later.overlaps]
        return {name: value.result() if isinstance(value, _Later) else value for name, value in given.items()}

    def _start(self, waiting: list["_Later"]) -> None:
        """A thread for each that waits."""
        with suppress(IndexError):  # none is left, or another thread took the last
            while True:
                self._pool.submit(contextvars.copy_context().run, waiting.pop().result)

    def _order(self, fg: graph.FunctionGraph, final_vars: list[str], given: Collection[str]) -> list[tuple[node.Node, list[str]]]:
        """The nodes to run, each after what it needs, with the names of that."""
        orders, key = self._orders.setdefault(fg, {}), (tuple(final_vars), frozenset(given))
        if key not in orders:
            order: dict[str, tuple[node.Node, list[str]]] = {}
            for name in final_vars:
                _visit(fg.nodes[name], given, order)
            orders[key] = list(order.values())
        return orders[key]


def remember_ways(graph_: graph.FunctionGraph) -> None:
    """Makes the graph keep which nodes lead to those asked for: for every run Hamilton looks for them anew, and they are the same each time."""
    found: dict[tuple, tuple[set[node.Node], set[node.Node]]] = {}
    find = graph_.get_upstream_nodes

    def get_upstream_nodes(
        final_vars: list[str], runtime_inputs: dict[str, Any] | None = None, runtime_overrides: dict[str, Any] | None = None
    ) -> tuple[set[node.Node], set[node.Node]]:
        key = (tuple(final_vars), *(None if given is None else frozenset(given) for given in (runtime_inputs, runtime_overrides)))
        if key not in found:
            found[key] = find(final_vars, runtime_inputs, runtime_overrides)
        return found[key]

    graph_.get_upstream_nodes = get_upstream_nodes


def _overlaps(node_: node.Node) -> bool:
    return node_.tags.get("runs") == "concurrently"


def _visit(wanted: node.Node, given: Collection[str], order: dict[str, tuple[node.Node, list[str]]]) -> None:
    """Adds a node to `order`, behind what it needs."""
    if wanted.name not in given and wanted.name not in order and not wanted.user_defined:
        for needed in wanted.dependencies:
            _visit(needed, given, order)
        order[wanted.name] = (wanted, [needed.name for needed in wanted.dependencies])


class ProtocolInputs(base.BaseDoValidateInput):
    """Lets an input be typed by a Protocol or as Callable[...]: Hamilton takes those for generic types and refuses every value."""

    def __init__(self) -> None:
        self._fitting: set[tuple[type, type]] = set()

    def do_validate_input(self, *, node_type: type, input_value: Any) -> bool:
        if getattr(node_type, "_is_protocol", False):
            return self._fits(node_type, input_value)
        if Callable in (get_origin(node_type), *map(get_origin, get_args(node_type))) and callable(input_value):
            return True
        return htypes.check_input_type(node_type, input_value)

    def _fits(self, protocol: type, value: Any) -> bool:
        """isinstance, asked once for each class: it looks at every member of the protocol, which takes longer than many a node."""
        if (protocol, type(value)) not in self._fitting and isinstance(value, protocol):
            self._fitting.add((protocol, type(value)))
        return (protocol, type(value)) in self._fitting


class StageTimer(base.BasePreNodeExecute, base.BasePostNodeExecute):
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

    def pre_node_execute(self, *, node_: node.Node, **event: Any) -> None:
        if recording := _recording.get():
            recording.began[node_.name] = perf_counter()

    def post_node_execute(self, *, node_: node.Node, **event: Any) -> None:
        if recording := _recording.get():
            began = recording.began[node_.name]
            recording.stages.append(Stage(node_.name, (perf_counter() - began) * 1000, (began - recording.origin) * 1000))


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


class _Later:
    """A node's value, computed once, by whoever needs it first; the others wait."""

    def __init__(self, run: Callable[[], Any], overlaps: bool):
        self.overlaps = overlaps
        self._run: Callable[[], Any] | None = run
        self._lock = threading.Lock()
        self._value: Any = None
        self._error: BaseException | None = None

    @property
    def missing(self) -> bool:
        return self._run is not None

    def result(self) -> Any:
        with self._lock:
            if self._run is not None:
                run, self._run = self._run, None
                try:
                    self._value = run()
                except BaseException as error:  # raised below, for each who needs the value
                    self._error = error
        if self._error is not None:
            raise self._error
        return self._value
