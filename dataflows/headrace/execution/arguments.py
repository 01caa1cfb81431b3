"""What callers give, checked before anything runs; Hamilton itself says too little."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from headrace.errors import QuestionError, SettingsError
from headrace.execution.names import check_names
from headrace.settings import NODE_SETTINGS, checked_setting
from headrace.text.storable import is_storable

#: A name is part of keys, which PostgreSQL holds only up to 2,700 bytes.
_LONGEST_TENANT = 500


def checked_inputs(given: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """What was given to a run, by name; settings in the type that they have.

    Raises:
        QuestionError: the question, or what belongs to it, is of another type.
        SettingsError: a name is not `known`, or a setting does not fit.
    """
    check_names("input", given, known)
    for name, (is_right, wanted) in _WANTED.items():
        if name in given and not is_right(given[name]):
            raise QuestionError(f"{name} is {_shown(given[name])}: give {wanted}")
    checked = dict(given)
    for name in given.keys() & set(NODE_SETTINGS):
        checked[name] = checked_setting(name, given[name])
    return checked


def checked_tenant(tenant: Any) -> str:
    """The name of a tenant. Raises QuestionError for what can be none."""
    if tenant is None or isinstance(tenant, str) and not tenant.strip():
        raise QuestionError(
            "no tenant was named: every document belongs to one, and every question is asked "
            "of one tenant's documents. Name it, or set HEADRACE_TENANT"
        )
    if not is_storable(tenant) or len(tenant) > _LONGEST_TENANT:
        raise QuestionError(
            f"the tenant {_shown(tenant)} cannot be one: give a text of at most "
            f"{_LONGEST_TENANT} characters, without NUL characters and lone surrogates"
        )
    return tenant


def checked_nodes(nodes: Any) -> list[str]:
    """The names of nodes to run. Raises SettingsError if they are not."""
    if isinstance(nodes, Iterable) and not isinstance(nodes, str | bytes):
        names = list(nodes)
        if all(isinstance(name, str) for name in names):
            return names
    raise SettingsError(f'nodes to run: {_shown(nodes)} is no list of names such as ["answer"]')


def checked_overrides(overrides: Any) -> dict[str, Any]:
    """Values of nodes, by name. Raises SettingsError if they are not."""
    if overrides is None:
        return {}
    if isinstance(overrides, Mapping) and all(isinstance(name, str) for name in overrides):
        return dict(overrides)
    raise SettingsError(f'overrides: {_shown(overrides)} is no mapping such as {{"node": value}}')


def _is_turns(value: Any) -> bool:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        return False
    return all(isinstance(turn, str) for turn in value)


def _shown(value: Any) -> str:
    """A value as an error shows it: short, and without what a terminal obeys."""
    return f"{ascii(value):.60} of the type {type(value).__name__}"


_WANTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "question": (lambda value: isinstance(value, str), "a text"),
    "history": (_is_turns, "a list of texts, the oldest turn first"),
    "today": (lambda value: value is None or isinstance(value, date), "a date"),
    "listener": (lambda value: value is None or callable(value), "a function of one event"),
}
