"""Org becomes Markdown: headings, lists, code, tables and what is in a line."""

from datetime import date

import pytest

from headrace.ingest.readers import Empty, read_source
from support.reading import document_of, written

HANDBOOK = """\
:PROPERTIES:
:ID:       4f1
:ROAM_ALIASES: "The blue book"
:END:
#+title: The Ferry Handbook
#+AUTHOR: Ada Lovelace
#+date: <2024-05-01 Wed>
#+FILETAGS: :boats:fees:
#+TODO: TODO ASKED | DONE
#+options: toc:nil

# nobody sees this
Welcome to *Ferry*.

* Fees [1/2]                                                    :money:sea:
:PROPERTIES:
:CUSTOM_ID: fees
:END:
Children travel
free.
** ASKED [#A] Half the fee on Sundays
DEADLINE: <2024-06-01 Sat> SCHEDULED: <2024-05-20 Mon>
:LOGBOOK:
CLOCK: [2024-05-02 Thu 10:00]--[2024-05-02 Thu 11:00] =>  1:00
:END:
It is asked for.
** COMMENT A draft
Not for anybody.
*** What is beneath it
Nor this.
* Dogs
Dogs travel free, too.
"""


def markdown(tmp_path, text: str) -> str:
    return document_of(written(tmp_path, "a.org", text)).text


def test_headings_tasks_and_dates_are_read_and_the_file_gives_metadata(tmp_path):
    document = document_of(written(tmp_path, "a.org", HANDBOOK))
    assert document.title == "The Ferry Handbook"
    assert document.metadata == {
        "file_type": "org",
        "author": "Ada Lovelace",
        "date": date(2024, 5, 1),
        "tags": "boats, fees",
        "aliases": '"The blue book"',
    }
    assert document.text == (
        "# The Ferry Handbook\n\nWelcome to **Ferry**.\n\n## Fees\n\nTags: money, sea\n\n"
        "Children travel free.\n\n### ASKED Half the fee on Sundays\n\n"
        "Deadline: 2024-06-01 Sat; Scheduled: 2024-05-20 Mon\n\nIt is asked for.\n\n"
        "## Dogs\n\nDogs travel free, too."
    )


def test_a_day_that_is_none_is_left_out_and_the_rest_is_read(tmp_path):
    document = document_of(written(tmp_path, "a.org", "#+date: <2024-02-30 Fri>\n\nDogs bark."))
    assert (document.text, document.metadata) == ("Dogs bark.", {"file_type": "org"})


def test_code_that_holds_fences_stands_between_longer_ones(tmp_path):
    text = "#+begin_src markdown\n````md\n```\n````\n#+end_src"
    assert markdown(tmp_path, text) == "`````markdown\n````md\n```\n````\n`````"


def test_without_a_title_the_first_heading_is_it(tmp_path):
    document = document_of(written(tmp_path, "a.org", "* Fees\nNone.\n** Later\nSome."))
    assert (document.title, document.text) == ("Fees", "# Fees\n\nNone.\n\n## Later\n\nSome.")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("See [[https://a.example/b][our page]].", "See [our page](https://a.example/b)."),
        ("At [[https://a.example/b_c_d]] and <https://e.example>.", None),
        ("Read [[file:b.org::*Fees][the fees]] and [[*Dogs]].", "Read the fees and Dogs."),
        ("[[file:boat.png]]\nThe boat.", "The boat."),
        ("Set =a*b= and ~/x/~ to *on*, not /off/.", "Set `a*b` and `/x/` to **on**, not off."),
        ("[[#x][~ferry-mode~]] is new.", "`ferry-mode` is new."),
        ("Put src_sh[:exports code]{ls -l} there.", "Put `ls -l` there."),
        ("2 * 3 * 4, a_b_c and /usr/lib", "2 * 3 * 4, a_b_c and /usr/lib"),
        ("On <2024-05-01 Wed 10:00> or [2024-05-02].", "On 2024-05-01 Wed 10:00 or 2024-05-02."),
        ("So it is.[fn:1]\n\n[fn:1] Nearly.", "So it is.\n\nNearly."),
        ("So it is.[fn:: Nearly [so].]", "So it is. ( Nearly [so].)"),
        ("A\\nbsp{}b\\ldots c\\_d \\\\\ne", "A b… c_d e"),
        ("#+macro: key @@html:<kbd>@@$1@@html:</kbd>@@\n\nPress {{{key(C-c)}}}.", "Press C-c."),
        ("#+macro: all $1 $2 $3 $4 $5\n\n{{{all(a,b,c,d)}}}.", "a b c d ."),
        (": fixed\n:   code\n\nx", "```\nfixed\n  code\n```\n\nx"),
        ("#+begin_src sh :results none\n  ls\n  ,* x\n#+end_src", "```sh\nls\n* x\n```"),
        ("#+BEGIN_EXAMPLE\n#+title: no\n#+END_EXAMPLE", "```\n#+title: no\n```"),
        ("#+begin_export html\n<b>\n#+end_export\nx", "x"),
        ("#+begin_warning\nDo not lean out.\n#+end_warning", "Warning: Do not lean out."),
        ("#+begin_quote\nHo.\n#+end_quote", "Ho."),
        ("#+caption: The prices\n#+name: prices\nx", "**The prices**\n\nx"),
        ("one\n-----\n# remark\ntwo", "one two"),
        (":PROPERTIES:\n:ID: 1\n\nNever ended.", ":ID: 1\n\nNever ended."),
        ("#+begin_comment\nNever ended.", "Never ended."),
    ],
)
def test_what_stands_in_a_line(tmp_path, given, shown):
    shown = shown or "At https://a.example/b_c_d and https://e.example."
    assert markdown(tmp_path, given) == shown


def test_lists_keep_their_levels_and_what_belongs_to_an_item(tmp_path):
    given = (
        "- one\n  goes on\n  - [X] two\n    #+begin_src sh\n    ls\n    #+end_src\n"
        "  1) three\n\n     More of it.\n- Fee :: what one pays\n* Next\n- four"
    )
    assert markdown(tmp_path, given) == (
        "- one goes on\n  - [X] two\n\n```sh\nls\n```\n\n  1. three\n\n    More of it.\n\n"
        "- Fee: what one pays\n\n# Next\n\n- four"
    )


def test_each_row_of_a_table_has_its_headers(tmp_path):
    given = (
        "|   | Ship | Fee |\n|---+------+-----|\n| / | <5>  |     |\n|   | Ada  | =5= |\n"
        "|---+------+-----|\n|   | Bob  |     |\n#+TBLFM: $3=vsum(@2..@3)\n\n| a | b |"
    )
    assert markdown(tmp_path, given) == "Ship: Ada; Fee: `5`\n\nShip: Bob\n\na | b"


@pytest.mark.parametrize("text", ["", "#+title: Nothing\n", "# a remark\n#+options: toc:nil\n"])
def test_a_file_without_text_is_empty(tmp_path, text):
    (outcome,) = read_source(written(tmp_path, "a.org", text))
    assert isinstance(outcome, Empty)


@pytest.mark.parametrize(
    "text",
    [
        "#+begin_src sh\nnever ends",
        ":PROPERTIES:\n:ID: 1",
        "|",
        "|-",
        "* ",
        "** [fn:",
        "[[" * 5000,
        "*" * 5000,
        "=a " * 5000,
        "{{{" * 5000,
        "- " * 3000,
        "[fn::" * 3000,
        "<<" * 3000,
    ],
)
def test_whatever_a_file_holds_is_read_in_no_time(tmp_path, text):
    assert len(list(read_source(written(tmp_path, "a.org", text)))) == 1
