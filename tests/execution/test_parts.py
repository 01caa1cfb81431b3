"""Parts of the user's own: what the cache knows them by, and what it cannot know."""

import io
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hamilton.caching import fingerprinting

from headrace.execution.fingerprints import fingerprint, install
from support.graphs import cell
from support.places import ROOT


class Model:
    """A part with a name and a plain attribute, and one that nobody can know."""

    def __init__(self, name: str = "model", tokens: object = 256):
        self.name = name
        self.tokens = tokens
        self.session = object()

    def count(self, text: str) -> int:
        return len(text)


class Renamed(Model):
    """Another class with the same name attribute."""


class Reworded(Model):
    def count(self, text: str) -> int:
        return len(text) + 1


class Released(Model):
    def __init__(self, version: object):
        super().__init__()
        self.version = version


class Fingerprinted:
    """Known by its fingerprint alone."""

    def __init__(self, fingerprint: str, tokens: int = 256):
        self.fingerprint = fingerprint
        self.tokens = tokens


class Plain:
    """A part without a name, all attributes of which are plain."""

    def __init__(self, tokens: object = 256):
        self.tokens = tokens


class Slotted:
    """A part whose attributes are in no dictionary."""

    __slots__ = ("tokens",)

    def __init__(self, tokens: int):
        self.tokens = tokens


class Unknowable:
    """A part without a name that holds what nobody can know."""

    def __init__(self) -> None:
        self.session = object()


@dataclass(frozen=True)
class Holder:
    part: Any


def source(body: str) -> str:
    return f"class Model:\n    name = 'model'\n    def count(self, text):\n        {body}\n"


def of_cell(body: str) -> Any:
    """A model of a notebook's cell whose method has this body."""
    return cell(source(body)).Model()


# --------------------------------------------------------------- equal or not


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Model(), Renamed()),
        (Model(), Reworded()),
        (Model(name="one"), Model(name="other")),
        (Model(tokens=256), Model(tokens=512)),
        (Model(tokens=256), Model(tokens="256")),
        (Model(tokens=[1, 2]), Model(tokens=[2, 1])),
        (Model(tokens={"a": 1}), Model(tokens={"a": 2})),
        (Model(tokens=b"a"), Model(tokens=b"b")),
        (Released(1), Released(2)),
        (Released("1"), Released("2")),
        (Fingerprinted("a"), Fingerprinted("b")),
        (Plain(1), Plain(2)),
        (Plain(), Model()),
    ],
    ids=[
        "another class",
        "other code of a method",
        "another name",
        "another plain attribute",
        "an attribute of another type",
        "another list",
        "another dictionary",
        "other bytes",
        "another version",
        "another version as text",
        "another fingerprint",
        "nameless, another attribute",
        "nameless, another class",
    ],
)
def test_parts_that_differ_have_two_fingerprints(one, other):
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(Holder(one)) != fingerprint(Holder(other))


@pytest.mark.parametrize(
    "make",
    [
        Model,
        Renamed,
        Plain,
        lambda: Model(tokens=[1, 2]),
        lambda: Released("1"),
        lambda: Fingerprinted("a"),
    ],
    ids=["named", "derived", "nameless", "with a list", "with a version", "with a fingerprint"],
)
def test_two_instances_alike_have_one_fingerprint(make):
    assert fingerprint(make()) == fingerprint(make())


def test_a_part_with_a_fingerprint_is_known_by_it_whatever_else_it_holds():
    assert fingerprint(Fingerprinted("a", 1)) == fingerprint(Fingerprinted("a", 2))


