import subprocess
import sys

import pytest

from headrace import __version__
from headrace.commands import COMMANDS
from support.places import ROOT


def test_the_overview_names_every_command(run):
    ran = run("--help")
    assert ran.code == 0
    assert [name for name in COMMANDS if name not in ran.out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_88_columns(run, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    ran = run(command, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"usage: run.py {command}")
    assert [line for line in ran.out.splitlines() if len(line) > 88] == []


def test_the_installed_program_is_called_by_its_name(run, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/local/bin/headrace"])
    ran = run("ask", "--help")
    assert ran.out.startswith("usage: headrace ask")
    assert "run.py" not in ran.out


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["ask"], ["ask", "q", "--tenant", "t", "--jsno"], ["--nonsense"]]
)
def test_wrong_use_is_exit_code_2(run, arguments):
    assert run(*arguments).code == 2


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["ingset"], "unknown command: ingset, did you mean ingest?"),
        (["ask", "q", "--tenat", "t"], "unknown argument: --tenat, did you mean --tenant"),
        (["graph", "--until", "fused_hit"], "unknown node: fused_hit, did you mean fused_hits"),
        (["graph", "--set", "fusoin=rrf"], "unknown setting fusoin, did you mean fusion?"),
    ],
)
def test_a_typo_is_recognised(run, arguments, meant):
    ran = run(*arguments)
    assert ran.code == 2
    assert meant in ran.err


def test_a_wrong_setting_is_named_before_anything_is_started(run):
    ran = run("ask", "q", "--tenant", "t", "--set", "keyword=tfidf")
    assert ran.code == 2
    assert "keyword = 'tfidf'" in ran.err


def test_the_version_is_printed(run):
    assert run("--version").out == f"headrace {__version__}\n"


@pytest.mark.parametrize("program", [["run.py"], ["-m", "headrace"]])
def test_both_ways_to_start_it_do_the_same(program):
    command = [sys.executable, *program, "--version"]
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "dataflows")},
    )
    assert (ran.returncode, ran.stdout) == (0, f"headrace {__version__}\n")
