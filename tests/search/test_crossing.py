"""Vectors of questions in another language than the documents."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.search.crossing import moved
from headrace.text.asking.languages import language_of, parallel_questions
from headrace.types import encoded_queries


class ByLanguage:
    """Gives English and German questions a direction each, and counts its calls."""

    name = "by language"
    dimension = 3
    max_tokens = 100
    tokenizer = None

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.calls += 1
        german = parallel_questions()["german"]
        return np.array([[0, 1, 0] if text in german else [1, 0, 0] for text in texts], np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text)


class Slotted(ByLanguage):
    """Cannot be the key of a dictionary."""

    __hash__ = None  # type: ignore[assignment]


ASKED = np.array([[0, 0.6, 0.8]], np.float32)


def test_a_german_question_is_moved_towards_english_documents():
    found = moved(ASKED, ByLanguage(), ["german", "english"])
    # 0.6 of the way from (0, 1, 0) to (1, 0, 0) is (0.6, -0.6, 0).
    assert found.tolist() == [pytest.approx([0.6, 0, 0.8])]
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    "crossing", [(), ("german", "simple"), ("nepali", "english"), ("german",), ("", "english")]
)
def test_other_questions_stay_where_they_are(crossing):
    encoder = ByLanguage()
    assert moved(ASKED, encoder, crossing) is ASKED
    assert encoder.calls == 0


def test_towards_several_languages_is_towards_their_mean():
    found = moved(ASKED, ByLanguage(), ["french", "english", "german"])
    # French has the direction of English here: the way is (-0.3, 0.3, 0).
    expected = np.array([-0.3, 0.9, 0.8]) / np.sqrt(0.09 + 0.81 + 0.64)
    assert found[0] == pytest.approx(expected)


@pytest.mark.parametrize(("kind", "calls"), [(ByLanguage, 2), (Slotted, 4)])
def test_a_language_is_encoded_once_where_the_encoder_can_be_remembered(kind, calls):
    encoder = kind()
    for _ in range(2):
        moved(ASKED, encoder, ["german", "english"])
    assert encoder.calls == calls


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3).filter(lambda row: any(row)),
    st.sampled_from(sorted(parallel_questions())),
    st.sets(st.sampled_from(["english", "german", "simple"])),
)
def test_vectors_keep_their_shape_and_length(row, language, of_documents):
    vector = np.array([row], np.float64)
    vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    found = moved(vector, ByLanguage(), [language, *sorted(of_documents)])
    assert found.shape == vector.shape
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-5)


def test_every_language_has_the_same_questions_and_is_told_by_them():
    known = parallel_questions()
    assert len(known) >= 20 and {len(asked) for asked in known.values()} == {12}
    for language, asked in known.items():
        assert len(set(asked)) == 12
        told = [language_of(question) for question in asked]
        # A short question may have no function word, or one that neighbours share.
        assert told.count(language) >= 4 and set(told) <= {language, ""}, (language, told)


def test_spanish_questions_come_nearer_to_the_same_in_english(rag):
    known = parallel_questions()
    asked = encoded_queries(rag.encoder, known["spanish"])
    meant = rag.encoder.encode(known["english"])

    def first(vectors: np.ndarray) -> int:
        return int((np.argmax(vectors @ meant.T, axis=1) == np.arange(len(meant))).sum())

    assert first(moved(asked, rag.encoder, ["spanish", "english"])) > first(asked)
