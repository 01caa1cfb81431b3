"""Parts of a page are kept or left out by what they hold and where they stand."""

import pytest

from headrace.ingest.readers.html import html_content

SENTENCES = (
    "<p>The winch lifts forty crates an hour when the river is calm and the wind is low.</p>"
    "<p>Its rope is changed every second spring, before the first boats come down.</p>"
)


def kept(part: str, *, inside: bool = False) -> str:
    """What is kept of a part beside, or inside, the main part of a page."""
    page = f"<div>{SENTENCES}{part}</div>" if inside else f"<div>{SENTENCES}</div>{part}"
    text = html_content(f"<body>{page}</body>".encode()).text
    assert "forty crates" in text and "second spring" in text
    return text.partition("come down.")[2].strip()


LINKS = "<ul><li><a href=/a>Pumps</a><li><a href=/b>Valves</a><li><a href=/c>Oil</a></ul>"


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(
    "part",
    [
        f"<nav>{LINKS}</nav>",
        f"<div role=navigation>{LINKS}</div>",
        f"<div class=sidebar>{LINKS}</div>",
        f"<aside><h3>See also</h3>{LINKS}</aside>",
        "<ol class=breadcrumb><li><a href=/>Home</a><li>Winches</ol>",
        "<ul><li><a href=#a>Rope</a><li><a href=#b>Drum</a><li><a href=#c>Oil</a></ul>",
        "<div id=cookie-bar>We use cookies. <a href=/c>More</a> <button>Accept</button></div>",
        "<div role=dialog>This site sets cookies. <a class=btn href=#>OK</a></div>",
        "<div><p>We and our partners use cookies.</p><button>Agree</button></div>",
        "<p class=cookie-notice>Our site bakes cookies. <a href=/c>Fine</a></p>",
        "<section aria-label='Cookie notice'>We use cookies. <a href=/c>Settings</a></section>",
        "<div id=rgpd-banner>Nous utilisons des cookies. <button>Accepter</button></div>",
        "<div class=newsletter><p>Get our mails</p><form><input type=email></form></div>",
        "<p hidden>ghost</p><p style='color:red; display : none'>ghost</p>",
        "<span style='visibility:hidden'>ghost</span><i aria-hidden=true>ghost</i>",
        "<template><p>ghost</p></template><dialog>ghost</dialog><input type=hidden value=ghost>",
        "<a href=#main>Skip to content</a><span class=sr-only>opens in a new tab</span>",
        "<button>Copy</button>",
    ],
)
def test_menus_banners_and_what_is_hidden_are_left_out(part, inside):
    assert kept(part, inside=inside) == ""


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (
            "<aside><p>Never grease it: the drum slips.</p></aside>",
            "Never grease it: the drum slips.",
        ),
        ("<div class=menu><p>Soup 4.50</p><p>Stew 9.00</p></div>", "Soup 4.50\n\nStew 9.00"),
        ("<div class=note>A <a href=/x>cookie</a> is baked at six.</div>", "cookie](/x) is baked"),
        ("<footer><p>Call 0461 2233 between eight and four.</p><p>© 2024</p></footer>", "four."),
        (
            "<div class=cookie-recipe>Bake cookies for nine minutes. <a href=/p>Print</a></div>",
            "[Print](/p)",
        ),
        ("<dialog open><p>The drum is open.</p></dialog>", "The drum is open."),
        ("<div role=tabpanel hidden><p>On Linux: wx go</p></div>", "On Linux: wx go"),
        ("<div hidden=until-found>Cover the drum.</div>", "Cover the drum."),
        ("<h3><button aria-expanded=false>When it freezes?</button></h3>", "### When it freezes?"),
    ],
)
def test_what_says_something_stays(part, text):
    found = kept(part)
    assert found.endswith(text) or text in found
    assert "©" not in found


def test_a_header_keeps_its_headline_and_lead_and_loses_its_menu():
    header = (
        f"<header><a href=/>Acme</a>{LINKS}<h1>The winch</h1><p>It lifts forty crates.</p></header>"
    )
    text = html_content(f"<body>{header}<div>{SENTENCES}</div></body>".encode()).text
    assert text.startswith("# The winch\n\nIt lifts forty crates.\n\n")
    assert "Acme" not in text and "Valves" not in text


def test_a_page_about_cookies_keeps_its_text():
    page = "<article><h1>Cookies</h1><p>We set a cookie for the session.</p><button>Copy</button>"
    assert html_content(page.encode()).text == "# Cookies\n\nWe set a cookie for the session."


def test_a_short_policy_is_what_its_page_says():
    page = "<div class=cookie-policy><p>We use cookies until the session ends.</p></div><p>2024</p>"
    assert html_content(page.encode()).text.startswith("We use cookies until")


def test_headings_carry_no_marks_for_links():
    page = "<h2>Rope<a class=headerlink href=#rope>¶</a></h2><h2><a href=#drum>#</a> Drum</h2>x"
    assert html_content(page.encode()).text == "## Rope\n\n## Drum\n\nx"


def test_a_page_of_nothing_but_links_is_its_links():
    assert html_content(f"<body>{LINKS}</body>".encode()).text == "- Pumps\n- Valves\n- Oil"
    contents = (
        "<ul class=toc><li><a href=#a>One</a><li><a href=#b>Two</a><li><a href=#c>Six</a></ul>"
    )
    assert html_content(contents.encode()).text == "- One\n- Two\n- Six"


def test_what_stands_around_the_main_part_is_no_menu():
    links = "".join(f"<li><a href=/{number}>Part {number}</a>" for number in range(20))
    page = f"<div class=document><div role=main><p>All parts:</p><ul>{links}</ul></div></div>"
    text = html_content(f"<body>{page}</body>".encode()).text
    assert text.startswith("All parts:\n\n- Part 0\n- Part 1\n")
