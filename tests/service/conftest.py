"""A service with tokens, and clients of two tenants."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from headrace import Pipeline
from support.samples import RETURNS
from support.services import client, forget_tokens, served, token


@pytest.fixture(scope="module")
def shop(rag: Pipeline) -> str:
    """A tenant that holds three short documents; its name."""
    tenant = f"shop-{uuid.uuid4().hex[:8]}"
    rag.ingest(RETURNS, tenant)
    return tenant


@pytest.fixture(scope="module")
def address(rag: Pipeline, shop: str) -> Iterator[str]:
    """The address of a service that asks for tokens."""
    token(rag, shop)
    with served(rag) as address:
        yield address
    forget_tokens(rag)


@pytest.fixture(scope="module")
def reader(rag: Pipeline, shop: str, address: str) -> Iterator[httpx.Client]:
    """Of the shop, with the right to read."""
    with client(address, token(rag, shop)) as reader:
        yield reader


@pytest.fixture(scope="module")
def admin(rag: Pipeline, shop: str, address: str) -> Iterator[httpx.Client]:
    """Of the shop, with all rights."""
    with client(address, token(rag, shop, "admin")) as admin:
        yield admin


@pytest.fixture
def writer(rag: Pipeline, tenant: str, address: str) -> Iterator[httpx.Client]:
    """Of a new tenant that holds nothing, with the right to write."""
    with client(address, token(rag, tenant, "write")) as writer:
        yield writer
