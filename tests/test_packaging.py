import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.places import ROOT, SQL
from support.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel that `python -m build` makes of this checkout."""
    out = tmp_path_factory.mktemp("dist")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(out),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
    return next(out.glob("headrace-*.whl"))


def test_the_wheel_holds_the_package_the_sql_and_the_vocabulary_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    sql = {path.name for path in SQL.rglob("*") if path.is_file()}
    assert {Path(name).name for name in names if name.startswith("headrace/sql/")} == sql
    assert "headrace/resources/models/data/bert-base-uncased-vocab.txt" in names
    assert {name.partition("/")[0] for name in names} == {
        "headrace",
        next(name for name in names if "dist-info" in name).partition("/")[0],
    }


def test_headrace_runs_from_the_wheel_alone(wheel, tmp_path, data_dir, rag, returns):
    """Installed into an empty folder: the command line, the statements and an answer."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            tmp_path / "site",
            wheel,
        ],
        check=True,
        timeout=PATIENCE_S,
    )
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path / "site"),
        "HEADRACE_DATA_DIR": str(data_dir),
        "HEADRACE_RERANKING": "off",
    }
    code = (
        "import sys, headrace; from headrace.commands import main; "
        "assert 'site' in headrace.__file__; sys.exit(main())"
    )
    asked = ["ask", "How long does the warranty last?", "--tenant", returns]
    run = subprocess.run(
        [sys.executable, "-c", code, *asked],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert run.returncode == 0 and "The warranty lasts two years." in run.stdout, run.stderr
    assert (tmp_path / "site" / "bin" / "headrace").exists()
