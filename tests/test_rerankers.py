"""Rerankers: what they score, when they stop, and where their weights are looked for."""

import json
import os
import shutil
import socket
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows import Pipeline
from dataflows.errors import ModelError
from dataflows.resources import reranker_weights, rerankers
from dataflows.resources.reranker_weights import describe_weights, fetch_reranker
from dataflows.resources.rerankers import LateInteraction, OnnxCrossEncoder, TorchCrossEncoder, load_reranker

ROOT = Path(__file__).parent.parent
VOCABULARY = ROOT / "dataflows" / "resources" / "data" / "bert-base-uncased-vocab.txt"
MAX_TOKENS = 64

QUESTION = "What feeds the generator of a power station?"
TEXTS = [
    "A headrace is the channel that feeds water to a turbine.",
    "",
    "Der Oberwasserkanal führt das Wasser zur Turbine; größere Anlagen heißen Kraftwerke.",
    "water " * 500,
    "½ ‰ 水力発電 \t\n ☂ naïve—coöperate 👷🏽 \u200b",
    "Bread is baked at 220 °C for forty minutes. " * 12,
    "generator",
]


# ------------------------------------------------------------------------------------------------- deadlines, by hand


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class LengthReranker(rerankers._Scorer):
    """Takes a second per character of a text, and scores it by its length."""

    def __init__(self, clock: Clock):
        super().__init__("length", workers=1)
        self.clock = clock

    def _pieces(self, question, texts):
        return enumerate(texts)

    def _logits(self, piece):
        self.clock.now += len(piece)
        return np.array([len(piece)], np.float32)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(rerankers, "monotonic", clock)
    return clock


def scored(reranker, texts, deadline_s):
    """The scores that are there; what is not must be a tail."""
    scores = reranker.score("question", texts, deadline_s)
    assert scores.shape == (len(texts),) and scores.dtype == np.float32
    reached = int((~np.isnan(scores)).sum())
    assert np.isnan(scores[reached:]).all()
    return scores[:reached].tolist()


@pytest.mark.parametrize(
    ("deadline_s", "expected"),
    [(None, [2, 2, 5, 1]), (100, [2, 2, 5, 1]), (4.5, [2, 2]), (4, [2]), (0.1, [2]), (0, []), (-1, [])],
)
def test_no_text_is_begun_that_would_end_past_the_deadline(clock, deadline_s, expected):
    assert scored(LengthReranker(clock), ["aa", "bb", "ccccc", "d"], deadline_s) == expected


def test_after_a_text_that_takes_too_long_none_is_scored_even_if_it_would_fit(clock):
    assert scored(LengthReranker(clock), ["aa", "bbbbbbbbb", "c"], 5) == [2]


def test_what_does_not_fit_for_one_thread_ends_the_work_of_all(clock):
    turns = rerankers._Turns(enumerate(["aa", "bbbbbbbbb", "c"]), 5)
    assert next(turns) == (0, "aa")
    turns.record(2, 2.0)
    assert next(turns, "none") == next(turns, "none") == "none"


@given(st.lists(st.integers(1, 9), max_size=12), st.floats(0, 60))
def test_only_the_first_text_can_overshoot_the_deadline(lengths, deadline_s):
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(rerankers, "monotonic", clock)
        scores = scored(LengthReranker(clock), ["x" * length for length in lengths], deadline_s)
    assert scores == lengths[: len(scores)]
    assert clock.now <= max(deadline_s, lengths[0] if lengths else 0)


class StuckReranker(LengthReranker):
    """Holds its only thread until released."""

    def __init__(self):
        super().__init__(Clock())
        self.begun, self.release = Event(), Event()

    def _logits(self, piece):
        self.begun.set()
        self.release.wait(30)
        return super()._logits(piece)


