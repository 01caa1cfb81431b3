"""One real embedded PostgreSQL for each process; every test has a tenant of its own."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["support.model_parts"]

# The suite tries the same cases each time, however slow the machine is: whether it passes
# is no luck. `pytest --hypothesis-profile explore` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("same")

# What the machine has set must not reach the tests: no key, no other database, no hub,
# and no width of tables, which pytest-xdist sets for its processes.
for name in list(os.environ):
    if name.startswith(("HEADRACE_", "ANTHROPIC_", "OPENAI_")) or name in (
        "DATABASE_URL",
        "COLUMNS",
    ):
        del os.environ[name]
os.environ["HF_HUB_OFFLINE"] = "1"

from headrace import Pipeline  # noqa: E402
from support.samples import RETURNS  # noqa: E402


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("headrace")


@pytest.fixture(scope="session")
def rag(data_dir: Path) -> Iterator[Pipeline]:
    with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as pipeline:
        yield pipeline


@pytest.fixture(scope="session")
def with_weights(rag: Pipeline, data_dir: Path) -> Callable[[Path], Path]:
    """Makes a data folder with the encoder's weights, which take seconds to make."""

    def made(folder: Path) -> Path:
        shutil.copytree(data_dir / "models", folder / "models")
        return folder

    return made


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def returns(rag: Pipeline, tenant: str) -> str:
    """A tenant that holds three short documents; its name."""
    outcomes = rag.ingest(RETURNS, tenant)
    assert [outcome.status for outcome in outcomes] == ["new"] * 3
    return tenant
