"""Going back to the encoder before, finishing the change, and giving it up."""

import pytest

from headrace import Document
from headrace.errors import ModelError
from headrace.operations.encoder_migration import delete_encoder, previous_encoder
from headrace.resources.models.encoders import BUNDLED
from support.half_encoder import HALF
from support.migrating import (
    migrate,
    opened,
    roles,
    semantic_ids,
    settings_for,
    stop_at_once,
    vectors,
    walruses,
)
from support.samples import RETURNS


def test_the_way_back_fills_in_what_was_stored_since_and_questions_continue(address, half):
    late = Document("late", "", "The walrus sleeps on ice.", "s")
    changed = Document("refunds", "", "No refunds any more.", "s")
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        migrate(address)
        with opened(address, HALF) as new:
            new.ingest([late, changed], "t")
            assert previous_encoder(settings_for(address)) == BUNDLED
            assert migrate(address, BUNDLED) == 2
            assert "late" in semantic_ids(new, "t")
        assert roles(address) == {BUNDLED: "active", HALF: "kept"}
        assert sorted(semantic_ids(old, "t")) == ["late", "ranking", "refunds", "warranty"]
        old.ingest([Document("later", "", "The old process may store again.", "s")], "t")
        assert "later" in semantic_ids(old, "t")


def test_there_is_no_way_back_after_finish(address, half):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
    migrate(address)
    delete_encoder(settings_for(address), "kept")
    with pytest.raises(ModelError, match="nothing to go back to"):
        previous_encoder(settings_for(address))


def test_a_change_that_is_given_up_leaves_nothing(address, half):
    with opened(address) as old:
        old.ingest(walruses(6), "t")
        with pytest.raises(InterruptedError):
            migrate(address, report=stop_at_once)
        assert delete_encoder(settings_for(address), "filling") == [HALF]
        assert roles(address) == {BUNDLED: "active"} and vectors(old, "t").keys() == {1}