def test_a_call_behind_another_returns_at_its_deadline():
    reranker = StuckReranker()
    with ThreadPoolExecutor(1) as callers:
        first = callers.submit(reranker.score, "question", ["a"])
        assert reranker.begun.wait(30)
        assert scored(reranker, ["b", "c"], 0.01) == []
        assert not first.done()
        reranker.release.set()
        assert first.result().tolist() == [1]


def test_an_error_while_scoring_reaches_the_caller(clock, monkeypatch):
    reranker = LengthReranker(clock)
    monkeypatch.setattr(reranker, "_logits", lambda piece: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reranker.score("question", ["a"])


# --------------------------------------------------------------------------------------------------- late interaction


class WordEncoder:
    """A word is a piece, and letters are places on a circle: a at 0 degrees, b at 90, c at 53."""

    name = "letters"
    places = {"a": (1.0, 0.0), "b": (0.0, 1.0), "c": (0.6, 0.8)}

    def token_vectors(self, text):
        return np.array([self.places[word] for word in text.split()], np.float32).reshape(-1, 2)


def test_each_piece_of_the_question_counts_with_its_nearest_of_the_text():
    scores = LateInteraction(WordEncoder(), 2).score("a b", ["a", "b c", "b a", ""])
    assert scores.tolist() == pytest.approx([(1 + 0) / 2, (0.6 + 1) / 2, 1, -1])


def test_a_question_without_a_piece_says_nothing_of_any_text():
    assert LateInteraction(WordEncoder(), 2).score("", ["a", "b"]).tolist() == [0.0, 0.0]


def test_the_bundled_encoder_tells_the_vectors_of_its_word_pieces(rag):
    vectors = rag.encoder.token_vectors("A headrace feeds a turbine.")
    assert vectors.shape == (rag.encoder.count_tokens("A headrace feeds a turbine."), 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-5)
    assert rag.encoder.token_vectors("water " * 900).shape == (254, 384) and rag.encoder.token_vectors("").shape == (0, 384)


def test_late_interaction_ranks_what_the_searches_found(rag, returns):
    late = Pipeline(rag.settings.model_copy(update={"reranking": "late_interaction", "rerank_deadline_s": 60.0}), rag.encoder, rag.database)
    found = late.run(["linked_hits", "rerank_scores", "reranked_hits"], question="How long does the warranty last?", tenant=returns)
    hits, logits = found["linked_hits"], found["rerank_scores"].logits
    assert found["rerank_scores"].note == "" and len(logits) == min(len(hits), 20) and None not in logits
    assert {hit.stream for hit in found["reranked_hits"]} == {"reranked"}
    assert "warranty" in found["reranked_hits"][0].chunk.text.lower()



# --------------------------------------------------------------------------------- ONNX, on a graph small enough to check

TOKEN_WEIGHTS = np.random.default_rng(7).normal(size=30_522).astype(np.float32)


def save_graph(path: Path, inputs=("input_ids", "attention_mask", "token_type_ids"), outputs: int = 1) -> None:
    """A model whose logit is the mean, over a pair's tokens, of TOKEN_WEIGHTS, those of the text (type 1) counted twice."""
    onnx = pytest.importorskip("onnx")
    node, tensor = onnx.helper.make_node, onnx.TensorProto
    nodes = [
        node("Gather", ["weights", "input_ids"], ["token_weights"]),
        node("Add", ["token_type_ids" if "token_type_ids" in inputs else "attention_mask", "attention_mask"], ["counts"]),
        node("Cast", ["counts"], ["factors"], to=tensor.FLOAT),
        node("Mul", ["token_weights", "factors"], ["products"]),
        node("ReduceMean", ["products"], ["mean"], axes=[1], keepdims=1),
        node("Concat", ["mean"] * outputs, ["logits"], axis=1),
    ]
    graph = onnx.helper.make_graph(
        nodes, "pairs",
        [onnx.helper.make_tensor_value_info(name, tensor.INT64, ["batch", "tokens"]) for name in inputs],
        [onnx.helper.make_tensor_value_info("logits", tensor.FLOAT, ["batch", "outputs"])],
        [onnx.numpy_helper.from_array(TOKEN_WEIGHTS, "weights")],
    )  # fmt: skip
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def save_tokenizer(folder: Path) -> None:
    from tokenizers import BertWordPieceTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    BertWordPieceTokenizer(str(VOCABULARY), lowercase=True).save(str(folder / "tokenizer.json"))


@pytest.fixture(scope="session")
def graph_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("graph")
    save_graph(folder / "model.onnx")
    save_tokenizer(folder)
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": MAX_TOKENS}))
    return folder


@pytest.fixture(scope="session")
def graph_reranker(graph_folder) -> OnnxCrossEncoder:
    return OnnxCrossEncoder("graph", graph_folder, threads=1)


def graph_score(question: str, text: str, strategy: str, max_tokens: int = MAX_TOKENS) -> float:
    """What the graph gives for a pair that the tokenizers library itself has truncated."""
    from tokenizers import BertWordPieceTokenizer

    tokenizer = BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
    tokenizer.enable_truncation(max_tokens, strategy=strategy)
    pair = tokenizer.encode(question, text)
    return float(np.mean(TOKEN_WEIGHTS[pair.ids] * (1 + np.array(pair.type_ids))))


def test_a_pair_is_scored_as_the_tokenizer_and_the_graph_say(graph_reranker):
    vocabulary = VOCABULARY.read_text("utf-8").splitlines()
    cls, sep, headrace, race, channel = (TOKEN_WEIGHTS[vocabulary.index(token)] for token in ("[CLS]", "[SEP]", "head", "##race", "channel"))
    expected = (cls + headrace + race + sep + 2 * channel + 2 * sep) / 6
    assert graph_reranker.score("Headrace", ["channel"]) == pytest.approx([expected], abs=1e-6)


def test_a_long_text_is_cut_and_the_question_kept(graph_reranker):
    question = "water " * 40
    expected = [graph_score(question, text, "only_second") for text in TEXTS]
    assert graph_reranker.score(question, TEXTS) == pytest.approx(expected, abs=1e-6)


def test_a_question_that_leaves_too_little_room_is_cut_too(graph_reranker):
    for question in ("water " * 46, "turbine generator " * 400):
        expected = [graph_score(question, text, "longest_first") for text in TEXTS]
        assert graph_reranker.score(question, TEXTS) == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 80), st.integers(0, 80))
