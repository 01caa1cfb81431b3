"""Answers from manuals: steps, code, lists, tables and differences."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from headrace.answer.extraction import quotes, sentence_scores
from headrace.answer.quoting.extending import introduces_list
from headrace.answer.quoting.stretches import Stretch
from headrace.answer.reading import read_sentences
from headrace.types import Context, QueryFilters, ScoredSentence, SubQuery
from support.contexts import hit, packed
from support.counters import Words
from support.quoting import Flat, quoted_from, quoted_from_hits

OTHER = "Bread is baked at night."


def context(*documents: list[str]) -> Context:
    """A context of documents of one paragraph each."""
    hits = [hit(number, " ".join(one), f"d{number}") for number, one in enumerate(documents, 1)]
    return packed(hits, question="q")


def scored_sentences(made: Context, question: str) -> list[ScoredSentence]:
    queries = [SubQuery(question)]
    read = read_sentences(made, queries, np.ones((1, 1)), Flat())
    return sentence_scores(0.9, made, queries, read, {})


SLUICE = """# Sluice

## Draining

To drain the basin, stop the inflow first. The pumps have to be idle.

Then open the gate by hand:

```console
$ ./sluice.sh drain --gate north
$ ./sluice.sh wait
```

The level falls by a metre an hour.
"""


def test_steps_are_quoted_with_the_code_that_follows_them():
    answer = quoted_from("How do I drain the basin?", SLUICE, OTHER)[0]
    assert "stop the inflow first" in answer
    assert "$ ./sluice.sh drain --gate north\n$ ./sluice.sh wait\n```" in answer


RUNNERS = """# Runners

`wheel` starts one. Nobody should leave a runner on at night.

## Choosing a runner

| Runner | Notes |
| --- | --- |
| mill-tiny | It stops after 2 minutes, which is too short for photos. |
| mill-small | A fair choice for photos in a large mill. |
"""


def test_all_rows_that_may_answer_are_quoted():
    answer = " ".join(quoted_from("Why is a mill runner bad for photos?", RUNNERS, OTHER))
    assert "mill-small" in answer and "2 minutes" in answer


def test_the_row_of_another_product_is_not_quoted_beside_that_of_the_one_asked_for():
    answer = " ".join(quoted_from("What is mill-tiny like for photos?", RUNNERS, OTHER))
    assert "2 minutes" in answer
    assert "mill-small" not in answer


HOURS = (
    "The keeper writes the hours into a book with a red cover, which lies on the oak table "
    "beside the stove, and signs each page at noon before the bell of the chapel rings twice "
    "over the valley and the carts of the carters roll home."
)
OIL = f"""# Mill

`wheel` starts it.

## Oil

Oil the axle of the wheel in spring. {HOURS}

A cup of linseed is enough for the whole of it, and more drips into the race. {HOURS}

```sh
wheel --oil
```

## Grease

