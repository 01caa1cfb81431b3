"""Rerankers: what they score, and when they stop."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace import Pipeline
from headrace.errors import ModelError
from headrace.resources.models import rerankers
from headrace.resources.models.rerankers import LateInteraction, OnnxCrossEncoder, load_reranker
from support.model_parts import (
    MAX_TOKENS,
    QUESTION,
    TEXTS,
    TOKEN_WEIGHTS,
    VOCABULARY,
    Clock,
    save_graph,
    save_tokenizer,
    scored,
)

# ------------------------------------------------------------------------------------------------- deadlines, by hand


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


@pytest.mark.parametrize(
    ("deadline_s", "expected"),
    [
        (None, [2, 2, 5, 1]),
        (100, [2, 2, 5, 1]),
        (4.6, [2, 2]),
        (4.4, [2]),
        (0.1, [2]),
        (0, []),
        (-1, []),
    ],
)
def test_no_text_is_begun_that_would_end_past_the_deadline(clock, deadline_s, expected):
    """After "aa" a letter takes a second: the second "bb" may take 2.5 with the reserve, which a deadline of 4.4 has not left."""
    assert scored(LengthReranker(clock), ["aa", "bb", "ccccc", "d"], deadline_s) == expected


def test_after_a_text_that_takes_too_long_none_is_scored_even_if_it_would_fit(clock):
    assert scored(LengthReranker(clock), ["aa", "bbbbbbbbb", "c"], 5) == [2]


def test_a_later_call_knows_the_pace_of_the_earlier_ones(clock):
    reranker = LengthReranker(clock)
    assert scored(reranker, ["aa"], 0.1) == [2]
    assert scored(reranker, ["aa"], 2.4) == [] and scored(reranker, ["aa"], 2.6) == [2]


def test_a_moment_when_the_machine_stood_still_is_forgotten(clock):
    """A text that took 100 seconds: 125 expected of the next one, and 50 after 46 calls that scored nothing; then one is tried."""
    reranker = LengthReranker(clock)
    reranker._pace.record(1, 100)
    calls = [len(scored(reranker, ["a"], 50)) for _ in range(60)]
    assert calls == [0] * 46 + [1] * 14


def test_what_does_not_fit_for_one_thread_ends_the_work_of_all(clock):
    pace = rerankers._Pace()
    turns = rerankers._Turns(enumerate(["aa", "bbbbbbbbb", "c"]), 5, pace)
    assert next(turns) == (0, "aa")
    pace.record(2, 2.0)
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
    assert rag.encoder.token_vectors("water " * 900).shape == (
        254,
        384,
    ) and rag.encoder.token_vectors("").shape == (0, 384)


def test_late_interaction_ranks_what_the_searches_found(rag, returns):
    late = Pipeline(
        rag.settings.model_copy(
            update={"reranking": "late_interaction", "rerank_deadline_s": 60.0}
        ),
        rag.encoder,
        rag.database,
    )
    found = late.run(
        ["linked_hits", "rerank_scores", "reranked_hits"],
        question="How long does the warranty last?",
        tenant=returns,
    )
    hits, logits = found["linked_hits"], found["rerank_scores"].logits
    assert (
        found["rerank_scores"].note == ""
        and len(logits) == min(len(hits), 20)
        and None not in logits
    )
    assert {hit.stream for hit in found["reranked_hits"]} == {"reranked"}
    assert "warranty" in found["reranked_hits"][0].chunk.text.lower()


# --------------------------------------------------------------------------------- ONNX, on a graph small enough to check


def graph_score(question: str, text: str, strategy: str, max_tokens: int = MAX_TOKENS) -> float:
    """What the graph gives for a pair that the tokenizers library itself has truncated."""
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


@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json", "config.json"])
def test_damaged_files_are_named(tmp_path, graph_folder, damaged):
    folder = shutil.copytree(graph_folder, tmp_path / "graph")
    (folder / damaged).write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(ModelError, match=f"{folder} cannot be used"):
        load_reranker(str(folder), threads=1, cache_dir=tmp_path)
