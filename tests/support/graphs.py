"""Small graphs, and modules of a user's own."""

import importlib
import sys
import textwrap
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from hamilton import driver
from hamilton.ad_hoc_utils import create_temporary_module
from hamilton.lifecycle import LifecycleAdapter

from headrace.execution.modules import load_module


def driver_of(*functions: Callable, adapters: tuple[LifecycleAdapter, ...] = ()) -> driver.Driver:
    """A driver whose nodes are these functions."""
    return driver_with(create_temporary_module(*functions), *adapters)


def driver_with(module: ModuleType, *adapters: LifecycleAdapter) -> driver.Driver:
    """A driver whose nodes are those of a module."""
    return driver.Builder().with_modules(module).with_adapters(*adapters).build()


def written(folder: Path, name: str, source: str) -> Path:
    """The path of a module of the user's own with this source."""
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(source))
    return path


def loaded(folder: Path, source: str, name: str = "") -> ModuleType:
    """A module of the user's own, as `modules=[path]` loads it."""
    return load_module(written(folder, name or f"own_{uuid.uuid4().hex[:8]}", source))


def cell(source: str, name: str = "", **given: Any) -> ModuleType:
    """A module without a file, as Hamilton's cells in notebooks make them.

    Args:
        given: what its functions find in it beside what the source defines.
    """
    module = ModuleType(name or f"cell_{uuid.uuid4().hex[:8]}")
    vars(module).update(given)
    exec(compile(textwrap.dedent(source), "<cell>", "exec"), vars(module))
    sys.modules[module.__name__] = module
    return module


def freshly_imported(name: str) -> ModuleType:
    """A module, imported anew with all of its package."""
    package = name.partition(".")[0]
    for known in list(sys.modules):
        if known.partition(".")[0] == package:
            del sys.modules[known]
    importlib.invalidate_caches()
    return importlib.import_module(name)


def package_of(folder: Path, name: str, sources: Mapping[str, str]) -> Path:
    """The folder of a package of these modules."""
    package = folder / name
    package.mkdir()
    for module, source in {"__init__": "", **sources}.items():
        written(package, module, source)
    return package
