"""The user's own modules: loaded, and checked against the graph that they join."""

import re
import sys

import pytest

from headrace.drivers import query_driver
from headrace.errors import SettingsError
from headrace.execution.modules import load_module, node_names
from headrace.settings import load_settings
from support.graphs import cell, loaded, written

SETTINGS = load_settings(generation="extractive", reranking="off")


# --------------------------------------------------------------- loading


def test_a_module_is_loaded_from_its_path_and_may_import_from_beside(tmp_path):
    written(tmp_path, "beside_module", "FACTOR = 3\n")
    path = written(tmp_path, "using_module", "from beside_module import FACTOR\n")
    module = load_module(str(path))
    assert module.FACTOR == 3
    assert sys.modules["using_module"] is module


def test_a_file_loaded_again_is_run_again(tmp_path):
    path = written(tmp_path, "again_module", "VALUE = 1\n")
    assert load_module(path).VALUE == 1
    path.write_text("VALUE = 22\n")
    assert load_module(path).VALUE == 22


def test_a_file_named_as_another_module_does_not_take_its_place(tmp_path):
    import json

    module = load_module(written(tmp_path, "json", "VALUE = 1\n"))
    assert module.VALUE == 1 and module.__name__ != "json"
    assert sys.modules["json"] is json


def test_three_files_of_one_name_are_three_modules(tmp_path):
    modules = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        modules.append(load_module(written(folder, "namesake_module", f"VALUE = {number}\n")))
    assert [sys.modules[module.__name__].VALUE for module in modules] == [0, 1, 2]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match="there is no module .*absent.py"):
        load_module(tmp_path / "absent.py")


def test_a_file_that_is_no_python_is_named(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Notes.")
    with pytest.raises(SettingsError, match="notes.txt is not a Python file"):
        load_module(path)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nothing_like_it\n", "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("def broken(:\n", "SyntaxError: invalid syntax"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_module_that_fails_to_import_says_why_and_leaves_nothing_behind(tmp_path, source, reason):
    path = written(tmp_path, "failing_module", source)
    with pytest.raises(SettingsError, match=f"importing the module {path} failed: {reason}"):
        load_module(path)
    assert "failing_module" not in sys.modules


# --------------------------------------------------------------- joining the graph


def test_a_modules_nodes_are_its_public_functions_variants_under_one_name():
    module = cell("""
        from json import dumps

        FACTOR = 3

        def one(start: int) -> int:
            return start

        def two__fast(start: int) -> int:
            return start

        def two__slow(start: int) -> int:
            return start

        def _helper(start):
            return start
    """)
    assert node_names(module) == {"one", "two"}


def refusal(folder, source: str) -> str:
    """Why a module does not join the query dataflow."""
    with pytest.raises(SettingsError) as caught:
        query_driver(SETTINGS, modules=[loaded(folder, source)])
    return str(caught.value)


def test_a_replaced_node_with_another_type_is_refused_with_both_types_named(tmp_path):
    source = """
        def context(fused_hits: list) -> str:
            return ""
    """
    message = refusal(tmp_path, source)
    assert re.match(r'node "context" of own_\w+ returns str; the node that it replaces', message)
    assert "replaces returns Context" in message


def test_the_types_of_lists_are_compared_with_what_they_hold(tmp_path):
    source = """
        from headrace.types import Chunk

        def fused_hits(semantic_hits: list) -> list[Chunk]:
            return []
    """
    message = refusal(tmp_path, source)
    assert "list[headrace.types.documents.Chunk]" in message
    assert "list[headrace.types.hits.Hit]" in message


@pytest.mark.parametrize("returned", ["list[Hit]", "list"])
def test_a_replaced_node_of_the_same_type_joins(tmp_path, returned):
    source = f"""
        from headrace.types import Hit

        def fused_hits(semantic_hits: list[Hit]) -> {returned}:
            return semantic_hits
    """
    module = loaded(tmp_path, source)
    dr = query_driver(SETTINGS, modules=[module])
    functions = dr.graph.nodes["fused_hits"].originating_functions
    assert functions is not None and functions[0].__module__ == module.__name__


def test_a_node_that_expects_another_type_is_refused_with_its_module(tmp_path):
    source = """
        def hit_count(fused_hits: int) -> int:
            return fused_hits
    """
    message = refusal(tmp_path, source)
    assert re.match(r"own_\w+: joining the graph failed: ", message)
    assert "hit_count" in message and "fused_hits" in message


def test_a_function_that_does_not_say_what_it_returns_is_no_node_and_named(tmp_path):
    source = """
        def hit_count(fused_hits: list):
            return len(fused_hits)
    """
    assert "hit_count" in refusal(tmp_path, source)


def test_nodes_that_need_each_other_are_refused(tmp_path):
    source = """
        from headrace.types import Hit

        def fused_hits(reranked_hits: list[Hit]) -> list[Hit]:
            return reranked_hits
    """
    message = refusal(tmp_path, source)
    assert "nodes need each other in a circle: " in message
    assert "fused_hits -> linked_hits" in message


def test_a_type_that_nobody_knows_is_refused_with_its_module(tmp_path):
    source = """
        from __future__ import annotations

        def hit_count(fused_hits: Nowhere) -> int:
            return 1
    """
    assert "Nowhere" in refusal(tmp_path, source)
