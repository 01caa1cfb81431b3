import ast
import re

import pytest

from headrace.commands import COMMANDS
from headrace.execution.picture import mermaid
from headrace.pipeline import query_driver
from headrace.settings import Settings
from support.places import ROOT

README = (ROOT / "README.md").read_text()


def test_the_readmes_graph_is_the_real_one():
    """Out of date? Put the output of `python run.py graph` between ```mermaid and ```."""
    drawn = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL).group(1)
    assert drawn == mermaid(query_driver(Settings(generation="extractive")))


def test_the_readme_has_every_setting_with_its_default():
    for name, field in Settings.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"HEADRACE_{name.upper()}"
        row = next(
            (line for line in README.splitlines() if line.startswith(f"| `{variable}`")), None
        )
        assert row, f"{variable} is missing"
        if name not in ("data_dir", "prices", "database_url"):
            assert f"| {field.default} |" in row, f"{variable} = {field.default}"
        assert field.description and field.description in row, variable


def test_the_readme_names_every_command_and_module():
    assert all(f"run.py {name}" in README for name in COMMANDS)
    modules = {path.stem for path in (ROOT / "dataflows").glob("*.py")} - {"__init__"}
    assert all(f"`{module}.py`" in README for module in modules), [
        module for module in modules if f"`{module}.py`" not in README
    ]


def test_the_readmes_test_line_is_the_one_ci_runs():
    assert "pip install -e '.[test]' && pytest" in README
    script = (ROOT / ".ci" / "run").read_text()
    assert "pip install --quiet -e '.[test]'" in script and "\npytest" in script


@pytest.mark.parametrize("path", sorted((ROOT / "sql").rglob("*.sql")), ids=lambda path: path.stem)
def test_every_statement_begins_with_its_name_and_what_it_is_for(path):
    node, _, variant = path.stem.rpartition("_hits_")
    names = (path.stem, f"{node}_hits ({variant})")
    assert path.read_text().startswith(tuple(f"-- {name}: " for name in names))


def test_every_public_function_of_the_package_has_a_docstring():
    missing = []
    for path in sorted((ROOT / "dataflows").rglob("*.py")):
        tree = ast.parse(path.read_text())
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                missing.append(f"{path.relative_to(ROOT)}: {node.name}")
    allowed = {"add_arguments", "run"}  # a command's docstring is its module's
    assert [name for name in missing if name.rpartition(" ")[2] not in allowed] == []


def test_the_top_level_is_the_one_asked_for():
    allowed = {
        "pyproject.toml",
        "README.md",
        "dataflows",
        "notebooks",
        "sql",
        "tests",
        "run.py",
        "LICENSE",
        "CHANGELOG.md",
    }
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - {"build", "dist", "venv"} <= allowed, found
