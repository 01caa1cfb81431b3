"""NumPy arrays as parameters of statements, in PostgreSQL's binary form, without a Python number in between.

(dimension,) float32, float16    halfvec       a vector of pgvector's half precision
(n, dimension) float32           halfvec[]     several
(n,) int64, float64              bigint[], float8[]
"""

import struct
from collections.abc import Callable

import numpy as np
import psycopg
from pgvector.psycopg import register_vector
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

#: Dtype and number of dimensions -> the object id of what it becomes, and how.
Kinds = dict[tuple[str, int], tuple[int, Callable[[np.ndarray], bytes]]]


def register_arrays(connection: psycopg.Connection) -> None:
    """Makes arrays parameters of this connection's statements."""
    register_vector(connection)
    halfvec, bigint, float8 = (
        TypeInfo.fetch(connection, name) for name in ("halfvec", "int8", "float8")
    )
    kinds: Kinds = {
        ("float32", 1): (halfvec.oid, _vector),
        ("float16", 1): (halfvec.oid, _vector),
        ("float32", 2): (halfvec.array_oid, lambda rows: _array(_vectors(rows), halfvec.oid)),
        ("int64", 1): (
            bigint.array_oid,
            lambda numbers: _array(_numbers(numbers, ">i8"), bigint.oid),
        ),
        ("float64", 1): (
            float8.array_oid,
            lambda numbers: _array(_numbers(numbers, ">f8"), float8.oid),
        ),
    }

    class Array(Dumper):
        """One per kind; the first that psycopg makes, which knows none yet, gives it the right one."""

        format = Format.BINARY

        def __init__(self, cls: type, context: object = None, kind: tuple[str, int] | None = None):
            super().__init__(cls, context)
            if kind:
                self.oid, self._packed = kinds[kind]

        def get_key(self, obj: np.ndarray, format: object) -> tuple:
            return self.cls, obj.dtype.name, obj.ndim

        def upgrade(self, obj: np.ndarray, format: object) -> Dumper:
            return Array(self.cls, kind=(obj.dtype.name, obj.ndim))

        def dump(self, obj: np.ndarray) -> bytes:
            return self._packed(obj)

    connection.adapters.register_dumper(np.ndarray, Array)


def _vector(numbers: np.ndarray) -> bytes:
    return struct.pack(">hh", len(numbers), 0) + numbers.astype(">f2").tobytes()


def _vectors(rows: np.ndarray) -> np.ndarray:
    count, dimension = rows.shape
    packed = np.zeros(
        count,
        [
            ("bytes", ">i4"),
            ("dimension", ">i2"),
            ("unused", ">i2"),
            ("numbers", ">f2", (dimension,)),
        ],
    )
    packed["bytes"], packed["dimension"], packed["numbers"] = 4 + 2 * dimension, dimension, rows
    return packed


def _numbers(numbers: np.ndarray, kind: str) -> np.ndarray:
    packed = np.empty(len(numbers), [("bytes", ">i4"), ("number", kind)])
    packed["bytes"], packed["number"] = 8, numbers
    return packed


def _array(elements: np.ndarray, kind: int) -> bytes:
    """The binary form of an array: its header, and its elements, each behind its size in bytes."""
    bounds = struct.pack(">ii", len(elements), 1) if len(elements) else b""
    return struct.pack(">iiI", 1 if len(elements) else 0, 0, kind) + bounds + elements.tobytes()
