"""An encoder behind OpenAI's API: what it sends, and what comes back."""

import logging
import threading
from contextlib import closing

import numpy as np
import pytest
from pydantic import SecretStr

from headrace.errors import ModelError
from headrace.model_settings import EncoderForm
from headrace.resources.models.openai_api.address import ServiceAddress
from headrace.resources.models.openai_api.known_encoders import encoder_form
from headrace.resources.models.openai_api.served_encoder import ServedEncoder
from headrace.resources.own_parts import check_part
from headrace.types import Encoder, encoded_queries, has_token_vectors
from support.half_encoder import HalfEncoder
from support.language_model_parts import assert_nothing_runs
from support.messages_server import Status
from support.openai_server import KEY, Vectors, letters

TEXTS = ["A headrace feeds a turbine.", "", "Water leaves.", "\u6c34\u8def", "x"]


@pytest.fixture
def encoder_of(serve):
    """Makes an encoder of a server with the given behaviours."""
    made = []

    def make(*behaviours, form=None, key=None, model="small", **options):
        server = serve(*behaviours)
        address = ServiceAddress(server.address, key)
        encoder = ServedEncoder(model, address, form or EncoderForm(), **options)
        made.append(encoder)
        return encoder, server

    yield make
    for encoder in made:
        encoder.close()
    assert_nothing_runs()


def expected(texts) -> np.ndarray:
    vectors = np.array([letters(text or " ", 16) for text in texts])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_vectors_are_of_norm_1_in_the_order_of_the_texts_and_the_dimension_is_found(encoder_of):
    encoder, server = encoder_of(Vectors(16))
    assert encoder.dimension == 16
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(expected(TEXTS), abs=1e-6)
    assert encoder.encode([]).shape == (0, 16)
    assert len(server.requests) == 2
    body = server.requests[1].body
    assert (body["model"], body["encoding_format"]) == ("small", "float")
    assert body["input"] == [text or " " for text in TEXTS]
    assert encoder.tokens_used > 5


def test_it_is_an_encoder_without_vectors_of_word_pieces(encoder_of):
    encoder, server = encoder_of(Vectors())
    assert check_part("encoder", encoder, Encoder) is encoder
    assert not has_token_vectors(encoder)
    assert encoder.name == "openai:small"
    assert encoder.count_tokens("a headrace") == 3
    assert server.requests == []


def test_texts_go_in_batches_by_their_count(encoder_of):
    encoder, server = encoder_of(Vectors(), batch=2)
    texts = [f"text {number}" for number in range(5)]
    assert encoder.encode(texts) == pytest.approx(expected(texts), abs=1e-6)
    assert sorted(len(one.body["input"]) for one in server.requests) == [1, 2, 2]


def test_texts_go_in_batches_by_their_tokens(encoder_of):
    encoder, server = encoder_of(Vectors(), form=EncoderForm(max_tokens=9_000))
    texts = ["a " * 4_000, "b " * 4_000, "c " * 4_000, "d " * 8_500]
    assert encoder.encode(texts) == pytest.approx(expected(texts), abs=1e-6)
    assert sorted(len(one.body["input"]) for one in server.requests) == [1, 1, 2]


def test_as_many_requests_run_at_once_as_are_allowed(encoder_of):
    both = threading.Barrier(2)

    def behave(body):
        both.wait(20)
        return Vectors()

    encoder, server = encoder_of(behave, batch=1, at_once=2, timeout_s=60)
    texts = [f"text {number}" for number in range(4)]
    assert encoder.encode(texts) == pytest.approx(expected(texts), abs=1e-6)
    assert server.connections <= 4


def test_batches_that_come_back_in_another_order_are_put_right(encoder_of):
    last_went = threading.Event()

    class Last(Vectors):
        def serve(self, handler, body):
            super().serve(handler, body)
            last_went.set()

    def behave(body):
        if body["input"] == ["last"]:
            return Last()
        last_went.wait(20)
        return Vectors()

    encoder, _ = encoder_of(behave, batch=1, timeout_s=60)
    assert encoder.encode(["first", "last"]) == pytest.approx(expected(["first", "last"]), abs=1e-6)


def test_calls_share_a_connection(serve):
    server = serve(Vectors(), keeps_connections=True)
    with closing(ServedEncoder("m", ServiceAddress(server.address), EncoderForm())) as encoder:
        for _ in range(3):
            encoder.encode(["one"])
        encoder.patient(60.0).encode(["two"])
    assert (len(server.requests), server.connections) == (4, 1)


