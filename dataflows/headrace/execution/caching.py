"""Which results of earlier runs are used again: Hamilton's cache, made careful.

This is the one place that reaches into Hamilton's cache; a test says what it expects
there.
"""

from pathlib import Path
from typing import Any

from hamilton import node
from hamilton.caching.adapter import CachingBehavior, HamiltonCacheAdapter
from hamilton.caching.stores.memory import InMemoryMetadataStore, InMemoryResultStore

from headrace.execution import fingerprints
from headrace.execution.cache_files import CacheFolder, FileResults, FileVersions
from headrace.execution.code import PARSING, module_code
from headrace.settings import Settings
from headrace.types import Answer, QuestionAnalysis, RerankScores, any_passing

#: What the folder of a cache may hold unless somebody says otherwise.
MOST_MB = 1024.0
#: Runs whose notes are kept, for whoever looks at them; more must not be under way.
_RUNS_KEPT = 1000


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
        most_mb: the size of the folder; above it, the oldest results go first.
    Raises SettingsError for a folder that others may write to.
    """

    def __init__(
        self, path: Path | None, shared: "NodeCache | None" = None, *, most_mb: float = MOST_MB
    ):
        fingerprints.install()
        if path:
            folder = CacheFolder(path, most_mb)
            super().__init__(metadata_store=FileVersions(folder), result_store=FileResults(folder))
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
        for notes in self._notes():
            notes.clear()

    def pre_graph_execute(self, *, run_id: str, **others: Any) -> None:
        """Begins a run, and drops the notes on old ones."""
        super().pre_graph_execute(run_id=run_id, **others)
        for old in self.run_ids[:-_RUNS_KEPT]:
            for notes in self._notes():
                notes.pop(old, None)
        del self.run_ids[:-_RUNS_KEPT]

    def _notes(self) -> list[dict[str, Any]]:
        """What is noted of each run, by its id."""
        return [
            self._logs,
            self._fn_graphs,
            self._data_savers,
            self._data_loaders,
            self.behaviors,
            self.data_versions,
            self.code_versions,
            self.cache_keys,
        ]

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

    def _set_stored_metadata(self, run_id: str, node_name: str, *given: Any, **others: Any) -> None:
        """Notes which result belongs to a key, unless that key is never met again."""
        versions, behaviors = self.data_versions[run_id], self.behaviors[run_id]
        for dependency in self._fn_graphs[run_id].nodes[node_name].dependencies:
            is_unknown = str(versions.get(dependency.name)).startswith(fingerprints.UNKNOWN)
            if is_unknown or behaviors.get(dependency.name) == CachingBehavior.DISABLE:
                return
        super()._set_stored_metadata(run_id, node_name, *given, **others)

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


def cache_adapters(cache: bool | NodeCache, settings: Settings) -> list[NodeCache]:
    """The cache that was asked for: none, that of the data folder, or one's own."""
    if cache is True:
        return [NodeCache(settings.data_dir / "cache", most_mb=settings.cache_mb)]
    return [cache] if cache else []


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


def _fell_short(result: Any) -> bool:
    """Whether another run might do better, although it is given the same.

    An answer also carries the notes of earlier nodes; those nodes run again anyway.
    """
    if isinstance(result, RerankScores | QuestionAnalysis):
        return any_passing([result.note])
    if isinstance(result, Answer):
        return any_passing(note for note in result.degraded if note.stage == "generate")
    return False