The axle of the pump takes grease, never oil. {HOURS}
"""


def test_what_stands_just_after_an_unsure_quotation_is_quoted_too():
    question = "How much oil goes on the axle in spring?"
    answer = " ".join(quoted_from(question, OIL, OTHER))
    assert "A cup of linseed" in answer
    # Headings make a manual, too.
    plain = OIL.replace("`wheel`", "A wheel").replace("```sh\nwheel --oil\n```\n", "")
    assert "A cup of linseed" in " ".join(quoted_from(question, plain, OTHER))


def test_prose_without_code_and_headings_is_quoted_no_further_than_before():
    text = SLUICE.partition("```")[0].replace("Then", "A monk wrote that down.\n\nThen")
    text = text.replace("# Sluice\n\n## Draining\n\n", "")
    text = text.replace("The pumps have", f"The pumps have {'long ' * 80}")
    assert "A monk" not in " ".join(quoted_from("How do I drain the basin?", text, OTHER))


def test_a_list_of_a_manual_is_quoted_whole():
    items = "".join(f"- `mode-{name}`: {'for slow water ' * 8}\n" for name in "abcd")
    text = f"# Modes\n\nThe gate knows the following modes:\n\n{items}\nOther things are here."
    answer = quoted_from("Which modes does the gate know?", text, OTHER)[0]
    assert all(f"`mode-{name}`" in answer for name in "abcd")
    assert "more)" not in answer


def test_what_introduces_a_list_answers_a_question_for_one():
    """Another sentence has one more word of the question."""
    lines = (
        "It has doors:",
        "- flap",
        "- drum",
        "",
        "Nobody has counted what is there.",
        "",
        "Old doors of the weir rust. They rust on.",
    )
    (answer, *_) = quoted_from("Which doors has the weir?", "\n".join(lines), OTHER)
    assert "flap" in answer and "drum" in answer


def test_the_introduction_of_a_list_scores_where_a_list_is_asked_for():
    made = packed([hit(1, "It has doors:\n- flap\n- drum\n", "d1")], question="q")

    def scores(question: str) -> list[float]:
        scored = sorted(scored_sentences(made, question), key=lambda one: one.sentence)
        return [one.scores[0] for one in scored]

    gains = np.subtract(scores("Which doors has it?"), scores("Has it doors?"))
    assert gains.tolist() == pytest.approx([0.4, 0, 0])


@pytest.mark.parametrize(("first", "last", "introduces"), [(0, 2, True), (1, 3, False)])
def test_a_stretch_introduces_a_list_with_its_first_item(first, last, introduces):
    made = packed([hit(1, "It has doors:\n- flap\n- drum\n", "d1")], question="q")
    evidence: Any = SimpleNamespace(context=made.of_hits)
    assert introduces_list(evidence, Stretch(0, first, last, 9)) is introduces


def test_a_list_that_is_introduced_goes_before_items_that_are_alike():
    text = (
        "# Restoring\n\nWhat --overwrite does with files is one of these:\n\n"
        "- always: files are written anew\n- never: existing files are kept, see below\n"
        "- changed: files that differ are written\n"
    )
    other = "# Contents\n\n- never: existing files are kept, see restoring\n"
    answer = " ".join(quoted_from("What can I pass to --overwrite for files?", text, other))
    assert all(word in answer for word in ("always", "never", "changed"))


def test_a_row_of_several_sentences_is_shown_whole():
    rows = "`2` | Left early. It was told to.\n`3` | Left late. Locks may remain.\n"
    text = f"# Exit codes\n\nCode | Meaning\n-----|--------\n{rows}"
    answer = quoted_from("What does exit code 3 mean?", text, OTHER)[0]
    assert "Code: `3`; Meaning: Left late. Locks may remain." in answer


def test_what_tells_two_things_apart_is_their_difference():
    one, other = "A drum and a flap need oil.", "A drum is like a flap but floats."
    for question, first in (
        ("What is the difference of flap and drum?", other),
        ("A drum, a flap?", one),
    ):
        made = context([one, other])
        best = scored_sentences(made, question)[0]
        assert made.passages[0].sentences[best.sentence].text == first


def test_a_short_part_of_a_question_is_read_beside_the_whole():
    made = context(["A drum is one of the gates.", "Oil the drum of a weir in spring."])
    queries = [SubQuery("When do I oil a weir?"), SubQuery("the drum", "sub-question")]
    read = read_sentences(made, queries, np.ones((2, 1)), Flat())
    scored = sentence_scores(0.9, made, queries, read, {})
    assert [one.sentence for one in scored] == [1, 0]
    assert scored[0].scores[1] > scored[1].scores[1]


def test_one_sentence_answers_two_parts_only_with_the_numbers_of_both():
    made = context(["Gate 502 is red."], ["Gate 503 is blue."])
    queries = [SubQuery("502 and 503?")]
    queries += [SubQuery(f"gate {number}?", "sub-question") for number in (502, 503)]
    scored = [ScoredSentence(0, 0, (9, 9.9, 9.5)), ScoredSentence(1, 0, (9, 9.5, 9.9))]
    parts = quotes(queries, made, scored, Words(), {}, QueryFilters())
    assert [part.text for part in parts] == ["Gate 502 is red.", "Gate 503 is blue."]


def test_when_a_version_came_is_not_answered_without_a_date():
    asked = "On which day did 4.7.0 come out?"
    assert quoted_from(asked, "# Notes\n\nThe flap will be removed in 4.7.0, as may be.") == []
    dated = "# Notes\n\nVersion 4.7.0 came out on May 3."
    assert "May 3" in quoted_from(asked, dated)[0]


def test_a_pasted_fault_of_many_words_gets_its_remedy():
    text = (
        "# Faults\n\nOpening a gate of the northern basin by remote control may fail with:\n\n"
        "```\nERROR gate north: cannot reach controller on port seven after five tries\n```\n\n"
        "Press the reset button of the box then."
    )
    asked = (
        "Opening a gate of the northern basin by remote control may fail with ERROR gate "
        "north: cannot reach controller on port seven after five tries; cable, power, lamp "
        "and relay look fine to our crew"
    )
    hits = [hit(1, text, "d1"), hit(2, OTHER, "d2")]
    assert "reset button" in " ".join(quoted_from_hits(asked, hits))


def test_steps_have_the_heading_that_names_the_command():
    text = (
        "# Commands\n\n## sluice drain\n\nTakes the water out of the basin.\n\n"
        "Give it the `GATE`.\n\n## sluice fill\n\nLets the water in.\n"
    )
    answer = quoted_from("How do I get the water out of the basin?", text, OTHER)[0]
    assert answer.startswith("sluice drain: Takes the water")


def test_an_operator_is_quoted_rather_than_a_word_of_the_same_stem():
    text = "# Reference\n\nOperator | Description\n--- | ---\n`<=>` | distance\n`<#>` | product\n"
    computers = "# Computers\n\nEverybody gets a new computer."
    (answer, *_) = quoted_from("What does <=> compute?", text, computers)
    assert answer == "Operator: `<=>`; Description: distance"
