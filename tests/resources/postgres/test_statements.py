"""Statements are found by their names, which are unique over all folders."""

from pathlib import Path

import pytest

from headrace.resources.postgres import statements


def test_two_files_of_one_name_are_an_error_that_names_both():
    files = [Path("sql/search/hits.sql"), Path("sql/question/names.sql"), Path("sql/a/hits.sql")]
    with pytest.raises(LookupError, match=r"named hits, .* rename sql/search/hits.sql or sql/a/"):
        statements.by_name(files)


def test_every_statement_is_found_and_a_name_that_is_none_is_an_error():
    for path in statements.folder().rglob("*.sql"):
        if path.parent.name != "migrations":
            assert statements.statement(path.stem)
    with pytest.raises(LookupError, match="there is no statement no_such_statement"):
        statements.statement("no_such_statement")
    with pytest.raises(LookupError, match="there is no statement 001_schema"):
        statements.statement("001_schema")


def test_a_statement_is_sent_without_comments_and_with_the_encoders_values():
    text = statements.EncoderStatements(7, 384).text("count_unembedded").decode()
    assert text.startswith("SELECT count(*)") and "encoder_id = 7" in text
    assert "--" not in text and not text.endswith(";")
