"""What Hamilton's cache knows a value by.

Hamilton 1.90 gives different values the same fingerprint: frozen dataclasses with slots (whatever they hold), arrays of one content and
different shapes, 1 and "1". A cache hit is then a wrong answer. Here every value is hashed with its type, and a value that has no
fingerprint never counts as unchanged.
"""

import base64
import dataclasses
import hashlib
from collections.abc import Mapping, Sequence, Set
from datetime import date, time, timedelta
from pathlib import PurePath
from typing import Any
from uuid import uuid4

import numpy as np
from hamilton.caching import fingerprinting

_PLAIN = (str, int, float, bool, complex, date, time, timedelta, PurePath)


def install() -> None:
    """Makes Hamilton's cache use `fingerprint` for every value of this process."""
    for kind in (
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
    ):
        fingerprinting.hash_value.register(kind, _hash_value)


def fingerprint(value: Any) -> str:
    """A digest of the value: equal for equal values of the same type, different otherwise. Raises TypeError where there is none."""
    digest = hashlib.sha256()
    _add(digest, value)
    return base64.urlsafe_b64encode(digest.digest()[:24]).decode()


def _hash_value(value: Any, *args: Any, **kwargs: Any) -> str:
    """As `fingerprint`; another one each time for what has none, since Hamilton also asks about inputs that it will ignore."""
    try:
        return fingerprint(value)
    except TypeError:
        return f"unhashable-{uuid4()}"


def _add(digest: Any, value: Any) -> None:
    """Adds the value's type, size and parts, so that no two values run into each other."""
    kind = type(value)
    digest.update(f"{kind.__module__}.{kind.__qualname__}(".encode())
    if value is None:
        pass
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            digest.update(f"{field.name}=".encode())
            _add(digest, getattr(value, field.name))
    elif (kind is np.ndarray or isinstance(value, np.generic)) and not value.dtype.hasobject:
        digest.update(f"{value.dtype!r}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, (*_PLAIN, bytes)):
        data = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)}:".encode() + data)
    elif isinstance(value, Mapping):
        for key, item in sorted(
            ((fingerprint(key), item) for key, item in value.items()), key=lambda pair: pair[0]
        ):
            digest.update(key.encode())
            _add(digest, item)
    elif isinstance(value, Set):
        digest.update("".join(sorted(fingerprint(item) for item in value)).encode())
    elif isinstance(value, Sequence):
        for item in value:
            _add(digest, item)
    else:
        raise TypeError(
            f"no fingerprint for a {kind.__module__}.{kind.__qualname__}: let the cache ignore it, or make it a dataclass"
        )
    digest.update(b")")
