"""The user's own modules: loaded, and checked against the graph that they join."""

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

from hamilton import driver, htypes, node
from hamilton.graph_utils import find_functions

from headrace.errors import SettingsError


def load_module(path: str | Path) -> ModuleType:
    """The module in a Python file, which may import others from its folder.

    Raises SettingsError for a file that is not there or cannot be imported.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise SettingsError(f"there is no module {path}")
    name = path.stem
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) != str(path):
        # Another one for each file, and the same one in every run.
        name = f"headrace_own_{name}_{hashlib.sha256(bytes(path)).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SettingsError(f"{path} is not a Python file")
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        what = f"{type(error).__name__}: {error}"
        raise SettingsError(f"importing the module {path} failed: {what}") from error
    return module


def node_names(module: ModuleType) -> set[str]:
    """The names of the nodes that a module defines, variants under one name."""
    return {name.partition("__")[0] for name, _ in find_functions(module)}


def built(builder: driver.Builder, modules: Sequence[ModuleType]) -> driver.Driver:
    """The driver, with a clear error when the user's modules do not fit the graph."""
    names = ", ".join(module.__name__ for module in modules)
    try:
        joined = builder.build()
    except Exception as error:
        if not modules:
            raise
        raise SettingsError(f"{names}: joining the graph failed: {error}") from error
    circle = _circle(joined)
    if circle:
        raise SettingsError(f"{names}: nodes need each other in a circle: {' -> '.join(circle)}")
    return joined


def check_replacements(ours: driver.Driver, modules: Iterable[ModuleType]) -> None:
    """Checks that what replaces a node of ours returns what the node returns.

    Raises SettingsError that names the node and both types.
    """
    for module in modules:
        for name, function in find_functions(module):
            replaced = ours.graph.nodes.get(name.partition("__")[0])
            own = _returned(function, f"{module.__name__}.{name}")
            if replaced and not replaced.user_defined and not _fits(own, replaced.type):
                raise SettingsError(
                    f'node "{replaced.name}" of {module.__name__} returns {_name(own)}; the '
                    f"node that it replaces returns {_name(replaced.type)}, and others rely on it"
                )


def _returned(function: Callable, place: str) -> Any:
    """The type that a function says it returns."""
    try:
        returned = get_type_hints(function).get("return")
    except Exception as error:
        raise SettingsError(f"{place}: its types cannot be read: {error}") from error
    if returned is None:
        raise SettingsError(f"{place} does not say what it returns")
    return returned


def own_nodes(joined: driver.Driver, modules: Collection[ModuleType]) -> list[str]:
    """The names of the graph's nodes that come from these modules."""
    names = {module.__name__ for module in modules}
    own = [one for one in joined.graph.nodes.values() if _module_of(one) in names]
    return sorted(one.name for one in own if not one.user_defined)


def _circle(joined: driver.Driver) -> list[str]:
    """The names of nodes that need each other, each before the one that needs it."""
    needed = {}
    for name, one in joined.graph.nodes.items():
        needed[name] = [dependency.name for dependency in one.dependencies]
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def _module_of(node_: node.Node) -> str:
    functions: Sequence[Callable] = node_.originating_functions or ()
    return functions[0].__module__ if functions else ""


def _fits(own: type, ours: type) -> bool:
    return own == ours or htypes.custom_subclass_check(own, ours)


def _name(type_: Any) -> str:
    return str(type_) if hasattr(type_, "__args__") else getattr(type_, "__name__", str(type_))
