"""An answer in the question's language is quoted from documents in it."""

import numpy as np

from headrace.answer.quoting.sentences.spoken import in_other_language, lost_by_language
from support.contexts import hit, packed

ENGLISH = "The lock is open in summer, and it is closed when the river is low."
GERMAN = "Die Schleuse ist im Sommer geöffnet und wird bei Niedrigwasser geschlossen."
CODE = "lock.open(summer)"


def others(language: str, *texts: str) -> list[bool]:
    hits = [hit(number, text, f"d{number}") for number, text in enumerate(texts, start=1)]
    return in_other_language(packed(hits), language).tolist()


def test_a_passage_is_in_the_language_of_its_sentences():
    assert others("german", ENGLISH, GERMAN, CODE) == [True, False, False]
    assert others("english", ENGLISH, GERMAN) == [False, True]


def test_a_passage_that_does_not_tell_is_in_the_language_of_its_document():
    hits = [hit(1, GERMAN, "d1"), hit(2, CODE, "d2")]
    languages = {"d1": "german", "d2": "english"}
    assert in_other_language(packed(hits), "german", languages).tolist() == [False, True]


def test_no_sentence_is_in_another_language_where_none_is_in_the_question_s():
    assert others("french", ENGLISH, GERMAN) == [False, False]
    assert others("", ENGLISH, GERMAN) == [False, False]


def test_where_the_best_sentence_is_in_the_question_s_language_no_other_comes_near():
    scores = np.array([[2.0], [2.2], [1.0]])
    lost = lost_by_language(scores, np.array([False, True, False]))
    assert lost.ravel().tolist() == [0.0, 2.5, 0.0]


def test_a_much_better_sentence_in_another_language_stays_the_best():
    scores = np.array([[1.0], [2.2]])
    lost = lost_by_language(scores, np.array([False, True]))
    assert lost.ravel().tolist() == [0.0, 0.5]
