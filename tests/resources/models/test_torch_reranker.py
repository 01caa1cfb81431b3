"""A real, tiny cross-encoder: its scores in torch and ONNX beside the library's own.

The library is sentence-transformers. Skipped without the extra `torch`.
"""

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

from headrace.errors import ModelError
from headrace.measuring.speed import cross_encoding
from headrace.resources.models import rerankers
from headrace.resources.models.rerankers import OnnxCrossEncoder, TorchCrossEncoder, load_reranker
from headrace.resources.models.weights import integer_weights
from headrace.resources.models.weights.reranker_weights import describe_weights
from support.model_parts import NAME, QUESTION, TEXTS, put_in_cache, save_bert, scored


def export(model, path: Path) -> None:
    import torch
    from torch.jit._trace import TracerWarning

    example = torch.ones(1, 7, dtype=torch.int64)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "tokens"} for name in names} | {"logits": {0: "batch"}}
    with warnings.catch_warnings():
        # The legacy exporter warns that it is one; the new one needs onnxscript.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", TracerWarning)
        warnings.filterwarnings("ignore", "Exporting aten::index", UserWarning)
        torch.onnx.export(
            model,
            tuple(example for _ in names),
            path,
            dynamo=False,
            opset_version=17,
            input_names=names,
            output_names=["logits"],
            dynamic_axes=axes,
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

    model = sentence_transformers.CrossEncoder(
        str(bert_folder), device="cpu", local_files_only=True
    )
    return lambda question, texts: model.predict(
        [(question, text) for text in texts], activation_fn=torch.nn.Identity()
    )


QUESTIONS = [QUESTION, "Wie heißt der Kanal, der das Wasser führt?", "x", "why " * 80]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[:12])
def test_onnx_scores_are_those_of_sentence_transformers(
    tmp_path, bert_onnx_folder, reference, question
):
    reranker = load_reranker(
        str(bert_onnx_folder), precision="stored", threads=2, cache_dir=tmp_path
    )
    assert isinstance(reranker, OnnxCrossEncoder)
    scores, expected = reranker.score(question, TEXTS), reference(question, TEXTS)
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert np.argsort(scores).tolist() == np.argsort(expected).tolist()


def test_the_benchmark_compares_scores_with_those_of_sentence_transformers(
    tmp_path, bert_folder, bert_onnx_folder
):
    folder = shutil.copytree(bert_onnx_folder, tmp_path / "both")
    shutil.copy(bert_folder / "model.safetensors", folder)
    reranker = OnnxCrossEncoder("tiny", folder, 1)
    apart = cross_encoding._apart(str(folder), reranker, [(QUESTION, TEXTS)])
    assert apart is not None and 0 < apart < 1e-4
    assert cross_encoding._apart(str(bert_onnx_folder), reranker, [(QUESTION, TEXTS)]) is None


def test_in_whole_numbers_a_model_scores_nearly_the_same_from_weights_made_once(
    tmp_path, bert_onnx_folder, reference, monkeypatch
):
    scores = load_reranker(str(bert_onnx_folder), threads=2, cache_dir=tmp_path).score(
        QUESTION, TEXTS
    )
    expected = reference(QUESTION, TEXTS)
    assert 0 < np.abs(scores - expected).max() <= 0.1 * np.ptp(expected)
    (file,) = (tmp_path / "models").iterdir()
    assert file.name.startswith("bert-onnx")
    assert file.stat().st_size < (bert_onnx_folder / "model.onnx").stat().st_size
    monkeypatch.setattr(integer_weights, "make_alone", None)  # not called again
    again = load_reranker(str(bert_onnx_folder), threads=2, cache_dir=tmp_path)
    np.testing.assert_array_equal(again.score(QUESTION, TEXTS), scores)


def test_where_whole_numbers_do_not_agree_with_the_model_it_stays(
    tmp_path, bert_onnx_folder, reference, monkeypatch
):
    monkeypatch.setattr(rerankers, "_MOST_APART", 0.0)
    scores = load_reranker(str(bert_onnx_folder), threads=2, cache_dir=tmp_path).score(
        QUESTION, TEXTS
    )
    np.testing.assert_allclose(scores, reference(QUESTION, TEXTS), atol=1e-4)


def test_weights_in_more_than_one_file_stay_as_they_are(tmp_path, bert_onnx_folder, reference):
    folder = shutil.copytree(bert_onnx_folder, tmp_path / "large")
    (folder / "model.onnx_data").touch()
    scores = load_reranker(str(folder), threads=2, cache_dir=tmp_path).score(QUESTION, TEXTS)
    np.testing.assert_allclose(scores, reference(QUESTION, TEXTS), atol=1e-4)
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[:12])
def test_torch_scores_are_those_of_sentence_transformers(
    tmp_path, bert_folder, reference, question
):
    reranker = load_reranker(str(bert_folder), threads=2, cache_dir=tmp_path)
    assert isinstance(reranker, TorchCrossEncoder)
    scores = reranker.score(question, TEXTS)
    assert scores.shape == (len(TEXTS),) and scores.dtype == np.float32
    np.testing.assert_allclose(scores, reference(question, TEXTS), atol=1e-4)


def test_torch_scores_stop_at_the_deadline(bert_folder, clock, monkeypatch):
    reranker = TorchCrossEncoder("tiny", bert_folder, threads=1)
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
    monkeypatch.setattr(
        reranker, "_logits", lambda piece: np.full(len(piece), torch.get_num_threads(), np.float32)
    )
    assert reranker.score(QUESTION, ["text"]).tolist() == [1]


def test_cached_safetensors_are_used_when_the_hub_gives_no_onnx(
    tmp_path, hub, questions, bert_folder
):
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
