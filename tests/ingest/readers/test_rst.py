"""reStructuredText becomes Markdown, with what Sphinx adds to it."""

from datetime import date

import pytest

from headrace.ingest.readers import Unreadable, read_source
from headrace.types import Document
from support.reading import document_of, reason_of, written


def text_of(folder, text: str) -> str:
    return document_of(written(folder, "a.rst", text)).text


def test_headings_keep_their_levels_and_the_title_is_that_of_the_document(tmp_path):
    read = document_of(
        written(
            tmp_path,
            "a.rst",
            ".. _top:\n\n======\nManual\n======\n\nWords\n\nUse\n===\n\nStart\n-----\n\nGo.\n",
        )
    )
    assert (read.title, read.markup) == ("Manual", "markdown")
    assert read.text == "# Manual\n\nWords\n\n## Use\n\n### Start\n\nGo."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Title\n=====\n\nWords", "Title"),
        ("Words\n\nSection\n-------\n\nMore", "Section"),
        ("0.8.7 (unreleased)\n------------------\n\n- a\n\n0.8.6\n-----\n\n- b", "a"),
        ("Example\n::\n\n    code", "a"),
    ],
)
def test_a_title_is_that_of_the_whole_document(tmp_path, text, title):
    assert document_of(written(tmp_path, "a.rst", text)).title == title


def test_what_is_said_at_the_head_becomes_metadata(tmp_path):
    head = "Plan\n====\n\n:Author: Ann Lee\n:Date: 2024-05-01\n:Version: 1.2\n:orphan:\n\nWords\n"
    read = document_of(written(tmp_path, "a.rst", head))
    assert read.metadata == {
        "file_type": "rst",
        "author": "Ann Lee",
        "date": date(2024, 5, 1),
        "version": "1.2",
    }
    assert read.text == "# Plan\n\nWords"


def test_lists_definitions_and_fields(tmp_path):
    text = text_of(
        tmp_path,
        "- one\n  goes on\n- two\n\n  - inner\n\n(b) second\n(c) third\n\n"
        "port : number\n   Where it listens.\n\n:param path: where\n\n-v, --verbose  says more\n",
    )
    assert text == (
        "- one goes on\n- two\n  - inner\n\n(b) second\n(c) third\n\n"
        "port (number): Where it listens.\n\n- param path: where\n- -v, --verbose: says more"
    )


def test_code_is_fenced_with_its_language(tmp_path):
    text = text_of(
        tmp_path,
        "So::\n\n    # no heading\n\n.. code-block:: python\n   :linenos:\n\n"
        "   x = 1\n\n>>> 1\n1\n",
    )
    assert text == "So:\n\n```\n# no heading\n```\n\n```python\nx = 1\n```\n\n```\n>>> 1\n1\n```"


def test_links_keep_their_addresses_and_roles_their_words(tmp_path):
    text = text_of(
        tmp_path,
        "See `the form <https://x.org/f>`_, docs_, :ref:`the start <start>`, "
        ":func:`~shop.cart.add`, :unknown:`this`, :pep:`8` and ``code``, lost_, |missing|.\n\n"
        ".. _docs: https://x.org/docs\n",
    )
    assert text == (
        "See [the form](https://x.org/f), [docs](https://x.org/docs), the start, add, this, "
        "[PEP 8](https://peps.python.org/pep-0008) and code, lost, |missing|."
    )


def test_directives_of_sphinx_are_read_by_what_they_show(tmp_path):
    text = text_of(
        tmp_path,
        ".. toctree::\n   :maxdepth: 2\n\n   other\n\n"
        ".. function:: fetch(name)\n              fetch(name, size)\n   :noindex:\n\n"
        "   Fetches it.\n\n   .. versionchanged:: 2.1\n      Takes a *size*.\n\n"
        ".. deprecated:: 3.0\n\n"
        ".. warning:: Not twice.\n\n"
        ".. seealso:: The manual.\n\n"
        ".. automodule:: shop\n   :members:\n\n"
        ".. confval:: depth\n\n   How deep.\n\n"
        ".. tab-item:: Linux users\n   :sync: a\n\n   Use apt.\n\n"
        ".. strange:: words that are meant\n\n"
        ".. only:: html\n\n   On screen.\n\n"
        ".. a comment\n",
    )
    assert text == (
        "fetch(name)\n\nfetch(name, size): Fetches it.\n\n"
        "Changed in version 2.1: Takes a size.\n\nDeprecated since version 3.0.\n\n"
        "Warning: Not twice.\n\nSee also: The manual.\n\ndepth: How deep.\n\n"
        "Linux users\n\nUse apt.\n\nwords that are meant\n\nOn screen."
    )


