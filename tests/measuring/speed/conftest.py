"""A workload, and a tenant that holds some of it."""

from itertools import islice

import pytest

from headrace import Document
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.speed.pipelines import ingested, variant
from headrace.measuring.speed.workload import GivenVectors, Workload, sample_base


@pytest.fixture(scope="session")
def packages() -> list[Document]:
    return installed_packages()


@pytest.fixture(scope="session")
def workload(rag, packages) -> Workload:
    return Workload(sample_base(packages, rag.encoder, 24, seed=7), seed=7)


@pytest.fixture(scope="session")
def held(rag, workload) -> str:
    """A tenant that holds 20 documents of the workload; its name."""
    given = variant(rag, GivenVectors(workload, rag.encoder))
    ingested(given, islice(workload.documents(), 20), "bench-test")
    rag.database.build_index()
    return "bench-test"
