"""The page in a real browser: asked, read, cited, and nothing of documents obeyed."""

import json
import os
import re
import shutil
from collections.abc import Iterator

import pytest

from headrace import Document
from support.services import QUESTION, forget_tokens, served, token
from support.waiting import PATIENCE_S

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium (apt-get install chromium)")
playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

#: Each emoji is one character in Python and two in a browser.
EMOJI = "🦭🦭🦭 " * 20
SCRIPT = "<img src=x onerror=\"document.title='broken in'\"><script>document.title=1</script>"
CLAMS = " ".join(f"Clam number {number} is eaten on day {number}." for number in range(1, 40))
DOCUMENTS = [
    Document(
        "guide/seal.md",
        "Seals & <b>ice</b>",
        f"# Seals\n\n{EMOJI}\n\n## Sleep\n\nThe seal sleeps on the northern ice. "
        f"It says {SCRIPT} then.\n\n" + "Nothing more is known of it. " * 400,
        "guide/seal.md",
        {"author": "Ada", "kind": "guide"},
    ),
    Document(
        "walrus.pdf",
        "Walrus",
        f"The walrus eats clams. {CLAMS}\n\nThe walrus swims in autumn.",
        "walrus.pdf",
        {"author": "Grace", "kind": "paper"},
        page_starts=(0, 24 + len(CLAMS)),
        markup="plain",
    ),
]
CODE = "names = seals[1]\n\nif names:\n    sleep(names[1])"
DOCUMENTS.append(
    Document(
        "guide/floe.md",
        "Floes",
        f"# Floes\n\nMelt a floe with `melt[1]`:\n\n```python\n{CODE}\n```\n\nThen it is water.",
        "guide/floe.md",
    )
)
SEAL = "Where does the seal sleep?"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def ice(rag, shop) -> str:
    rag.ingest(DOCUMENTS, f"{shop}-ice")
    return f"{shop}-ice"


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with playwright.sync_playwright() as started:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = started.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def place(rag, ice) -> Iterator[str]:
    forget_tokens(rag)
    with served(rag, tenant=ice) as address:
        yield address


