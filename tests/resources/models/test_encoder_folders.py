"""Any encoder in a folder on ONNX Runtime reads texts as its files say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from headrace.errors import ModelError
from headrace.execution.fingerprints import fingerprint
from headrace.model_settings import EncoderForm
from headrace.resources.models.encoders import load_encoder, opening
from headrace.types import encoded_queries, query_token_vectors

WORDS = "[CLS] [SEP] [UNK] query : passage how long two years represent".split()
#: A word piece's state: its row here, plus a hundredth of its place.
STATES = np.random.default_rng(3).normal(size=(len(WORDS), 6)).astype(np.float32)


@pytest.fixture(autouse=True)
def without_torch(monkeypatch):
    def missing(name, threads, own):
        raise ModelError(f"{name} asks for torch")

    monkeypatch.setattr(opening, "SentenceTransformerEncoder", missing)


@pytest.fixture
def save(tmp_path):
    """Writes an encoder's folder, with its files of configuration by their names."""

    def saved(name: str = "encoder", inputs=("input_ids", "attention_mask"), **files: Any) -> str:
        folder = tmp_path / name
        (folder / "1_Pooling").mkdir(parents=True)
        _save_network(folder / "model.onnx", inputs)
        _tokenizer().save(str(folder / "tokenizer.json"))
        for file, content in files.items():
            place = folder / "1_Pooling" / "config.json" if file == "pooling" else folder / file
            place.with_suffix(".json").write_text(json.dumps(content))
        return str(folder)

    return saved


def _save_network(file: Path, inputs) -> None:
    node, kinds = onnx.helper.make_node, onnx.TensorProto
    nodes = [node("Gather", ["states", "input_ids"], ["last_hidden_state"])]
    graph = onnx.helper.make_graph(
        nodes,
        "encoder",
        [onnx.helper.make_tensor_value_info(name, kinds.INT64, [1, "n"]) for name in inputs],
        [onnx.helper.make_tensor_value_info("last_hidden_state", kinds.FLOAT, [1, "n", 6])],
        [onnx.numpy_helper.from_array(STATES, "states")],
    )
    opsets = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9), file)


def _tokenizer() -> Tokenizer:
    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [("[CLS]", 0), ("[SEP]", 1)]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, ends)
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding()
    return tokenizer


def _states(words: str) -> np.ndarray:
    return STATES[[WORDS.index(word) for word in words.split()]]


def _of_norm_1(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _loaded(folder: str, own=None):
    return load_encoder(folder, 1, Path(folder), own or {})


def test_without_more_files_a_text_has_the_mean_of_its_states(save):
    encoder = _loaded(save())
    assert (encoder.dimension, encoder.max_tokens) == (6, 512)
    vectors = encoder.encode(["two years", "How long"])
    expected = [_states("[CLS] two years [SEP]"), _states("[CLS] how long [SEP]")]
    np.testing.assert_allclose(vectors, _of_norm_1(np.array(expected).mean(axis=1)), atol=1e-6)
    assert np.array_equal(encoded_queries(encoder, ["two"]), encoder.encode(["two"]))
    assert encoder.tokenizer.truncation is None and encoder.tokenizer.padding is None


@pytest.mark.parametrize(
    ("pooling", "pooled"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, lambda all: all[0]),
        ({"pooling_mode_max_tokens": True}, lambda all: all.max(axis=0)),
        ({"pooling_mode": "lasttoken"}, lambda all: all[-1]),
    ],
    ids=["cls", "max", "last"],
)
def test_states_are_pooled_as_the_files_say(save, pooling, pooled):
    (vector,) = _loaded(save(pooling=pooling)).encode(["two years"])
    expected = _of_norm_1(pooled(_states("[CLS] two years [SEP]")))
    np.testing.assert_allclose(vector, expected, atol=1e-6)


def test_prefixes_are_those_of_the_files(save):
    prompts = {"query": "represent query: ", "document": "passage: "}
    encoder = _loaded(save(config_sentence_transformers={"prompts": prompts}))
    (query,) = encoded_queries(encoder, ["how"])
    expected = _states("[CLS] represent query : how [SEP]").mean(axis=0)
    np.testing.assert_allclose(query, _of_norm_1(expected), atol=1e-6)
    (passage,) = encoder.encode(["two"])
    expected = _states("[CLS] passage : two [SEP]").mean(axis=0)
    np.testing.assert_allclose(passage, _of_norm_1(expected), atol=1e-6)
    assert encoder.max_tokens == 512 - 3


