"""The sentences that answer: scores and quotes by hand, and what must always hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from headrace import Pipeline
from headrace.answer.extraction import quotes, sentence_scores
from headrace.types import Context, Passage, ScoredSentence, Sentence, SubQuery
from support.counters import Words
from support.warranty import QUESTION
from support.warranty import context as warranty


class Flat:
    """An encoder for which all texts are alike; it keeps what it encodes."""

    name = "flat"
    dimension = 1
    max_tokens = 100
    tokenizer = None

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        return np.ones((len(texts), 1), np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def context(*passages: list[str]) -> Context:
    """A context of these sentences, by passage."""
    made = []
    for number, texts in enumerate(passages, start=1):
        sentences = tuple(Sentence(text, 0, len(text), number) for text in texts)
        made.append(Passage(number, f"d{number}", "T", "s", sentences))
    return Context(tuple(made), "", 0, 2000)


def quoted(
    made: Context, scored: Sequence[ScoredSentence], roles: Sequence[Any] = ("original",)
) -> list[str]:
    """The texts of the quotes, for sub-queries of these roles."""
    ranked = sorted(scored, key=lambda sentence: -sentence.best)
    queries = [SubQuery("q", role) for role in roles]
    return [part.text for part in quotes(queries, made, ranked, Words())]


# --------------------------------------------------------------- scores


def scored_sentences(made: Context, *texts: str) -> list[ScoredSentence]:
    queries = [SubQuery(text) for text in texts]
    return sentence_scores(0.9, made, queries, np.ones((len(texts), 1)), Flat())


def test_a_sentence_scores_its_cosine_its_words_and_its_kind():
    """Of two sentences one has "built" and a year; "it" says nothing."""
    made = context(["It was finally built in 1911.", "Nobody says anything else here."])
    scored = scored_sentences(made, "When was it built?")
    found = [(sentence.sentence, round(sentence.scores[0], 6)) for sentence in scored]
    assert found == [(0, 1.9), (1, 1.0)]


def test_the_question_as_typed_counts_only_where_it_was_not_split():
    made = context(["It was finally built in 1911."])
    (split,) = scored_sentences(made, "When was it built?", "Nothing of it")
    assert split.scores == (1.0, 1.0)
    assert split.best == max(split.scores)


def test_the_best_score_of_a_sentence_is_that_for_the_sub_query_it_fits_best():
    assert ScoredSentence(0, 1, (0.2, 0.9)).best == 0.9


def test_sentences_are_compared_under_their_documents_title():
    encoder = Flat()
    sentence_scores(
        0.9, context(["It is one sentence."]), [SubQuery("q")], np.ones((1, 1)), encoder
    )
    assert encoder.encoded == ["T\nIt is one sentence."]


def test_what_is_too_short_or_only_announces_is_not_compared():
    made = context(["Too short.", "These are the four parts:", "See https://a.b/c-d-e-f now."])
    assert scored_sentences(made, "q") == []


def test_a_question_below_the_threshold_compares_no_sentence():
    nothing: Any = None
    below = sentence_scores(
        0.1, warranty(), [SubQuery(QUESTION)], nothing, nothing, answer_threshold=0.25
    )
    assert below == []


# --------------------------------------------------------------- quotes


def test_quotes_stand_in_reading_order_earlier_passages_first_and_weak_ones_stay_out():
    made = context(
        ["Alpha beta one.", "Gamma delta two."], ["Epsilon zeta three."], ["Eta theta four."]
    )
    scored = [
        ScoredSentence(0, 1, (1.0,)),
        ScoredSentence(0, 0, (0.9,)),
        ScoredSentence(1, 0, (0.55,)),
        ScoredSentence(2, 0, (0.75,)),
    ]
    assert quoted(made, scored) == ["Alpha beta one.", "Gamma delta two.", "Eta theta four."]


def test_three_sentences_of_120_tokens_together_and_the_first_whatever_its_length():
    long = [" ".join(f"{name}{number}" for number in range(70)) for name in "abc"]
    made = context([*long, "Short it is."])
    scored = [ScoredSentence(0, number, (1.0 - number / 100,)) for number in range(4)]
    assert quoted(made, scored) == [long[0], "Short it is."]
    endless = " ".join(["word"] * 200)
    assert quoted(context([endless]), [ScoredSentence(0, 0, (1.0,))]) == [endless]


def test_what_only_repeats_is_not_quoted_twice():
    made = context(["The mill was built in 1911.", "In 1911 the mill was built."])
    scored = [ScoredSentence(0, 0, (1.0,)), ScoredSentence(0, 1, (0.99,))]
    assert quoted(made, scored) == ["The mill was built in 1911."]


def test_each_sub_question_gets_its_best_sentence():
    made = context(["Alpha one two.", "Beta three four.", "Gamma five six.", "Delta seven eight."])
    scored = [
        ScoredSentence(0, 0, (0, 1.9, 0)),
        ScoredSentence(0, 1, (0, 1.8, 0)),
        ScoredSentence(0, 2, (0, 1.7, 0)),
        ScoredSentence(0, 3, (0, 0, 0.7)),
    ]
    found = quoted(made, scored, ("original", "sub-question", "sub-question"))
    assert found == ["Alpha one two.", "Beta three four.", "Delta seven eight."]


def test_a_sub_question_that_no_sentence_fits_gets_none():
    made = context(["Alpha one two.", "Beta three four.", "Gamma five six.", "Delta seven eight."])
    scored = [ScoredSentence(0, number, (0, 1.9 - number / 10, 0)) for number in range(3)]
    roles = ("original", "sub-question", "sub-question")
    found = quoted(made, [*scored, ScoredSentence(0, 3, (0, 0, 0.5))], roles)
    assert found == ["Alpha one two.", "Beta three four.", "Gamma five six."]


def test_a_later_passage_has_to_be_better_to_be_quoted():
    made = context(
        ["Alpha one two.", "Beta three four.", "Gamma five six."], ["Delta seven eight."]
    )
    scored = [ScoredSentence(0, number, (0.9,)) for number in range(3)]
    found = quoted(made, [*scored, ScoredSentence(1, 0, (0.95,))])
    assert found == ["Alpha one two.", "Beta three four.", "Gamma five six."]
    found = quoted(made, [*scored, ScoredSentence(1, 0, (1.05,))])
    assert found == ["Alpha one two.", "Beta three four.", "Delta seven eight."]


bodies = st.lists(
    st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=4), min_size=1, max_size=4
)


@given(bodies, st.data())
def test_quotes_are_verbatim_in_order_and_bounded(passages, data):
    scored = []
    for number, texts in enumerate(passages):
        for index in range(len(texts)):
            scored.append(ScoredSentence(number, index, (data.draw(st.floats(-2, 2)),)))
    ranked = sorted(scored, key=lambda sentence: -sentence.best)
    found = quotes([SubQuery("q")], context(*passages), ranked, Words())
    ranges = [part.ranges[0] for part in found]
    places = [(place.passage, place.first) for place in ranges]
    assert 1 <= len(found) <= 3 and places == sorted(set(places))
    for part, place in zip(found, ranges, strict=True):
        assert part.text == place.quote == passages[place.passage][place.first]
    assert len(found) == 1 or sum(Words().count(part.text) for part in found) <= 120


def test_nothing_compared_is_nothing_quoted():
    assert quotes([SubQuery("q")], context(["A."]), [], Words()) == []


# --------------------------------------------------------------- the whole dataflow


def stored_texts(rag: Pipeline, tenant: str) -> dict[str, str]:
    with rag.database.for_tenant(tenant).transaction() as transaction:
        return dict(transaction.execute("SELECT document_id, text FROM documents"))


def test_the_answer_quotes_the_documents_and_nothing_else(rag, returns):
    answer = rag.ask(QUESTION, returns)
    assert answer.text.startswith("The warranty lasts two years. [1]")
    assert answer.answered and answer.unsupported == ()
    stored = stored_texts(rag, returns)
    for citation in answer.citations:
        assert stored[citation.document_id][citation.start : citation.end] == citation.quote


def test_both_parts_of_a_compound_question_are_quoted(rag, returns):
    question = "How long does the warranty last, and within how many days can I return an item?"
    answer = rag.ask(question, returns)
    cited = {citation.document_id for citation in answer.citations}
    assert cited == {"warranty", "refunds"}


def test_what_no_document_says_is_declined_without_prose(rag, returns):
    answer = rag.ask("How many moons does Jupiter have?", returns)
    assert (answer.answered, answer.text, answer.citations) == (False, "", ())
