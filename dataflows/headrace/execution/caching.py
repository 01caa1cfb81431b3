"""Which results of earlier runs are used again: Hamilton's cache, made careful enough to be believed."""

import ast
import sys
from collections.abc import Collection, Iterator
from importlib.util import resolve_name
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from hamilton import node
from hamilton.caching.adapter import HamiltonCacheAdapter
from hamilton.caching.stores.base import StoredResult
from hamilton.caching.stores.file import FileResultStore
from hamilton.caching.stores.memory import InMemoryMetadataStore, InMemoryResultStore

from headrace.execution import fingerprints
from headrace.types import Answer, QuestionAnalysis, RerankScores

#: CPython 3.11 may fail to parse source in two threads at once (gh-106905), and Hamilton parses it too.
_PARSING = Lock()


class NodeCache(HamiltonCacheAdapter):
    """Keeps what each node returned, by the node's code and what it was given, under `path`.

    Beyond Hamilton's own: a node's code includes the helpers it may call, different values never look the same, and what fell short
    (a missed deadline, missing weights, a service that failed) is not kept, so that the next run tries again.

    Args:
        path: a folder; None keeps results in memory, until `forget`.
        ignore: inputs whose value says nothing about a result, such as connections and models.
        shared: another cache in memory whose results are used and added to: what two graphs have in common is then computed once.
    """

    def __init__(
        self, path: Path | None, ignore: Collection[str], shared: "NodeCache | None" = None
    ):
        fingerprints.install()
        if path:
            stores = {"path": str(path), "result_store": _Results(str(path))}
        elif shared:
            stores = {"metadata_store": shared.metadata_store, "result_store": shared.result_store}
        else:
            stores = {"metadata_store": _Versions(), "result_store": InMemoryResultStore()}
        super().__init__(**stores, ignore=list(ignore))
        self._module_codes: dict[str, str] = {}

    def forget(self) -> None:
        """Lets go of everything kept in memory, the notes on past runs too; no run may be under way."""
        self.metadata_store.delete_all()
        self.result_store.delete_all()
        per_run = (
            self._fn_graphs,
            self._data_savers,
            self._data_loaders,
            self.behaviors,
            self.data_versions,
            self.code_versions,
            self.cache_keys,
        )
        for kept in (self.run_ids, self._logs, *per_run):
            kept.clear()

    def version_code(self, node_name: str, run_id: str | None = None) -> str:
        """A digest of the node's function and of the modules it may call, as they were when the node first ran here."""
        functions = (
            self._fn_graphs[run_id or self.last_run_id].nodes[node_name].originating_functions
        )
        module = functions[0].__module__ if functions else ""
        with _PARSING:
            if module not in self._module_codes:
                self._module_codes[module] = module_code(module)
            return fingerprints.fingerprint(
                [super().version_code(node_name, run_id), self._module_codes[module]]
            )

    def post_node_execute(
        self, *, run_id: str, node_: node.Node, result: Any, success: bool = True, **others: Any
    ) -> None:
        """Stores the result, unless it fell short."""
        if success and _fell_short(result):
            self.metadata_store.delete(self.get_cache_key(run_id, node_.name))
        else:
            super().post_node_execute(
                run_id=run_id, node_=node_, result=result, success=success, **others
            )


class _Versions(InMemoryMetadataStore):
    """Which results there are, in memory; Hamilton's own keeps its notes on every run after `delete_all`."""

    def delete_all(self) -> None:
        super().delete_all()
        self._cache_keys_by_run.clear()
        self._run_ids.clear()


class _Results(FileResultStore):
    """Results as files, each there whole or not at all: questions asked at the same time, or a process that is killed, leave no halves."""

    @staticmethod
    def _write_result(file_path: Path, stored_result: StoredResult) -> None:
        beside = file_path.with_name(f"{file_path.name}.{uuid4().hex}")
        beside.write_bytes(stored_result.save())
        beside.replace(file_path)


def _fell_short(result: Any) -> bool:
    """Whether another run might do better, although it is given the same."""
    if isinstance(result, RerankScores):
        return bool(result.note)
    if isinstance(result, QuestionAnalysis):
        return bool(result.note)
    return isinstance(result, Answer) and any(
        note.startswith(("generate:", "understanding:")) for note in result.degraded
    )


def module_code(module_name: str) -> str:
    """A digest of a module's source and of those of its package that it imports at its top, directly or through others."""
    reached: dict[str, bytes] = {}
    waiting = [module_name]
    while waiting:
        name = waiting.pop()
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and name not in reached:
            reached[name] = Path(file).read_bytes()
            waiting += [
                used
                for used in _imported(reached[name], name)
                if used.partition(".")[0] == module_name.partition(".")[0]
            ]
    return fingerprints.fingerprint(reached)


def _imported(source: bytes, module_name: str) -> Iterator[str]:
    """The names that may be modules in the import statements of a module."""
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            base = resolve_name(
                "." * statement.level + (statement.module or ""),
                sys.modules[module_name].__package__,
            )
            yield base
            yield from (f"{base}.{alias.name}" for alias in statement.names)
