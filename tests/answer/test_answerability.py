"""Whether the documents answer a question: the signs by hand, and on PostgreSQL."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace import Document
from headrace.answer.answerability import answerability, answerability_signs
from headrace.answer.reading import read_sentences
from headrace.types import (
    AnswerabilitySigns,
    AnswerabilityWeights,
    Arm,
    Context,
    Filter,
    Hit,
    KnownWords,
    Passage,
    QueryFilters,
    Sentence,
    SubQuery,
)
from support.hits import scored

NO_FILTERS = QueryFilters()
NEAR = AnswerabilitySigns(found=True, near=0.7)


def hits(arm: Arm, sub_query: int, *scores: float) -> list[Hit]:
    return scored(arm, sub_query, dict(enumerate(scores, start=1)))


def context(*texts: str) -> Context:
    """One passage with the title "Rivers of Norway"."""
    sentences = tuple(Sentence(text, 0, len(text), 1) for text in texts)
    passage = Passage(1, "d", "Rivers of Norway", "s", sentences)
    return Context((passage,), "\n".join(["[1] Rivers of Norway (s)", *texts]), 9, 100)


class Encoder:
    """A fake: a text that has the word "near" has cosine 0.5 with any question."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.read += texts
        return np.array([[0.5 * ("near" in text), 0.0] for text in texts])


def signs_of(
    question: str | list[SubQuery],
    text: Context,
    *,
    semantic: Sequence[Hit] | None = None,
    keyword: Sequence[Hit] = (),
    filters: QueryFilters = NO_FILTERS,
    known: KnownWords | None = None,
    encoder: Any = None,
) -> AnswerabilitySigns:
    queries = [SubQuery(question)] if isinstance(question, str) else question
    near = hits("semantic", 0, 0.7) if semantic is None else list(semantic)
    fake: Any = encoder or Encoder()
    embeddings = np.array([[1.0, 0.0]] * len(queries))
    read = read_sentences(text, queries, embeddings, fake)
    return answerability_signs(near, list(keyword), text, queries, filters, read, fake, known)


def absent(question: str, text: str, filters: QueryFilters = NO_FILTERS) -> float:
    """How much of the question's names the context lacks."""
    return signs_of(question, context(text), filters=filters).absent


def logistic(weighed: float) -> float:
    return 1 / (1 + math.exp(-weighed))


# --------------------------------------------------------------- signs


def test_an_amount_that_no_sentence_tells_counts_as_an_absent_name():
    question = "how many gates does it have?"
    assert absent(question, "The gates are old.") == 0.5
    assert absent(question, "It has 12 gates.") == 0.0
    foreign = [SubQuery(question, crossing=("english", "german"))]
    assert signs_of(foreign, context("The gates are old.")).absent == 0.0


def test_nothing_found_is_not_answerable():
    signs = signs_of("q", context("x"), semantic=[])
    assert signs == AnswerabilitySigns(found=False)
    assert answerability(signs) == 0.0


def test_the_signs_by_hand():
    """Of "Glomma" and "1911" the context has one; "overflow" is in no document.

    The first sentence has one of the question's three stems. The two others are in no
    sentence and count more: ln 2 / (ln 2 + 2 ln 3) with two sentences. The tenth chunk
    is 0.4 less near than the first; the tenth keyword hit has half the best score.
    """
    signs = signs_of(
        "Did the Glomma overflow in 1911?",
        context("The Glomma is near.", "It is long."),
        semantic=hits("semantic", 0, 0.7, *[0.5] * 8, 0.3, *[0.2] * 10),
        keyword=hits("keyword", 0, 4.0, *[3.0] * 8, 2.0, 1.0),
        known=KnownWords({"overflow": 0}),
    )
    share = math.log(2) / (math.log(2) + 2 * math.log(3))
    assert signs.sentence == pytest.approx(0.5 + 0.7 * share)
    assert signs.values == pytest.approx((0.7, signs.sentence, 1 / 3, 0.4, 0.5, 1.0))
    assert (signs.absent_names, signs.unknown_words) == (("1911",), ("overflow",))


def test_a_sentence_with_all_of_the_words_makes_up_for_a_distant_chunk():
    far = hits("semantic", 0, 0.1)
    signs = signs_of("What is the Glomma?", context("The Glomma."), semantic=far)
    assert signs.near == 0.5
    signs = signs_of("What is the Glomma?", context("The Otra."), semantic=far)
    assert signs.near == 0.1


def test_a_context_with_all_of_the_codes_makes_up_for_a_distant_chunk():
    far = hits("semantic", 0, 0.1)
    question = "When did 0.18.0 come out, which broke the flow at last?"
    assert signs_of(question, context("Of 0.18.0."), semantic=far).near == 0.5
    assert signs_of(question, context("Of 0.18.1."), semantic=far).near < 0.2


@pytest.mark.parametrize("asked", ["How many", "How deep", "Wie tief"])
def test_words_with_which_a_number_is_asked_for_are_not_unknown(asked):
    known = KnownWords(dict.fromkeys(["many", "deep", "tief", "floods"], 0))
    signs = signs_of(f"{asked} floods?", context("x"), known=known)
    assert signs.unknown_words == ("floods",)


