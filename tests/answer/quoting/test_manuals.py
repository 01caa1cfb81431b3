"""Answers from manuals: steps, code, lists, tables and differences."""

from support.contexts import hit
from support.quoting import quoted_from, quoted_from_hits

OTHER = "Bread is baked at night."

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


def test_prose_without_code_is_quoted_no_further_than_before():
    text = SLUICE.partition("```")[0].replace("Then", "A monk wrote that down.\n\nThen")
    text = text.replace("The pumps have", f"The pumps have {'long ' * 80}")
    assert "A monk" not in " ".join(quoted_from("How do I drain the basin?", text, OTHER))


def test_a_list_of_a_manual_is_quoted_whole():
    items = "".join(f"- `mode-{name}`: {'for slow water ' * 8}\n" for name in "abcd")
    text = f"# Modes\n\nThe gate knows the following modes:\n\n{items}\nOther things are here."
    answer = quoted_from("Which modes does the gate know?", text, OTHER)[0]
    assert all(f"`mode-{name}`" in answer for name in "abcd")
    assert "more)" not in answer


def test_what_introduces_a_list_answers_a_question_for_one():
    text = (
        "# Gates\n\nGates are painted on kinds of days when paint dries. "
        "Kinds of paint for gates are old. Gates are heavy.\n\n"
        "The weir has gates of three kinds:\n\n- flap\n- radial\n- drum\n"
    )
    answer = quoted_from("What kinds of gates are there?", text, OTHER)[0]
    assert all(kind in answer for kind in ("flap", "radial", "drum"))


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
    text = (
        "# Gates\n\nA flap and a drum are gates. A drum and a flap need oil. "
        "A drum is like a flap but floats.\n"
    )
    assert "but floats" in quoted_from("What is the difference between flap and drum?", text)[0]


def test_each_part_of_a_question_gets_the_sentence_with_its_number():
    text = (
        "# Codes\n\nGate 502 stands open when the pump is down. "
        "We paint the gate red. "
        "Gate 503 stands open when no pump is there."
    )
    answer = " ".join(quoted_from("When does gate 502 stand open, and when does gate 503?", text))
    assert "502" in answer and "503" in answer


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
        "Opening a gate of the northern basin by remote control I get ERROR gate north: "
        "cannot reach controller on port seven after five tries, cable is fine"
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
