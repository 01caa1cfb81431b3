"""What code a node or a part of the user's own may run, as a digest."""

import ast
import hashlib
import inspect
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache, partial
from importlib.util import resolve_name
from pathlib import Path
from threading import RLock
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

#: CPython 3.11 may fail to parse source in two threads at once (gh-106905), and
#: Hamilton parses it too.
PARSING = RLock()

_PACKAGE = __name__.partition(".")[0]
_INSTALLED = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))
_PLAIN = (str, int, float, complex, bool, bytes, type(None))


def module_code(module_name: str) -> str:
    """A digest of a module's source, and of the modules that it imports.

    Imports at the top of a module count, direct or through others, of Headrace and of
    code that is not installed; not of libraries. Of a module without a file, such as a
    cell of a notebook, it is a digest of all functions, classes and constants, and of
    the source of what it uses of other modules.
    """
    module = sys.modules.get(module_name)
    if module is None or _has_file(module_name):
        return _sources([module_name])
    return _hex([_loaded_code(module), _sources(_used_by(module))])


@lru_cache(maxsize=256)
def class_code(kind: type) -> str:
    """A digest of the code of a class and of the classes it is made from.

    Of the user's own classes, it is also one of their modules.
    """
    parts = []
    modules = set()
    for base in kind.__mro__:
        if base is not object:
            parts.append(f"{base.__qualname__}:{_class_members(base, {id(base)})}")
            modules.add(base.__module__)
    own = [name for name in sorted(modules) if _is_followed(name) and not _is_ours(name)]
    return _hex([*parts, _sources(own)])


def _sources(module_names: Iterable[str]) -> str:
    """A digest of the source of modules, and of those that they import.

    Of the user's own it is also one of the code that was loaded: in a notebook, a file
    may have been edited since.
    """
    sources: dict[str, bytes] = {}
    waiting = list(module_names)
    while waiting:
        name = waiting.pop()
        if name in sources or not _has_file(name):
            continue
        sources[name] = Path(str(sys.modules[name].__file__)).read_bytes()
        waiting += [used for used in _imported(sources[name], name) if _is_followed(used)]
    parts = []
    for name in sorted(sources):
        parts.append(f"{name}:{hashlib.sha256(sources[name]).hexdigest()}")
        if not _is_ours(name):
            parts.append(_loaded_code(sys.modules[name]))
    return _hex(parts)


def _loaded_code(module: ModuleType) -> str:
    """A digest of the functions, classes and constants that a module has."""
    seen: set[int] = set()
    parts = []
    for name, value in sorted(vars(module).items()):
        if name.startswith("__") or isinstance(value, ModuleType):
            continue
        is_own_class = isinstance(value, type) and value.__module__ == module.__name__
        text = _class_members(value, seen) if is_own_class else _described(value, seen)
        parts.append(f"{name}={text}")
    return _hex(parts)


def _used_by(module: ModuleType) -> Iterator[str]:
    """The modules, not libraries, of which a module has something."""
    for value in vars(module).values():
        is_module = isinstance(value, ModuleType)
        name = value.__name__ if is_module else getattr(value, "__module__", None)
        if isinstance(name, str) and _is_followed(name):
            yield name


def _described(value: Any, seen: set[int]) -> str:
    """Code and plain values in words that change with them; all else by its type.

    Args:
        seen: the ids of functions and classes that are described already.
    """
    if isinstance(value, classmethod | staticmethod):
        value = value.__func__
    if isinstance(value, property):
        value = value.fget
    if callable(value) and not isinstance(value, type):
        value = inspect.unwrap(value)
    if isinstance(value, FunctionType):
        return _function_text(value, seen)
    if isinstance(value, type):
        return _class_text(value, seen)
    if isinstance(value, partial):
        return _described([value.func, value.args, value.keywords], seen)
    if isinstance(value, dict):
        return _described(list(value.items()), seen)
    if isinstance(value, list | tuple):
        return f"[{','.join(_described(item, seen) for item in value)}]"
    if isinstance(value, set | frozenset):
        return f"{{{','.join(sorted(_described(item, seen) for item in value))}}}"
    return _plain_text(value)


def _plain_text(value: Any) -> str:
    """A plain value in words; another value by its type."""
    if isinstance(value, (Enum, *_PLAIN)):
        return repr(value)
    if isinstance(value, re.Pattern):
        return f"{value.pattern!r}{value.flags}"
    if type(value) is np.ndarray and not value.dtype.hasobject:
        return f"{value.dtype!r}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()}"
    return type(value).__qualname__


def _function_text(function: FunctionType, seen: set[int]) -> str:
    """A function's code, defaults, and what it finds around it."""
    if id(function) in seen:
        return function.__qualname__
    seen.add(id(function))
    code = function.__code__
    defaults = (function.__defaults__, function.__kwdefaults__)
    around = [_cell_contents(cell) for cell in function.__closure__ or ()]
    if not _has_file(function.__module__):
        around += [function.__globals__.get(name) for name in sorted(_names(code))]
    return f"{_code_text(code, seen)}{_described([*defaults, *around], seen)}"


def _class_text(kind: type, seen: set[int]) -> str:
    """A class by its name, or by its code where there is no file that has it."""
    is_known = id(kind) in seen or _has_file(kind.__module__) or kind.__module__ == "builtins"
    if is_known:
        return repr(kind)
    seen.add(id(kind))
    return f"class {kind.__qualname__}:{_class_members(kind, seen)}"


def _class_members(kind: type, seen: set[int]) -> str:
    members = sorted(vars(kind).items())
    return ";".join(f"{name}={_described(value, seen)}" for name, value in members)


def _cell_contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty so far
        return None


def _names(code: CodeType) -> set[str]:
    """The names that code looks up, attributes among them, and code inside it too."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _names(constant)
    return names


def _code_text(code: CodeType, seen: set[int]) -> str:
    """Byte code, names and constants; constants that are code themselves likewise."""
    constants = []
    for constant in code.co_consts:
        is_code = isinstance(constant, CodeType)
        constants.append(_code_text(constant, seen) if is_code else _described(constant, seen))
    return f"{code.co_code.hex()}{code.co_names}{code.co_varnames}{constants}"


def _imported(source: bytes, module_name: str) -> Iterator[str]:
    """The names in the import statements of a module that may be modules."""
    package = sys.modules[module_name].__package__
    with PARSING:
        statements = ast.parse(source).body
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield alias.name
        elif isinstance(statement, ast.ImportFrom):
            relative = "." * statement.level + (statement.module or "")
            base = resolve_name(relative, package or "")
            yield base
            for alias in statement.names:
                yield f"{base}.{alias.name}"


def _is_followed(module_name: str) -> bool:
    """Whether a module's source is part of the digest: it is no library."""
    if not _has_file(module_name):
        return False
    file = str(sys.modules[module_name].__file__)
    return _is_ours(module_name) or not file.startswith(_INSTALLED)


def _is_ours(module_name: str) -> bool:
    return module_name.partition(".")[0] == _PACKAGE


def _has_file(module_name: str | None) -> bool:
    module = sys.modules.get(module_name or "")
    return bool(getattr(module, "__file__", None))


def _hex(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
