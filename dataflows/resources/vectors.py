"""Vectors as PostgreSQL's wire takes them: an array of pgvector's half precision vectors, in binary, without a Python number in between."""

import struct

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo


class HalfVectors:
    """(n, dimension) numbers that become one halfvec[]."""

    def __init__(self, rows: list[np.ndarray]):
        self.rows = np.asarray(rows, np.float32)


def adapted(value: object) -> object:
    """An array as a half precision vector, a list of arrays as several; anything else as it is."""
    if isinstance(value, np.ndarray):
        return HalfVector(value)
    return HalfVectors(value) if isinstance(value, list) and value and isinstance(value[0], np.ndarray) else value


def register_vectors(connection: psycopg.Connection) -> None:
    """Makes vectors parameters of this connection's statements."""
    register_vector(connection)
    halfvec = TypeInfo.fetch(connection, "halfvec")

    class HalfVectorsDumper(Dumper):
        format = Format.BINARY
        oid = halfvec.array_oid

        def dump(self, obj: HalfVectors) -> bytes:
            return _array(obj.rows, halfvec.oid)

    connection.adapters.register_dumper(HalfVectors, HalfVectorsDumper)


def _array(rows: np.ndarray, element: int) -> bytes:
    """PostgreSQL's binary form of an array: its header, and before each vector how many bytes it has."""
    count, dimension = rows.shape
    packed = np.zeros(count, np.dtype([("bytes", ">i4"), ("dimension", ">i2"), ("unused", ">i2"), ("numbers", ">f2", (dimension,))]))
    packed["bytes"], packed["dimension"], packed["numbers"] = 4 + 2 * dimension, dimension, rows
    return struct.pack(">iiIii", 1, 0, element, count, 1) + packed.tobytes()
