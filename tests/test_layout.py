"""The house: who may import whom, what a folder holds, and how code reads."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from mutations import MUTATIONS
from support import style
from support.places import ROOT

PACKAGE = ROOT / "dataflows" / "headrace"
FILES = sorted(PACKAGE.rglob("*.py"))
STAGES = ("question", "search", "rerank", "context", "answer", "ingest")
#: From the top down; a module imports from layers below its own, and from its own part.
LAYERS = (
    {"__main__"},
    {"commands"},
    {"service", "measuring"},
    {"operations", "async_pipeline", "scaling"},
    {"pipeline"},
    {"drivers", "ingesting"},
    {*STAGES, "resources", "execution"},
    {"metadata"},
    {"text"},
    {"types", "settings"},
    {"callers", "model_settings", "setting_faults"},
    {"arrows", "collecting", "errors", "forking", "setting_types"},
)
FOR_STAGES = {"types", "text", "metadata", "errors"}
KNOW_HAMILTONS_DRIVER = ("drivers", "pipeline", "execution", "operations", "measuring")
KNOW_PSYCOPG = ("resources/postgres", "operations")
MODULES_PER_FOLDER = 15


def part_of(path: Path) -> str:
    """The first folder or file below the package that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the full name of everything a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def layer_of(part: str) -> int:
    return next(number for number, parts in enumerate(LAYERS) if part in parts)


def parts_imported(path: Path) -> Iterator[tuple[int, str]]:
    for line, name in imports(path):
        if name.startswith("headrace.") and name != "headrace.__version__":
            yield line, name.split(".")[1]


def test_each_layer_imports_only_from_those_below():
    upward = []
    for path in FILES:
        own = part_of(path)
        if own == "__init__":
            continue
        for line, part in parts_imported(path):
            if part != own and layer_of(part) <= layer_of(own):
                upward.append(f"{path.relative_to(PACKAGE)}:{line} imports {part}")
    assert not upward, "\n".join(upward)


def test_a_stage_knows_no_other_stage_and_nothing_from_outside():
    strangers = []
    for path in FILES:
        own = part_of(path)
        if own in STAGES:
            for line, part in parts_imported(path):
                if part not in FOR_STAGES | {own}:
                    strangers.append(f"{path.relative_to(PACKAGE)}:{line} imports {part}")
    assert not strangers, "\n".join(strangers)


def test_text_knows_nothing_of_ours():
    for path in FILES:
        if part_of(path) == "text":
            assert {part for _, part in parts_imported(path)} <= {"text"}, path


@pytest.mark.parametrize(
    ("library", "places"),
    [("hamilton.driver", KNOW_HAMILTONS_DRIVER), ("psycopg", KNOW_PSYCOPG)],
)
def test_few_places_know_hamiltons_driver_and_psycopg(library, places):
    others = []
    for path in FILES:
        place = path.relative_to(PACKAGE).as_posix()
        knows = any(f"{name}.".startswith(f"{library}.") for _, name in imports(path))
        if knows and not place.startswith(places):
            others.append(place)
    assert not others


def node_modules() -> set[Path]:
    """The files that a stage's or the evaluation's `NODES` names."""
    found = set()
    for init in PACKAGE.rglob("__init__.py"):
        for statement in ast.parse(init.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple):
                target = statement.targets[0]
                if isinstance(target, ast.Name) and target.id.endswith("NODES"):
                    found |= {init.parent / f"{name.id}.py" for name in statement.value.elts}
    return found


def test_every_stage_lists_its_node_modules():
    assert {path.parent.name for path in node_modules()} >= set(STAGES)
    assert all(path.is_file() for path in node_modules())


def test_a_module_of_nodes_has_nothing_public_but_nodes_and_no_other_has_one():
    misplaced = []
    listed = node_modules()
    for path in FILES:
        is_listed = path in listed
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if is_listed and _is_public(node) and not style.is_node(node):
                misplaced.append(f"{path.relative_to(PACKAGE)}:{node.lineno} is public, no node")
            if not is_listed and style.is_node(node):
                misplaced.append(f"{path.relative_to(PACKAGE)}:{node.lineno} is a node")
    assert not misplaced, "\n".join(misplaced)


def _is_public(node: ast.stmt) -> bool:
    names: list[str] = []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names = [node.name]
    elif isinstance(node, ast.Assign):
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        names = [node.target.id]
    return any(not name.startswith("_") for name in names)


@pytest.mark.parametrize(
    "folder",
    sorted({path.parent for path in FILES}),
    ids=lambda folder: folder.relative_to(PACKAGE).as_posix(),
)
def test_a_folder_is_small_and_says_what_each_module_holds(folder):
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    assert folder.name == "commands" or len(modules) <= MODULES_PER_FOLDER
    if folder not in (PACKAGE, PACKAGE / "commands"):
        docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
        assert [name for name in sorted(modules) if name not in docstring] == []


@pytest.mark.parametrize(
    "path", [*FILES, ROOT / "run.py"], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_code_reads_at_100_columns_and_prose_at_88(path):
    faults = [f"{path}:{line}: {reason}" for line, reason in style.faults(path)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: path.name)
def test_tests_are_short_files_of_100_columns(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= style.FILE_LINES
    long = [number for number, line in enumerate(lines, start=1) if len(line) > 100]
    assert not long


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.before)
def test_every_trial_mutation_finds_its_place_in_the_code(mutation):
    source = (PACKAGE / mutation.file).read_text(encoding="utf-8")
    assert source.count(mutation.before) == 1
    assert all((ROOT / "tests" / place).exists() for place in mutation.tests.split())


@pytest.mark.parametrize("path", sorted((ROOT / "sql").rglob("*.sql")), ids=lambda path: path.stem)
def test_a_statement_reads_at_100_columns(path):
    if path.parent.name != "migrations":  # applied ones are never edited
        assert [line for line in path.read_text().splitlines() if len(line) > 100] == []
