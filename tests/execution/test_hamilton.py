"""What we rely on inside Hamilton: an upgrade that changes it fails here first.

Each test says which of our modules needs it. Public things that the documentation of
Hamilton promises are not listed.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hamilton
import pytest
from hamilton import graph, node, registry
from hamilton.caching import fingerprinting
from hamilton.caching.adapter import HamiltonCacheAdapter
from hamilton.caching.stores.base import StoredResult
from hamilton.caching.stores.file import FileResultStore
from hamilton.caching.stores.memory import InMemoryMetadataStore, InMemoryResultStore
from hamilton.driver import DefaultGraphExecutor
from hamilton.execution.graph_functions import execute_lifecycle_for_node
from hamilton.function_modifiers import tag
from hamilton.lifecycle import base

from headrace.execution import fingerprints
from support.graphs import driver_of, driver_with, loaded

HAMILTON = Path(hamilton.__file__).parent


def parameters(function: Callable) -> list[str]:
    """The parameters of a function, in words: "name", "name=" with a default.

    Those by keyword alone come after a "*". `self` and `**others` are left out.
    """
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in found:
            found.append("*")
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD:
            found.append(name if parameter.default is parameter.empty else f"{name}=")
    return found


def doubled(number: int) -> int:
    return 2 * number


@tag(stage="test")
def squared(doubled: int, run_id: int = 1) -> int:
    return doubled**2


# ------------------------------------------------------- concurrent.py: executor


def test_an_executor_is_made_with_the_adapters_and_executes_nodes_of_a_graph():
    assert parameters(DefaultGraphExecutor.__init__) == ["adapter="]
    executed = ["fg", "final_vars", "overrides", "inputs", "run_id"]
    assert parameters(DefaultGraphExecutor.execute) == executed


def test_a_driver_executes_with_the_executor_that_it_is_given():
    """And takes what that returns, by the names asked for."""

    class Constant(DefaultGraphExecutor):
        def execute(
            self,
            fg: graph.FunctionGraph,
            final_vars: list[str],
            overrides: dict[str, Any],
            inputs: dict[str, Any],
            run_id: str,
        ) -> dict[str, Any]:
            assert fg is dr.graph and run_id
            return {"squared": (final_vars, overrides, inputs)}

    dr: Any = driver_of(doubled, squared)
    dr.graph_executor = Constant(dr.adapter)
    values = dr.execute(["squared"], inputs={"number": 1}, overrides={"doubled": 2})
    assert values == {"squared": (["squared"], {"doubled": 2}, {"number": 1})}


def test_a_driver_of_the_builder_has_a_set_of_adapters():
    assert isinstance(driver_of(doubled).adapter, base.LifecycleAdapterSet)


def test_a_node_is_run_with_its_hooks_by_execute_lifecycle_for_node():
    """Its own parameters are by position, so that a node's may have any name."""
    own = ["__node_", "__adapter", "__run_id", "__task_id"]
    assert parameters(execute_lifecycle_for_node) == own
    dr = driver_of(doubled, squared)
    no_task: Any = None
    arguments = (dr.graph.nodes["squared"], dr.adapter, "run", no_task)
    value = execute_lifecycle_for_node(*arguments, doubled=3, run_id=4)  # type: ignore
    assert value == 9


def test_hamiltons_own_executor_gives_no_task(monkeypatch):
    given = []
    run = execute_lifecycle_for_node

    def noted(*arguments: Any, **values: Any) -> Any:
        given.append(values["__task_id"])
        return run(*arguments, **values)

    path = "hamilton.execution.graph_functions.execute_lifecycle_for_node"
    monkeypatch.setattr(path, noted)
    assert driver_of(doubled).execute(["doubled"], inputs={"number": 1}) == {"doubled": 2}
    assert given == [None]


def test_a_graph_has_nodes_that_know_what_they_depend_on():
    """`planning` and `names` look at these."""
    fg = driver_of(doubled, squared).graph
    assert fg.config == {}
    squared_node: Any = fg.nodes["squared"]
    assert [one.name for one in squared_node.dependencies] == ["doubled", "run_id"]
    assert squared_node.tags["stage"] == "test"
    (function,) = squared_node.originating_functions
    assert (function.__name__, function.__module__) == ("squared", squared_node.tags["module"])
    assert not squared_node.user_defined and fg.nodes["number"].user_defined
    assert squared_node.type is int


# ------------------------------------------------------- concurrent.py: upstream


def test_upstream_nodes_are_found_by_a_method_that_can_be_replaced():
    asked = ["final_vars", "runtime_inputs=", "runtime_overrides="]
    assert parameters(graph.FunctionGraph.get_upstream_nodes) == asked
    fg = driver_of(doubled, squared).graph
    every, inputs = fg.get_upstream_nodes(["squared"], {"number": 1}, {})
    assert {one.name for one in every} == {"number", "doubled", "squared"}
    assert {one.name for one in inputs} == {"number"}


