"""How the query dataflow runs: independent searches overlap, and every node is timed.

This is the one place that reaches into Hamilton's executor; a test says what it expects
there.
"""

import contextvars
import os
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

from hamilton import driver, graph, node
from hamilton.driver import DefaultGraphExecutor
from hamilton.execution.graph_functions import execute_lifecycle_for_node
from hamilton.lifecycle import base

from headrace.callers import check_caller
from headrace.execution.planning import Step, planned
from headrace.execution.recording import current_recording
from headrace.forking import Threads

#: Hamilton's own executor gives None where a node belongs to no task.
_NO_TASK: Any = None


class ConcurrentSearches(DefaultGraphExecutor):
    """Computes node after node; those that run aside are computed in threads of a pool.

    So the two searches overlap, and nothing else pays for a thread. A value that a
    thread has not begun yet is computed by whoever needs it, so no pool is too small,
    however many questions share it. While more questions run than there are cores,
    nothing is handed to a thread, which would wait for a core too. An exception carries
    a note with its node's name; threads see the caller's context variables; within
    `recorded()` every node is timed, without its waiting for others. The plan, which
    Hamilton's own executor makes for every run, is kept for the same nodes asked for
    and the same names given.
    """

    def __init__(self, adapter: base.LifecycleAdapterSet, max_workers: int):
        super().__init__(adapter)
        self._adapter = adapter
        self._is_watched = _has_node_hooks(adapter)
        self._pool = Threads(max_workers, "headrace")
        self._cores = os.cpu_count() or 1
        #: One entry for each run. Appending and taking away need no lock.
        self._running: list[None] = []
        self._plans: WeakKeyDictionary[graph.FunctionGraph, dict[tuple, list[Step]]]
        self._plans = WeakKeyDictionary()

    @classmethod
    def of(cls, dr: driver.Driver, max_workers: int) -> "ConcurrentSearches":
        """Makes a driver run this way."""
        if not isinstance(dr.adapter, base.LifecycleAdapterSet):
            raise TypeError("a driver made by Hamilton's Builder has a set of adapters")
        executor = cls(dr.adapter, max_workers)
        dr.graph_executor = executor
        _remember_upstream_nodes(dr.graph)
        return executor

    def execute(
        self,
        fg: graph.FunctionGraph,
        final_vars: list[str],
        overrides: dict[str, Any],
        inputs: dict[str, Any],
        run_id: str,
    ) -> dict[str, Any]:
        """The values of `final_vars`, by name."""
        self._running.append(None)
        try:
            return self._values(fg, final_vars, {**fg.config, **inputs, **overrides}, run_id)
        finally:
            self._running.pop()

    def _values(
        self, fg: graph.FunctionGraph, final_vars: list[str], values: dict[str, Any], run_id: str
    ) -> dict[str, Any]:
        """As `execute`; `values` are those given."""
        pool = self._pool if len(self._running) <= self._cores else None
        for step in self._plan(fg, final_vars, values):
            given = {name: values[name] for name in step.needed if name in values}
            if step.is_aside:
                work = partial(self._computed, step, given, run_id)
                values[step.name] = _Aside(pool, work)
            else:
                values[step.name] = self._computed(step, given, run_id)
        return {name: _known(values.get(name)) for name in final_vars}

    def close(self) -> None:
        self._pool.shutdown()

    def _computed(self, step: Step, given: dict[str, Any], run_id: str) -> Any:
        check_caller()
        given = {name: _known(value) for name, value in given.items()}
        recording = current_recording()
        began = perf_counter()
        try:
            if self._is_watched:
                value = self._watched(step.node, given, run_id)
            else:
                value = step.node(**given)
        except Exception as error:
            if not getattr(error, "__notes__", None):
                error.add_note(f"in {described(step.node)}")
            raise
        if recording:
            recording.add(step.name, began)
        return value

    def _watched(self, node_: node.Node, given: dict[str, Any], run_id: str) -> Any:
        """The value of a node that adapters are told of, or compute themselves."""
        return execute_lifecycle_for_node(node_, self._adapter, run_id, _NO_TASK, **given)

    def _plan(
        self, fg: graph.FunctionGraph, final_vars: list[str], given: Collection[str]
    ) -> list[Step]:
        plans = self._plans.setdefault(fg, {})
        key = (tuple(final_vars), frozenset(given))
        if key not in plans:
            plans[key] = planned([fg.nodes[name] for name in final_vars], given)
        return plans[key]


def _has_node_hooks(adapter: base.LifecycleAdapterSet) -> bool:
    """Whether an adapter is told of nodes, or computes them."""
    hooks = ("pre_node_execute", "post_node_execute")
    is_told = any(adapter.does_hook(hook, is_async=False) for hook in hooks)
    return is_told or adapter.does_method("do_node_execute", is_async=False)


def described(node_: node.Node) -> str:
    """A node in words: its name and stage, or the user's module that it comes from."""
    stage = node_.tags.get("stage")
    if stage:
        return f'node "{node_.name}" (stage: {stage})'
    return f'node "{node_.name}" (module: {node_.tags.get("module", "unknown")})'


def _remember_upstream_nodes(fg: graph.FunctionGraph) -> None:
    """Makes a graph keep which nodes lead to those asked for.

    Hamilton looks for them in every run, and they are the same each time.
    """
    found: dict[tuple, tuple[set[node.Node], set[node.Node]]] = {}
    find: Callable = fg.get_upstream_nodes

    def get_upstream_nodes(
        final_vars: list[str],
        runtime_inputs: dict[str, Any] | None = None,
        runtime_overrides: dict[str, Any] | None = None,
    ) -> tuple[set[node.Node], set[node.Node]]:
        inputs = None if runtime_inputs is None else frozenset(runtime_inputs)
        overrides = None if runtime_overrides is None else frozenset(runtime_overrides)
        key = (tuple(final_vars), inputs, overrides)
        if key not in found:
            found[key] = find(final_vars, runtime_inputs, runtime_overrides)
        return found[key]

    vars(fg)["get_upstream_nodes"] = get_upstream_nodes


def _known(value: Any) -> Any:
    """The value, waited for where it is computed aside."""
    return value.result() if isinstance(value, _Aside) else value


class _Aside:
    """A value that a thread computes, or whoever needs it where no thread has begun."""

    def __init__(self, pool: Threads | None, work: Callable[[], Any]):
        self._work = work
        self._lock = threading.Lock()
        self._future = Future()
        if pool is not None:
            with suppress(RuntimeError):  # closed: a node that needs the database says so
                self._future = pool.submit(contextvars.copy_context().run, work)

    def result(self) -> Any:
        with self._lock:
            if self._future.cancel():
                self._future = Future()
                try:
                    self._future.set_result(self._work())
                except Exception as error:  # raised below, for each who needs the value
                    self._future.set_exception(error)
        return self._future.result()