@settings(max_examples=60, deadline=None)
def test_of_any_pair_the_graph_sees_what_the_tokenizers_library_leaves(graph_reranker, question_words, text_words):
    strategy = "only_second" if question_words <= MAX_TOKENS - 3 - 16 else "longest_first"
    question, text = "water " * question_words, "turbine " * text_words
    assert graph_reranker.score(question, [text]) == pytest.approx([graph_score(question, text, strategy)], abs=1e-6)


def test_a_model_that_does_not_say_how_much_it_reads_is_given_512_tokens(tmp_path, graph_folder):
    shutil.copytree(graph_folder, tmp_path / "graph")
    (tmp_path / "graph" / "config.json").unlink()
    reranker = OnnxCrossEncoder("graph", tmp_path / "graph", threads=1)
    expected = graph_score(QUESTION, TEXTS[3], "only_second", max_tokens=512)
    assert reranker.score(QUESTION, [TEXTS[3]]) == pytest.approx([expected], abs=1e-6)


def test_a_model_without_token_types_is_not_given_any(tmp_path):
    save_graph(tmp_path / "model.onnx", inputs=("input_ids", "attention_mask"))
    save_tokenizer(tmp_path)
    scores = OnnxCrossEncoder("untyped", tmp_path, threads=1).score(QUESTION, TEXTS)
    assert np.isfinite(scores).all()


def test_threads_and_simultaneous_calls_do_not_change_scores(graph_folder, graph_reranker):
    texts = TEXTS * 5
    expected = graph_reranker.score(QUESTION, texts)
    reranker = OnnxCrossEncoder("graph", graph_folder, threads=3)
    with ThreadPoolExecutor(4) as callers:
        for scores in callers.map(lambda _: reranker.score(QUESTION, texts), range(8)):
            np.testing.assert_array_equal(scores, expected)


