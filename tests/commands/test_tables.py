import io

import pytest
from rich.console import Console

from headrace.commands import output

COLUMNS = ("after node", "nDCG@10", "Recall@20", "MRR@10", "full_recall", "p50_ms", "p95_ms")
ROW = ("answerability_signs", "0.6123", "0.8210", "0.6001", "0.7777", "12.3", "1,234.5")


def rendered(table: object, width: int) -> list[str]:
    written = io.StringIO()
    Console(file=written, width=width, soft_wrap=True).print(table)
    return [line.rstrip() for line in written.getvalue().splitlines()]


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_line_is_wider_and_no_word_is_broken(width):
    lines = rendered(output.table(COLUMNS, [ROW], numbers=COLUMNS[1:]), width)
    assert [line for line in lines if len(line) > width] == []
    words = " ".join(lines).split()
    assert [word for word in (*ROW, *" ".join(COLUMNS).split()) if word not in words] == []


def test_columns_that_do_not_fit_follow_below_beside_the_first_one():
    lines = rendered(output.table(COLUMNS, [ROW], numbers=COLUMNS[1:]), 60)
    headings = [line for line in lines if line.startswith("after")]
    assert len(headings) == 2
    assert len(rendered(output.table(COLUMNS, [ROW], numbers=COLUMNS[1:]), 160)) == 2


def test_a_part_of_a_table_has_the_rows_that_say_something_in_it():
    timed = ("normalized_query", *[""] * 4, "0.1", "0.2")
    lines = rendered(output.table(COLUMNS, [timed, ROW]), 60)
    assert sum("normalized_query" in line for line in lines) == 1
    assert sum("answerability_signs" in line for line in lines) == 2


def test_long_cells_wrap_at_words():
    text = "not installed: pip install something and then look again whether it is there"
    lines = rendered(output.table(("extra", "found"), [("torch", text)]), 40)
    assert len(lines) > 2
    assert " ".join(" ".join(lines).split()) == f"extra found torch {text}"


def test_only_a_word_longer_than_its_column_is_broken():
    lines = rendered(output.table(("name", "found"), [("path", "/" + "x" * 70)]), 40)
    assert [line for line in lines if len(line) > 40] == []
    assert "".join("".join(lines).split()).count("x") == 70
