"""How the dataflow runs: independent searches overlap, every node is timed, and an error says where it came from."""

import contextvars
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple, get_args, get_origin
from weakref import WeakKeyDictionary

from hamilton import graph, htypes, node
from hamilton.driver import DefaultGraphExecutor
from hamilton.execution.graph_functions import execute_lifecycle_for_node
from hamilton.lifecycle import base

from headrace.types import Stage


class ConcurrentSearches(DefaultGraphExecutor):
    """Computes node after node; of those tagged runs="concurrently", what the others do not depend on runs aside, in a thread of its own.

    So the two searches overlap, and nothing else pays for a thread. A value that a thread has not begun yet is computed by whoever needs it, so
    no pool is too small, however many questions share it. An exception carries a note with its node's name; threads see the caller's context
    variables; within `recorded()` every node is timed, without its waiting for others. The plan, which Hamilton's own executor makes anew for
    every run, is kept for the same nodes asked for and the same names given.
    """

    def __init__(self, adapter: base.LifecycleAdapterSet, max_workers: int):
        super().__init__(adapter)
        self._pool = ThreadPoolExecutor(max_workers, thread_name_prefix="headrace")
        self._plans: WeakKeyDictionary[graph.FunctionGraph, dict[tuple, list[_Step]]] = (
            WeakKeyDictionary()
        )

    def execute(
        self,
        fg: graph.FunctionGraph,
        final_vars: list[str],
        overrides: dict[str, Any],
        inputs: dict[str, Any],
        run_id: str,
    ) -> dict[str, Any]:
        """The values of `final_vars`, by name."""
        values = {**fg.config, **inputs, **overrides}
        for step in self._plan(fg, final_vars, values):
            given = {name: values[name] for name in step.needed if name in values}
            if step.aside:
                values[step.name] = _Aside(self._pool, partial(self._computed, step, given, run_id))
            else:
                values[step.name] = self._computed(step, given, run_id)
        return {name: _known(values.get(name)) for name in final_vars}

    def close(self) -> None:
        self._pool.shutdown()

    def _computed(self, step: "_Step", given: dict[str, Any], run_id: str) -> Any:
        given = {name: _known(value) for name, value in given.items()}
        recording, began = _recording.get(), perf_counter()
        try:
            value = execute_lifecycle_for_node(step.node, self.adapter, run_id, None, **given)
        except Exception as error:
            if not getattr(error, "__notes__", None):
                error.add_note(
                    f'in node "{step.name}" (stage: {step.node.tags.get("stage", "input")})'
                )
            raise
        if recording:
            recording.add(step.name, began)
        return value

    def _plan(
        self, fg: graph.FunctionGraph, final_vars: list[str], given: Collection[str]
    ) -> list["_Step"]:
        plans, key = self._plans.setdefault(fg, {}), (tuple(final_vars), frozenset(given))
        if key not in plans:
            plans[key] = _planned([fg.nodes[name] for name in final_vars], given)
        return plans[key]


def remember_ways(graph_: graph.FunctionGraph) -> None:
    """Makes the graph keep which nodes lead to those asked for: for every run Hamilton looks for them anew, and they are the same each time."""
    found: dict[tuple, tuple[set[node.Node], set[node.Node]]] = {}
    find = graph_.get_upstream_nodes

    def get_upstream_nodes(
        final_vars: list[str],
        runtime_inputs: dict[str, Any] | None = None,
        runtime_overrides: dict[str, Any] | None = None,
    ) -> tuple[set[node.Node], set[node.Node]]:
        key = (
            tuple(final_vars),
            *(
                None if given is None else frozenset(given)
                for given in (runtime_inputs, runtime_overrides)
            ),
        )
        if key not in found:
            found[key] = find(final_vars, runtime_inputs, runtime_overrides)
        return found[key]

    graph_.get_upstream_nodes = get_upstream_nodes


class _Step(NamedTuple):
    """A node to run, its name, the names of what it needs, and whether it runs aside."""

    node: node.Node
    name: str
    needed: tuple[str, ...]
    aside: bool = False