TABLES = {
    "grid": """
+--------+-----------+-----+
| Depot  | Deposit   | Fee |
|        | (pounds)  |     |
+========+===========+=====+
| Wells  | 160       | 8   |
+--------+-----------+-----+
| Bath   | 155       | 8   |
+--------+-----------+-----+
""",
    "simple": """
=====  ========  ===
Depot  Deposit   Fee
       (pounds)
=====  ========  ===
Wells  160       8
Bath   155       8
=====  ========  ===
""",
    "csv": """
.. csv-table::
   :header: Depot, Deposit (pounds), Fee

   Wells, 160, 8
   Bath, 155, 8
""",
    "list": """
.. list-table::
   :header-rows: 1

   * - Depot
     - Deposit (pounds)
     - Fee
   * - Wells
     - 160
     - 8
   * - Bath
     - 155
     - 8
""",
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_row_of_any_table_has_its_headers(tmp_path, kind):
    lines = text_of(tmp_path, TABLES[kind]).split("\n\n")
    assert lines == [
        "Depot: Wells; Deposit (pounds): 160; Fee: 8",
        "Depot: Bath; Deposit (pounds): 155; Fee: 8",
    ]


def test_merged_cells_and_two_rows_of_headers(tmp_path):
    text = text_of(
        tmp_path,
        "+-------+---------------+\n"
        "| Depot | Fee           |\n"
        "|       +-------+-------+\n"
        "|       | day   | week  |\n"
        "+=======+=======+=======+\n"
        "| Wells | 8     | 40    |\n"
        "|       +-------+-------+\n"
        "|       | 9     | 45    |\n"
        "+-------+-------+-------+\n"
        "| The north             |\n"
        "+-------+-------+-------+\n"
        "| Bath  | 5             |\n"
        "+-------+---------------+\n",
    )
    assert text.split("\n\n") == [
        "Depot: Wells; Fee day: 8; Fee week: 40",
        "Depot: Wells; Fee day: 9; Fee week: 45",
        "The north",
        "Depot: Bath; Fee day: 5; Fee week: 5",
    ]


def test_a_table_without_headers_is_rows(tmp_path):
    assert (
        text_of(tmp_path, "=====  ===\nWells  8\nBath   8\n=====  ===\n") == "Wells | 8\n\nBath | 8"
    )


def test_notes_pictures_and_substitutions(tmp_path):
    text = text_of(
        tmp_path,
        "|hut| claims it [#]_ as in [Lee]_.\n\n.. |hut| replace:: The hut\n\n"
        ".. image:: a.png\n   :alt: A winch\n\n.. [#] The source.\n.. [Lee] Her book.\n",
    )
    assert text == (
        "The hut claims it [^1] as in [Lee].\n\n[Picture: A winch]\n\n"
        "[^1]: The source.\n\n[Lee] Her book."
    )


def test_no_file_is_included_and_nothing_raw_is_shown(tmp_path):
    secret = written(tmp_path, "secret.txt", "the secret")
    text = text_of(
        tmp_path,
        f"Words\n\n.. include:: {secret}\n\n.. literalinclude:: {secret}\n\n"
        f".. csv-table:: T\n   :file: {secret}\n\n.. raw:: html\n\n   <script>\n\n"
        ".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`<script>`\n\nEnd\n",
    )
    assert "the secret" not in text
    assert "script" not in text
    assert text.startswith("Words\n\n")
    assert text.endswith("\n\nEnd")


def test_running_text_makes_no_heading(tmp_path):
    assert text_of(tmp_path, "# of doors\nis two.\n") == "\\# of doors is two."


def test_faults_are_neither_shown_nor_lose_the_text(tmp_path, capfd):
    text = text_of(
        tmp_path,
        "Title\n====\n\n**never ends\n\n+---+\n| broken\n\n.. note:: kept\n bad indent\n\n"
        ".. image::\n\nEnd\n",
    )
    for words in ("# Title", "**never ends", "| broken", "kept", "bad indent", "End"):
        assert words in text
    assert text.count("Title") == 1
    for said in ("WARNING", "ERROR", "Inline strong", "Malformed", "System Message"):
        assert said not in text
    assert capfd.readouterr() == ("", "")


def test_what_cannot_be_parsed_is_read_as_plain_text_and_said(tmp_path):
    nested = "".join("   " * depth + ".. note::\n\n" for depth in range(300)) + "   " * 300 + "deep"
    document, fault = read_source(written(tmp_path, "a.rst", nested))
    assert isinstance(document, Document)
    assert isinstance(fault, Unreadable)
    assert (document.text, document.markup) == (nested, "plain")
    assert "read as plain text" in fault.reason
    assert "nested too deeply" in fault.reason


def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    path = written(tmp_path, "a.rst", "**a " * 200_000)
    assert "not done after 0.5 s" in reason_of(path, max_document_s=0.5)
