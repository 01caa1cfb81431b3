"""Faults of a service of embeddings: what is tried again, what the error says."""

import socket
import time

import pytest

from headrace.errors import ModelError
from headrace.model_settings import EncoderForm
from headrace.resources.models.openai_api.address import ServiceAddress
from headrace.resources.models.openai_api.served_encoder import ServedEncoder
from support.language_model_parts import assert_nothing_runs
from support.messages_server import Behaviour, Cut, Hang, Reply, Status
from support.openai_server import Vectors

TEXTS = ["one", "two", "three"]


class Page(Behaviour):
    """Something that is no response of the API."""

    def __init__(self, data: bytes, content_type: str = "application/json", status: int = 200):
        self.data, self.content_type, self.status = data, content_type, status

    def serve(self, handler, body):
        head = {"content-type": self.content_type, "content-length": str(len(self.data))}
        handler._send_head(self.status, {**head, "location": "http://127.0.0.1:9/"})
        handler.wfile.write(self.data)


class Flood(Behaviour):
    """A response without end."""

    def serve(self, handler, body):
        handler._send_head(
            200, {"content-type": "application/json", "transfer-encoding": "chunked"}
        )
        while not handler.messages_server.leaving.is_set():
            handler.send_chunk(b" " * 65_000)


def spoilt(change) -> Vectors:
    """A response whose list of vectors was changed."""

    def spoil(response):
        changed = change(response["data"])
        response["data"] = response["data"] if changed is None else changed

    return Vectors(spoil=spoil)


def put(embedding):
    """Another vector in the second place."""
    return spoilt(lambda data: data[1].update(embedding=embedding))


def called(serve, *behaviours, **options):
    """An encoder of a server, whose vectors have 16 numbers."""
    server = serve(*behaviours)
    encoder = ServedEncoder("m", ServiceAddress(server.address), EncoderForm(), **options)
    encoder.learn_dimension(16)
    return encoder, server


def error_of(encoder) -> str:
    with pytest.raises(ModelError) as raised:
        encoder.encode(TEXTS)
    encoder.close()
    assert_nothing_runs()
    return str(raised.value)


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (spoilt(lambda data: data[:2]), "3 texts were sent, and 2 vectors came back"),
        (spoilt(lambda data: data * 2), "3 texts were sent, and 6 vectors came back"),
        (spoilt(lambda data: [data[0], data[1], data[1]]), "not numbered from 0 to 2"),
        (spoilt(lambda data: [*data[:2], {"embedding": [1.0]}]), "not numbered from 0 to 2"),
        (spoilt(lambda data: {"vectors": data}), "the reply holds no vectors"),
        (spoilt(lambda data: ["x", "y", "z"]), "not numbered from 0 to 2"),
        (Vectors(8), "a vector has 8 numbers, and 16 were expected: another model is served"),
        (put([1.0] * 15), "different lengths: [15, 16]"),
        (put([]), "different lengths: [0, 16]"),
        (put(None), "different lengths"),
        (put("AAAA"), "different lengths"),
        (put([1.0] * 15 + [float("nan")]), "NaN, infinity or zeros"),
        (put([1.0] * 15 + [float("inf")]), "NaN, infinity or zeros"),
        (put([1.0] * 15 + [1e39]), "NaN, infinity or zeros"),
        (put([1.0] * 15 + [None]), "NaN, infinity or zeros"),
        (put([1.0] * 15 + ["many"]), "holds what is no number"),
        (put([1.0] * 15 + [[1.0]]), "holds what is no number"),
        (put([0.0] * 16), "NaN, infinity or zeros"),
        (Page(b"{"), "cannot be read (JSONDecodeError"),
        (Page(b"<html>Welcome!</html>", "text/html"), "the reply holds no vectors"),
        (Page(b"", status=307), "where the key is not sent; set HEADRACE_EMBEDDINGS_URL"),
        (Flood(), "the service sends more than an answer can have"),
        (Status(401), "check HEADRACE_EMBEDDINGS_KEY"),
        (Status(404), "check the model's name and HEADRACE_EMBEDDINGS_URL"),
        (Cut(after=0, reply=Reply()), "the connection broke off"),
        (Status(429, retry_after_s=90), "asks to wait 90 s"),
    ],
)
def test_what_is_wrong_is_said_and_no_vector_comes_of_it(serve, behaviour, words):
    encoder, server = called(serve, behaviour, max_retries=0)
    message = error_of(encoder)
    assert message.startswith("embedding with openai:m: ") and words in message
    assert len(server.requests) == 1


