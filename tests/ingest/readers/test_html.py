"""Web pages become Markdown, without what surrounds them on the site."""

from pathlib import Path

import pytest

from headrace.ingest.readers.html import html_content
from support.reading import document_of, reason_of, written


def html_text(folder: Path, body: str) -> str:
    head = "<head><title>T</title></head>"
    page = f"<!doctype html><html>{head}<body>{body}</body></html>"
    return document_of(written(folder, "a.html", page)).text


def test_html_becomes_headings_paragraphs_items_and_rows(tmp_path):
    body = """
      <h1>Main   title</h1><p>First &amp; <b>bold</b>
      line.<br>Second&eacute; line.</p>
      <div>Loose text<p>Inner</p>tail</div>
      <ul><li>One</li><li><p>Two</p><ul><li>Deep</li></ul></li></ul>
      <ol><li>Step</li></ol>
      <h3>Table<br>head</h3>
      <table><caption>Sizes</caption><thead><tr><th>Name</th><th>Size</th></tr></thead>
      <tr><td>a<p>b</p></td><td></td><td>3<br>4</td></tr></table><p>End"""
    expected = """# Main title

First & bold line.
Secondé line.

Loose text

Inner

tail

- One
- Two
  - Deep

- Step

### Table head

Sizes

Name | Size
Name: a b; 3 4

End"""
    assert html_text(tmp_path, body) == expected


def test_what_surrounds_a_page_is_dropped(tmp_path):
    tags = "script style nav header footer noscript template svg iframe".split()
    around = "".join(f"<{tag}>{tag}-words</{tag}>" for tag in tags)
    assert html_text(tmp_path, f"{around}<p>kept</p><!-- comment -->{around}") == "kept"


def test_an_article_keeps_its_own_header_and_footer(tmp_path):
    body = (
        "<header>Site</header>"
        "<article><header><h1>Headline</h1></header><p>Words</p><footer>Note</footer></article>"
    )
    assert html_text(tmp_path, body) == "# Headline\n\nWords\n\nNote"


def test_preformatted_text_is_verbatim_and_fenced(tmp_path):
    body = (
        "<ul><li>See</li></ul>"
        "<pre>\n# no  heading\n<b>x</b> = &lt;1&gt;<br>y\n</pre><pre>``` inside</pre>"
    )
    first = "```\n# no  heading\nx = <1>\ny\n```"
    second = "````\n``` inside\n````"
    assert html_text(tmp_path, body) == f"- See\n\n{first}\n\n{second}"


def test_a_table_that_lays_out_a_page_is_read_as_a_page(tmp_path):
    inner = "<table><tr><td>a<td>b</table>"
    left = "<td><h2>Left</h2><p>Words</p></td>"
    body = f"<table><tr>{left}<td>Right{inner}</td></tr></table>"
    assert html_text(tmp_path, body) == "## Left\n\nWords\n\nRight\n\na | b"


def test_soft_hyphens_and_control_characters_leave_html(tmp_path):
    body = "<p>Donau&shy;dampf&#8;schiff 10&nbsp;km</p><p>&nbsp;</p>"
    assert html_text(tmp_path, body) == "Donaudampfschiff 10\u00a0km"


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title> The\n title &amp; more</title><h1>Head</h1>x", "The title & more"),
        ("<h1>Head <i>line</i></h1>x", "Head line"),
        ("<title></title><svg><title>icon</title></svg><p>x", "page"),
    ],
)
def test_an_html_title_is_the_title_else_the_first_h1_else_the_file_name(tmp_path, page, title):
    document = document_of(written(tmp_path, "page.htm", page))
    assert (document.title, document.markup) == (title, "markdown")
    assert document.metadata == {"file_type": "html"}


def test_html_in_a_declared_encoding_is_read_in_it(tmp_path):
    page = '<meta charset="windows-1251"><p>Цена</p>'.encode("cp1251")
    document = document_of(written(tmp_path, "a.html", page))
    assert (document.text, document.metadata["encoding"]) == ("Цена", "cp1251")


def test_html_nested_deeper_than_pythons_stack_is_read(tmp_path):
    assert html_text(tmp_path, "<div>" * 5000 + "deep") == "deep"


@pytest.mark.parametrize(
    "page", ["<nav>menu</nav><script>1</script>", "<frameset><frame src=a></frameset>"]
)
def test_html_that_says_nothing_is_empty(tmp_path, page):
    assert reason_of(written(tmp_path, "a.html", page)).startswith("empty")


@pytest.mark.parametrize("tag", ["div", "b", "ul", "custom-part"])
def test_elements_beyond_the_depth_of_browsers_leave_their_text(tag):
    page = "".join(f"<{tag} title='{number}'>part{number} " for number in range(1200))
    page += f"the end{f'</{tag}>' * 1200} and a <em>line</em> behind it"
    text = html_content(page.encode()).text
    assert text.split()[-8:] == "part1199 the end and a line behind it".split()
    assert all(f"part{number}" in text for number in range(1200))
    assert len(text) < 30_000


def test_deep_lists_are_indented_no_further_than_eight_levels():
    text = html_content(("<ul><li>item" * 12).encode()).text
    assert max(map(len, text.splitlines())) == len("  " * 7 + "- item")


def test_a_table_is_data_or_layout_by_what_it_holds_itself():
    inner = "<table><tr><td>c</td><td>d</td></tr></table>"
    page = f"<table><tr><td>a</td><td>{inner}</td></tr></table>"
    assert html_content(page.encode()).text == "a\n\nc | d"


def test_a_drawing_of_many_shapes_does_not_hide_what_follows():
    page = (
        f"<svg>{'<path d=x /><circle r=1/>' * 600}</svg><div><h2>Rope</h2><p>It is new.</p></div>"
    )
    assert html_content(page.encode()).text == "## Rope\n\nIt is new."