def test_a_class_that_was_defined_again_is_known_by_its_code():
    assert fingerprint(of_cell("return 1")) != fingerprint(of_cell("return 2"))
    same = cell(source("return 1"), "same_cell").Model()
    again = cell(source("return 1"), "same_cell").Model()
    assert same.__class__ is not again.__class__
    assert fingerprint(same) == fingerprint(again)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FACTOR = 2", "FACTOR = 3"),
        ("FACTORS = [1, 2]", "FACTORS = [1, 3]"),
        ("FACTORS = {'a': (1, 2)}", "FACTORS = {'a': (1, 3)}"),
        ("__call__ = lambda self: 1", "__call__ = lambda self: 2"),
        ("factor = property(lambda self: 1)", "factor = property(lambda self: 2)"),
        ("factor = staticmethod(lambda: 1)", "factor = staticmethod(lambda: 2)"),
        ("def count(self, text, most=1): ...", "def count(self, text, most=2): ..."),
    ],
    ids=["number", "list", "dictionary", "lambda", "property", "static method", "default"],
)
def test_what_a_class_sets_in_its_body_counts(before, after):
    one, other = (
        cell(f"class Model:\n    name = 'model'\n    {line}\n", "body_cell").Model()
        for line in (before, after)
    )
    assert fingerprint(one) != fingerprint(other)


def test_what_a_method_finds_around_its_class_counts():
    def made(factor: int) -> Any:
        class Local:
            name = "local"

            def count(self, text: str) -> int:
                return factor * len(text)

        return Local()

    assert fingerprint(made(2)) == fingerprint(made(2))
    assert fingerprint(made(2)) != fingerprint(made(3))


def test_another_process_knows_a_part_by_the_same_fingerprint(tmp_path):
    """Sets in its code are in another order there."""
    (tmp_path / "parts.py").write_text(source("return text in {'a', 'b', 'c', 'd'}"))
    code = (
        "from headrace.execution.fingerprints import fingerprint; "
        "from parts import Model; print(fingerprint(Model()))"
    )
    printed = set()
    for seed in ("1", "2", "3"):
        path = os.pathsep.join([str(tmp_path), *sys.path])
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        printed.add(done.stdout)
    assert len(printed) == 1


# --------------------------------------------------------------- what cannot be known


UNKNOWABLE = [
    object(),
    Lock(),
    print,
    lambda: 1,
    (number for number in [1]),
    iter([1]),
    Model,
    Unknowable(),
    np.array([object()]),
    np.ma.array([1, 2], mask=[True, False]),
    io.StringIO("text"),
]


@pytest.mark.parametrize("value", UNKNOWABLE, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(
    "wrapped",
    [lambda value: value, lambda value: [value], lambda value: {"a": Holder(value)}],
    ids=["bare", "listed", "deep"],
)
def test_what_cannot_be_known_has_no_fingerprint(value: Any, wrapped: Callable[[Any], Any]):
    with pytest.raises(TypeError, match="no fingerprint for a"):
        fingerprint(wrapped(value))


@pytest.mark.parametrize("value", UNKNOWABLE, ids=lambda value: type(value).__name__)
def test_to_hamiltons_cache_what_cannot_be_known_never_equals_itself(value):
    install()
    assert fingerprinting.hash_value(value) != fingerprinting.hash_value(value)


def test_an_open_file_has_no_fingerprint_although_it_has_a_name(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("text")
    with path.open() as file, pytest.raises(TypeError, match="no fingerprint for a"):
        fingerprint(file)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal(1), Decimal(2)),
        (Fraction(1, 2), Fraction(1, 3)),
        (uuid.UUID(int=1), uuid.UUID(int=2)),
        (re.compile("a"), re.compile("b")),
        (Slotted(1), Slotted(2)),
        (ValueError("a"), ValueError("b")),
        ([pd.Series([1], name="a")], [pd.Series([2], name="a")]),
        ([pd.DataFrame({"a": [1]})], [pd.DataFrame({"a": [2]})]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_other_libraries_are_never_taken_for_one_another(one, other):
    """They may have a fingerprint or none; what they hold is in no dictionary."""
    install()
    assert fingerprinting.hash_value(one) != fingerprinting.hash_value(other)
