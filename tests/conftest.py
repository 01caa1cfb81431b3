"""One real embedded PostgreSQL for the whole run; every test has a tenant of its own."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["model_parts"]

# What the machine has set must not reach the tests: no key, no other database, no hub.
for name in list(os.environ):
    if name.startswith(("HEADRACE_", "ANTHROPIC_")) or name == "DATABASE_URL":
        del os.environ[name]
os.environ["HF_HUB_OFFLINE"] = "1"

from headrace import Document, Pipeline

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("headrace")


@pytest.fixture(scope="session")
def rag(data_dir: Path) -> Iterator[Pipeline]:
    with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as pipeline:
        yield pipeline


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def returns(rag: Pipeline, tenant: str) -> str:
    """A tenant that holds three short documents; its name."""
    outcomes = rag.ingest(RETURNS, tenant)
    assert [outcome.status for outcome in outcomes] == ["new"] * 3
    return tenant


RETURNS = [
    Document(
        "refunds", "Refunds",
        "You may return an item within 30 days of delivery. The refund reaches your account within five working days.\n\n"
        "Items on sale cannot be returned.",
        "handbook/refunds.md", {"author": "Ada Lovelace", "published": "2019-03-04", "license": "MIT"},
    ),
    Document(
        "warranty", "Warranty",
        "The warranty lasts two years. It covers faults in material and workmanship.\n\nThe battery is covered for one year only.",
        "handbook/warranty.md", {"author": "Grace Hopper", "published": "2021-06-01", "license": "Apache-2.0"},
    ),
    Document(
        "ranking", "Search",
        "Results are merged by reciprocal rank fusion (RRF). RRF adds up the inverse ranks of a chunk in every ranking that holds it.",
        "handbook/search.md", {"author": "Grace Hopper", "published": "2021-11-30", "license": "MIT"},
    ),
]  # fmt: skip