def test_no_texts_no_scores(graph_reranker):
    assert graph_reranker.score(QUESTION, []).shape == (0,)


def test_onnx_scores_stop_at_the_deadline(graph_reranker):
    assert scored(graph_reranker, TEXTS, 0) == []
    assert len(scored(graph_reranker, TEXTS, 3600)) == len(TEXTS)


def test_a_model_with_several_outputs_is_refused(tmp_path):
    save_graph(tmp_path / "model.onnx", outputs=3)
    save_tokenizer(tmp_path)
    with pytest.raises(ModelError, match="3 numbers for a pair where a reranker gives one"):
        load_reranker(str(tmp_path), threads=1, cache_dir=tmp_path)


@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json", "config.json"])
def test_damaged_files_are_named(tmp_path, graph_folder, damaged):
    folder = shutil.copytree(graph_folder, tmp_path / "graph")
    (folder / damaged).write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(ModelError, match=f"{folder} cannot be used"):
        load_reranker(str(folder), threads=1, cache_dir=tmp_path)


# --------------------------------------------------------------------------------------------------- looking for weights

NAME = "headrace/tiny"
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(monkeypatch, tmp_path) -> Path:
    """An empty hub cache of this test, with the hub allowed to be asked."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return tmp_path / "hub"


@pytest.fixture
def questions(monkeypatch) -> list[str]:
    """Makes the hub unreachable; holds the addresses it was asked for."""
    asked = []

    def unreachable(url, **options):
        asked.append(url)
        raise ConnectionError("Name or service not known")

    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", unreachable)
    return asked


def put_in_cache(cache: Path, folder: Path, layout: str = "onnx/model.onnx") -> Path:
    """Lays a model folder out as the hub's cache does."""
    repository = cache / f"models--{NAME.replace('/', '--')}"
    snapshot = shutil.copytree(folder, repository / "snapshots" / REVISION)
    if (snapshot / "model.onnx").exists():
        (snapshot / layout).parent.mkdir(exist_ok=True)
        (snapshot / "model.onnx").rename(snapshot / layout)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(REVISION)
    return snapshot


@pytest.mark.parametrize("layout", ["model.onnx", "onnx/model.onnx"])
def test_a_folder_is_loaded_in_either_layout(tmp_path, graph_folder, graph_reranker, layout):
    folder = put_in_cache(tmp_path, graph_folder, layout)
    reranker = load_reranker(str(folder), threads=1, cache_dir=tmp_path)
    assert reranker.name == str(folder)
    np.testing.assert_array_equal(reranker.score(QUESTION, TEXTS), graph_reranker.score(QUESTION, TEXTS))
    assert describe_weights(str(folder)) == fetch_reranker(str(folder)) == f"ONNX, folder {folder}"


def test_a_cached_hub_model_is_loaded_without_asking_the_hub(tmp_path, hub, questions, graph_folder, graph_reranker):
    snapshot = put_in_cache(hub, graph_folder)
    reranker = load_reranker(NAME, threads=1, cache_dir=tmp_path)
    assert reranker.name == NAME
    np.testing.assert_array_equal(reranker.score(QUESTION, TEXTS), graph_reranker.score(QUESTION, TEXTS))
    assert describe_weights(NAME) == fetch_reranker(NAME) == f"ONNX, hub cache {snapshot}"
    assert questions == []


def test_missing_weights_are_described_without_asking_the_hub(hub, questions):
    assert describe_weights(NAME) == "missing: they are not in the hub's cache"
    assert questions == []


def test_missing_weights_come_with_the_ways_to_get_them(tmp_path, hub, questions):
    with pytest.raises(ModelError) as error:
        load_reranker(NAME, threads=1, cache_dir=tmp_path)
    for part in (NAME, "Name or service not known", "run.py doctor --download", "HEADRACE_RERANKER", "models--headrace--tiny", str(hub)):
        assert part in str(error.value)


