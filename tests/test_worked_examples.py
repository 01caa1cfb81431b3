"""The two diffs of dataflows/README.md, applied to a copy of the package and tried."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import documentation as docs
from support import style
from support.places import ROOT, SQL
from support.waiting import PATIENCE_S

HEADINGS = ("Add a stage", "Add a variant")

STAGE = """
from headrace import load_settings
from headrace.drivers import query_driver
from headrace.measuring.quality.rankings import ranking_nodes
from headrace.types import Chunk, Hit

settings = load_settings(generation="extractive", chunks_per_document=1)
assert settings.node_parameters()["chunks_per_document"] == 1
dr = query_driver(settings)
(node,) = [one for one in dr.list_available_variables() if one.name == "diverse_hits"]
assert node.tags["stage"] == "rerank", node.tags
assert "diverse_hits" in ranking_nodes(dr), ranking_nodes(dr)

hits = []
for rank, document in enumerate("aaba", start=1):
    hits.append(Hit(Chunk(rank, document, "", "", "text", 0, 4), 1 / rank, rank))
given = {"ranked_hits": hits}
for most, order in ((1, [1, 3, 2, 4]), (2, [1, 2, 3, 4])):
    inputs = {"chunks_per_document": most}
    ranked = dr.execute(["diverse_hits"], inputs=inputs, overrides=given)["diverse_hits"]
    assert [hit.chunk_id for hit in ranked] == order, ranked
    assert [hit.rank for hit in ranked] == [1, 2, 3, 4]
"""

VARIANT = """
from headrace.drivers import query_driver
from headrace.settings import Settings
from headrace.types import Chunk, Hit

dr = query_driver(Settings(fusion="best_rank", generation="extractive"))


def ranking(arm, *chunk_ids):
    hits = []
    for rank, chunk_id in enumerate(chunk_ids, start=1):
        hits.append(Hit(Chunk(chunk_id, "d", "", "", "text", 0, 4), 1 / rank, rank, arm, 0))
    return hits


# 3 is second once; 1, 2 and 4 are first, or second and first; 5 is third.
given = {
    "semantic_hits": ranking("semantic", 1, 2, 5),
    "keyword_hits": ranking("keyword", 2, 3) + ranking("keyword", 4),
}
hits = dr.execute(["fused_hits"], overrides=given)["fused_hits"]
assert [hit.chunk_id for hit in hits] == [1, 2, 4, 3, 5], hits
assert [hit.score for hit in hits] == [1, 1, 1, 1 / 2, 1 / 3]
assert len(hits[1].found_by) == 2
"""


def diff_under(heading: str) -> str:
    """The diff in the section of this heading."""
    text = docs.MAP.read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    (diff,) = re.findall(r"```diff\n(.*?)```", section, re.DOTALL)
    return diff


@pytest.fixture(scope="module", params=HEADINGS)
def heading(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def copy(heading: str, tmp_path_factory) -> Path:
    """A folder with the package as the diff leaves it."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(
        ROOT / "dataflows" / "headrace", folder / "dataflows" / "headrace", ignore=ignored
    )
    (folder / "sql").symlink_to(SQL)
    applied = subprocess.run(
        ["git", "apply", "--verbose", "-"],
        input=diff_under(heading),
        cwd=folder,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)},
        capture_output=True,
        text=True,
    )
    assert applied.returncode == 0, f'the diff of "{heading}" does not apply: {applied.stderr}'
    return folder


def test_the_changed_files_keep_to_the_style(heading, copy):
    changed = re.findall(r"^\+\+\+ b/(\S+)$", diff_under(heading), re.MULTILINE)
    assert changed
    faults = []
    for name in changed:
        for line, reason in style.faults(copy / name):
            faults.append(f"{name}:{line}: {reason}")
    assert not faults
    paths = [str(copy / name) for name in changed]
    configuration = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["format", "--check"], ["check"]):
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *configuration, *paths],
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr


def test_the_changed_package_does_what_the_map_says(heading, copy):
    code = {"Add a stage": STAGE, "Add a variant": VARIANT}[heading]
    environment = os.environ | {"PYTHONPATH": str(copy / "dataflows")}
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import headrace\nassert {str(copy)!r} in headrace.__file__\n{code}",
        ],
        env=environment,
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("code", [STAGE, VARIANT], ids=HEADINGS)
def test_without_its_diff_the_package_does_not_do_it(code):
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert re.search("SettingsError|ValidationError", run.stderr)
