import subprocess

import pytest

from headrace.commands import COMMANDS
from headrace.settings import Settings


@pytest.fixture
def completed(run):
    """What bash completes the last word of a command line to."""
    script = run("completion", "bash").out

    def complete(*words: str) -> list[str]:
        asked = " ".join(f'"{word}"' for word in words)
        code = (
            f"{script}\nCOMP_WORDS=({asked}); COMP_CWORD={len(words) - 1}\n"
            '_headrace_complete run.py; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        bash = ["bash", "--norc", "-c", code]
        ran = subprocess.run(bash, capture_output=True, text=True, check=True)
        return ran.stdout.split()

    return complete


def test_bash_completes_commands(completed):
    assert set(completed("run.py", "")) >= set(COMMANDS)
    assert completed("run.py", "ing") == ["ingest"]


def test_bash_completes_options_of_the_command(completed):
    assert completed("run.py", "ask", "--ten") == ["--tenant"]
    assert "--prune" in completed("run.py", "ingest", "--")
    assert completed("run.py", "ask", "--prune") == []


def test_bash_completes_choices_and_actions(completed):
    assert completed("run.py", "graph", "--format", "") == ["mermaid", "dot", "svg"]
    assert completed("run.py", "tenant", "cr") == ["create"]
    assert completed("run.py", "tenant", "create", "--ro") == ["--role"]


def test_bash_completes_the_names_of_settings(completed):
    assert completed("run.py", "ask", "q", "--set", "rrf") == ["rrf_k="]
    every = [f"{name}=" for name in Settings.model_fields]
    assert set(completed("run.py", "compare", "c", "--candidate", "")) == set(every)


def test_bash_completes_files(completed, tmp_path):
    (tmp_path / "stages.py").touch()
    start = f"{tmp_path}/sta"
    assert completed("run.py", "ask", "q", "--module", start) == [f"{tmp_path}/stages.py"]
    assert completed("run.py", "ingest", start) == [f"{tmp_path}/stages.py"]


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_get_a_script_with_every_command(run, shell):
    ran = run("completion", shell)
    assert ran.code == 0
    assert [name for name in COMMANDS if name not in ran.out] == []
    assert "rrf_k=" in ran.out
