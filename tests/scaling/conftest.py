"""One Ray cluster for all tests, of two workers."""

import gc
import warnings
from collections.abc import Iterator

import pytest

from headrace import Pipeline, RayExecutor


@pytest.fixture(scope="session")
def workers(rag: Pipeline) -> Iterator[RayExecutor]:
    """Two workers on a cluster of this machine, with pipelines like the tests'."""
    executor = RayExecutor(workers=2)
    try:
        yield executor
    finally:
        with warnings.catch_warnings():
            # Ray does not wait for the processes that it ends.
            warnings.simplefilter("ignore", ResourceWarning)
            executor.close()
            gc.collect()
