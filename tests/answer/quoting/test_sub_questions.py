"""What is quoted for a question of two parts."""

from collections.abc import Sequence

from headrace.answer.extraction import quotes
from headrace.types import Context, QueryFilters, ScoredSentence, SubQuery
from support.contexts import context
from support.counters import Words

PARTS = [SubQuery("q"), SubQuery("q", "sub-question"), SubQuery("q", "sub-question")]


def quoted(
    made: Context, scored: Sequence[ScoredSentence], queries: Sequence[SubQuery] = PARTS
) -> list[str]:
    ranked = sorted(scored, key=lambda sentence: -sentence.best)
    parts = quotes(list(queries), made, ranked, Words(), {}, QueryFilters())
    return [part.text for part in parts]


def test_each_sub_question_gets_its_stretch():
    made = context(["Alpha one two."], ["Beta three four."], ["Gamma five six."])
    scored = [
        ScoredSentence(0, 0, (0, 1.9, 0)),
        ScoredSentence(1, 0, (0, 1.5, 0)),
        ScoredSentence(2, 0, (0, 0, 1.2)),
    ]
    assert quoted(made, scored) == ["Alpha one two.", "Gamma five six."]
    scored[2] = ScoredSentence(2, 0, (0, 0, 0.5))
    assert quoted(made, scored) == ["Alpha one two."]


def test_each_sub_question_gets_its_own_stretch_though_another_one_comes_first():
    """What comes later counts less: 1.6 - 0.25 is less than the 1.4 that came first."""
    made = context(["Alpha one two."], ["Beta three four."])
    scored = [ScoredSentence(0, 0, (0, 1.7, 1.4)), ScoredSentence(1, 0, (0, 1.4, 1.6))]
    assert quoted(made, scored) == ["Alpha one two.", "Beta three four."]


def test_what_a_stretch_says_to_both_sub_questions_is_quoted_once():
    made = context(["Alpha one two.", "Beta three four."], ["Gamma five six."])
    scored = [
        ScoredSentence(0, 0, (0, 1.9, 1.0)),
        ScoredSentence(0, 1, (0, 1.6, 1.9)),
        ScoredSentence(1, 0, (0, 0.1, 1.5)),
    ]
    assert quoted(made, scored) == ["Alpha one two. Beta three four."]


def test_what_several_documents_say_to_sub_questions_has_their_titles():
    made = context(["Seventy came."], ["Eighty came."], titles=("Report 2023", "Report 2024"))
    scored = [ScoredSentence(0, 0, (0, 1.7, 1.2)), ScoredSentence(1, 0, (0, 1.2, 1.6))]
    queries = [SubQuery("How many came in 2023 and 2024?")]
    queries += [SubQuery(f"How many came in {year}?", "sub-question") for year in (2023, 2024)]
    assert quoted(made, scored, queries) == [
        "Report 2023: Seventy came.",
        "Report 2024: Eighty came.",
    ]


def test_one_sentence_that_fits_all_sub_questions_is_enough():
    made = context(["Alpha is faster than beta."], ["Alpha is fast."], ["Beta is slow."])
    scored = [
        ScoredSentence(0, 0, (0, 1.9, 1.9)),
        ScoredSentence(1, 0, (0, 2.0, 0.1)),
        ScoredSentence(2, 0, (0, 0.1, 2.0)),
    ]
    assert quoted(made, scored) == ["Alpha is faster than beta."]
