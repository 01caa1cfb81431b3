"""What the tests of models share: texts, a clock, tiny models, a hub out of reach."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from headrace.resources.models import pacing, rerankers
from headrace.resources.models.rerankers import OnnxCrossEncoder

VOCABULARY = Path(rerankers.__file__).parent / "data" / "bert-base-uncased-vocab.txt"
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

NAME = "headrace/tiny"
REVISION = "0123456789abcdef0123456789abcdef01234567"

TOKEN_WEIGHTS = np.random.default_rng(7).normal(size=30_522).astype(np.float32)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pacing, "monotonic", clock)
    return clock


def scored(reranker, texts, deadline_s):
    """The scores that are there; what is not must be a tail."""
    scores = reranker.score("question", texts, deadline_s)
    assert scores.shape == (len(texts),) and scores.dtype == np.float32
    reached = int((~np.isnan(scores)).sum())
    assert np.isnan(scores[reached:]).all()
    return scores[:reached].tolist()


def save_graph(
    path: Path, inputs=("input_ids", "attention_mask", "token_type_ids"), outputs: int = 1
) -> None:
    """A model whose logit is the mean of TOKEN_WEIGHTS over a pair's tokens.

    The tokens of the text (type 1) count twice.
    """
    onnx = pytest.importorskip("onnx")
    node, tensor = onnx.helper.make_node, onnx.TensorProto
    nodes = [
        node("Gather", ["weights", "input_ids"], ["token_weights"]),
        node(
            "Add",
            [
                "token_type_ids" if "token_type_ids" in inputs else "attention_mask",
                "attention_mask",
            ],
            ["counts"],
        ),
        node("Cast", ["counts"], ["factors"], to=tensor.FLOAT),
        node("Mul", ["token_weights", "factors"], ["products"]),
        node("ReduceMean", ["products"], ["mean"], axes=[1], keepdims=1),
        node("Concat", ["mean"] * outputs, ["logits"], axis=1),
    ]
    graph = onnx.helper.make_graph(
        nodes,
        "pairs",
        [
            onnx.helper.make_tensor_value_info(name, tensor.INT64, ["batch", "tokens"])
            for name in inputs
        ],
        [onnx.helper.make_tensor_value_info("logits", tensor.FLOAT, ["batch", "outputs"])],
        [onnx.numpy_helper.from_array(TOKEN_WEIGHTS, "weights")],
    )
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=10
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


@pytest.fixture(scope="session")
def sentence_transformers():
    return pytest.importorskip("sentence_transformers")


def save_bert(folder: Path, kind: str = "BertForSequenceClassification", num_labels: int = 1):
    """A random BERT and its tokenizer, as transformers saves them.

    Its weights are large enough for scores to spread.
    """
    import torch
    import transformers

    torch.manual_seed(20)
    shape = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    config = transformers.BertConfig(
        **shape, num_labels=num_labels, max_position_embeddings=MAX_TOKENS, initializer_range=0.3
    )
    model = getattr(transformers, kind)(config).eval()
    model.save_pretrained(folder)
    transformers.BertTokenizerFast(
        vocab=str(VOCABULARY), model_max_length=MAX_TOKENS
    ).save_pretrained(folder)
    return model


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
