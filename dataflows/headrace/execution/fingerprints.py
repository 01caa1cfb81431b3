"""What Hamilton's cache knows a value by.

Hamilton 1.90 gives different values the same fingerprint: frozen dataclasses with slots
(whatever they hold), arrays of one content and different shapes, data frames with other
column names, 1 and "1". A cache hit is then a wrong answer. Here every value is hashed
with its type, and a value that has no fingerprint never counts as unchanged.
"""

import base64
import dataclasses
import hashlib
import pickle
import struct
from collections.abc import Mapping, Sequence, Set
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from types import MemberDescriptorType
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from hamilton.caching import fingerprinting
from hamilton.experimental import h_databackends

from headrace.execution.code import class_code

_PLAIN = (
    str,
    int,
    float,
    bool,
    complex,
    date,
    time,
    timedelta,
    Decimal,
    Fraction,
    UUID,
    PurePath,
)
_HASHED_BY_HAMILTON = (
    object,
    type(None),
    str,
    int,
    float,
    bool,
    bytes,
    Sequence,
    Mapping,
    Set,
    list,
    tuple,
    dict,
    set,
    np.ndarray,
    h_databackends.AbstractPandasColumn,
    h_databackends.AbstractPandasDataFrame,
    h_databackends.AbstractPolarsColumn,
    h_databackends.AbstractPolarsDataFrame,
)
#: How the fingerprint begins that a value without one gets.
UNKNOWN = "unhashable-"
#: Libraries whose data frames and columns are known by their pickled form.
_TABLE_LIBRARIES = ("pandas", "polars")
_POINTER_BYTES = struct.calcsize("P")


class _Bare:
    """A class whose objects hold nothing but what is in their `__dict__`."""


def install() -> None:
    """Makes Hamilton's cache use `fingerprint` for every value of this process."""
    for kind in _HASHED_BY_HAMILTON:
        fingerprinting.hash_value.register(kind, _hash_value)


def fingerprint(value: Any) -> str:
    """A digest of the value: equal for equal values of the same type, else different.

    A part, such as a model, is known by its class and that class's code, by its `name`,
    `version` and `fingerprint`, as far as it has them, and by those of its attributes
    that are plain values.

    Raises TypeError for a value that cannot be known, such as a function or an open
    file.
    """
    digest = hashlib.sha256()
    _add(digest, value)
    return base64.urlsafe_b64encode(digest.digest()[:24]).decode()


def _hash_value(value: Any, *args: Any, **kwargs: Any) -> str:
    """As `fingerprint`; another one each time for a value that has none.

    Hamilton also asks about inputs that it will ignore.
    """
    try:
        return fingerprint(value)
    except TypeError:
        return f"{UNKNOWN}{uuid4()}"


def _add(digest: Any, value: Any) -> None:
    """Adds the value's type, size and parts, so that no two values look alike."""
    kind = type(value)
    digest.update(f"{kind.__module__}.{kind.__qualname__}(".encode())
    if dataclasses.is_dataclass(kind):
        _add_fields(digest, value)
    elif _is_array(value):
        digest.update(f"{value.dtype!r}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, bytes):
        digest.update(f"{len(value)}:".encode() + value)
    elif isinstance(value, _PLAIN):
        data = repr(value).encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)}:".encode() + data)
    elif isinstance(value, Mapping):
        _add_mapping(digest, value)
    elif isinstance(value, Set):
        digest.update("".join(sorted(fingerprint(item) for item in value)).encode())
    elif isinstance(value, Sequence):
        for item in value:
            _add(digest, item)
    elif kind.__module__.partition(".")[0] in _TABLE_LIBRARIES:
        digest.update(_pickled(value))
    elif value is not None:
        _add_part(digest, value)
    digest.update(b")")


def _is_array(value: Any) -> bool:
    """Whether a value is an array or a number of numpy that its bytes describe."""
    is_numpy = type(value) is np.ndarray or isinstance(value, np.generic)
    return is_numpy and not value.dtype.hasobject


def _add_fields(digest: Any, value: Any) -> None:
    for field in dataclasses.fields(value):
        digest.update(f"{field.name}=".encode())
        _add(digest, getattr(value, field.name))


def _add_mapping(digest: Any, value: Mapping) -> None:
    items = [(fingerprint(key), item) for key, item in value.items()]
    for key, item in sorted(items, key=lambda pair: pair[0]):
        digest.update(key.encode())
        _add(digest, item)


def _pickled(value: Any) -> bytes:
    try:
        return pickle.dumps(value, protocol=5)
    except Exception as error:
        raise _no_fingerprint(value) from error


def _add_part(digest: Any, part: Any) -> None:
    """Adds who a part is: a model, a database, a counter of tokens."""
    said = {}
    for name in ("name", "version", "fingerprint"):
        told = getattr(part, name, None)
        if isinstance(told, _PLAIN):
            said[name] = told
    attributes = _attributes(part)
    plain = {}
    for name, value in attributes.items():
        if isinstance(value, (*_PLAIN, bytes, list, tuple, dict)):
            plain[name] = value
    if "fingerprint" not in said and _holds_more(part):
        raise _no_fingerprint(part)
    others = attributes.keys() - plain.keys()
    if not said and (others or callable(part)):
        raise _no_fingerprint(part)
    digest.update(class_code(type(part)).encode())
    _add_mapping(digest, said)
    if "fingerprint" not in said:
        _add_mapping(digest, plain)


def _attributes(part: Any) -> dict[str, Any]:
    """What an object holds in its `__dict__` and in the slots of its classes."""
    attributes = dict(getattr(part, "__dict__", {}))
    for name in _slots(type(part)):
        attributes[name] = getattr(part, name, None)
    return attributes


def _slots(kind: type) -> list[str]:
    slots = []
    for base in kind.__mro__:
        if "__slots__" in vars(base):
            members = vars(base).items()
            slots += [name for name, one in members if isinstance(one, MemberDescriptorType)]
    return slots


def _holds_more(part: Any) -> bool:
    """Whether an object holds more than its attributes: it is written in C."""
    kind = type(part)
    visible = _Bare.__basicsize__ + _POINTER_BYTES * len(_slots(kind))
    return kind is object or kind.__basicsize__ > visible


def _no_fingerprint(value: Any) -> TypeError:
    kind = type(value)
    return TypeError(
        f"no fingerprint for a {kind.__module__}.{kind.__qualname__}: give it a `name` "
        "or a `fingerprint`, or make it a dataclass"
    )
