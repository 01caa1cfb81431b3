"""What a page says is written as Markdown that loses nothing of it."""

import pytest

from headrace.ingest.readers.html import html_content


def written(body: str, head: str = "") -> str:
    return html_content(f"<head>{head}</head><body>{body}</body>".encode()).text


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("<a href=https://a.test/p7.pdf>the plan</a>", "[the plan](https://a.test/p7.pdf)"),
        ("<a href=plans/p7.pdf>the plan</a>", "[the plan](plans/p7.pdf)"),
        ("<a href=other.html>elsewhere</a>", "[elsewhere](other.html)"),
        ("<a href=mailto:a@b.test>the office</a>", "[the office](mailto:a@b.test)"),
        ("<a href=https://a.test/>https://a.test</a>", "https://a.test"),
        (f"<a href=https://a.test/{'x' * 200}>a long one</a>", "a long one"),
        ("<a href=#top>above</a>", "above"),
        ("<a href=javascript:x()>open</a>", "open"),
        ("<a name=x>here</a>", "here"),
    ],
)
def test_a_link_has_its_address_where_that_says_more(link, text):
    assert written(f"<p>See {link} for it.</p>") == f"See {text} for it."


def test_addresses_are_resolved_against_what_the_page_says_it_is():
    head = '<link rel=canonical href="https://a.test/docs/winch/">'
    body = "<p>See <a href=../plan.pdf>it</a> and <a href='https://a.test/docs/winch/#x'>this</a>."
    assert written(body, head) == "See [it](https://a.test/docs/plan.pdf) and this."


def test_a_text_full_of_links_to_pages_is_written_without_their_addresses():
    body = "<p>The <a href=/w>winch</a> by the <a href=/m>mill</a> has a <a href=/r>rope</a>."
    assert written(body) == "The winch by the mill has a rope."
    assert written("<ul><li><a href=/w>Winch</a><li>text</ul>") == "- Winch\n- text"


def test_pictures_are_their_alternative_texts():
    body = '<p>Start. <img alt="The inlet is left"></p><img alt="p7.png"><img alt=""><img src=x>'
    assert written(body) == "Start. [Picture: The inlet is left]"


def test_raised_numbers_stay_apart_and_lowered_ones_do_not():
    body = "<p>10<sup>6</sup> m<sup>2</sup> of H<sub>2</sub>O<sup>[1]</sup>, 1<sup>st</sup>"
    assert written(body) == "10⁶ m² of H2O[1], 1st"


def test_a_definition_stands_on_the_line_of_its_term():
    body = "<dl><dt>CPU<dt>Processor<dd>4 cores<dt>RAM:<dd><p>8 GB<p>ECC only<dt>Fan</dl>x"
    assert written(body) == "CPU, Processor: 4 cores\nRAM: 8 GB\n\nECC only\n\nFan\n\nx"


def test_code_is_fenced_with_its_language_and_without_line_numbers():
    body = (
        "<div class='highlight-python notranslate'><pre>a = 1</pre></div>"
        "<pre><code class=language-sh># go\n</code></pre><pre>plain</pre>"
        "<table><tr><td class=linenos><pre>1\n2</pre><td><pre>b</pre></table>"
    )
    fences = ["```python\na = 1\n```", "```sh\n# go\n```", "```\nplain\n```", "```\nb\n```"]
    assert written(body) == "\n\n".join(fences)


def test_running_text_becomes_no_heading_by_accident():
    assert written("<p># of crates: 4</p><p>#1 is red") == "\\# of crates: 4\n\n#1 is red"


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (
            "<tr><th rowspan=2>Model<th colspan=2>Flow<tr><th>min<th>max"
            "<tr><td rowspan=2>P7<td>3 l<td>9 l<tr><td>4 l<td>11 l",
            "Model: P7; Flow min: 3 l; Flow max: 9 l\nModel: P7; Flow min: 4 l; Flow max: 11 l",
        ),
        (
            "<thead><tr><td><td>Oil<td>Fat</thead>"
            "<tr><th>WX<td>1 l<td>2 g<tr><th>WY<td colspan=2>no",
            "WX; Oil: 1 l; Fat: 2 g\nWY; Oil: no; Fat: no",
        ),
        ("<tr><th>Weight<td>41 kg<tr><th>Pull:<td>18 kN", "Weight: 41 kg\nPull: 18 kN"),
        ("<tr><td><b>Depot</b><td><b>Fee</b><tr><td>Kiel<td>12", "Depot: Kiel; Fee: 12"),
        (
            "<tr><td>Depot<td>Fee<tr><td>Kiel<td>12<tr><td>Husum<td>14",
            "Depot: Kiel; Fee: 12\nDepot: Husum; Fee: 14",
        ),
        ("<thead><tr><th>Names</thead><tr><td>Ada<tr><td>Bo<tr><td>Cy", "Names\nAda\nBo\nCy"),
        (
            "<tr><th colspan=2>Crew<tr><td>Ada<td>winch<tr><td>Bo<td>oil",
            "Crew\nAda | winch\nBo | oil",
        ),
        ("<tr><td>Ada<td>winch<tr><td>Bo<td>drum", "Ada | winch\nBo | drum"),
        (
            "<tr><th>A<th>B<tr><td>1<td>2<tr><th colspan=2>North<tr><td>3<td>4",
            "A: 1; B: 2\nNorth\nA: 3; B: 4",
        ),
    ],
)
def test_a_row_of_a_table_holds_its_headers(table, text):
    assert written(f"<table>{table}</table>") == text


def test_a_cell_that_covers_everything_is_not_repeated_without_end():
    wide = "<tr><td colspan=1000 rowspan=65000>" + "long " * 200
    text = written(f"<table><tr><th>A<th>B{wide}<tr><td>x<td>y</table>")
    assert len(text) < 2000 and text.count("x") == 1