def test_after_a_failed_download_the_hub_is_left_alone_for_a_day(tmp_path, hub, questions):
    for _ in range(3):
        with pytest.raises(ModelError, match="Name or service not known"):
            load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    assert len(questions) == 1
    (note,) = (tmp_path / "data").iterdir()
    note.write_text(json.dumps({"failed_at": (datetime.now(UTC) - timedelta(hours=25)).isoformat(), "problem": "old"}))
    with pytest.raises(ModelError, match="Name or service not known"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    assert len(questions) == 2


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"failed_at": "soon", "problem": ""}', '{"failed_at": "2020-01-01", "problem": ""}'])
def test_an_unreadable_note_of_a_failure_is_ignored(tmp_path, hub, questions, content):
    with pytest.raises(ModelError):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    (note,) = (tmp_path / "data").iterdir()
    note.write_text(content)
    with pytest.raises(ModelError):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    assert len(questions) == 2


def test_a_failure_that_cannot_be_noted_is_reported_all_the_same(tmp_path, hub, questions):
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="Name or service not known"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "file" / "data")


def test_a_name_look_up_that_hangs_is_given_up(tmp_path, hub, monkeypatch):
    hung = Event()
    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", lambda url, **options: hung.wait(30))
    monkeypatch.setattr(reranker_weights, "_ANSWER_S", 0.05)
    with pytest.raises(ModelError, match="not done within 0.05 s"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path)
    hung.set()


def test_fetching_asks_the_hub_whatever_failed_before(tmp_path, hub, questions):
    for fetch in (lambda: load_reranker(NAME, threads=1, cache_dir=tmp_path), lambda: fetch_reranker(NAME), lambda: fetch_reranker(NAME)):
        with pytest.raises(ModelError, match="Name or service not known"):
            fetch()
    assert len(questions) == 3


def test_the_hub_is_not_asked_when_downloads_are_off_or_offline_is_set(tmp_path, hub, questions, monkeypatch):
    with pytest.raises(ModelError, match="not in the hub's cache"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data", download=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    assert questions == []
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["/nowhere/model", "./nowhere", "~/nowhere/model", "~nobody-here/model", "a/b/c"])
def test_a_folder_that_does_not_exist_is_not_looked_for_on_the_hub(tmp_path, hub, questions, name):
    for load in (lambda: load_reranker(name, threads=1, cache_dir=tmp_path), lambda: fetch_reranker(name)):
        with pytest.raises(ModelError, match="the folder does not exist"):
            load()
    assert questions == []


def test_a_folder_without_a_tokenizer_is_told_what_it_lacks(tmp_path, hub):
    save_graph(tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="does not have both model.onnx and tokenizer.json"):
        load_reranker(str(tmp_path), threads=1, cache_dir=tmp_path)


def test_a_name_that_the_hub_cannot_have_is_refused(tmp_path, hub):
    with pytest.raises(ModelError, match="neither a folder nor a name"):
        load_reranker("my reranker", threads=1, cache_dir=tmp_path)


def test_without_the_torch_extra_a_folder_of_safetensors_asks_for_it(tmp_path, hub, monkeypatch):
    monkeypatch.setattr(reranker_weights, "find_spec", lambda package: None)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ModelError, match=r"pip install 'headrace\[torch\]'"):
        load_reranker(str(tmp_path), threads=1, cache_dir=tmp_path)
    assert "headrace[torch]" in describe_weights(str(tmp_path))


# ------------------------------------------------------------------------- the hub's own client, against a hub of our own


class TinyHub(BaseHTTPRequestHandler):
    """Serves the files of `folder` as the model hub does."""

    folder: Path

    def do_HEAD(self):
        self._send(body=False)

    def do_GET(self):
        self._send(body=True)

    def _send(self, body: bool):
        path = self.folder / self.path.partition(f"/{NAME}/resolve/main/")[2].replace("onnx/", "")
        content = path.read_bytes() if path.is_file() else b""
        self.send_response(200 if content else 404)
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{path.name}"')
        self.send_header("Content-Length", str(len(content)))
        if not content:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *args):
        pass


