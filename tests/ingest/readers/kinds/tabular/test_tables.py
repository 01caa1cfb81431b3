"""Tables as text: every row carries its headers."""

import pytest

from headrace.ingest.readers.kinds.tabular.tables import passages
from support.reading import document_of, reason_of, written


def text_of(folder, content: bytes | str, name: str = "a.csv") -> str:
    return document_of(written(folder, name, content)).text


def test_each_row_is_a_paragraph_with_its_headers(tmp_path):
    document = document_of(written(tmp_path, "fees.csv", "item,cost\nkiln,900\nwheel,350\n"))
    assert document.text == "item: kiln; cost: 900\n\nitem: wheel; cost: 350"
    assert (document.title, document.metadata) == ("fees", {"file_type": "csv"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "item;cost\nkiln;9,50\n"),
        ("a.csv", "item|cost\nkiln|9,50\n"),
        ("a.csv", "sep=;\nitem;cost\nkiln;9,50\n"),
        ("a.tsv", "item\tcost\nkiln\t9,50\n"),
        ("a.csv", 'item,cost\r\n"kiln","9,50"\r\n'),
        ("a.csv", "item,cost\nkiln,'9,50'\n".replace("'", '"').encode("utf-16")),
    ],
)
def test_whatever_stands_between_the_values_is_found(tmp_path, name, content):
    assert text_of(tmp_path, content, name) == "item: kiln; cost: 9,50"


def test_a_table_is_read_the_same_whatever_was_read_before(tmp_path):
    long = "kiln " * 50
    text_of(tmp_path, "a\n")
    assert text_of(tmp_path, f"item\tcost\n{long}\t9\n").startswith("item: kiln kiln")


def test_quoted_line_ends_and_empty_cells_keep_a_row_together(tmp_path):
    text = text_of(tmp_path, 'name,note,fee\nAda,"first\nsecond",3\nBo,,4\n')
    assert text == "name: Ada; note: first second; fee: 3\n\nname: Bo; fee: 4"


def test_a_quote_that_nothing_ends_does_not_take_in_the_rows_below(tmp_path):
    text = text_of(tmp_path, 'tool,fee\n"Saw, small",4\n"5 inch pipe,3\nAxe,5\n')
    assert text.split("\n\n") == [
        "tool: Saw, small; fee: 4",
        'tool: "5 inch pipe; fee: 3',
        "tool: Axe; fee: 5",
    ]


def test_labels_of_rows_are_no_headers(tmp_path):
    text = text_of(tmp_path, "Name:,Ada Lind\nCity:,Aarhus\nRole:,Editor\n")
    assert text == "Name: | Ada Lind\n\nCity: | Aarhus\n\nRole: | Editor"


def test_a_table_without_headers_is_given_none(tmp_path):
    assert text_of(tmp_path, "Verwood,155\nWells,160\n") == "Verwood | 155\n\nWells | 160"


def test_years_may_be_headers(tmp_path):
    text = text_of(tmp_path, "depot,2023,2024\nWells,10,20\n")
    assert text == "depot: Wells; 2023: 10; 2024: 20"


def test_titles_above_a_table_are_paragraphs_and_gaps_keep_its_headers(tmp_path):
    text = text_of(tmp_path, "Fees\n\ndepot,fee\nWells,10\n\nTring,20\n\nname,age\nBo,50\n")
    assert text == "Fees\n\ndepot: Wells; fee: 10\n\ndepot: Tring; fee: 20\n\nname: Bo; age: 50"


def test_a_second_row_of_headers_joins_the_first(tmp_path):
    text = text_of(tmp_path, "depot,rate,,\n,week,month,year\nWells,10,20,30\n")
    assert text == "depot: Wells; rate week: 10; rate month: 20; rate year: 30"


def test_one_column_is_a_list_of_paragraphs(tmp_path):
    assert text_of(tmp_path, "One thing.\nAnother.\n") == "One thing.\n\nAnother."


def test_a_long_row_goes_on_in_lines_that_begin_like_the_first():
    names = {column: f"name {column}" for column in range(60)}
    row = {column: "word " * 4 + str(column) for column in range(60)}
    lines = [block.text for block in passages([names, row])]
    assert len(lines) > 2 and max(map(len, lines)) < 700
    assert all(line.startswith("name 0: word") for line in lines)
    assert "name 59: word word word word 59" in lines[-1]


def test_a_field_of_a_million_characters_is_read(tmp_path):
    assert text_of(tmp_path, f"a,b\n1,{'x' * 1_000_000}\n").endswith("xx")


def test_what_is_no_text_is_no_table(tmp_path):
    assert reason_of(written(tmp_path, "a.csv", b"\0\1" * 500)).startswith("not text")
    assert reason_of(written(tmp_path, "b.csv", ",,\n,,\n")).startswith("empty")
