"""Markdown and RST as a reader wants them."""

import pytest

from headrace.text.markup.readable import is_unseen, readable


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("- See [the docs](a.md#top) { #see }", "See the docs"),
        ("2. Turn it off.", "Turn it off."),
        ("### Install **it** { #install }", "Install it"),
        ("> Quoted *words* of snake_case_names and `**code**`.", None),
        ("Use :func:`run` of :ref:`the guide <guide>`.", "Use `run` of the guide."),
        ("See `the site <https://a.example>`__ and ``code``.", "See the site and `code`."),
        (
            "Use <code>-k <key></code>, not <Tabs id='a'><size in MB>.",
            "Use -k <key>, not <size in MB>.",
        ),
        ("![a picture](a.png) of <b>it</b> &amp; more[^1]", "a picture of it & more"),
        ("/// tip | Note\n\nIt is safe.\n\n///", "Note It is safe."),
        ('!!! tldr ""\n    It is safe.', "It is safe."),
        ('![A picture](a.png){ class="shadow" } of it', "A picture of it"),
        ("//// tab | Windows", "Windows"),
        ("{* ../docs_src/a.py hl[3] *} It runs.", "It runs."),
        ("> [!NOTE]\n> It is safe.", "It is safe."),
        ("{{< steps >}}It {{% is %}}safe.{{< /steps >}}", "It safe."),
        (
            "Write `{{< note >}}`, not {{</* note */>}}.",
            "Write `{{< note >}}`, not {{</* note */>}}.",
        ),
        ("[guide]: /docs/guide#top 'Guide'\nIt runs.\n[a b]: https://a.example", "It runs."),
        ("[Note]: important\nIt runs [1]: 3.", "[Note]: important It runs [1]: 3."),
        ("2 * 3 * 4 and x ** 2 and a_b_c", "2 * 3 * 4 and x ** 2 and a_b_c"),
        ("Over\ntwo lines.", "Over two lines."),
        ("国内出張の日当は三千円です。", "国内出張の日当は三千円です。"),
        ("```", ""),
        ("The block is ```<div id='a'>``` here.", "The block is `<div id='a'>` here."),
        ("```#id``` is a path.", "`#id` is a path."),
        ('=== "Windows"', '"Windows"'),
        ("On :material-android: :simple-apple:", "On android apple"),
    ],
)
def test_marks_are_left_out_and_words_stay(source, shown):
    if shown is None:
        shown = "Quoted words of snake_case_names and `**code**`."
    assert readable([source]) == shown


def test_rows_without_names_of_columns_are_a_list():
    rows = ["10 | no such place", "12 | wrong password"]
    assert readable(["Codes:", *rows]) == f"Codes:\n- {rows[0]}\n- {rows[1]}"
    assert readable(["Codes:", rows[0]]) == f"Codes: {rows[0]}"
    assert readable(["```\na | b\nc | d\n```"]) == "```\na | b\nc | d\n```\n"


def test_code_that_is_not_here_is_left_out_with_the_name_of_its_tab():
    tabs = ["Set it:", "/// tab | New", "```py\n{!> ../a.py!}\n```", "///", "/// tab | Old"]
    assert readable([*tabs, "```py\nold()\n```"]) == "Set it: Old\n\n```py\nold()\n```\n"


def test_several_items_are_a_list():
    assert readable(["There are two:", "* one", "* two"]) == "There are two:\n- one\n- two"
    assert readable(["1. First.", "2. Then."]) == "1. First.\n2. Then."


def test_a_block_of_code_is_whole_whatever_fence_is_missing():
    whole = "So:\n\n```sh\nmake all\n```\n"
    assert readable(["So:", "```sh\nmake all", "```"]) == whole
    assert readable(["So:", "```sh\nmake all"]) == whole
    assert readable(["make all", "```", "Then wait."]) == "make all Then wait."
    assert readable(["So:", "```sh\nmake all\n```", "Wait."]) == f"{whole}\nWait."


def test_an_empty_line_of_code_stays():
    shown = "```py\nnames = 1\n\nif names:\n    sleep()\n```\n"
    assert readable(["```py\nnames = 1\n", "if names:\n    sleep()", "```"]) == shown
    assert readable(["names = 1", "```\n", "Then sleep."]) == "names = 1 Then sleep."


def test_code_is_shown_as_it_is():
    assert "    # **no** [link](a)\n" in readable(["```py\n    # **no** [link](a)\nx", "```"])


def test_what_stands_between_a_generator_s_marks_of_code_is_code():
    toggle = "{{< code-toggle file=hugo >}}\n[build]\n  noJSConfig = true\n{{< /code-toggle >}}"
    assert (
        readable([f"Set it:\n{toggle}"])
        == "Set it:\n\n```text\n[build]\n  noJSConfig = true\n```\n"
    )
    parts = ["{% highlight ruby %}", "def a", "end", "{% endhighlight %}", "It ends."]
    assert readable(parts) == "```ruby\ndef a\nend\n```\n\nIt ends."
    assert readable(['{{% highlight go "linenos=table" %}}\nx := 1\n{{%/ highlight %}}']) == (
        "```go\nx := 1\n```\n"
    )


@pytest.mark.parametrize(
    "mark",
    ["{{% code_sample file=a.yml %}}", "{{< code-toggle config=x />}}", "{{</* highlight go */>}}"],
)
def test_a_mark_of_code_without_its_end_is_no_fence(mark):
    assert "```" not in readable([f"{mark}\nIt is read.", "{{< /note >}}", "Then this."])
    ended = readable([f"{mark}\nIt is read.", "{{< highlight go >}}\na\n{{< /highlight >}}"])
    assert ended.count("```") == 2 and ended.endswith("```go\na\n```\n")


def test_a_picture_without_words_is_not_seen():
    assert is_unseen("![](/img/save.png)")
    assert is_unseen('<img width="500" src="/save.webp">')
    assert not is_unseen("![a button](/img/save.png)")


def test_emphasis_within_emphasis_has_no_marks():
    assert readable(["**Stop _it_ now**."]) == "Stop it now."


def test_a_term_and_its_meaning_stand_on_one_line():
    assert readable(["**HPLC**\n: Chromatography under *pressure*."]) == (
        "HPLC: Chromatography under pressure."
    )