def test_prefixes_are_known_by_the_name_and_the_user_knows_better(save):
    empty = {"prompts": {"query": "", "document": ""}}
    folder = save("my-e5-small", config_sentence_transformers=empty)
    expected = _states("[CLS] query : how [SEP]").mean(axis=0)
    (query,) = encoded_queries(_loaded(folder), ["how"])
    np.testing.assert_allclose(query, _of_norm_1(expected), atol=1e-6)
    own = {folder: EncoderForm(query="represent: ")}
    expected = _states("[CLS] represent : how [SEP]").mean(axis=0)
    (query,) = encoded_queries(_loaded(folder, own), ["how"])
    np.testing.assert_allclose(query, _of_norm_1(expected), atol=1e-6)


def test_another_prefix_is_another_encoder_for_the_cache(save):
    folder = save()
    own = {folder: EncoderForm(query="represent: ")}
    assert fingerprint(_loaded(folder)) == fingerprint(_loaded(folder))
    assert fingerprint(_loaded(folder)) != fingerprint(_loaded(folder, own))


def test_vectors_of_pieces_are_those_of_the_text_alone(save):
    encoder = _loaded(save("e5-small"))
    (two, empty) = encoder.token_vectors(["two years", ""])
    np.testing.assert_allclose(two, _of_norm_1(_states("two years")), atol=1e-6)
    assert empty.shape == (0, 6)
    (asked,) = query_token_vectors(encoder, ["how"])
    np.testing.assert_allclose(asked, _of_norm_1(_states("how")), atol=1e-6)


@pytest.mark.parametrize(
    ("files", "most"),
    [
        ({"sentence_bert_config": {"max_seq_length": 5}}, 5),
        ({"tokenizer_config": {"model_max_length": 10**30}}, 512),
        ({"tokenizer_config": {"model_max_length": 6}}, 6),
        ({"config": {"max_position_embeddings": 7, "model_type": "xlm-roberta"}}, 5),
    ],
    ids=["sentence_bert", "no limit", "tokenizer", "places"],
)
def test_as_much_of_a_text_is_read_as_the_files_say(save, files, most):
    encoder = _loaded(save(**files))
    assert encoder.max_tokens == most
    (vectors,) = encoder.token_vectors(["two " * 600])
    assert len(vectors) == most - 2
    (vector,) = encoder.encode(["two " * 600])
    expected = _states("[CLS] " + "two " * (most - 2) + "[SEP]").mean(axis=0)
    np.testing.assert_allclose(vector, _of_norm_1(expected), atol=1e-5)


# ------------------------------------------------------- what is not computed here


def _modules(kind: str) -> list[dict[str, str]]:
    return [{"type": "sentence_transformers.models.Transformer", "path": ""}, {"type": kind}]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"modules": _modules("sentence_transformers.models.Dense")}, "a module Dense"),
        ({"pooling": {"pooling_mode_weightedmean_tokens": True}}, "pools by pooling_mode_weighted"),
        (
            {"pooling": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}},
            "pools by pooling_mode_cls_token, pooling_mode_mean_tokens",
        ),
        ({"inputs": ("input_ids", "pixels")}, "wants pixels"),
    ],
    ids=["dense", "weighted", "two", "inputs"],
)
def test_what_onnx_runtime_alone_does_not_compute_is_refused(save, files, said):
    with pytest.raises(ModelError, match=said):
        _loaded(save(**files))


def test_it_is_computed_by_sentence_transformers_where_that_is_there(save, monkeypatch):
    monkeypatch.setattr(opening, "torch_folder", Path)
    with pytest.raises(ModelError, match="asks for torch"):
        _loaded(save(modules=_modules("sentence_transformers.models.Dense")))


@pytest.mark.parametrize("file", ["tokenizer.json", "model.onnx", "modules.json"])
def test_a_damaged_file_is_an_error_that_says_what_to_do(save, file):
    folder = Path(save())
    (folder / file).write_text("no file")
    with pytest.raises(ModelError, match="(?i)fetch (its|the encoder's) files again"):
        _loaded(str(folder))


def test_a_folder_without_onnx_and_a_name_of_the_hub_ask_for_torch(tmp_path):
    for name in (str(tmp_path), "intfloat/multilingual-e5-large", "no/name/of the hub"):
        with pytest.raises(ModelError, match=f"{name} asks for torch"):
            load_encoder(name, 1, tmp_path)