@pytest.fixture
def page(browser, place) -> Iterator:
    """The page, of which no error may be left when the test ends."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.on("request", lambda sent: sent.url.startswith(place) or errors.append(sent.url))
    page.goto(place)
    yield page
    context.close()
    assert errors == []


def ask(page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    page.wait_for_selector("#thumbs:not([hidden])")


def faults(page) -> list[str]:
    """The serious faults that axe-core finds on the page as it is."""
    found = axe.Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def test_an_answer_is_streamed_and_its_citation_opens_the_source_at_the_quote(page):
    ask(page, SEAL)
    assert "northern ice" in page.inner_text("#answer")
    page.locator("#answer button.mark").first.click()
    page.wait_for_selector("mark")
    assert page.inner_text("mark").startswith("The seal sleeps on the northern ice.")
    box = page.locator("mark").bounding_box()
    assert box is not None and 0 <= box["y"] < 900
    assert page.inner_text("#source-title") == "Seals & <b>ice</b>"
    assert "Sleep" in page.inner_text("#trail")
    assert "🦭" in page.inner_text("#text")
    page.get_by_role("button", name="Show the whole document").click()
    assert len(page.inner_text("#text")) > 10_000
    page.keyboard.press("Escape")
    assert page.locator("#source").is_hidden()
    assert page.evaluate("document.activeElement.className") == "mark quiet"


def test_markup_of_documents_and_questions_is_only_shown(page):
    ask(page, f"{SEAL} {SCRIPT}")
    assert SCRIPT in page.inner_text("#asked")
    page.locator("#found button.place").first.click()
    page.wait_for_selector("mark")
    assert page.title() == "Headrace"
    assert page.locator("main img, aside img, main script, aside script, aside b").count() == 0


def test_code_in_an_answer_is_shown_as_code_and_opens_no_source(page):
    ask(page, "How do I melt a floe?")
    assert page.inner_text("#answer pre") == CODE
    assert page.inner_text("#answer > code") == "melt[1]"
    assert "`" not in page.inner_text("#answer")
    assert page.locator("#answer button.mark").count() == 1
    assert faults(page) == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Run:\n\n```\nmelt()", 'Run:<pre tabindex="0"><code>melt()</code></pre>'),
        ("```sh\n```\nand `a[1]`", '<pre tabindex="0"><code></code></pre>and <code>a[1]</code>'),
        ("no block: ``` [1]", "no block: ``` [1]"),
    ],
)
def test_an_answer_that_breaks_off_is_shown_as_far_as_it_was_written(page, written, shown):
    sent = f"event: text\ndata: {json.dumps({'text': written})}\n\n"
    page.route("**/v1/ask", lambda route: route.fulfill(body=sent))
    page.get_by_label("Your question").fill("How?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:not([hidden])")
    assert "broke off" in page.inner_text("#problem")
    assert page.inner_html("#answer") == shown


def test_facets_that_come_late_hide_no_problem(page, place):
    late = []
    page.route("**/v1/facets", lambda route: late.append(route))
    page.route("**/v1/ask", lambda route: route.fulfill(body=""))
    page.goto(place)
    page.get_by_label("Your question").fill("How?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:not([hidden])")
    with page.expect_response("**/v1/facets"):
        late[0].continue_()
    page.wait_for_selector("#field option[value=author]", state="attached")
    assert "broke off" in page.inner_text("#problem")


def test_a_page_of_a_document_is_named(page):
    ask(page, "When does the walrus swim?")
    page.locator("#found button.place").first.click()
    page.wait_for_selector("mark")
    assert re.search("pages? [12]", page.inner_text("#trail"))


def test_a_decline_says_why_and_what_comes_nearest(page):
    ask(page, "Which painter made the Mona Lisa?")
    assert "do not answer this" in page.inner_text("#state")
    assert page.inner_text("#state").strip() != "The documents do not answer this."
    assert "What comes nearest" in page.inner_text("#found")
    page.locator("#found button.place").first.click()
    page.wait_for_selector("mark")


def test_filters_stages_history_and_thumbs(page, rag, ice):
    page.locator("#filters summary").click()
    page.get_by_label("Field").select_option("kind")
    page.wait_for_selector("#value option[value=paper]", state="attached")
    page.get_by_label("Value").select_option("paper")
    ask(page, "What does the walrus eat?")
    assert "clams" in page.inner_text("#answer")
    assert "walrus.pdf" in page.inner_text("#found")
    page.locator("#stages summary").click()
    assert "fused_hits" in page.inner_text("#stages")
    page.get_by_role("button", name="Remove kind: paper").click()
    ask(page, SEAL)
    page.locator("#earlier button", has_text="walrus eat").click()
    assert "clams" in page.inner_text("#answer")
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("Thank you.").wait_for()
    kept = rag.database.for_tenant(ice).query("stored_feedback", {"count_limit": 1})
    assert kept[0][0] == "What does the walrus eat?" and "clams" in kept[0][1] and kept[0][2]


def test_it_is_used_with_the_keyboard_alone(page):
    page.keyboard.type(SEAL)
    page.keyboard.press("Enter")
    page.wait_for_selector("#thumbs:not([hidden])")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('mark')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("mark")
    assert page.evaluate("document.activeElement.id") == "source-title"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('mark')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_axe_finds_no_serious_fault_and_nothing_is_wider_than_the_window(page, scheme, size):
    page.emulate_media(color_scheme=scheme)
    if size:
        page.set_viewport_size(size)
    ask(page, SEAL)
    page.locator("#stages summary").click()
    assert faults(page) == []
    page.locator("#answer button.mark").first.click()
    page.wait_for_selector("mark")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if folder := os.environ.get("SCREENSHOTS"):
        name = f"{scheme}-{'phone' if size else 'desk'}"
        page.screenshot(path=f"{folder}/{name}-source.png")
        page.keyboard.press("Escape")
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_files_are_added_listed_and_removed(page, tmp_path):
    (tmp_path / "narwhal.md").write_text("# Narwhals\n\nThe narwhal dives for halibut.")
    (tmp_path / "void.md").write_text("---\ntitle: Void\n---\n")
    page.get_by_role("button", name="Documents").click()
    page.wait_for_selector("text=guide/seal.md")
    page.locator("#files").set_input_files([tmp_path / "narwhal.md", tmp_path / "void.md"])
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_selector("text=void.md: passed over (empty: there is no text in it)")
    assert "narwhal.md: new" in page.inner_text("#outcomes")
    assert faults(page) == []
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/documents.png")
    remove = page.get_by_role("button", name="Remove narwhal.md")
    remove.click()
    assert remove.inner_text() == "Really remove?"
    remove.click()
    remove.wait_for(state="detached")
    page.keyboard.press("Escape")
    assert page.locator("#documents-dialog").is_hidden()


def test_what_is_wrong_with_a_token_stands_where_another_one_is_given(browser, rag, shop):
    token(rag, shop)
    with served(rag) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("#token-dialog[open]")
        assert page.inner_text("#token-problem") == ""
        page.locator("#token").fill("wrong")
        page.get_by_role("button", name="Use it").click()
        page.wait_for_selector("#token-problem:not(:empty)")
        assert "this token is not known" in page.inner_text("#token-dialog")
        context.close()
    forget_tokens(rag)


def test_with_tokens_the_page_asks_for_one(browser, rag, shop):
    bearer = token(rag, shop)
    with served(rag) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        page.locator("#token").fill(bearer)
        page.get_by_role("button", name="Use it").click()
        ask(page, QUESTION)
        assert "two years" in page.inner_text("#answer")
        context.close()
    forget_tokens(rag)
