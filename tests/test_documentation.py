"""What the documentation says is true."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from headrace.commands import COMMANDS, load_command, parsers
from headrace.drivers import query_driver
from headrace.execution.picture import mermaid
from headrace.settings import Settings
from support import documentation as docs
from support.places import ROOT

README = ROOT / "README.md"
COMMANDS_PAGE = ROOT / "dataflows" / "headrace" / "commands" / "README.md"
README_BYTES = 12 * 1024
PROSE_COLUMNS = 88
#: Options whose value is settings: NAME=VALUE[,NAME=VALUE].
TAKE_SETTINGS = {"--set", "--baseline", "--candidate"}


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


each_page = pytest.mark.parametrize("page", docs.pages(), ids=named)
each_readme = pytest.mark.parametrize("page", docs.readmes(), ids=named)


# ------------------------------------------------------------------ pages


@each_page
def test_every_relative_link_leads_to_a_file_and_its_anchor_to_a_heading(page):
    dead = []
    for link in docs.relative_links(page):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and anchor not in docs.anchors(target)):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("page", [page for page in docs.readmes() if page != README], ids=named)
def test_prose_is_88_columns_wide(page):
    """Of all pages but the README, whose paragraphs are one line each."""
    wide = []
    for number, line in enumerate(docs.prose(page).splitlines(), start=1):
        is_free = line.startswith("|") or "](" in line or "://" in line
        if len(line) > PROSE_COLUMNS and not is_free:
            wide.append(f"{named(page)}:{number}: {len(line)} columns")
    assert not wide


@pytest.mark.parametrize("link", ["missing.md", "README.md#no-such-heading", "../nowhere/"])
def test_a_dead_link_would_be_found(tmp_path, monkeypatch, link):
    page = tmp_path / "README.md"
    page.write_text(f"# Heading\n\nA [link]({link}), a [good one](#heading).\n")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    with pytest.raises(AssertionError, match=re.escape(link)):
        test_every_relative_link_leads_to_a_file_and_its_anchor_to_a_heading(page)


# ------------------------------------------------------------------ the README


def test_the_readme_is_short():
    assert README.stat().st_size <= README_BYTES


def test_the_readmes_graph_is_the_real_one():
    """The picture in README.md is what `run.py graph` draws of the usual settings."""
    (drawn,) = docs.blocks(README, "mermaid")
    real = mermaid(query_driver(Settings(generation="extractive")))
    assert drawn.text == real, (
        "put the output of `python run.py graph --set generation=extractive` between "
        "```mermaid and ``` in README.md"
    )


def test_the_readmes_test_line_is_the_one_ci_runs():
    assert "pip install -e '.[test]' && pytest" in README.read_text()
    script = (ROOT / ".ci" / "run").read_text()
    assert " -e '.[test]'\n" in script and "\npytest" in script


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


# ------------------------------------------------------------------ settings, commands


def test_the_tables_of_settings_are_those_of_the_code():
    text = docs.MAP.read_text()
    assert text == docs.with_tables(text), docs.RENEW


def test_the_tables_have_every_setting_once():
    tables = docs.settings_tables()
    for name in Settings.model_fields:
        assert tables.count(f"| `{docs.variable_of(name)}` |") == 1


@each_readme
def test_every_variable_exists(page):
    known = {docs.variable_of(name) for name in Settings.model_fields}
    assert set(re.findall(r"HEADRACE_[A-Z]+(?:_[A-Z]+)*", page.read_text())) <= known


def test_every_command_is_described_as_its_help_describes_it():
    page = COMMANDS_PAGE.read_text()
    examples = {arguments[0] for arguments in docs.command_lines(COMMANDS_PAGE)}
    for name, purpose in COMMANDS.items():
        assert f"| `{name}` | {purpose} |" in page, f"{name} is not in the table of {COMMANDS_PAGE}"
    assert examples >= set(COMMANDS) - {"completion"}


def parser_of(name: str):
    command = load_command(name)
    parser = parsers.command_parser(name, command.__doc__)
    command.add_arguments(parser)
    return parser


def settings_in(arguments: list[str]) -> list[str]:
    """The names of the settings that a command line chooses."""
    names = []
    for option, value in zip(arguments, arguments[1:], strict=False):
        if option in TAKE_SETTINGS and not value.startswith("@"):
            names += [pair.partition("=")[0] for pair in value.split(",")]
    return names


@each_readme
def test_every_command_line_is_one_that_the_command_takes(page, capsys):
    wrong = []
    for arguments in docs.command_lines(page):
        try:
            parsers.parsed(parser_of(arguments[0]), arguments[1:])
        except (SystemExit, ModuleNotFoundError):
            wrong.append((arguments, capsys.readouterr().err.splitlines()[-1:]))
        unknown = set(settings_in(arguments)) - set(Settings.model_fields)
        wrong += [(arguments, f"no setting {name}") for name in unknown]
    assert not wrong


@each_readme
def test_every_command_and_option_and_setting_that_is_mentioned_exists(page):
    for arguments in docs.mentioned_commands(page):
        name = arguments[0]
        assert name in COMMANDS or name in ("COMMAND", "--help", "--version"), arguments
        assert set(settings_in(arguments)) <= set(Settings.model_fields), arguments
        options = [word for word in arguments[1:] if word.startswith("--") and word != "--help"]
        if name in COMMANDS and options:
            help_text = _whole_help(name)
            missing = [word for word in options if word.partition("=")[0] not in help_text]
            assert not missing, (arguments, missing)


def _whole_help(name: str) -> str:
    """The help of a command and of its own commands."""
    parser = parser_of(name)
    texts = [parser.format_help()]
    for action in parser._actions:
        if isinstance(action.choices, dict):
            texts += [choice.format_help() for choice in action.choices.values()]
    return "\n".join(texts)


def test_a_wrong_command_line_would_be_found(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    page = tmp_path / "README.md"
    for line in ("ask --tenant acme", 'ask "Why?" --tenat acme', "ask Why --set kyword=bm25"):
        page.write_text(f"```sh\npython run.py {line}\n```\n")
        with pytest.raises(AssertionError):
            test_every_command_line_is_one_that_the_command_takes(page, capsys)


# ------------------------------------------------------------------ examples in Python


@pytest.mark.parametrize("block", docs.all_blocks("python"), ids=str)
def test_an_example_compiles_and_imports_names_that_exist(block):
    tree = ast.parse(block.text)
    compile(tree, str(block.page), "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("headrace"):
            module = importlib.import_module(str(node.module))
            for alias in node.names:
                assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"


# ------------------------------------------------------------------ the code


@pytest.mark.parametrize("path", sorted((ROOT / "sql").rglob("*.sql")), ids=lambda path: path.stem)
def test_every_statement_begins_with_its_name_and_what_it_is_for(path):
    node, _, variant = path.stem.rpartition("_hits_")
    names = (path.stem, f"{node}_hits ({variant})")
    assert path.read_text().startswith(tuple(f"-- {name}: " for name in names))


def test_every_public_function_of_the_package_has_a_docstring():
    missing = []
    for path in sorted((ROOT / "dataflows").rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
            if is_public and not ast.get_docstring(node):
                missing.append(f"{named(path)}: {node.name}")
    allowed = {"add_arguments", "run"}  # a command's docstring is its module's
    assert [name for name in missing if name.rpartition(" ")[2] not in allowed] == []