def _planned(wanted: Iterable[node.Node], given: Collection[str]) -> list[_Step]:
    """The nodes that lead from what is given to those wanted, each after what it needs; those that run aside begin as early as that allows."""
    steps: dict[str, _Step] = {}
    for node_ in wanted:
        _visit(node_, given, steps)
    needed = {name: _all_needed(step, steps) for name, step in steps.items()}
    concurrent = {
        name for name, step in steps.items() if step.node.tags.get("runs") == "concurrently"
    }
    chain: set[str] = (
        set()
    )  # the concurrent nodes that run where they stand: each needs the one before it
    for name in steps:
        if name in concurrent and chain <= needed[name]:
            chain.add(name)
    here = [name for name in steps if name not in concurrent - chain]
    order = sorted(
        here, key=lambda name: bool(concurrent & {name, *needed[name]})
    )  # first what needs none of them
    for name in steps:
        if name in concurrent - chain:
            places = [place for place, other in enumerate(order) if other in needed[name]]
            order.insert(max(places, default=-1) + 1, name)
    return [steps[name]._replace(aside=name in concurrent - chain) for name in order]


def _visit(wanted: node.Node, given: Collection[str], steps: dict[str, _Step]) -> None:
    """Adds a node to `steps`, behind what it needs."""
    if wanted.name not in given and wanted.name not in steps and not wanted.user_defined:
        for needed in wanted.dependencies:
            _visit(needed, given, steps)
        steps[wanted.name] = _Step(
            wanted, wanted.name, tuple(needed.name for needed in wanted.dependencies)
        )


def _all_needed(step: _Step, steps: Mapping[str, _Step]) -> set[str]:
    """The names of what a step needs, and of what that needs."""
    needed = [steps[name] for name in step.needed if name in steps]
    return {other.name for other in needed}.union(*(_all_needed(other, steps) for other in needed))


def _known(value: Any) -> Any:
    """The value, waited for where it is computed aside."""
    return value.result() if isinstance(value, _Aside) else value


class _Aside:
    """A value that a thread computes; or whoever needs it, where no thread has begun."""

    def __init__(self, pool: ThreadPoolExecutor, work: Callable[[], Any]):
        self._work, self._lock = work, threading.Lock()
        self._future: Future = pool.submit(contextvars.copy_context().run, work)

    def result(self) -> Any:
        with self._lock:
            if self._future.cancel():
                self._future = Future()
                try:
                    self._future.set_result(self._work())
                except Exception as error:  # raised below, for each who needs the value
                    self._future.set_exception(error)
        return self._future.result()


class ProtocolInputs(base.BaseDoValidateInput):
    """Lets an input be typed by a Protocol or as Callable[...]: Hamilton takes those for generic types and refuses every value.

    Whether a class fits another is asked once: isinstance looks at every member of a protocol, which takes longer than many a node.
    """

    def __init__(self) -> None:
        self._fitting: set[tuple[type, type]] = set()

    def do_validate_input(self, *, node_type: type, input_value: Any) -> bool:
        key = node_type, type(input_value)
        if key in self._fitting:
            return True
        if getattr(node_type, "_is_protocol", False):
            fits = isinstance(input_value, node_type)
        elif Callable in (
            get_origin(node_type),
            *map(get_origin, get_args(node_type)),
        ) and callable(input_value):
            return True
        else:
            fits = htypes.check_input_type(node_type, input_value)
        if fits and isinstance(node_type, type):
            self._fitting.add(key)
        return fits


@contextmanager
def recorded() -> Iterator["Recording"]:
    """When each node began and how long it took, of the run within: in this thread and in those that run nodes for it."""
    recording = Recording()
    token = _recording.set(recording)
    try:
        yield recording
    finally:
        _recording.reset(token)


class Recording:
    """The stages of one run, in the order they ended."""

    def __init__(self) -> None:
        self.origin = perf_counter()
        self.stages: list[Stage] = []
        self.total_ms = 0.0

    def add(self, name: str, began: float) -> None:
        """A node that ends now."""
        self.stages.append(
            Stage(name, (perf_counter() - began) * 1000, (began - self.origin) * 1000)
        )

    def stop(self) -> None:
        """Takes the total: measured, since stages overlap and their times do not add up to it."""
        self.total_ms = (perf_counter() - self.origin) * 1000


_recording: contextvars.ContextVar[Recording | None] = contextvars.ContextVar(
    "headrace_recording", default=None
)