def test_that_documents_in_another_language_do_not_have_a_word_says_nothing():
    asked = SubQuery("Wie tief war das Hochwasser?", crossing=("german", "english"))
    known = KnownWords({"hochwasser": 0})
    assert signs_of([asked], context("x"), known=known).unknown_words == ()
    own = replace(asked, crossing=())
    assert signs_of([own], context("x"), known=known).unknown_words == ("hochwasser",)


def test_documents_in_another_language_are_judged_by_meaning_alone():
    """0.015 of the cosine was lost; it stands for words, and the lead for ranks."""
    asked = SubQuery("Ist die Glomma nah?", crossing=("german", "english"))
    signs = signs_of(
        [asked],
        context("The Glomma is near.", "Glomma, die nah ist."),
        semantic=hits("semantic", 0, 0.7, *[0.5] * 8, *[0.3] * 11),
        keyword=hits("keyword", 0, 4.0, *[3.0] * 8, 2.0),
    )
    assert signs.sentence == pytest.approx(0.515 + 0.7 * 0.515)
    assert signs.values == pytest.approx((0.715, signs.sentence, 0.0, 0.4, 0.45 + 0.2, 1.0))
    own = signs_of([replace(asked, crossing=())], context("The Glomma is near."))
    assert own.near == 0.7


def test_fewer_than_twenty_chunks_are_no_lead_and_no_margin():
    """They are fixed then, whatever the scores are."""
    keyword = hits("keyword", 0, 9.0, *[1.0] * 9)
    few = hits("semantic", 0, 0.9, *[0.1] * 18)
    signs = signs_of("q", context("x"), semantic=few, keyword=keyword)
    assert (signs.lead, signs.margin) == (0.15, 0.65)
    twenty = hits("semantic", 0, 0.9, *[0.1] * 19)
    signs = signs_of("q", context("x"), semantic=twenty, keyword=keyword)
    assert (signs.lead, signs.margin) == (pytest.approx(0.8), pytest.approx(8 / 9))


def test_fewer_than_ten_keyword_hits_are_no_margin():
    twenty = hits("semantic", 0, 0.9, *[0.1] * 19)
    nine = hits("keyword", 0, 9.0, *[1.0] * 8)
    assert signs_of("q", context("x"), semantic=twenty, keyword=nine).margin == 0.45


def test_the_word_for_a_section_is_not_missing_where_its_number_is_there():
    known = KnownWords({"section": 0})
    many = hits("semantic", 0, *[0.3] * 30)
    text = context("3.1 Either side may end the lease.")
    signs = signs_of("What does section 3.1 say?", text, semantic=many, known=known)
    assert signs.unknown_words == () and signs.absent == 0.0
    assert signs.near == pytest.approx(0.5)


def test_a_sentence_need_not_have_all_words_of_a_long_question():
    """Half of fourteen words are as many as a sentence holds: its share counts twice.

    A word that the only sentence has weighs ln 1.5, one that it has not ln 2.
    """
    words = "pump sluice gate turbine weir basin river meadow bridge tower ferry mill lock dam"
    share = math.log(1.5) / (math.log(1.5) + math.log(2))
    half = context(" ".join(words.split()[:7]))
    assert signs_of(words, half).sentence == pytest.approx(0.7 * 2 * share)
    few, half = " ".join(words.split()[:6]), context(" ".join(words.split()[:3]))
    assert signs_of(few, half).sentence == pytest.approx(0.7 * share)


def test_sixteen_sentences_are_compared_by_meaning_those_with_most_of_the_words():
    texts = [f"Sentence {number} on something else." for number in range(20)]
    encoder = Encoder()
    signs = signs_of("How long is the river?", context(*texts, "A long river."), encoder=encoder)
    assert len(encoder.read) == 16
    assert encoder.read[0].endswith("A long river.")
    assert signs.sentence == pytest.approx(0.7)


def test_the_best_sentence_may_have_few_of_the_words():
    words = ["A long river flows.", "The river is long.", "Long is every river."]
    assert signs_of("long river", context(*words)).sentence == pytest.approx(0.7)
    assert signs_of("long river", context("A river is near.")).sentence > 0.5 + 0.7 / 3
    assert signs_of("wide sea", context("It is near.")).sentence == pytest.approx(0.5)


def test_names_are_known_from_titles_and_may_be_inflected():
    question = "Which Norwegian river is near Norway's border?"
    assert absent(question, "It is a Norwegians' river.") == 0.0


def test_a_name_may_stand_in_a_heading_or_the_source():
    sentence = Sentence("It was released.", 0, 16, 1, headings=("Changes in 2.9",))
    passage = Passage(1, "d", "Turbine", "penstock.md", (sentence,))
    text = Context((passage,), "[1] Turbine (penstock.md)", 9, 100)
    assert signs_of("When did the Turbine 2.9 of Penstock come?", text).absent_names == ()
    assert signs_of("When did the Penstock 2.9 come?", text).absent_names == ("Penstock 2.9",)


