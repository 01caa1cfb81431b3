"""Where sentences begin and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentencex import get_sentence_boundaries  # pyright: ignore[reportAttributeAccessIssue]

from headrace.text.sentences import LONG, sentence_spans

#: Lines of ASCII in which nothing ends a sentence.
unended = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters=".!?"))


def sentences_of(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def without_space(text: str) -> str:
    return "".join(text.split())


@given(st.text(st.characters(codec="utf-8"), max_size=1500))
def test_sentences_hold_all_visible_text_in_order(text):
    spans = sentence_spans(text)
    assert all(0 <= start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in zip(spans, spans[1:], strict=False))
    assert "".join(map(without_space, sentences_of(text))) == without_space(text)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Smith paid $3.50. He left.", ["Dr. Smith paid $3.50.", "He left."]),
        ("# Heading\nText follows. More.", ["# Heading", "Text follows.", "More."]),
        ("Title\n=====\n\nText wraps\nhere. End.", ["Title\n=====", "Text wraps\nhere.", "End."]),
        ("- one item\n- another item", ["- one item", "- another item"]),
        ("Größe: 3 µm. Ende.", ["Größe: 3 µm.", "Ende."]),
        (
            "See [it][a]. Go.\n[a]: /docs/a\n[b]: /b",
            ["See [it][a].", "Go.", "[a]: /docs/a", "[b]: /b"],
        ),
        (
            "`key`\n: It opens. Or not.\n: It shuts.",
            ["`key`\n: It opens.", "Or not.", ": It shuts."],
        ),
        (
            "- **Lock it.** Press the keys. *Really.* Yes, **now.**\n\n** is bold.",
            ["- **Lock it.**", "Press the keys.", "*Really.*", "Yes, **now.**", "** is bold."],
        ),
        ("See appendix B\u00a0. It ends.", ["See appendix B\u00a0.", "It ends."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, sentences):
    assert sentences_of(text) == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        [
            "Am 18. Mai 1756 erklärte England den Krieg.",
            "Das geschah Mitte des 18. Jahrhunderts und endete im 3. Jahr.",
            "Funde gibt es aus dem 17. und 18. Jahrhundert.",
            "Seine 2. Frau war die Erbin von St. Gallen.",
            "Er zählte die Schafe bis 9.",
            "Dann schlief der Schäfer.",
            "1960 kam er mit ca. 40 Leuten in das Haus Nr. 5 und blieb.",
            "70 blieben dort.",
        ],
        [
            "La Sra. Ruiz vive en EE. UU. desde que el río cambió las aguas.",
            "Véase la pág. 5.",
            "Luego salió.",
        ],
        [
            "M. Dupont est né en 50 av. J.-C. en Gaule avec les autres.",
            "J.-P. Martin est le second.",
            "Il part.",
        ],
        ["Il sig. Rossi disse che il dott. Bianchi era qui.", "Poi uscì."],
        ["Dhr. Jansen ziet het huis van een vriend.", "Zie blz. 5."],
        ["A Sra. Costa não vive em Lisboa.", "Ela saiu."],
        ["He took the lift to the 5.", "The end of it came soon."],
    ],
)
def test_sentences_of_a_language_end_by_its_own_rules(sentences):
    assert sentences_of(" ".join(sentences)) == sentences


@given(unended.filter(str.strip), st.sampled_from(["", ".", "?", "!", "...", "?!"]))
def test_what_is_taken_for_one_sentence_at_sight_is_one(words, end):
    """Such lines are not given to the library, which would say the same."""
    text = words.strip() + end
    assert len(get_sentence_boundaries("en", text)) == 1
    assert sentence_spans(text) == [(0, len(text))]


def test_a_paragraph_longer_than_a_window_has_the_same_sentences():
    sentences = [f"Dr. Smith paid ${number}.50 for it." for number in range(300)]
    assert sentences_of(" ".join(sentences)) == sentences


def test_rows_of_a_table_are_sentences_of_their_own():
    rows = ["Bridge: North; Car: 3 EUR; Lorry: 9 EUR", "Bridge: South; Car: 4 EUR; Lorry: 12 EUR"]
    for text in ("\n".join(rows), "Bridge | Car | Lorry\nNorth | 3 EUR | 9 EUR"):
        assert [text[start:end] for start, end in sentence_spans(text)] == text.split("\n")


def test_rows_need_no_blanks_at_their_bars():
    rows = ["low|20%. Less. More.", "high|65%"]
    text = "\n".join(["Level|Share\n:--|:-:", *rows, "Text. More."])
    assert sentences_of(text) == ["Level|Share\n:--|:-:", *rows, "Text.", "More."]
    assert sentences_of("a|b\nc|d") == ["a|b\nc|d"]


def test_the_cells_of_a_row_are_one_sentence():
    text = "Code | Meaning\n-----|-----\n`2` | Left early. It was told to.\n`3` | Left. Late."
    spans = [text[start:end] for start, end in sentence_spans(text)]
    assert spans[-2:] == ["`2` | Left early. It was told to.", "`3` | Left. Late."]


def test_a_full_stop_that_a_word_goes_on_after_ends_no_sentence():
    assert sentences_of("Run ./main now. Then wait.") == ["Run ./main now.", "Then wait."]
    assert sentences_of("It ends here.Then it begins.") == ["It ends here.", "Then it begins."]


some_words = st.lists(st.sampled_from(["ice", "floe,", "melts;", "北京，", "x" * 40]), min_size=1)


@given(some_words, st.integers(2, 200))
def test_a_sentence_that_is_too_long_is_cut_between_words(words, times):
    line = " ".join(words * times)[:5000]
    pieces = sentences_of(line)
    assert all(len(piece) <= LONG for piece in pieces)
    assert " ".join(pieces).replace("，", "").split() == line.replace("，", "").split()


def test_a_long_sentence_is_cut_after_its_parts():
    first = f"Members {'a' * 300} pay nothing; "
    second = f"others {'b' * 300}, and guests, pay 3 EUR."
    assert sentences_of(first + second) == [first.strip(), second]
    assert sentences_of("c" * 1300) == ["c" * 600, "c" * 600, "c" * 100]


def test_a_picture_stays_with_its_sign():
    text = "Press **Save**.\n\n![a button](/img/save.png)\n\nName it."
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "Press **Save**.",
        "![a button](/img/save.png)",
        "Name it.",
    ]
    assert len(sentence_spans("Stop! [Read](a.md) this.")) == 2


def test_blanks_that_fill_a_column_make_a_row_no_longer():
    row = f"| SessionTimeout | How long it waits{' ' * 900} | `48h` |"
    text = f"| Name | Meaning | Default |\n|---|---|---|\n{row}\n"
    assert sentences_of(text)[-1] == row


def test_one_word_of_a_language_does_not_make_it_the_texts():
    text = "Lili und Max live here am 18. Mai too."
    assert sentences_of(text) == ["Lili und Max live here am 18.", "Mai too."]
    assert sentences_of(f"Er und sie. {text}")[1:] == [text]
