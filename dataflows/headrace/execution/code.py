"""What code a node or a part of the user's own may run, as a digest."""

import ast
import hashlib
import inspect
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import resolve_name
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

_PACKAGE = __name__.partition(".")[0]
_INSTALLED = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))
_PLAIN = (str, int, float, bool, bytes, type(None))


def module_code(module_name: str) -> str:
    """A digest of a module's source, and of the modules that it imports.

    Imports at the top of a module count, direct or through others, of Headrace and of
    code that is not installed; not of libraries. Of a module without a file, such as a
    cell of a notebook, it is a digest of all functions, classes and constants.
    """
    module = sys.modules.get(module_name)
    if module is not None and not getattr(module, "__file__", None):
        return _hex(f"{name}={_described(value)}" for name, value in _members(module))
    sources: dict[str, bytes] = {}
    waiting = [module_name]
    while waiting:
        name = waiting.pop()
        file = getattr(sys.modules.get(name), "__file__", None)
        if not file or name in sources:
            continue
        sources[name] = Path(file).read_bytes()
        waiting += [used for used in _imported(sources[name], name) if _is_followed(used)]
    return _hex(f"{name}:{hashlib.sha256(sources[name]).hexdigest()}" for name in sorted(sources))


@lru_cache(maxsize=256)
def class_code(kind: type) -> str:
    """A digest of the code of a class and of the classes it is made from."""
    parts = []
    for base in kind.__mro__:
        if base is not object:
            parts.append(f"{base.__qualname__}:{_class_members(base)}")
    return _hex(parts)


def _class_members(kind: type) -> str:
    members = sorted(vars(kind).items())
    return ";".join(f"{name}={_described(value)}" for name, value in members)


def _members(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module defines or sets."""
    for name, value in sorted(vars(module).items()):
        if not name.startswith("__") and not isinstance(value, ModuleType):
            yield name, value


def _described(value: Any) -> str:
    """Code and plain values in words that change with them; all else by its type."""
    if isinstance(value, classmethod | staticmethod):
        value = value.__func__
    if isinstance(value, property):
        value = value.fget
    value = inspect.unwrap(value) if callable(value) and not isinstance(value, type) else value
    if isinstance(value, FunctionType):
        defaults = repr(value.__defaults__) + repr(value.__kwdefaults__)
        return _code_text(value.__code__) + defaults
    if isinstance(value, type):
        return (
            f"class {value.__qualname__}:{_class_members(value)}" if _is_own(value) else repr(value)
        )
    if isinstance(value, _PLAIN):
        return repr(value)
    return type(value).__qualname__


def _is_own(kind: type) -> bool:
    """Whether a class was made where there is no file, as in a notebook."""
    return not getattr(sys.modules.get(kind.__module__), "__file__", None)


def _code_text(code: CodeType) -> str:
    """Byte code, names and constants; constants that are code themselves likewise."""
    constants = []
    for constant in code.co_consts:
        is_code = isinstance(constant, CodeType)
        constants.append(_code_text(constant) if is_code else repr(constant))
    return f"{code.co_code.hex()}{code.co_names}{code.co_varnames}{constants}"


def _imported(source: bytes, module_name: str) -> Iterator[str]:
    """The names in the import statements of a module that may be modules."""
    package = sys.modules[module_name].__package__
    for statement in ast.parse(source).body:
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
    file = getattr(sys.modules.get(module_name), "__file__", None)
    if not file:
        return False
    return module_name.partition(".")[0] == _PACKAGE or not file.startswith(_INSTALLED)


def _hex(parts: Any) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
