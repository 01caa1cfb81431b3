"""NumPy arrays as parameters of statements.

They are sent in PostgreSQL's binary form, and no Python number is made on the way.

    (dimension,) float32, float16    halfvec       a vector of pgvector's half precision
    (n, dimension) float32           halfvec[]     several vectors
    (n,) int64, float64              bigint[], float8[]
"""

import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import psycopg
from pgvector.psycopg import register_vector
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper, PyFormat
from psycopg.pq import Format
from psycopg.types import TypeInfo

from headrace.errors import DatabaseError


class _Kind(NamedTuple):
    """What arrays of a kind have in common; `dtype` is the name of theirs."""

    dtype: str
    dimensions: int


class _Form(NamedTuple):
    """What arrays of a kind become: a type, by its object id, and bytes."""

    oid: int
    packed: Callable[[np.ndarray], bytes]


def register_arrays(connection: psycopg.Connection) -> None:
    """Make arrays parameters of this connection's statements.

    Raises:
        DatabaseError: the database has no pgvector.
    """
    register_vector(connection)
    connection.adapters.register_dumper(np.ndarray, _array_dumper(_forms(connection)))


def _forms(connection: psycopg.Connection) -> Mapping[_Kind, _Form]:
    """The form of each kind that can be sent.

    The object ids of pgvector's types differ from database to database.
    """
    halfvec = _type(connection, "halfvec")
    bigint = _type(connection, "int8")
    float8 = _type(connection, "float8")

    def halfvecs(rows: np.ndarray) -> bytes:
        return _array(_vectors(rows), halfvec.oid)

    def bigints(numbers: np.ndarray) -> bytes:
        return _array(_numbers(numbers, ">i8"), bigint.oid)

    def floats(numbers: np.ndarray) -> bytes:
        return _array(_numbers(numbers, ">f8"), float8.oid)

    return {
        _Kind("float32", 1): _Form(halfvec.oid, _vector),
        _Kind("float16", 1): _Form(halfvec.oid, _vector),
        _Kind("float32", 2): _Form(halfvec.array_oid, halfvecs),
        _Kind("int64", 1): _Form(bigint.array_oid, bigints),
        _Kind("float64", 1): _Form(float8.array_oid, floats),
    }


def _type(connection: psycopg.Connection, name: str) -> TypeInfo:
    found = TypeInfo.fetch(connection, name)
    if found is None:
        raise DatabaseError(f"the database has no type {name}: is pgvector installed in it?")
    return found


def _array_dumper(forms: Mapping[_Kind, _Form]) -> type[Dumper]:
    """The class by which psycopg sends arrays.

    psycopg first makes a dumper that knows no kind. It asks that one for the key of
    each array, and once per key for the dumper of that key.
    """

    class ArrayDumper(Dumper):
        format = Format.BINARY

        def __init__(
            self, cls: type, context: AdaptContext | None = None, form: _Form | None = None
        ):
            super().__init__(cls, context)
            if form is not None:
                self.oid = form.oid
                self._packed = form.packed

        def get_key(self, obj: np.ndarray, format: PyFormat) -> tuple:
            return self.cls, obj.dtype.name, obj.ndim

        def upgrade(self, obj: np.ndarray, format: PyFormat) -> "ArrayDumper":
            kind = _Kind(obj.dtype.name, obj.ndim)
            if kind not in forms:
                raise TypeError(
                    f"a {kind.dimensions}-dimensional array of {kind.dtype} cannot be a parameter; "
                    f"the docstring of {__name__} lists those that can"
                )
            return ArrayDumper(self.cls, form=forms[kind])

        def dump(self, obj: np.ndarray) -> bytes:
            return self._packed(obj)

    return ArrayDumper


def _vector(numbers: np.ndarray) -> bytes:
    return struct.pack(">hh", len(numbers), 0) + numbers.astype(">f2").tobytes()


def _vectors(rows: np.ndarray) -> np.ndarray:
    """The elements of an array of vectors, each after its size in bytes."""
    count, dimension = rows.shape
    element = [
        ("bytes", ">i4"),
        ("dimension", ">i2"),
        ("unused", ">i2"),
        ("numbers", ">f2", (dimension,)),
    ]
    packed = np.zeros(count, element)
    packed["bytes"] = 4 + 2 * dimension
    packed["dimension"] = dimension
    packed["numbers"] = rows
    return packed


def _numbers(numbers: np.ndarray, dtype: str) -> np.ndarray:
    """The elements of an array of 8-byte numbers, each after its size in bytes."""
    packed = np.empty(len(numbers), [("bytes", ">i4"), ("number", dtype)])
    packed["bytes"] = 8
    packed["number"] = numbers
    return packed


def _array(elements: np.ndarray, oid: int) -> bytes:
    """The binary form of an array: header, bounds, elements.

    Args:
        elements: each after its size in bytes.
        oid: of the elements' type.
    """
    dimensions = 1 if len(elements) else 0
    bounds = struct.pack(">ii", len(elements), 1) if dimensions else b""
    has_nulls = 0
    return struct.pack(">iiI", dimensions, has_nulls, oid) + bounds + elements.tobytes()
