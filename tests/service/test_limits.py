"""What one request may take: size, time, how many at once; and who leaves stops it."""

import asyncio
import re
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from headrace.callers import check_caller
from headrace.errors import Cancelled, DeadlineExceeded
from support.services import QUESTION, client, served, token, until

BODY = {"question": QUESTION}


def slow(rag, monkeypatch) -> tuple[threading.Event, list[Exception]]:
    """Makes every question wait until the event is set; notes what ends it otherwise."""
    released, ended = threading.Event(), []
    ask = rag.ask

    def waiting(*given, **choice):
        while not released.wait(0.01):
            try:
                check_caller()
            except Exception as error:
                ended.append(error)
                raise
        return ask(*given, **choice)

    monkeypatch.setattr(rag, "ask", waiting)
    return released, ended


def until_threads(address: str, bearer: str, state: str, count: int) -> None:
    """Waits until so many requests work, or wait for a thread."""
    line = f'headrace_threads{{state="{state}"}} {count}.0'
    with client(address, bearer) as admin:
        until(lambda: line in admin.get("/metrics").text)


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(reader):
    large = b'{"question": "' + b"a" * 1_100_000 + b'"}'
    json = {"Content-Type": "application/json"}

    def pieces():
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    for content in (large, pieces()):
        response = reader.post("/v1/ask", content=content, headers=json)
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"
        assert "1 MB" in response.json()["detail"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b'{"question": 1}', b"\xff\xfe", b'{"question": "\\ud800"}']
    + [b'{"question":' * 5000, b'{"question": NaN}', b'{"question": "a", "question": 1e999}'],
)
def test_a_malformed_body_is_told(reader, content):
    json = {"Content-Type": "application/json"}
    response = reader.post("/v1/ask", content=content, headers=json)
    assert response.status_code in (400, 422), response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_headers_of_a_client_make_none_of_ours(reader):
    response = reader.get("/v1/documents/x%0d%0aSet-Cookie:%20a=b")
    assert response.status_code == 404 and "set-cookie" not in response.headers
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_one_request_too_many_of_a_token_is_told_to_wait(rag, shop, tenant, monkeypatch):
    with served(rag, at_once=2) as address, client(address, token(rag, shop)) as reader:
        released, _ = slow(rag, monkeypatch)
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(reader.post, "/v1/ask", json=BODY) for _ in range(2)]
            until_threads(address, token(rag, shop, "admin"), "working", 2)
            refused = reader.post("/v1/ask", json=BODY)
            assert refused.status_code == 429 and refused.headers["retry-after"] == "1"
            with client(address, token(rag, tenant)) as other:
                assert other.get("/v1/documents").status_code == 200
            released.set()
            assert [one.result().status_code for one in waiting] == [200, 200]
        assert reader.post("/v1/ask", json=BODY).status_code == 200


def test_a_question_ends_at_its_deadline(rag, shop, monkeypatch):
    with served(rag, deadline_s=0.3) as address, client(address, token(rag, shop)) as reader:
        _, ended = slow(rag, monkeypatch)
        response = reader.post("/v1/ask", json=BODY)
        assert response.status_code == 504 and "0.3 s" in response.json()["detail"]
        assert isinstance(ended[0], DeadlineExceeded)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_leaves_stops_its_work(rag, shop, address, monkeypatch, accept):
    _, ended = slow(rag, monkeypatch)
    host, port = address.removeprefix("http://").split(":")
    content = b'{"question": "How long does the warranty last?"}'
    head = (
        f"POST /v1/ask HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token(rag, shop)}\r\n"
        f"Content-Type: application/json\r\nAccept: {accept}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as leaving:
        leaving.sendall(head.encode() + content)
        until(lambda: rag.ask.__name__ == "waiting" and not ended and leaving.fileno() > 0)
        with pytest.raises(TimeoutError):
            leaving.settimeout(0.3)
            leaving.recv(1)
    until(lambda: ended)
    assert isinstance(ended[0], Cancelled)


def test_more_questions_than_threads_wait_and_too_many_are_refused(rag, shop, monkeypatch):
    threads = rag.settings.connections
    choices = {"at_once": 100, "waiting": 2}
    with served(rag, **choices) as address, client(address, token(rag, shop)) as reader:
        released, _ = slow(rag, monkeypatch)
        with ThreadPoolExecutor(threads + 2) as pool:
            running = [pool.submit(reader.post, "/v1/ask", json=BODY) for _ in range(threads + 2)]
            until_threads(address, token(rag, shop, "admin"), "waiting", 2)
            refused = reader.post("/v1/ask", json=BODY)
            assert refused.status_code == 503 and refused.headers["retry-after"] == "1"
            released.set()
            assert {one.result().status_code for one in running} == {200}


def test_ten_thousand_quick_requests_are_answered_or_refused(rag, shop, tenant, address):
    """With and without a token; meanwhile, a question of another token is answered."""
    host, port = address.removeprefix("http://").split(":")
    bearer = f"Authorization: Bearer {token(rag, tenant)}\r\n"
    quick = [("/health", ""), ("/v1/facets", ""), ("/v1/facets", bearer), ("/none", bearer)]
    requests = "".join(
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\n" for path, header in quick
    )

    async def sends_500() -> Counter[str]:
        """Sends all at once over one connection, and counts the answers by status."""
        reading, writing = await asyncio.open_connection(host, int(port))
        writing.write(requests.encode() * 125)
        answers: Counter[str] = Counter()
        while answers.total() < 500:
            head = (await reading.readuntil(b"\r\n\r\n")).decode().lower()
            length = re.search(r"content-length: (\d+)", head)
            assert length is not None
            await reading.readexactly(int(length[1]))
            answers[head.split()[1]] += 1
        writing.close()
        return answers

    async def burst() -> Counter[str]:
        counts = await asyncio.gather(*(sends_500() for _ in range(20)))
        return sum(counts, Counter())

    with ThreadPoolExecutor(1) as pool, client(address, token(rag, shop)) as reader:
        answers = pool.submit(asyncio.run, burst())
        until(lambda: answers.running())
        assert reader.post("/v1/ask", json=BODY).status_code == 200
        counted = answers.result()
    # Facets ask the database: more than eight at once of one token are refused.
    assert counted["401"] == counted["404"] == 2_500
    assert counted["200"] >= 2_500 and counted["200"] + counted["429"] == 5_000
