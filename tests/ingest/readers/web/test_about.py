"""A page names its title, author, days and language."""

from datetime import date

import pytest

from headrace.ingest.readers.html import html_content

ENGLISH = "<p>The winch is what lifts the crates, and its rope is changed in the spring.</p>"


def content(head: str, body: str = ENGLISH, lang: str = ""):
    return html_content(
        f"<html lang='{lang}'><head>{head}</head><body>{body}</body></html>".encode()
    )


@pytest.mark.parametrize(
    "head",
    [
        '<meta name=author content="Ada Holm">'
        '<meta property=article:published_time content="2024-03-02T10:00Z">',
        '<meta name=DC.creator content="Ada Holm"><meta name=dc.date content="March 2, 2024">',
        '<meta name=date content="20240302"><meta name=Author content="Ada Holm">',
        '<script type="application/ld+json">{"@graph": [{"@type": "WebSite"}, {"@type": "Article",'
        '"author": [{"name": "Ada Holm"}], "datePublished": "2024-03-02"}]}</script>',
        '<script type="application/ld+json">'
        '[{"author": "Ada Holm", "datePublished": "2024-03-02"}]</script>',
    ],
)
def test_author_and_day_come_from_meta_elements_and_json_ld(head):
    assert content(head).metadata == {"author": "Ada Holm", "created": date(2024, 3, 2)}


@pytest.mark.parametrize(
    "head",
    [
        '<meta name=author content=""><meta name=date content="2024-02-30">',
        '<meta property=article:author content="https://a.test/ada"><meta name=date content=soon>',
        '<script type="application/ld+json">{"author": </script>',
        '<script type="application/ld+json">' + "[" * 50_000 + "</script>",
        '<script type="application/ld+json">{"author": 7, "datePublished": {"x": [[]]}}</script>',
    ],
)
def test_what_names_nobody_and_no_day_is_left_out(head):
    assert content(head).metadata == {}


def test_the_only_time_of_a_page_is_its_day():
    assert content("", "<time datetime=2024-03-02>2 March</time>").metadata == {
        "created": date(2024, 3, 2)
    }
    assert (
        content("", "<time datetime=2024-03-02>a</time><time datetime=2024-03-03>b</time>").metadata
        == {}
    )


def test_a_page_says_its_language_and_english_only_if_it_is():
    german = "<p>Die Winde hebt vierzig Kisten in der Stunde und das Seil ist neu.</p>"
    assert content("", german, "de-AT").metadata == {"language": "de"}
    assert content("", german, "en").metadata == {}
    assert content("", ENGLISH, "en-GB").metadata == {"language": "en"}


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>The winch | Acme Docs</title>", "<h1>The winch</h1>", "The winch"),
        (
            "<title>Acme - The winch - Parts</title>",
            "<h1>The winch - Parts</h1>",
            "The winch - Parts",
        ),
        ("<title>Rope — Winch 1.0 documentation</title>", "<h1>Rope<a href=#x>¶</a></h1>", "Rope"),
        ("<title>Rope | Acme</title><meta property=og:site_name content=Acme>", "", "Rope"),
        ("<title>x</title><meta property=og:title content='The rope'>", "", "The rope"),
        ("<title>Rope - a history</title>", "", "Rope - a history"),
        ("", "<h1>Rope</h1>", "Rope"),
        ("", "x", ""),
    ],
)
def test_a_title_is_without_the_name_of_the_site(head, body, title):
    assert content(head, body).title == title
