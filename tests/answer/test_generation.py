"""The answer of a language model, with one made of given parts."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from headrace import Answer, CitationEvent, ResetEvent, TextEvent
from headrace.answer.generation import answer__extractive, answer__written, degraded, prompt
from headrace.answer.writing import NO_ANSWER
from headrace.errors import GenerationError
from headrace.types import (
    Change,
    CitedText,
    Completion,
    Context,
    Filter,
    Listener,
    Note,
    Prompt,
    QueryFilters,
    QuestionAnalysis,
    RerankScores,
    RewrittenQuery,
    TenantFacts,
    Unsupported,
    Verdict,
)
from support.warranty import QUESTION, TEXT, TWO_YEARS, context, database, passage, two_years

USAGE = {"input_tokens": 9, "output_tokens": 3}
QUOTES = [CitedText(TEXT[0:29], (TWO_YEARS,))]
SURE = Verdict(0.9, nearest=(TWO_YEARS,))
DECLINED = Verdict(0.1, is_declined=True, reason="too far away", nearest=(TWO_YEARS,))


class Model:
    """A fake that streams given parts, then stops or fails."""

    name = "fake"

    def __init__(self, *parts: CitedText, stop_reason: str = "end_turn", fault: str = ""):
        self.parts = parts
        self.stop_reason = stop_reason
        self.fault = fault
        self.prompts: list[Prompt] = []

    def complete(
        self,
        prompt: Prompt,
        on_text: Callable[[str], None],
        on_part: Callable[[CitedText], None],
    ) -> Completion:
        self.prompts.append(prompt)
        for part in self.parts:
            for start in range(0, len(part.text), 3):
                on_text(part.text[start : start + 3])
            on_part(part)
        if self.fault:
            raise GenerationError(self.fault)
        return Completion(self.parts, self.name, self.stop_reason, USAGE, 0.5)


def answered(
    model: Model,
    listener: Listener | None = None,
    made: Context | None = None,
    verdict: Verdict = SURE,
    **given: Any,
) -> Answer:
    return answer__written(
        Prompt("rules", (passage(),), QUESTION),
        context() if made is None else made,
        verdict,
        QUOTES,
        [],
        model,
        database(),
        listener,
        **given,
    )


def text_of(events: list) -> str:
    return "".join(event.text for event in events if isinstance(event, TextEvent))


def citations_of(events: list) -> tuple:
    return tuple(event.citation for event in events if isinstance(event, CitationEvent))


# --------------------------------------------------------------- a written answer


def test_a_written_answer_carries_its_verified_citations_usage_and_cost():
    answer = answered(Model(two_years(), CitedText(" Not the battery.")))
    assert answer.text == "Two years. [1] Not the battery."
    assert [citation.quote for citation in answer.citations] == [TEXT[0:29]]
    assert answer.usage == {"context_tokens": 10, **USAGE}
    assert answer.cost_usd == 0.5


def test_what_no_citation_supports_is_shown_wherever_the_answer_is():
    answer = answered(Model(two_years(), CitedText(" Not the battery.")))
    reason = "no citation supports it"
    assert answer.unsupported == (Unsupported("Not the battery.", reason),)
    assert answer.notes == ("not supported: Not the battery. (no citation supports it)",)
    as_json = {"sentence": "Not the battery.", "reason": reason}
    assert answer.to_dict()["unsupported"] == [as_json]
    marked = '[1] <u title="no citation supports it">Not the battery.</u></p>'
    assert marked in answer._repr_html_()


def test_streamed_and_whole_answers_are_the_same():
    events = []
    answer = answered(Model(two_years(), CitedText(" More.")), events.append)
    assert text_of(events) == answer.text
    assert citations_of(events) == answer.citations


def test_a_declining_model_gives_a_typed_no_answer_and_streams_nothing():
    events = []
    answer = answered(Model(CitedText(NO_ANSWER)), events.append)
    assert (answer.answered, answer.text) == (False, "")
    assert events == []
    assert answer.cost_usd == 0.5


def test_a_refusal_with_its_reasons_is_a_refusal_too():
    events = []
    answer = answered(Model(CitedText(f"{NO_ANSWER}: nothing is said of it.")), events.append)
    assert (answer.answered, answer.text, events) == (False, "", [])


def test_text_that_begins_like_a_refusal_is_shown_once_it_is_none():
    assert answered(Model(CitedText("NO_ONE knows."))).text == "NO_ONE knows."


def test_an_answer_that_reached_its_longest_says_so():
    (note,) = answered(Model(CitedText("Two"), stop_reason="max_tokens")).degraded
    assert "cut (max_tokens)" in note.text
    assert note.stage == "generate" and note.is_passing


def test_without_anything_relevant_no_model_is_asked():
    model = Model(CitedText("never"))
    assert not answered(model, verdict=DECLINED).answered
    assert not answered(model, made=Context((), "", 0, 2000)).answered
    assert model.prompts == []


def test_a_model_that_fails_midway_is_replaced_by_quotes_and_what_was_streamed_is_withdrawn():
    events = []
    model = Model(CitedText("Two ye"), fault="the stream was cut")
    answer = answered(model, events.append)
    assert answer.answered and answer.text == "The warranty lasts two years. [1]"
    (note,) = answer.degraded
    assert "the stream was cut" in note.text and note.is_passing
    (reset,) = [event for event in events if isinstance(event, ResetEvent)]
    after = events[events.index(reset) + 1 :]
    assert text_of(after) == answer.text
    assert citations_of(after) == answer.citations


def test_what_failed_before_its_first_word_has_nothing_to_withdraw():
    events = []
    answered(Model(fault="the service is full"), events.append)
    assert not [event for event in events if isinstance(event, ResetEvent)]


@pytest.mark.parametrize(("price", "total"), [(0.25, 0.75), (None, None)])
def test_reading_the_question_and_answering_it_are_paid_together(price, total):
    analysis = QuestionAnalysis(usage={"input_tokens": 1}, cost_usd=price)
    answer = answered(Model(two_years()), question_analysis=analysis)
    assert answer.usage == {"context_tokens": 10, "input_tokens": 10, "output_tokens": 3}
    assert answer.cost_usd == total


# ------------------------------------------- without a language model


def test_the_quotes_are_the_answer():
    answer = answer__extractive(QUESTION, QUOTES, context(), SURE, [], database())
    assert answer.text == "The warranty lasts two years. [1]"
    assert (answer.unsupported, answer.degraded, answer.cost_usd) == ((), (), 0.0)


def test_without_quotes_that_hold_there_is_no_answer():
    assert not answer__extractive(QUESTION, [], context(), SURE, [], database()).answered
    changed = database(TEXT.replace("two", "ten"))
    answer = answer__extractive(QUESTION, QUOTES, context(), SURE, [], changed)
    assert (answer.answered, answer.text) == (False, "")
    assert "could not be verified" in answer.degraded[0].text


def test_streamed_quotes_that_do_not_hold_are_withdrawn():
    events = []
    changed = database(TEXT.replace("two", "ten"))
    answer__extractive(QUESTION, QUOTES, context(), SURE, [], changed, events.append)
    assert isinstance(events[-1], ResetEvent) and not citations_of(events)
    events.clear()
    answer__extractive(QUESTION, [], context(), SURE, [], changed, events.append)
    assert events == []


# --------------------------------------------------------------- reasons


def test_a_declined_question_has_a_reason_and_the_nearest_passages():
    answer = answered(Model(), verdict=DECLINED)
    assert (answer.reason, answer.confidence) == ("too far away", 0.1)
    (nearest,) = answer.nearest
    assert (nearest.number, nearest.quote) == (1, TEXT[0:29])
    assert answer.citations == ()


def test_a_model_that_finds_no_answer_is_the_reason():
    answer = answered(Model(CitedText(NO_ANSWER)))
    assert answer.reason == "the language model found no answer"
    assert answer.nearest


def test_where_nothing_can_be_quoted_that_is_the_reason():
    answer = answer__extractive(QUESTION, [], context(), SURE, [], database())
    assert "no sentence" in answer.reason
    assert answer.nearest


def test_an_uncertain_answer_says_so_in_its_notes():
    doubtful = Verdict(0.4, reason="these passages may help")
    answer = answer__extractive(QUESTION, QUOTES, context(), doubtful, [], database())
    assert answer.answered and answer.notes == ("these passages may help",)
    assert answer.nearest == ()


def test_quotes_that_need_no_verdict_have_no_reason_against_them():
    """Such as a list of the documents that were asked for."""
    answer = answer__extractive(QUESTION, QUOTES, context(), DECLINED, [], database())
    assert answer.answered and (answer.reason, answer.nearest) == ("", ())


def test_the_filters_are_among_the_notes():
    filters = QueryFilters((Filter("year", "in", ("2021",)),), (Filter("lang", "in", ("de",)),))
    verdict = Verdict(0.9, filters=filters)
    answer = answer__extractive(QUESTION, QUOTES, context(), verdict, [], database())
    only, preferred = answer.notes
    assert only == "filter: only documents with year = 2021 were searched"
    assert preferred == "filter: documents with lang = de were preferred"
    assert answer.to_dict()["filters"] == [only, preferred]


# --------------------------------------------------------------- prompt and notes


def test_the_prompt_is_the_rules_the_passages_and_the_question_after_its_history():
    made = prompt("rules", context(), {}, QUESTION, ["Hello?", "Hello."])
    assert made == Prompt("rules", (passage(),), QUESTION, ("Hello?", "Hello."))


@pytest.mark.parametrize(
    ("metadata", "date"),
    [
        (
            {"author": "Ada Lind", "created": "2019-03-04", "last_updated": "2024-05-31"},
            "2024-05-31",
        ),
        ({"Date": "2024-05"}, "2024-05"),
        ({"published_at": "2023-10-01T12:00:00Z"}, "2023-10-01"),
        ({"author": "2023-10-01", "date": "last spring"}, ""),
        ({}, ""),
    ],
)
def test_a_passage_has_the_date_of_its_document_in_the_prompt(metadata, date):
    (asked,) = prompt("rules", context(), {"d": metadata}, QUESTION).passages
    assert asked == replace(passage(), date=date)


NO_SCORES = RerankScores(())
NO_FILTERS = QueryFilters()


def notes_of(
    documents: int = 1,
    scores: RerankScores = NO_SCORES,
    filters: QueryFilters = NO_FILTERS,
    changes: tuple[Change, ...] = (),
    analysis: QuestionAnalysis | None = None,
    language: str = "",
    encoder: str = "multilingual-e5-small",
    question: str = QUESTION,
) -> list[Note]:
    facts = TenantFacts("v", documents, documents, ("english",), ())
    reader = SimpleNamespace(name=encoder)
    query = RewrittenQuery(question, changes)
    return degraded(facts, scores, filters, question, query, reader, analysis, language)


def test_what_ran_below_its_best_is_noted_in_the_order_of_the_flow():
    by_rules = Note("understanding", "rules read the question", is_passing=True)
    unscored = Note("rerank", "not reranked", is_passing=True)
    relaxed = QueryFilters(relaxed=(Filter("year", "in", ("1950",)),))
    scores = RerankScores((None,), unscored)
    notes = notes_of(0, scores, relaxed, analysis=QuestionAnalysis(note=by_rules))
    stages = ["understanding", "ingest", "filter extraction", "rerank"]
    assert [note.stage for note in notes] == stages
    assert notes[0] is by_rules and notes[3] is unscored
    assert "no document has year = 1950" in notes[2].text
    assert not notes[1].is_passing and not notes[2].is_passing


def test_a_question_in_another_language_than_the_documents_is_noted():
    (note,) = notes_of(language="german")
    assert note.stage == "understanding"
    assert "the question is in German, the documents are in English" in note.text
    assert "encoder" not in note.text
    assert notes_of(language="english") == []


@pytest.mark.parametrize(
    "encoder",
    ["all-MiniLM-L6-v2-int8", "sentence-transformers/all-mpnet-base-v2", "bge-small-en-v1.5"],
)
def test_the_note_says_that_an_encoder_reads_english_alone(encoder):
    (note,) = notes_of(language="german", encoder=encoder)
    assert f"the encoder {encoder} reads English" in note.text


@pytest.mark.parametrize("encoder", ["paraphrase-multilingual-MiniLM-L12-v2", "bge-m3", "mine"])
def test_no_note_says_so_of_other_encoders(encoder):
    (note,) = notes_of(language="german", encoder=encoder)
    assert "encoder" not in note.text


def test_words_read_as_others_are_noted_as_typed_and_as_read():
    changes = (
        Change("typo", "Ghandi", "Gandhi", ""),
        Change("abbreviation", "RRF", "reciprocal rank fusion", ""),
        Change("typo", "waranty", "warranty", ""),
    )
    (note,) = notes_of(changes=changes, question="What waranty did Ghandi give?")
    told = '"Ghandi" was read as "Gandhi", "waranty" was read as "warranty"'
    assert note.text == f"{told}: no document has what was typed"
    assert (note.stage, note.is_passing) == ("spelling", False)


def test_of_earlier_questions_no_word_is_noted_again():
    assert notes_of(changes=(Change("typo", "Ghandi", "Gandhi", ""),)) == []


def test_british_and_american_spelling_are_the_same_word():
    change = Change("typo", "Colour", "Color", "")
    assert notes_of(changes=(change,), question="Colour of the case?") == []


def test_a_run_at_its_best_has_no_notes():
    assert notes_of() == []
    assert notes_of(analysis=QuestionAnalysis()) == []


# --------------------------------------------------------------- greetings


def test_a_greeting_is_replied_to_and_no_model_is_asked():
    model = Model(two_years())
    events: list = []
    asked = prompt("rules", context(), {}, "Hello", reply="Hello. Ask me a question.")
    answer = answer__written(
        asked, context(), Verdict(), QUOTES, [], model, database(), events.append
    )
    assert (answer.text, answer.answered) == ("Hello. Ask me a question.", False)
    assert (answer.citations, answer.usage, answer.cost_usd) == ((), {}, 0.0)
    assert text_of(events) == answer.text
    assert model.prompts == []
