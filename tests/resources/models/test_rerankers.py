"""Cross-encoders on ONNX Runtime: what they score, on a graph small enough to check."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.errors import ModelError
from headrace.resources.models.rerankers import OnnxCrossEncoder, load_reranker
from support.model_parts import (
    MAX_TOKENS,
    QUESTION,
    TEXTS,
    TOKEN_WEIGHTS,
    VOCABULARY,
    save_graph,
    save_tokenizer,
    scored,
)


def graph_score(question: str, text: str, strategy: str, max_tokens: int = MAX_TOKENS) -> float:
    """What the graph gives for a pair that the tokenizers library has truncated."""
    from tokenizers import BertWordPieceTokenizer

    tokenizer = BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
    tokenizer.enable_truncation(max_tokens, strategy=strategy)
    pair = tokenizer.encode(question, text)
    return float(np.mean(TOKEN_WEIGHTS[pair.ids] * (1 + np.array(pair.type_ids))))


def test_a_pair_is_scored_as_the_tokenizer_and_the_graph_say(graph_reranker):
    vocabulary = VOCABULARY.read_text("utf-8").splitlines()
    cls, sep, headrace, race, channel = (
        TOKEN_WEIGHTS[vocabulary.index(token)]
        for token in ("[CLS]", "[SEP]", "head", "##race", "channel")
    )
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
def test_of_any_pair_the_graph_sees_what_the_tokenizers_library_leaves(
    graph_reranker, question_words, text_words
):
    strategy = "only_second" if question_words <= MAX_TOKENS - 3 - 16 else "longest_first"
    question, text = "water " * question_words, "turbine " * text_words
    assert graph_reranker.score(question, [text]) == pytest.approx(
        [graph_score(question, text, strategy)], abs=1e-6
    )


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


@pytest.mark.parametrize("precision", ["int8", "stored"])
@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json", "config.json"])
def test_damaged_files_are_named(tmp_path, graph_folder, damaged, precision):
    folder = shutil.copytree(graph_folder, tmp_path / "graph")
    (folder / damaged).write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(ModelError, match=f"{folder} cannot be used") as error:
        load_reranker(str(folder), precision=precision, threads=1, cache_dir=tmp_path)
    assert str(error.value).count("cannot be used") == 1
