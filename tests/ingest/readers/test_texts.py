"""Markdown and plain text."""

from datetime import date

import pytest

from headrace.ingest.readers import Limits, Remark, read_source
from support.reading import document_of, written


def test_front_matter_becomes_metadata_and_leaves_the_text(tmp_path):
    front = (
        "title: The Title\ndate: 2024-05-01\ntags: [a, b]\ndraft: true\nyear: 2024\n"
        "sub: {x: 1}\nnothing:\n"
    )
    text = f"---\r\n{front}---\r\n# Heading\r\n\r\nWords\r\n"
    document = document_of(written(tmp_path, "a.md", text))
    assert document.text == "# Heading\n\nWords\n"
    assert (document.title, document.markup) == ("The Title", "markdown")
    expected = {
        "date": date(2024, 5, 1),
        "tags": ["a", "b"],
        "draft": True,
        "year": 2024,
        "sub": '{"x": 1}',
    }
    assert document.metadata == {"file_type": "md", **expected}


def test_front_matter_values_that_only_look_like_numbers_or_dates_stay_as_written(tmp_path):
    text = "---\nlang: no\nversion: 1.10\nid: 007\nat: 12:30\ndate: 2024-02-30\n---\nWords"
    document = document_of(written(tmp_path, "a.md", text))
    assert document.metadata == {
        "file_type": "md",
        "lang": "no",
        "version": "1.10",
        "id": "007",
        "at": "12:30",
        "date": "2024-02-30",
    }


def test_a_time_in_front_matter_becomes_its_date(tmp_path):
    document = document_of(written(tmp_path, "a.md", "---\ndate: 2024-05-01T10:00:00Z\n---\nWords"))
    assert type(document.metadata["date"]) is date


@pytest.mark.parametrize(
    "front",
    ["just words", "- item", "a: [1\nand words", "[" * 3000, "a: " + "[" * 3000, "a: !x\n!b"],
)
def test_a_leading_block_that_is_no_mapping_stays_in_the_text(tmp_path, front):
    text = f"---\n{front}\n---\nWords"
    assert document_of(written(tmp_path, "a.md", text)).text == text


@pytest.mark.parametrize(
    ("front", "values"),
    [
        ("title: Run: it\nby: 'Ada'\ntags:\n  - x\n- y\n# no\n\nnone:", {"by": "Ada"}),
        ("a: [1", {"a": "[1"}),
        ("a: &x 1\nb: *x", {"a": "&x 1", "b": "*x"}),
        ("a: !!python/name:os.system", {"a": "!!python/name:os.system"}),
    ],
)
def test_of_front_matter_that_is_no_yaml_the_simple_lines_are_read(tmp_path, front, values):
    path = written(tmp_path, "a.md", f"---\n{front}\n---\nWords")
    document, remark = read_source(path, Limits())
    assert document.text == "Words"
    assert document.metadata == {"file_type": "md", **values}
    assert document.title == ("Run: it" if "title" in front else "a")
    assert type(remark) is Remark
    assert remark.reason == "the front matter is no YAML: only its simple lines were read"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("intro\n\n## Before\n\n# The *first* `heading` #\n\n# Second", "The first heading"),
        ("## 0.8.7 (unreleased)\n\n- new\n\n## 0.8.6\n", "a"),
        ("# 1.1.0\n\n- new\n\n# 1.0.0\n", "a"),
        ("# Changes\n\n## 1.1.0\n\n## 1.0.0\n", "Changes"),
        ("## Install\n\n### On Linux\n\n### On Windows\n", "Install"),
        ("# Guide { #guide }\n", "Guide"),
        ("# Guide {: .wide }\n", "Guide"),
        ("# Guide[¶](#guide)\n", "Guide"),
        ("# \\_\\_init\\_\\_ &amp; more\n", "__init__ & more"),
        ("<h1 align=center>\n<img src=a.svg>\nThe <b>winch</b>\n</h1>\n\n## Install", "The winch"),
        ("```sh\n# a comment\n```\n\n# Real", "Real"),
        ("~~~~\n~~~\n# inside\n~~~~\n# Real", "Real"),
        ("Underlined\n==========\n", "Underlined"),
        ("Also underlined\n---\n", "Also underlined"),
        ("# C#\n", "C#"),
        ("# ![logo](a.png)\n# See [the guide](b.md)", "See the guide"),
        ("# [![badge](a.svg)](b) Project", "Project"),
        ("#hashtag\n\nno heading", "a"),
        ("a | b\n--- | ---\n", "a"),
    ],
)
def test_a_markdown_title_is_the_heading_that_names_the_whole_else_the_file_name(
    tmp_path, text, title
):
    assert document_of(written(tmp_path, "a.markdown", text)).title == title


MDX = """---
title: Winch
---
import Tabs from '@theme/Tabs';
import {
  Note,
} from './parts';

export const width = {
  small: 1,
};

<Tabs onChange={(event) => pick({ event })}>
<TabItem value="l" label="Linux">

Run `<Wx />` now. {/* checked */}

</TabItem>
</Tabs>

<Note title="Oil">Import SAE 30, x < 3.</Note>

import duties are paid.

```jsx
import X from 'y';
<Wx />
```
"""


def test_components_of_mdx_leave_what_they_show(tmp_path):
    document = document_of(written(tmp_path, "a.mdx", MDX))
    assert (document.title, document.metadata) == ("Winch", {"file_type": "mdx"})
    shown = "Linux\n\nRun `<Wx />` now.\n\nOil Import SAE 30, x < 3.\n\nimport duties are paid.\n\n"
    code = "```jsx\nimport X from 'y';\n<Wx />\n```\n"
    lines = [line.rstrip() for line in document.text.splitlines(keepends=False)]
    assert "\n".join(lines) + "\n" == shown + code


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            "```admonish caution\nMind the gap.\nIt is wide.\n```",
            "\nCaution: Mind the gap.\nIt is wide.\n",
        ),
        ("```admonish\nMind it.\n```\nEnd.", "\nNote: Mind it.\n\nEnd."),
        ("~~~{tip}\n:class: wide\n\n- One\n~~~", "\n- One\n"),
        ("````{warning}\nRun:\n```\nls\n```\n````", "\nWarning: Run:\n```\nls\n```\n"),
        ("```md\n~~~{note}\nx\n~~~\n```", "```md\n~~~{note}\nx\n~~~\n```"),
        ("```{code} python\nx\n```", "```{code} python\nx\n```"),
        ("```admonish\nNever closed", "\nNote: Never closed"),
    ],
)
def test_notes_that_are_fenced_as_code_are_paragraphs(tmp_path, given, shown):
    assert document_of(written(tmp_path, "a.md", given)).text == shown
