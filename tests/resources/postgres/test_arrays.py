"""Arrays on their way to PostgreSQL: what arrives is what was sent."""

import numpy as np
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from headrace.resources.postgres.arrays import register_arrays


@pytest.fixture(scope="module")
def connection(rag):
    with psycopg.connect(rag.database.uri) as connection:
        register_arrays(connection)
        yield connection


def returned(connection: psycopg.Connection, value: np.ndarray, kind: str) -> object:
    return connection.execute(f"SELECT %s::{kind}", [value]).fetchone()[0]


@given(arrays.arrays(np.int64, st.integers(0, 20)))
def test_integers_arrive(connection, numbers):
    assert returned(connection, numbers, "bigint[]") == numbers.tolist()


@given(arrays.arrays(np.float64, st.integers(0, 20), elements=st.floats(allow_nan=False)))
def test_floats_arrive(connection, numbers):
    assert returned(connection, numbers, "float8[]") == numbers.tolist()


halves = st.floats(-60000, 60000, width=16)


@given(arrays.arrays(np.float32, st.integers(1, 20), elements=halves))
def test_a_vector_arrives(connection, vector):
    assert np.array_equal(returned(connection, vector, "halfvec").to_numpy(), vector)


@given(arrays.arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(1, 8)), elements=halves))
@settings(max_examples=50)
def test_vectors_arrive(connection, rows):
    found = connection.execute("SELECT v FROM unnest(%s::halfvec[]) AS v", [rows]).fetchall()
    assert np.array_equal(
        np.array([vector.to_numpy() for (vector,) in found]).reshape(rows.shape), rows
    )


def test_an_array_of_another_kind_is_refused(connection):
    with pytest.raises(TypeError, match="1-dimensional array of complex128"):
        returned(connection, np.array([1j]), "text")
    with pytest.raises(TypeError, match="2-dimensional array of int64"):
        returned(connection, np.array([[1]]), "text")
