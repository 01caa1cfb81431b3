"""The examples in the docstrings of the protocols, executed as written and used."""

import inspect
import json
import re
import textwrap
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from headrace import Pipeline, types
from headrace.errors import GenerationError, ModelError
from headrace.resources.own_parts import check_part
from headrace.types import Passage, Prompt, Sentence
from support.databases import empty_database
from support.samples import RETURNS

QUESTION = "How long does the warranty last?"
#: A port where nothing listens.
NOWHERE = "http://127.0.0.1:9/"


def example_of(protocol: type) -> type:
    """The class that the example in a protocol's docstring defines."""
    docstring = inspect.getdoc(protocol) or ""
    lines = re.findall(r"^ {4}.*$|^$", docstring.partition("Example, ")[2], re.MULTILINE)
    names: dict[str, Any] = {"__name__": "example"}
    exec(textwrap.dedent("\n".join(lines)), names)
    (found,) = [value for value in names.values() if getattr(value, "__module__", "") == "example"]
    return found


@pytest.fixture
def tokenizer_file(rag: Pipeline, tmp_path, monkeypatch) -> Callable[[str], None]:
    """Writes a tokenizer that truncates and pads, as those of the model hub do."""
    monkeypatch.chdir(tmp_path)

    def write(folder: str) -> None:
        tokenizer = Tokenizer.from_str(rag.encoder.tokenizer.to_str())
        tokenizer.enable_truncation(8)
        tokenizer.enable_padding(length=8)
        (tmp_path / folder).mkdir()
        tokenizer.save(f"{folder}/tokenizer.json")

    return write