def test_the_first_word_is_no_name():
    assert absent("Atlantis is where?", "Rivers.") == 0.0
    assert absent("Where is Atlantis?", "Rivers.") == 0.5


@pytest.mark.parametrize("kind", ["applied", "preferred", "relaxed"])
def test_what_became_a_filter_is_not_missing(kind):
    condition = Filter("published", "range", low=date(1950, 1, 1))
    question = "What was published in 1950?"
    assert absent(question, "Nothing.") == 0.5
    filters = replace(NO_FILTERS, **{kind: (condition,)})
    assert absent(question, "Nothing.", filters) == 0.0


def test_a_name_of_another_document_than_the_nearest_counts_against_an_answer():
    """The document that has the name is taken; its sentence is worse by a cosine of 0.5."""
    texts = ("The port is near.", "The Glomma.")
    whole = context(*texts)
    passages = []
    for text in texts:
        sentences = (Sentence(text, 0, len(text), 1),)
        passages.append(Passage(1, text, "", "s", sentences))
    apart = signs_of("Which port has the Glomma?", replace(whole, passages=tuple(passages)))
    assert (apart.absent_names, apart.absent) == ((), pytest.approx(0.4 * 0.5))
    assert absent("Which port has the Glomma?", " ".join(texts)) == 0.0


def test_a_hyphenated_word_is_looked_for_whole_or_in_its_parts():
    question = "Is there two-factor login?"
    assert signs_of(question, context("A factor of two.")).absent_names == ("two-factor",)
    assert signs_of(question, context("Two factor login.")).absent_names == ()


def test_the_leading_sub_query_is_the_one_that_is_looked_at():
    queries = [
        SubQuery("Tell me about Atlantis", weight=0.5),
        SubQuery("Tell me about rivers", "rewritten"),
    ]
    keyword = [*hits("keyword", 0, *[5.0] * 10), *hits("keyword", 1, 4.0, *[1.0] * 9)]
    semantic = [*hits("semantic", 0, *[0.7] * 10), *hits("semantic", 1, 0.6, *[0.2] * 19)]
    signs = signs_of(queries, context("Rivers."), semantic=semantic, keyword=keyword)
    assert (signs.absent, signs.sentence > 0.2, signs.margin) == (0.0, True, 0.75)
    assert (signs.near, signs.lead) == (0.7, pytest.approx(0.4))


# --------------------------------------------------------------- weights


def test_each_sign_counts_by_its_weight():
    signs = AnswerabilitySigns(True, 0.5, sentence=0.75, absent=0.25, lead=0.1, margin=0.3)
    weights = AnswerabilityWeights(2.0, 4.0, -3.0, -5.0, 7.0, intercept=-1.0)
    expected = logistic(2.0 * 0.5 + 4.0 * 0.75 - 3.0 * 0.25 - 5.0 * 0.1 + 7.0 * 0.3 - 1.0)
    assert answerability(signs, weights) == pytest.approx(expected)
    assert answerability(signs, tuple(weights)) == pytest.approx(expected)


@pytest.mark.parametrize(("weight", "expected"), [(1e6, 1.0), (-1e6, 0.0)])
def test_weights_of_any_size_give_a_probability(weight, expected):
    assert answerability(NEAR, (weight, 0.0, 0.0, 0.0, 0.0, 0.0)) == expected


@given(st.lists(st.floats(-1, 1), max_size=4), st.text(max_size=80), st.text(max_size=80))
def test_it_is_a_probability_whatever_was_found(cosines, question, text):
    signs = signs_of(question, context(text), semantic=hits("semantic", 0, *cosines))
    assert 0 <= answerability(signs) <= 1


# --------------------------------------------------------------- through the driver


def test_a_question_about_nothing_there_is_declined(rag, returns):
    assert rag.ask("How long does the warranty last?", returns).answered
    declined = rag.ask("How many moons does Jupiter have?", returns)
    assert (declined.answered, declined.text, declined.citations) == (False, "", ())
    assert declined.nearest and declined.confidence < 0.25
    assert 'no document has "jupiter"' not in declined.reason
    assert '"Jupiter"' in declined.reason


def test_a_name_that_is_nowhere_makes_an_answer_less_likely(rag, tenant):
    text = "The Glomma is the longest river of Norway. It flooded in 1995."
    rag.ingest([Document("glomma", "Glomma", text, "glomma.md")], tenant)
    likely = {}
    for river in ("Glomma", "Amazonas"):
        question = f"When did the river {river} flood?"
        values = rag.run(["answerability"], question=question, tenant=tenant)
        likely[river] = values["answerability"]
    assert likely["Glomma"] > likely["Amazonas"]


def test_the_weights_are_one_setting_that_a_question_may_come_with(rag, returns):
    asked = {"question": "How long does the warranty last?", "tenant": returns}
    sure = rag.run(
        ["answerability"], answerability_weights=(0.0, 0.0, 0.0, 0.0, 0.0, 99.0), **asked
    )
    assert sure["answerability"] == 1.0