def run_python(code: str, port: int, home: Path) -> str:
    """What `code` prints in a process whose model hub is at `port` of this machine."""
    hub = {"HF_ENDPOINT": f"http://127.0.0.1:{port}", "HF_HOME": str(home), "HF_HUB_CACHE": str(home / "hub"), "HF_HUB_OFFLINE": "0"}
    environment = {**os.environ, **hub, "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    code = "from dataflows.resources import reranker_weights, rerankers\n" + code
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.parametrize("config", [True, False])
def test_weights_are_fetched_from_the_hub_and_found_afterwards(tmp_path, graph_folder, config):
    handler = type("Hub", (TinyHub,), {"folder": shutil.copytree(graph_folder, tmp_path / "graph")})
    if not config:
        (handler.folder / "config.json").unlink()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        where = run_python(f"print(reranker_weights.fetch_reranker({NAME!r}))", server.server_port, tmp_path / "home")
        server.shutdown()
    snapshot = tmp_path / "home" / "hub" / "models--headrace--tiny" / "snapshots" / REVISION
    assert where == f"ONNX, hub cache {snapshot}\n"
    assert (snapshot / "onnx" / "model.onnx").read_bytes() == (graph_folder / "model.onnx").read_bytes()
    assert (snapshot / "config.json").exists() is config


def test_a_hub_that_never_answers_costs_a_bounded_time(tmp_path):
    code = f"""
from time import monotonic
reranker_weights._ANSWER_S = 0.2
began = monotonic()
try:
    rerankers.load_reranker({NAME!r}, threads=1, cache_dir=rerankers.Path({str(tmp_path)!r}))
except rerankers.ModelError as error:
    print(monotonic() - began, error)
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connections are accepted by the system, and never answered
        seconds, _, message = run_python(code, silent.getsockname()[1], tmp_path / "home").partition(" ")
    assert "gave no weights" in message
    assert float(seconds) < 10  # by itself, huggingface_hub tries for 23 s at the least


# ------------------------------------------------------------------------------ a real cross-encoder (extra torch), tiny


@pytest.fixture(scope="session")
def sentence_transformers():
    return pytest.importorskip("sentence_transformers")


def save_bert(folder: Path, kind: str = "BertForSequenceClassification", num_labels: int = 1):
    """A random BERT with weights large enough for scores to spread, and its tokenizer, as transformers saves them."""
    import torch
    import transformers

    torch.manual_seed(20)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.BertConfig(**shape, num_labels=num_labels, max_position_embeddings=MAX_TOKENS, initializer_range=0.3)
    model = getattr(transformers, kind)(config).eval()
    model.save_pretrained(folder)
    transformers.BertTokenizerFast(vocab=str(VOCABULARY), model_max_length=MAX_TOKENS).save_pretrained(folder)
    return model


def export(model, path: Path) -> None:
    import torch

    example = torch.ones(1, 7, dtype=torch.int64)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "tokens"} for name in names} | {"logits": {0: "batch"}}
    with warnings.catch_warnings():  # the legacy exporter says that it is one; the new one needs onnxscript
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        warnings.filterwarnings("ignore", "Exporting aten::index", UserWarning)
        torch.onnx.export(
            model, tuple(example for _ in names), path, dynamo=False, opset_version=17, input_names=names, output_names=["logits"], dynamic_axes=axes
        )


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory, sentence_transformers) -> Path:
    """The safetensors of a tiny cross-encoder."""
    folder = tmp_path_factory.mktemp("bert")
    save_bert(folder)
    return folder


@pytest.fixture(scope="session")
def bert_onnx_folder(tmp_path_factory, sentence_transformers) -> Path:
    """The same cross-encoder, exported to ONNX."""
    pytest.importorskip("onnx")
    folder = tmp_path_factory.mktemp("bert_onnx")
    export(save_bert(folder), folder / "model.onnx")
    (folder / "model.safetensors").unlink()
    return folder


@pytest.fixture(scope="session")
def reference(bert_folder, sentence_transformers):
    """The library's own scores."""
    import torch

    model = sentence_transformers.CrossEncoder(str(bert_folder), device="cpu", local_files_only=True)
    return lambda question, texts: model.predict([(question, text) for text in texts], activation_fn=torch.nn.Identity())


QUESTIONS = [QUESTION, "Wie heißt der Kanal, der das Wasser führt?", "x", "why " * 80]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[:12])
def test_onnx_scores_are_those_of_sentence_transformers(tmp_path, bert_onnx_folder, reference, question):
    reranker = load_reranker(str(bert_onnx_folder), threads=2, cache_dir=tmp_path)
    assert isinstance(reranker, OnnxCrossEncoder)
    scores, expected = reranker.score(question, TEXTS), reference(question, TEXTS)
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert np.argsort(scores).tolist() == np.argsort(expected).tolist()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[:12])
def test_torch_scores_are_those_of_sentence_transformers(tmp_path, bert_folder, reference, question):
    reranker = load_reranker(str(bert_folder), threads=2, cache_dir=tmp_path)
    assert isinstance(reranker, TorchCrossEncoder)
    scores = reranker.score(question, TEXTS)
    assert scores.shape == (len(TEXTS),) and scores.dtype == np.float32
    np.testing.assert_allclose(scores, reference(question, TEXTS), atol=1e-4)