def test_vectors_that_come_out_of_order_are_put_right(serve):
    encoder, _ = called(serve, spoilt(lambda data: data[::-1]), Vectors())
    turned, straight = encoder.encode(TEXTS), encoder.encode(TEXTS)
    encoder.close()
    assert turned == pytest.approx(straight)


def test_vectors_without_numbers_are_taken_in_their_order(serve):
    def unnumbered(data):
        for row in data:
            del row["index"]

    encoder, _ = called(serve, spoilt(unnumbered), Vectors())
    assert encoder.encode(TEXTS) == pytest.approx(encoder.encode(TEXTS))
    encoder.close()


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_refusal_that_may_pass_is_tried_again(serve, status):
    again = Status(status, retry_after_s=0.01)
    encoder, server = called(serve, again, again, Vectors())
    assert encoder.encode(TEXTS).shape == (3, 16)
    encoder.close()
    assert len(server.requests) == 3


def test_a_refusal_that_stays_is_reported_after_the_retries(serve):
    encoder, server = called(serve, Status(429, retry_after_s=0.01))
    assert "429, said the test and asks to wait 0.01 s" in error_of(encoder)
    assert len(server.requests) == 3


def test_one_batch_that_fails_is_enough(serve):
    def behave(body):
        return Status(401) if body["input"] == ["two"] else Vectors()

    encoder, _ = called(serve, behave, batch=1)
    assert "check HEADRACE_EMBEDDINGS_KEY" in error_of(encoder)


@pytest.mark.parametrize("behaviour", [Hang(), Hang(trickle=True)])
def test_nothing_holds_a_question_past_its_deadline(serve, behaviour):
    encoder, _ = called(serve, behaviour, timeout_s=0.4)
    begun = time.monotonic()
    assert "no vectors within 0.4 s; try again" in error_of(encoder)
    assert 0.4 <= time.monotonic() - begun < 20


def test_a_deadline_that_passes_says_what_the_service_last_answered(serve):
    encoder, _ = called(serve, Status(500, retry_after_s=0.01), Hang(), timeout_s=0.5)
    assert "no vectors within 0.5 s (the service last answered 500)" in error_of(encoder)


def test_a_request_that_hangs_is_tried_again_within_the_deadline(serve):
    encoder, server = called(serve, Hang(), Vectors(), timeout_s=3.0)
    assert encoder.encode(TEXTS).shape == (3, 16)
    encoder.close()
    assert len(server.requests) == 2


def test_an_ingest_waits_longer_and_tries_more_often(serve):
    again = Status(500, retry_after_s=0.01)
    encoder, server = called(serve, *[again] * 6, Vectors(), timeout_s=0.01)
    assert encoder.patient(60.0).encode(TEXTS).shape == (3, 16)
    encoder.close()
    assert (len(server.requests), encoder.timeout_s) == (7, 0.01)


def test_a_service_that_is_not_there_is_named_with_its_setting():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    address = ServiceAddress(f"http://127.0.0.1:{port}/v1")
    message = error_of(ServedEncoder("m", address, EncoderForm(), max_retries=0))
    assert f"no connection to 127.0.0.1:{port}" in message
    assert "HEADRACE_EMBEDDINGS_URL" in message
