"""The languages of many texts at once: those that py3langid finds one by one."""

import pytest
from py3langid import langid

from headrace.ingest.recognition import classified

SENTENCES = [
    "The houses in this street were built in the nineteenth century.",
    "Die Häuser in dieser Straße wurden im neunzehnten Jahrhundert gebaut.",
    "Les maisons de cette rue ont été construites au dix-neuvième siècle.",
    "Дома на этой улице были построены в девятнадцатом веке.",
    "この通りの家は十九世紀に建てられました。",
    "ALL OF IT IS WRITTEN IN CAPITAL LETTERS",
    "e\u0301te\u0301",
    "42",
    "\ud800",
    "",
]


@pytest.fixture(scope="module")
def identifier() -> langid.LanguageIdentifier:
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)


@pytest.mark.parametrize("count", [0, 1, 10, 60])
def test_a_text_has_the_language_and_the_probability_that_it_has_alone(identifier, count):
    texts = [SENTENCES[number % 10] * (1 + number // 10) for number in range(count)]
    assert classified(texts) == [identifier.classify(text) for text in texts]


def test_what_stands_beside_a_text_does_not_matter():
    beside = classified([*SENTENCES * 4, "y" * 5000])
    assert beside[:10] == classified([*SENTENCES, *["x"] * 20])[:10]


def test_texts_without_a_single_letter_have_no_clear_language():
    assert all(one.probability < 0.5 for one in classified([""] * 30))