def test_torch_scores_stop_at_the_deadline(tmp_path, bert_folder, clock, monkeypatch):
    reranker = load_reranker(str(bert_folder), threads=1, cache_dir=tmp_path)
    logits = reranker._logits

    def in_a_second(piece):
        clock.now += 1
        return logits(piece)

    monkeypatch.setattr(reranker, "_logits", in_a_second)
    assert len(scored(reranker, TEXTS * 3, 2.5)) == 2 * rerankers._TORCH_BLOCK
    assert scored(reranker, TEXTS, 0) == []
    assert reranker.score(QUESTION, []).shape == (0,)


def test_torch_uses_the_threads_it_is_given(tmp_path, bert_folder, monkeypatch):
    import torch

    reranker = load_reranker(str(bert_folder), threads=1, cache_dir=tmp_path)
    monkeypatch.setattr(reranker, "_logits", lambda piece: np.full(len(piece), torch.get_num_threads(), np.float32))
    assert reranker.score(QUESTION, ["text"]).tolist() == [1]


def test_cached_safetensors_are_used_when_the_hub_gives_no_onnx(tmp_path, hub, questions, bert_folder):
    snapshot = put_in_cache(hub, bert_folder)
    assert isinstance(load_reranker(NAME, threads=1, cache_dir=tmp_path), TorchCrossEncoder)
    assert describe_weights(NAME) == f"sentence-transformers, hub cache {snapshot}"


def test_a_model_that_is_not_a_cross_encoder_is_refused(tmp_path, sentence_transformers):
    save_bert(tmp_path, kind="BertModel")
    with pytest.raises(ModelError, match="BertModel, which is not a cross-encoder"):
        load_reranker(str(tmp_path), threads=1, cache_dir=tmp_path)


def test_a_cross_encoder_with_several_labels_is_refused(tmp_path, sentence_transformers):
    save_bert(tmp_path, num_labels=3)
    with pytest.raises(ModelError, match="3 numbers for a pair"):
        load_reranker(str(tmp_path), threads=1, cache_dir=tmp_path)


def test_damaged_safetensors_are_named(tmp_path, bert_folder):
    folder = shutil.copytree(bert_folder, tmp_path / "bert")
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(ModelError, match=f"{folder} cannot be used"):
        load_reranker(str(folder), threads=1, cache_dir=tmp_path)
