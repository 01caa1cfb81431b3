"""Opening a database: by its address, and what is said when it cannot be used."""

import pytest

from headrace import Document, Pipeline, load_settings
from headrace.errors import DatabaseError, ModelError
from headrace.resources.postgres.opening import open_database


def test_a_database_by_its_address_is_migrated_and_used(address, data_dir):
    choices = {"data_dir": data_dir, "reranking": "off", "generation": "extractive"}
    with Pipeline.open(database_url=address, **choices) as rag:
        rag.ingest([Document("d", "", "The walrus sleeps on ice.", "s")], "t")
        assert rag.ask("Where does the walrus sleep?", "t").answered
        assert not rag.database.embedded


def test_another_encoder_than_the_databases_is_refused_with_the_way_out(rag, data_dir):
    class Other:
        name = "another-model"
        dimension = 768
        max_tokens = 512
        tokenizer = None

    refusal = r"holds vectors of all-MiniLM.*another-model.*HEADRACE_ENCODER=all-MiniLM"
    with pytest.raises(ModelError, match=refusal):
        open_database(load_settings(data_dir=data_dir), Other())


def test_without_an_encoder_the_active_one_is_used_and_there_must_be_one(rag, address, data_dir):
    with open_database(load_settings(data_dir=data_dir), None) as database:
        assert database.for_tenant("t").fingerprint == rag.database.for_tenant("t").fingerprint
    with pytest.raises(ModelError, match="holds no vectors yet"):
        open_database(load_settings(data_dir=data_dir, database_url=address), None)


def test_an_address_where_nothing_answers_is_a_clear_error(tmp_path, rag):
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    settings = load_settings(data_dir=tmp_path, database_url=nowhere)
    with pytest.raises(DatabaseError, match="DATABASE_URL"):
        open_database(settings, rag.encoder)
