"""A second encoder, and an empty database whose encoder is changed."""

from collections.abc import Iterator

import pytest

from headrace.operations import encoder_migration
from headrace.resources.models import loading
from headrace.resources.models.encoders import BUNDLED
from support.databases import empty_database
from support.half_encoder import HALF, HalfEncoder


@pytest.fixture
def half(rag, monkeypatch) -> HalfEncoder:
    """The second encoder, loaded wherever its name is given.

    Blocks have two chunks, so that a few documents take several.
    """
    half = HalfEncoder(rag.encoder)
    loaded = {HALF: half, BUNDLED: rag.encoder}
    monkeypatch.setattr(loading, "load_encoder", lambda name, *given: loaded[name])
    monkeypatch.setattr(encoder_migration, "_BLOCK_CHUNKS", 2)
    return half


@pytest.fixture
def address(rag) -> Iterator[str]:
    """An empty database on the tests' server."""
    with empty_database(rag.database.admin_uri, "migration") as address:
        yield address