def test_a_driver_asks_its_graph_for_upstream_nodes_in_every_run():
    """Else there is nothing to remember, and `_remember_upstream_nodes` can go."""
    dr = driver_of(doubled)
    find = dr.graph.get_upstream_nodes
    asked = []

    def noted(*given: Any, **named: Any) -> Any:
        asked.append(given)
        return find(*given, **named)

    vars(dr.graph)["get_upstream_nodes"] = noted
    for _ in range(2):
        dr.execute(["doubled"], inputs={"number": 1})
    assert len(asked) >= 2


def test_only_names_of_inputs_and_overrides_decide_what_is_upstream():
    """The kept answer is by names, not by values."""
    fg = driver_of(doubled, squared).graph
    one = fg.get_upstream_nodes(["squared"], {"number": 1}, {"doubled": 1})
    other = fg.get_upstream_nodes(["squared"], {"number": 2}, {"doubled": None})
    assert one == other


# --------------------------------------------------------------- caching.py: adapter

#: What a cache in memory holds of past runs: `NodeCache.forget` clears all of it.
OF_RUNS = {
    "run_ids",
    "_fn_graphs",
    "_data_savers",
    "_data_loaders",
    "behaviors",
    "data_versions",
    "code_versions",
    "cache_keys",
    "_logs",
}


@pytest.fixture
def cache() -> HamiltonCacheAdapter:
    return HamiltonCacheAdapter(
        metadata_store=InMemoryMetadataStore(), result_store=InMemoryResultStore()
    )


def test_a_cache_holds_of_past_runs_what_forget_clears(cache):
    before = {name: repr(value) for name, value in vars(cache).items()}
    driver_of(doubled, adapters=(cache,)).execute(["doubled"], inputs={"number": 1})
    assert {name for name, value in vars(cache).items() if repr(value) != before[name]} == OF_RUNS
    assert cache.last_run_id == cache.run_ids[-1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("version_code", ["node_name", "run_id="]),
        ("get_cache_key", ["run_id", "node_name", "task_id="]),
        (
            "post_node_execute",
            ["*", "run_id", "node_", "result", "success=", "error=", "task_id="],
        ),
    ],
)
def test_the_methods_that_we_override_or_call_have_these_parameters(name, expected):
    assert parameters(getattr(HamiltonCacheAdapter, name)) == expected


def test_a_node_is_looked_up_by_the_code_version_that_the_adapter_gives(tmp_path):
    """`NodeCache.version_code` adds the code of helpers."""

    class Versioned(HamiltonCacheAdapter):
        version = "one"

        def version_code(self, node_name: str, run_id: str | None = None) -> str:
            assert self._fn_graphs[run_id or self.last_run_id].nodes[node_name]
            return self.version

    cache = Versioned(path=str(tmp_path))
    counted: list[int] = []

    def counting(number: int) -> int:
        counted.append(number)
        return number

    dr = driver_of(counting, adapters=(cache,))
    for version in ("one", "one", "two"):
        cache.version = version
        dr.execute(["counting"], inputs={"number": 1})
    assert len(counted) == 2


def test_after_a_node_its_metadata_is_stored_and_its_result_is_not_yet():
    """`NodeCache.post_node_execute` deletes the one and does not store the other."""
    seen = []

    class Looking(HamiltonCacheAdapter):
        def post_node_execute(
            self,
            *,
            run_id: str,
            node_: node.Node,
            result: Any,
            success: bool = True,
            error: Exception | None = None,
            task_id: str | None = None,
            **future_kwargs: Any,
        ) -> None:
            key = self.get_cache_key(run_id, node_.name)
            version = self.metadata_store.get(key)
            seen.append((version is not None, self.result_store.exists(str(version))))

    stores = {"metadata_store": InMemoryMetadataStore(), "result_store": InMemoryResultStore()}
    driver_of(doubled, adapters=(Looking(**stores),)).execute(["doubled"], inputs={"number": 1})
    assert seen == [(True, False)]


def test_a_node_marked_recompute_runs_every_time(cache, tmp_path):
    """`tenant_facts` and `instructions` are marked so."""
    source = """
        from hamilton.function_modifiers import cache

        runs = []

        @cache(behavior="recompute")
        def facts(number: int) -> int:
            runs.append(number)
            return number
    """
    module = loaded(tmp_path, source)
    dr = driver_with(module, cache)
    for _ in range(2):
        dr.execute(["facts"], inputs={"number": 1})
    assert module.runs == [1, 1]


