"""Fingerprints: equal for what is equal, different for what is not."""

import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.execution.fingerprints import fingerprint
from headrace.types import Chunk, Filter, Hit, SubQuery
from support.places import ROOT, SCRIPTS


@dataclass(frozen=True, slots=True)
class Pair:
    first: Any
    second: Any = None


@dataclass(frozen=True, slots=True)
class Twin:
    """As `Pair`, but for its name."""

    first: Any
    second: Any = None


#: Values that are easily taken for one another.
LEAVES = (
    None,
    True,
    False,
    0,
    1,
    -1,
    0.0,
    -0.0,
    1.0,
    1j,
    "",
    "1",
    "0",
    "None",
    "True",
    "1.0",
    "a",
    "ab",
    "b",
    b"",
    b"1",
    b"a",
    date(2020, 1, 1),
    datetime(2020, 1, 1),
    "2020-01-01",
    timedelta(1),
    PurePosixPath("a"),
    PurePosixPath("1"),
    np.float64(1),
    np.float32(1),
    np.int64(1),
    np.bool_(True),
    (),
    [],
    {},
    frozenset(),
    np.zeros(4, np.float32),
    np.zeros((2, 2), np.float32),
    np.zeros((4, 1), np.float32),
    np.zeros(2, np.float64),
    np.zeros(4, np.int32),
    np.zeros(16, np.uint8),
    np.zeros(2, "datetime64[s]"),
    np.zeros(2, "datetime64[D]"),
    np.zeros(2, [("a", "f4"), ("b", "f4")]),
    np.zeros(2, [("b", "f4"), ("a", "f4")]),
    np.zeros((0, 3)),
    np.zeros((3, 0)),
)
KEYS = st.sampled_from([0, 1, "0", "1", "a", "ab", None, (1, 2), "first"])


def containers(inner: st.SearchStrategy) -> st.SearchStrategy:
    few = st.lists(inner, max_size=3)
    return st.one_of(
        few,
        few.map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
        st.builds(Pair, inner, inner),
        st.builds(Twin, inner, inner),
        st.frozensets(KEYS, max_size=3),
        st.sets(KEYS, max_size=3),
    )


VALUES = st.recursive(st.sampled_from(LEAVES), containers, max_leaves=6)
PLAIN = st.text() | st.binary() | st.integers() | st.dates()


def anatomy(value: Any) -> Any:
    """What a value is made of, types and all, so that Python itself can compare it."""
    kind = type(value)
    if is_dataclass(value):
        parts = [(field.name, anatomy(getattr(value, field.name))) for field in fields(value)]
        return kind, tuple(parts)
    if isinstance(value, np.ndarray | np.generic):
        return kind, repr(value.dtype), value.shape, value.tobytes()
    if isinstance(value, dict):
        return kind, frozenset((anatomy(key), anatomy(item)) for key, item in value.items())
    if isinstance(value, set | frozenset):
        return kind, frozenset(map(anatomy, value))
    if isinstance(value, list | tuple):
        return kind, tuple(map(anatomy, value))
    return kind, repr(value)


# --------------------------------------------------------------- equal or not


@settings(deadline=None)
@given(VALUES, VALUES)
def test_two_values_have_one_fingerprint_exactly_when_they_are_the_same(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (anatomy(one) == anatomy(other))


def test_no_two_of_the_values_easily_confused_have_one_fingerprint():
    assert len({fingerprint(value) for value in LEAVES}) == len(LEAVES)


@settings(deadline=None)
@given(PLAIN | st.floats(allow_nan=False), PLAIN)
def test_plain_values_are_known_by_type_and_content(one, other):
    assert (fingerprint(one) == fingerprint(other)) == ((type(one), one) == (type(other), other))


@settings(deadline=None)
@given(st.lists(st.text(max_size=2), max_size=4), st.lists(st.text(max_size=2), max_size=4))
def test_where_one_text_ends_and_the_next_begins_matters(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


def test_what_named_tuples_and_dataclasses_with_slots_hold_counts_at_any_depth():
    chunk = Chunk(1, "a", "Title", "a.md", "text", 0, 4)
    same = Chunk(1, "a", "Title", "a.md", "text", 0, 4)
    assert fingerprint([Hit(chunk, 0.5)]) == fingerprint([Hit(same, 0.5)])
    assert fingerprint([Hit(chunk, 0.5)]) != fingerprint([Hit(chunk._replace(text="texT"), 0.5)])
    assert fingerprint({"a": Pair([1])}) != fingerprint({"a": Pair([2])})


def test_the_name_of_a_dataclass_counts():
    assert fingerprint(Pair(1, 2)) != fingerprint(Twin(1, 2))
    assert fingerprint(SubQuery("a", "original")) != fingerprint(Filter("a", "in"))


# --------------------------------------------------------------- order


def with_an_order(mapping: dict) -> st.SearchStrategy:
    return st.tuples(st.just(mapping), st.permutations(list(mapping)))


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4).flatmap(with_an_order))
def test_the_order_of_a_dict_does_not_count(given):
    mapping, order = given
    reordered = {key: mapping[key] for key in order}
    assert fingerprint(reordered) == fingerprint(mapping)
    assert fingerprint(OrderedDict(reordered)) == fingerprint(OrderedDict(mapping))


@settings(deadline=None)
@given(st.permutations(["a", "b", 1, None]))
def test_the_order_of_a_set_does_not_count(order):
    assert fingerprint(set(order)) == fingerprint({"a", "b", 1, None})


def test_the_order_of_a_list_counts():
    assert fingerprint([1, 2]) != fingerprint([2, 1])


def test_an_array_is_known_by_its_content_and_not_by_how_it_lies_in_memory():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert fingerprint(np.asfortranarray(array)) == fingerprint(array)
    assert fingerprint(array[:, ::2]) == fingerprint(array[:, ::2].copy())
    assert fingerprint(array) != fingerprint(array.astype(">f4"))


# --------------------------------------------------------------- other processes


def test_another_process_makes_the_same_fingerprint():
    code = (
        "from headrace.execution.fingerprints import fingerprint; "
        "print(fingerprint({'a': {'x', 'y', 'z'}, 'b': (1, None)}))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.strip() == fingerprint({"b": (1, None), "a": {"z", "y", "x"}})


#: Each case runs in its own process, since `install` is for the whole process. When the
#: first one fails, Hamilton has mended its fingerprints.
@pytest.mark.parametrize(
    ("whose", "answers"), [("hamilton's", ["first", "first"]), ("ours", ["first", "second"])]
)
def test_hamiltons_own_fingerprints_answer_a_second_question_with_the_first_ones_answer_ours_not(
    tmp_path: Any, whose: str, answers: list[str]
):
    quiet = {"HAMILTON_AUTOLOAD_EXTENSIONS": "0", "HAMILTON_TELEMETRY_ENABLED": "false"}
    command = [sys.executable, str(SCRIPTS / "two_nodes.py"), whose, str(tmp_path / "cache")]
    done = subprocess.run(
        command, env={**os.environ, **quiet}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == answers