@pytest.fixture
def served() -> Iterator[Callable[[Callable[[dict], Any]], str]]:
    """Serves, as JSON, what a function makes of what is posted; gives the address."""
    servers = []

    def serve(reply: Callable[[dict], Any]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posted = self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps(reply(json.loads(posted))).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def beside(rag: Pipeline, parts: dict[str, Any], **settings: Any) -> Pipeline:
    """A pipeline with these parts, on the tests' database."""
    chosen = rag.settings.model_copy(update=settings)
    return Pipeline(chosen, rag.encoder, rag.database, **parts)


def test_the_encoder_encodes_documents_and_questions(rag, served, tokenizer_file, tenant):
    tokenizer_file("bge-small")
    encoder = check_part("encoder", example_of(types.Encoder)(), types.Encoder)

    def embeddings(asked: dict) -> dict:
        vectors = 3 * rag.encoder.encode(asked["input"])
        return {"data": [{"embedding": vector} for vector in vectors.tolist()]}

    encoder.url = served(embeddings)
    vectors = encoder.encode(["one", "another"])
    assert vectors.shape == (2, encoder.dimension) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert vectors == pytest.approx(rag.encoder.encode(["one", "another"]), abs=1e-5)
    assert encoder.count_tokens("word " * 50) == 50
    with empty_database(rag.database.admin_uri, "example") as address:
        chosen: dict[str, Any] = {"database_url": address, "reranking": "off"}
        with Pipeline.open(encoder=encoder, **chosen) as own:
            assert [outcome.status for outcome in own.ingest(RETURNS, tenant)] == ["new"] * 3
            assert own.ask(QUESTION, tenant).text.startswith("The warranty lasts two years.")


def test_the_reranker_reranks(rag, served, returns):
    """It prefers the shortest text."""
    reranker = check_part("reranker", example_of(types.Reranker)(), types.Reranker)

    def ranked(asked: dict) -> list[dict]:
        assert asked["query"] == QUESTION and asked["raw_scores"]
        lengths = {index: len(text) for index, text in enumerate(asked["texts"])}
        rows = [{"index": index, "score": -length / 100} for index, length in lengths.items()]
        return sorted(rows, key=lambda row: -row["score"])

    reranker.url = served(ranked)
    assert reranker.score(QUESTION, ["x" * 300, "x" * 100]).tolist() == [-3, -1]
    own = beside(rag, {"reranker": reranker}, reranking="cross_encoder", rerank_deadline_s=30.0)
    hits = own.run(["ranked_hits"], question=QUESTION, tenant=returns, rerank_weight=1.0)
    lengths = [len(f"{hit.chunk.title}\n{hit.chunk.text}") for hit in hits["ranked_hits"]]
    assert lengths == sorted(lengths) and len(lengths) == 3


def test_a_reranker_that_cannot_be_reached_leaves_the_fused_order_and_says_so(rag, returns):
    reranker = example_of(types.Reranker)()
    reranker.url = NOWHERE
    with pytest.raises(ModelError, match=reranker.name):
        reranker.score(QUESTION, ["text"])
    own = beside(rag, {"reranker": reranker}, reranking="cross_encoder")
    assert "not reranked" in str(own.ask(QUESTION, returns).degraded[0])


def says(text: str) -> Callable[[dict], dict]:
    return lambda asked: {"choices": [{"message": {"content": text}}]}


def test_the_language_model_answers_with_citations_that_hold(rag, served, returns):
    model = check_part("language_model", example_of(types.LanguageModel)(), types.LanguageModel)
    asked: list[dict] = []

    def reply(body: dict) -> dict:
        asked.append(body)
        content = body["messages"][0]["content"]
        number = re.findall(r"\[(\d)\][^\[]*two years", content)[0]
        return says(f"Two years. [{number}]")(body)

    model.url = served(reply)
    own = beside(rag, {"language_model": model}, generation="auto")
    answer = own.ask(QUESTION, returns)
    assert answer.text.startswith("Two years. [1]") and answer.unsupported == ()
    assert any("lasts two years" in citation.quote for citation in answer.citations)
    assert asked[0]["model"] == model.name == answer.settings["language_model"]


def test_the_language_model_may_decline_and_its_faults_are_generation_errors(rag, served, returns):
    model = example_of(types.LanguageModel)()
    model.url = served(says("NO_ANSWER"))
    own = beside(rag, {"language_model": model}, generation="auto")
    assert not own.ask(QUESTION, returns).answered
    model.url = NOWHERE
    passage = Passage(1, "d", "title", "source", (Sentence("It is so.", 0, 9, 1),))
    with pytest.raises(GenerationError, match=model.name):
        model.complete(Prompt("rules", (passage,), "Why?"), print, print)
    assert own.ask(QUESTION, returns).answered  # by quotes


def test_the_token_counter_counts_the_context(rag, tokenizer_file, returns):
    tokenizer_file("qwen2.5")
    counter = check_part("token_counter", example_of(types.TokenCounter)(), types.TokenCounter)
    assert counter.count("") == 0 and counter.count("word " * 50) == 50
    context = beside(rag, {"token_counter": counter}).run(
        ["context"], question=QUESTION, tenant=returns
    )["context"]
    assert context.tokens == counter.count(context.text) > 0


def test_the_reader_reads_documents_that_can_be_asked_about(rag, tmp_path, tenant):
    reader = check_part("readers", example_of(types.Reader)(), types.Reader)
    rows = (
        "id,title,text,status",
        "T1,Pump,The pump of hall 3 loses water at its seal.,open",
        "T2,Valve,The valve of hall 3 sticks when it is cold.,closed",
    )
    (tmp_path / "may.tickets.csv").write_text("\n".join(rows))
    own = beside(rag, {"readers": [reader]})
    outcomes = own.ingest([tmp_path], tenant)
    assert [outcome.status for outcome in outcomes] == ["new", "new"]
    answer = own.ask("Where does the pump lose water?", tenant, filters={"status": "open"})
    (citation,) = answer.citations
    assert citation.quote == "The pump of hall 3 loses water at its seal."
    assert citation.source.endswith("may.tickets.csv:2")
