"""Cosines of different encoders on one scale."""

import numpy as np
import pytest

from headrace.types import (
    UNSCALED,
    AnswerabilityWeights,
    CosineScale,
    known_scale,
    known_weights,
)


def test_a_cosine_counts_by_its_place_between_the_two_ends():
    scale = CosineScale(0.7, 0.95)
    assert scale.of(0.8) == pytest.approx(0.4)
    assert scale.of_all(np.array([0.7, 0.95])) == pytest.approx([0.0, 1.0])


def test_without_a_scale_a_cosine_stays_as_it_is_to_the_last_bit():
    for cosine in (0.1, 1 / 3, -0.7):
        assert UNSCALED.of(cosine) == cosine


@pytest.mark.parametrize(
    "name",
    [
        "all-MiniLM-L6-v2",
        "all-MiniLM-L6-v2-int8",
        "all-MiniLM-L6-v2-onnx-int8",
        "sentence-transformers/all-MiniLM-L6-v2",
    ],
)
def test_an_encoder_is_known_by_the_name_of_its_model(name):
    assert known_scale(name) == UNSCALED


@pytest.mark.parametrize("name", ["multilingual-e5-small", "intfloat/multilingual-e5-small"])
def test_unrelated_texts_count_as_nothing_with_either_bundled_encoder(name):
    scale = known_scale(name)
    assert scale is not None
    assert scale.of(0.77) == pytest.approx(0.06, abs=0.02)
    assert scale.of(0.87) == pytest.approx(0.57, abs=0.02)


@pytest.mark.parametrize("name", ["all-MiniLM-L12-v2", "openai:text-embedding-3-small", ""])
def test_another_encoder_is_not_taken_for_a_known_one(name):
    assert known_scale(name) is None


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2-int8", "all-MiniLM-L12-v2", ""])
def test_the_answerability_is_as_fitted_with_any_encoder_but_the_second_bundled_one(name):
    assert known_weights(name) == AnswerabilityWeights()


def test_the_same_signs_say_more_for_an_answer_with_the_second_bundled_encoder():
    usual = AnswerabilityWeights()
    weights = known_weights("intfloat/multilingual-e5-small")
    assert weights[:-1] == usual[:-1]
    assert weights.intercept == pytest.approx(usual.intercept + 0.65)