# ------------------------------------------------------------------ what stands before


@pytest.mark.parametrize(
    ("model", "query", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: So?", "passage: So?"),
        ("nomic-embed-text:latest", "search_query: So?", "search_document: So?"),
        ("BAAI/bge-m3", "So?", "So?"),
        ("text-embedding-3-small", "So?", "So?"),
        ("unknown", "So?", "So?"),
    ],
)
def test_a_known_model_gets_what_it_was_trained_with(encoder_of, model, query, passage):
    encoder, server = encoder_of(Vectors(), model=model, form=encoder_form(model, {}))
    encoder.encode(["So?"])
    encoded_queries(encoder, ["So?"])
    assert [one.body["input"] for one in server.requests] == [[passage], [query]]


def test_a_model_may_want_fields_of_the_request(encoder_of):
    encoder, server = encoder_of(Vectors(), form=encoder_form("multilingual-e5-small-q4", {}))
    encoder.encode(["So?"])
    encoder.encode_queries(["So?"])
    types = [(one.body["input"], one.body["input_type"]) for one in server.requests]
    assert types == [(["So?"], "passage"), (["So?"], "query")]


def test_the_users_own_form_goes_before_what_is_known():
    own = EncoderForm(max_tokens=100, query="q ")
    assert encoder_form("e5-base", {"e5-base": own}) is own
    assert encoder_form("e5-base", {"e5": own}).query == "query: "


def test_an_encoder_without_queries_of_its_own_encodes_them_like_texts(rag):
    half = HalfEncoder(rag.encoder)
    assert not hasattr(half, "encode_queries")
    assert np.array_equal(encoded_queries(half, ["a"]), half.encode(["a"]))


def test_another_form_or_address_is_another_encoder_to_the_cache(encoder_of):
    encoder, server = encoder_of(Vectors())
    same = ServedEncoder("small", encoder.address, EncoderForm(), timeout_s=99)
    prefixed = ServedEncoder("small", encoder.address, EncoderForm(query="q "))
    assert encoder.fingerprint == same.fingerprint != prefixed.fingerprint


# ------------------------------------------------------------------------ long texts


def test_a_text_is_cut_to_what_the_model_reads_and_the_log_says_so(encoder_of, caplog):
    encoder, server = encoder_of(Vectors(), form=EncoderForm(max_tokens=64))
    with caplog.at_level(logging.WARNING):
        encoder.encode(["word " * 200, "short"])
    assert server.requests[0].body["input"] == [("word " * 62).strip(), "short"]
    assert "openai:small reads 64 tokens: cut 1 texts" in caplog.text


def test_a_text_that_the_service_counts_as_too_long_is_cut_in_half(encoder_of, caplog):
    def behave(body):
        is_long = any(len(text) > 1_000 for text in body["input"])
        return Status(413, "too many tokens") if is_long else Vectors()

    texts = ["a " * 200, "b " * 1_500, "c " * 100]
    encoder, server = encoder_of(behave, form=EncoderForm(max_tokens=4_000))
    with caplog.at_level(logging.WARNING):
        vectors = encoder.encode(texts)
    assert vectors == pytest.approx(expected(texts), abs=1e-6)
    assert "refuses a text of 3000 characters: cut in half" in caplog.text
    assert max(len(one.body["input"]) for one in server.requests) == 3


def test_a_service_that_refuses_everything_is_not_asked_again_and_again(encoder_of):
    encoder, server = encoder_of(Status(400, "no such field"))
    with pytest.raises(ModelError, match="400, no such field"):
        encoder.encode(["word " * 400] * 20)
    assert len(server.requests) == 2


# --------------------------------------------------------------------------- the key


def test_the_key_of_the_setting_is_sent(encoder_of):
    encoder, server = encoder_of(Vectors(), key=SecretStr(KEY))
    encoder.encode(["one"])
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_key_is_not_repeated(encoder_of):
    encoder, _ = encoder_of(Status(401, f"wrong key {KEY}"), key=SecretStr(KEY))
    with pytest.raises(ModelError) as raised:
        encoder.encode(["one"])
    assert KEY not in str(raised.value)
    assert "check HEADRACE_EMBEDDINGS_KEY" in str(raised.value)


def test_without_a_key_openai_is_not_asked():
    encoder = ServedEncoder("text-embedding-3-small", ServiceAddress(), EncoderForm())
    with pytest.raises(ModelError, match="set OPENAI_API_KEY, or HEADRACE_EMBEDDINGS_URL"):
        encoder.encode(["one"])
