"""Hamilton's extensions: loaded when first asked for, and then all there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.places import SCRIPTS
from support.waiting import PATIENCE_S

EXTENSIONS = ["matplotlib", "sklearn", "hamilton.plugins.pandas_extensions"]


def in_a_new_process(*command: str, **environment: str) -> Any:
    """What a Python process prints, read as JSON."""
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "HAMILTON_TELEMETRY_ENABLED": "false", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("task", "given"),
    [
        ("columns", 6),
        ("materializers", [True, True, True]),
        ("json file", {"first": {"0": 2}}),
        ("decorators", 2),
    ],
)
def test_a_users_own_hamilton_code_works_after_importing_headrace(
    tmp_path: Path, task: str, given: object
):
    """Before it asks for them, no plotting library is imported."""
    pytest.importorskip("matplotlib")
    found = in_a_new_process(str(SCRIPTS / "own_hamilton.py"), task, str(tmp_path))
    assert found == {
        "after import": [],
        "after a graph": [],
        "given": given,
        "in the end": EXTENSIONS,
    }


def registries(statements: str, **environment: str) -> dict[str, str]:
    """The kinds of Hamilton's registries after these statements."""
    code = (
        f"import json; {statements}; from hamilton import registry; "
        "print(json.dumps([type(one).__name__ for one in (registry.LOADER_REGISTRY, "
        "registry.SAVER_REGISTRY, registry.DF_TYPE_AND_COLUMN_TYPES)]))"
    )
    return in_a_new_process("-c", code, **environment)


def test_importing_the_package_alone_prepares_the_registries():
    assert registries("import headrace") == ["_Registry", "_Registry", "_TypeRegistry"]


@pytest.mark.parametrize(
    ("statements", "environment"),
    [
        ("import hamilton.driver; import headrace", {}),
        ("import headrace", {"HAMILTON_AUTOLOAD_EXTENSIONS": "0"}),
    ],
    ids=["Hamilton was first", "the user has decided"],
)
def test_what_is_decided_already_stays(statements, environment):
    kinds = registries(statements, **environment)
    assert kinds == ["defaultdict", "defaultdict", "dict"]
