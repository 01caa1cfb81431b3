"""Which results of earlier runs are used again: Hamilton's cache, made careful.

This is the one place that reaches into Hamilton's cache; a test says what it expects
there.
"""

from pathlib import Path
from typing import Any
from uuid import uuid4

from hamilton import node
from hamilton.caching.adapter import HamiltonCacheAdapter
from hamilton.caching.stores.base import StoredResult
from hamilton.caching.stores.file import FileResultStore
from hamilton.caching.stores.memory import InMemoryMetadataStore, InMemoryResultStore

from headrace.execution import fingerprints
from headrace.execution.code import PARSING, module_code
from headrace.types import Answer, QuestionAnalysis, RerankScores, any_passing


class NodeCache(HamiltonCacheAdapter):
    """Keeps what each node returned, by the node's code and what it was given.

    What a node was given includes parts such as models and the database: they are known
    by their code, name, version and fingerprint (`fingerprints.fingerprint`). A node's
    code includes the helpers it may call. What fell short (a missed deadline, missing
    weights, a service that failed) is not kept, so the next run tries again.

    Args:
        path: a folder; None keeps results in memory, until `forget`.
        shared: another cache in memory whose results are used and added to, so that
            what two graphs have in common is computed once.
    """

    def __init__(self, path: Path | None, shared: "NodeCache | None" = None):
        fingerprints.install()
        if path:
            super().__init__(path=str(path), result_store=_Results(str(path)))
        elif shared:
            super().__init__(metadata_store=shared.metadata_store, result_store=shared.result_store)
        else:
            super().__init__(metadata_store=_Versions(), result_store=InMemoryResultStore())
        self._module_codes: dict[str, str] = {}

    def forget(self) -> None:
        """Deletes everything in memory, notes on past runs too.

        No run may be under way.
        """
        self.metadata_store.delete_all()
        self.result_store.delete_all()
        self.run_ids.clear()
        self._logs.clear()
        self._fn_graphs.clear()
        self._data_savers.clear()
        self._data_loaders.clear()
        self.behaviors.clear()
        self.data_versions.clear()
        self.code_versions.clear()
        self.cache_keys.clear()

    def version_code(self, node_name: str, run_id: str | None = None) -> str:
        """A digest of a node's function and of the modules it may call.

        The modules are taken as they were when the node first ran here.
        """
        graph = self._fn_graphs[run_id or self.last_run_id]
        functions = graph.nodes[node_name].originating_functions
        module = functions[0].__module__ if functions else ""
        with PARSING:
            if module not in self._module_codes:
                self._module_codes[module] = module_code(module)
            own = super().version_code(node_name, run_id)
        return fingerprints.fingerprint([own, self._module_codes[module]])

    def post_node_execute(
        self, *, run_id: str, node_: node.Node, result: Any, success: bool = True, **others: Any
    ) -> None:
        """Stores the result, unless it fell short."""
        if success and _fell_short(result):
            self.metadata_store.delete(self.get_cache_key(run_id, node_.name))
            return
        super().post_node_execute(
            run_id=run_id, node_=node_, result=result, success=success, **others
        )


class _Versions(InMemoryMetadataStore):
    """Which results there are, in memory.

    Hamilton's own keeps its notes on every run after `delete_all`, and fails where two
    runs delete the same result.
    """

    def delete(self, cache_key: str) -> None:
        self._data_versions.pop(cache_key, None)

    def delete_all(self) -> None:
        super().delete_all()
        self._cache_keys_by_run.clear()
        self._run_ids.clear()


class _Results(FileResultStore):
    """Results as files, each there whole or not at all.

    Questions asked at the same time, or a process that is killed, leave no halves.
    """

    @staticmethod
    def _write_result(file_path: Path, stored_result: StoredResult) -> None:
        beside = file_path.with_name(f"{file_path.name}.{uuid4().hex}")
        beside.write_bytes(stored_result.save())
        beside.replace(file_path)


def _fell_short(result: Any) -> bool:
    """Whether another run might do better, although it is given the same.

    An answer also carries the notes of earlier nodes; those nodes run again anyway.
    """
    if isinstance(result, RerankScores | QuestionAnalysis):
        return any_passing([result.note])
    if isinstance(result, Answer):
        return any_passing(note for note in result.degraded if note.stage == "generate")
    return False
