"""Sentences of answers against what they cite."""

import json
from pathlib import Path

import pytest

from headrace.answer.claims.comparing import disagreement
from headrace.measuring.claims.run import measure
from support.places import SHARED
from support.warranty import TWO_YEARS, begun

PARAPHRASES = Path(__file__).with_name("paraphrases.jsonl")
COLLECTIONS = [SHARED / name for name in ("scifact", "squad2-sample", "multihop-rag")]


@pytest.mark.parametrize(
    ("said", "cited", "named"),
    [
        ("You have 30 days.", "Returns are accepted within 14 days.", '"30 days"'),
        ("It takes 5 g daily.", "It takes 5 mg daily.", '"5 g"'),
        ("It costs 9 dollars.", "It costs 9 EUR.", '"9 dollars"'),
        ("Three patients died.", "Four patients died.", '"Three"'),
        ("The 21st floor is closed.", "The 20th floor is closed.", '"21st"'),
        ("It was signed on 6 January 2021.", "It was signed on Jan 5, 2021.", "6 January 2021"),
        ("It opened in March.", "It opened in May 1999.", '"March"'),
        ("It opened in 1999.", "It opened in 1998.", '"1999"'),
        ("The mayor is Ada Lind.", "The mayor is Eva Holm.", '"Ada"'),
        ("Riga has a new port.", "Oslo has a new port.", '"Riga"'),
        ("The fix is in CVE-2024-1234.", "The fix is in CVE-2024-24762.", "CVE-2024-1234"),
        ("Version 0.9.2 has it.", "Version 0.9.3 has it.", '"0.9.2"'),
        ("The plan does not include backups.", "The plan includes backups.", '"not"'),
        ("The plan includes backups.", "The plan doesn't include backups.", "doesn't"),
        ("There was some effect.", "There was no effect.", '"no"'),
        ("Das kostet 1.500 Euro und ist neu.", "It costs 1.5 euros in the shop.", "1.500 Euro"),
        ("Die Garantie gilt für den Akku.", "Die Garantie gilt nicht für den Akku.", "nicht"),
        ("Das Amt in Riga ist zu.", "Das Amt in Oslo ist zu.", '"Riga"'),
    ],
)
def test_what_the_cited_text_says_otherwise_is_named(said, cited, named):
    assert named in disagreement(said, cited)


def test_the_reason_says_what_the_cited_text_has_in_this_place():
    reason = disagreement("You have 30 days.", "Within 14 days, you can return 3 items.")
    assert reason == '"30 days": what it cites says "14 days"'


def paraphrases() -> list[dict[str, str]]:
    lines = PARAPHRASES.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_faithful_paraphrases_are_not_flagged():
    flagged = []
    for one in paraphrases():
        reason = disagreement(one["said"], one["cited"])
        if reason:
            flagged.append((one["said"], reason))
    assert len(paraphrases()) >= 250
    assert len(flagged) <= 0.02 * len(paraphrases()), flagged


def test_title_and_headings_count_as_cited_and_the_question_where_the_quote_names_nobody():
    said = "The Aurora X200 runs for 9 hours."
    assert disagreement(said, "It runs for 9 hours.")
    assert not disagreement(said, "It runs for 9 hours.", "Aurora X200 > Battery")
    question = "How long does the Aurora X200 run?"
    assert not disagreement(said, "It runs for 9 hours.", "", question)
    assert disagreement(said, "The new Borealis runs for 9 hours.", "", question)


def test_a_sentence_that_stands_in_the_quote_word_for_word_is_not_compared():
    quote = "No, 5 are not 6, as\nNo. 7 says. Then more."
    assert not disagreement("No, 5 are not 6, as No. 7 says.", quote)


def test_an_answer_names_the_sentence_that_says_another_number_and_shows_it_all_the_same():
    answer = begun()
    answer.add_text("It lasts two years, or 24 months. It lasts three years.")
    answer.add_citations([TWO_YEARS])
    (unsupported,) = answer.unsupported()
    assert unsupported.sentence == "It lasts three years."
    assert unsupported.reason == '"three years": what it cites says "two years"'
    assert "three years" in answer.text and len(answer.citations) == 1


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the public collections")
def test_of_a_thousand_exchanged_words_nearly_all_are_flagged_and_true_sentences_are_not():
    figures = measure(COLLECTIONS, 1100, seed=1)
    assert figures.swaps.total() >= 1000
    assert figures.share >= 0.95
    assert figures.alarms <= 0.02 * figures.sentences