# --------------------------------------------------------------- caching.py: stores


def test_a_metadata_store_in_memory_has_notes_on_runs_beside_its_versions():
    """`_Versions.delete_all` clears them, and `delete` does without a key."""
    store = InMemoryMetadataStore()
    assert vars(store).keys() == {"_data_versions", "_cache_keys_by_run", "_run_ids"}
    store.initialize("run")
    store.delete_all()
    assert store._run_ids == ["run"], "mended: _Versions.delete_all can go"
    with pytest.raises(KeyError):  # mended: _Versions.delete can go
        store.delete("key")


def test_a_result_store_in_memory_has_nothing_but_results():
    store = InMemoryResultStore()
    assert vars(store).keys() == {"_results"}
    store.set(data_version="version", result=1)
    store.delete_all()
    assert not store.exists("version")


def test_a_file_store_writes_each_result_in_one_place(tmp_path):
    """`_Results` overrides that place, to write beside the file and rename."""
    assert parameters(FileResultStore._write_result) == ["file_path", "stored_result"]
    assert isinstance(inspect.getattr_static(FileResultStore, "_write_result"), staticmethod)
    written = []

    class Noting(FileResultStore):
        @staticmethod
        def _write_result(file_path: Path, stored_result: StoredResult) -> None:
            assert isinstance(stored_result.save(), bytes)
            written.append(file_path)

    Noting(str(tmp_path)).set("version", 1)
    assert written == [tmp_path / "version"]


# --------------------------------------------------------------- fingerprints.py


def test_every_kind_of_value_that_hamilton_hashes_is_hashed_by_us():
    fingerprints.install()
    hashed = fingerprinting.hash_value.registry
    others = {kind.__name__ for kind, how in hashed.items() if how is not fingerprints._hash_value}
    #: Arrays of numpy itself are ours by their class.
    assert others == {"AbstractNumpyArray"}


# --------------------------------------------------------------- hamilton_extensions.py

BY_NAME = {"LOADER_REGISTRY", "SAVER_REGISTRY", "DF_TYPE_AND_COLUMN_TYPES"}


def hamiltons_modules() -> Iterator[tuple[str, ast.Module]]:
    """The name and the syntax of each module of Hamilton, plugins left out."""
    for path in sorted(HAMILTON.rglob("*.py")):
        name = path.relative_to(HAMILTON).with_suffix("").as_posix()
        if not name.startswith("plugins/"):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def importing(names: set[str]) -> set[str]:
    """The modules of Hamilton that import one of these from its registry."""
    found = set()
    for module, tree in hamiltons_modules():
        for statement in ast.walk(tree):
            is_import = isinstance(statement, ast.ImportFrom)
            if is_import and statement.module == "hamilton.registry":
                named = names & {alias.name for alias in statement.names}
                found |= {module} if named else set()
    return found


def test_the_registries_are_dictionaries_with_these_names():
    for name in BY_NAME:
        assert isinstance(getattr(registry, name), dict), name
    assert isinstance(registry.INITIALIZED, bool)
    assert registry.HAMILTON_AUTOLOAD_ENV == "HAMILTON_AUTOLOAD_EXTENSIONS"
    assert parameters(registry.initialize) == []


def test_these_modules_take_a_registry_by_name_so_they_come_after_us():
    """`_READERS` are imported by each of them, or are one of them."""
    assert importing(BY_NAME) == {
        "htypes",
        "io/materialization",
        "caching/stores/base",
        "function_modifiers/adapters",
    }


def test_the_extensions_are_loaded_in_one_place_unless_they_are_marked_as_loaded():
    loading = set()
    for module, tree in hamiltons_modules():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "registry.initialize":
                loading.add(module)
    assert loading == {"function_modifiers/base"}


def test_a_registry_is_asked_in_these_ways():
    """Those that `_Registry` knows: `in`, a key, all items; `keys` in messages."""
    ways = set()
    for _, tree in hamiltons_modules():
        for found in ast.walk(tree):
            if isinstance(found, ast.Attribute):
                owner = ast.unparse(found.value).removeprefix("registry.")
                if owner in BY_NAME:
                    ways.add(f"{owner}.{found.attr}")
    assert ways == {
        "DF_TYPE_AND_COLUMN_TYPES.items",
        "LOADER_REGISTRY.keys",
        "SAVER_REGISTRY.keys",
    }


def test_an_adapter_adds_itself_to_the_list_of_its_key():
    assert registry.LOADER_REGISTRY["json"] and registry.SAVER_REGISTRY["json"]
    assert registry.LOADER_REGISTRY["a key that is not there"] == []
    del registry.LOADER_REGISTRY["a key that is not there"]
