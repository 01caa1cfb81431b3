"""Digests of code: they change with whatever a node or a part may run."""

import sys
from pathlib import Path

import pytest

from headrace.execution.code import class_code, module_code
from support.graphs import cell, freshly_imported, loaded, package_of, written

NODES = "from .helpers import doubled\n\n\ndef result(number):\n    return doubled(number)\n"
HELPERS = "from {package}.factors import FACTOR\n\ndef doubled(n):\n    return FACTOR * n\n"
SOURCES = {"factors": "FACTOR = 2\n", "helpers": HELPERS, "nodes": NODES, "other": "X = 1\n"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package in whose folder `nodes` imports `helpers`, and that `factors`."""
    name = f"package_of_{tmp_path.name}"
    monkeypatch.syspath_prepend(tmp_path)
    sources = {module: text.format(package=name) for module, text in SOURCES.items()}
    return package_of(tmp_path, name, sources)


def digest(package: Path) -> str:
    """Of the module `nodes`, as a new process would find it."""
    return module_code(freshly_imported(f"{package.name}.nodes").__name__)


# --------------------------------------------------------------- modules with a file


def test_a_digest_stays_while_nothing_changes(package):
    assert digest(package) == digest(package)


@pytest.mark.parametrize("edited", ["nodes", "helpers", "factors"])
def test_a_digest_changes_with_the_module_and_with_what_it_imports(package, edited):
    before = digest(package)
    path = package / f"{edited}.py"
    path.write_text(path.read_text() + "\nCHANGED = True\n")
    assert digest(package) != before


def test_a_module_that_is_not_imported_does_not_count(package):
    before = digest(package)
    written(package, "other", "X = 2\n")
    freshly_imported(f"{package.name}.other")
    assert digest(package) == before


def test_a_helper_beside_a_users_file_changes_its_digest(tmp_path):
    written(tmp_path, "helper_beside", "FACTOR = 2\n")
    module = loaded(tmp_path, "from helper_beside import FACTOR\n", "user_of_helper")
    before = module_code(module.__name__)
    written(tmp_path, "helper_beside", "FACTOR = 3\n")
    assert module_code(module.__name__) != before
    del sys.modules["helper_beside"]


def test_code_that_was_loaded_before_its_file_was_edited_is_not_taken_for_the_new_code(tmp_path):
    """As in a notebook: results of the old code must not be found by the new one."""
    for name in ("FACTOR = 2\n", "def factor():\n    return {}\n", "class Factor:\n    x = {}\n"):
        written(tmp_path, "edited_helper", name.format(2))
        user = loaded(tmp_path, "import edited_helper\n", "user_of_edited")
        written(tmp_path, "edited_helper", name.replace("2", "30").format(30))
        old_code = module_code(user.__name__)
        loaded(tmp_path, (tmp_path / "edited_helper.py").read_text(), "edited_helper")
        assert module_code(user.__name__) != old_code


def test_our_own_modules_count_and_libraries_do_not(tmp_path):
    library = loaded(tmp_path, "import numpy\n", "user_of_library")
    before = module_code(library.__name__)
    ours = loaded(tmp_path, "import numpy\nfrom headrace.text import words\n", "user_of_ours")
    assert module_code(ours.__name__) != before
    assert module_code("headrace.search.fusion") != module_code("headrace.search.keyword")


# --------------------------------------------------------------- modules without a file


CELL = """
FACTOR = {factor}
NAMES = {names}

class Counter:
    def count(self, text):
        return len(text) * {counted}

def helper(number, most={default}):
    return [number + {added} for _ in range(most)]

def result(number: int) -> int:
    return helper(number)
"""
BEFORE = {"factor": 2, "names": "['a', 'b']", "counted": 1, "default": 9, "added": 1}


def cell_digest(**changes: object) -> str:
    return module_code(cell(CELL.format(**{**BEFORE, **changes}), "digested_cell").__name__)


def test_the_same_cell_run_again_has_the_same_digest():
    assert cell_digest() == cell_digest()


@pytest.mark.parametrize(
    "change",
    [
        {"factor": 3},
        {"names": "['a', 'c']"},
        {"names": "{'a': 1}"},
        {"counted": 2},
        {"default": 8},
        {"added": 2},
    ],
    ids=["constant", "list", "dictionary", "method", "default", "code inside a function"],
)
def test_functions_classes_and_constants_of_a_cell_change_its_digest(change):
    assert cell_digest(**change) != cell_digest()


def test_a_function_of_a_cell_that_is_a_closure_counts_with_what_it_holds():
    source = "def result(number: int) -> int:\n    return factor(number)\n"

    def times(factor: int):
        return lambda number: factor * number

    digests = set()
    for factor in (2, 3):
        module = cell(source, "closure_cell", factor=times(factor))
        digests.add(module_code(module.__name__))
    assert len(digests) == 2


def test_a_helper_module_of_a_cell_counts(tmp_path):
    digests = set()
    for factor in (2, 3):
        helper = loaded(tmp_path, f"FACTOR = {factor}\n", "helper_of_cell")
        module = cell("def result(n: int) -> int:\n    return n * helper.FACTOR\n", helper=helper)
        digests.add(module_code(module.__name__))
    assert len(digests) == 2


# --------------------------------------------------------------- classes


def test_a_class_counts_with_those_it_is_made_from():
    base = "class Base:\n    def count(self):\n        return {}\n\nclass Model(Base):\n    pass\n"
    digests = {class_code(cell(base.format(number), "base_cell").Model) for number in (1, 1, 2)}
    assert len(digests) == 2


def test_a_class_counts_with_the_helpers_of_its_module(tmp_path):
    helper = (
        "def helper():\n    return {}\n\nclass Model:\n    def count(self):\n        helper()\n"
    )
    digests = set()
    for number in (1, 2):
        module = loaded(tmp_path, helper.format(number), "module_of_class")
        digests.add(class_code(module.Model))
    assert len(digests) == 2
