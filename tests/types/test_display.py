"""What notebooks show: tables and HTML."""

import pandas as pd

from headrace import Document, to_frame
from headrace.types.display import text_html

QUESTION = "How long does the warranty last?"


def test_hits_context_and_answer_are_frames(rag, returns):
    values = rag.run(["fused_hits", "context"], question=QUESTION, tenant=returns)
    hits = values["fused_hits"]
    frame = to_frame(hits)
    assert list(frame["rank"]) == list(range(1, len(hits) + 1))
    assert str(frame["found_by"].iloc[0]).startswith("semantic 0 #")
    others = (
        hits[0].to_frame(),
        values["context"].to_frame(),
        rag.ask(QUESTION, returns).to_frame(),
    )
    for one in others:
        assert isinstance(one, pd.DataFrame) and len(one)


def test_hits_context_and_answer_are_html_with_one_table(rag, returns):
    values = rag.run(["fused_hits", "context"], question=QUESTION, tenant=returns)
    for shown in (values["fused_hits"][0], values["context"], rag.ask(QUESTION, returns)):
        assert shown._repr_html_().count("<table>") == 1


def test_a_declined_question_is_html_with_its_reason_and_the_nearest_passages(rag, returns):
    shown = rag.ask("How many moons does Jupiter have?", returns)._repr_html_()
    assert "&quot;Jupiter&quot;" in shown
    assert "The nearest passages" in shown and shown.count("<table>") == 1


def test_html_shows_text_and_never_runs_it(rag, tenant):
    title, text = "<script>alert(1)</script>", "The walrus <b>sleeps</b> on thick ice."
    rag.ingest([Document("d", title, text, "s")], tenant)
    shown = rag.ask("Where does the walrus sleep?", tenant)._repr_html_()
    assert "&lt;script&gt;" in shown and "&lt;b&gt;sleeps" in shown
    assert "<script>" not in shown


def test_lists_and_code_of_an_answer_are_html_and_its_tags_are_not():
    text = "Two:\n- one [1]\n\n```sh\n<b>\n```\n<i>no</i> [2]"
    shown = text_html(text)
    assert "<li>one [1]</li>" in shown and "&lt;b&gt;" in shown and "<i>" not in shown
    assert text_html("Two < three. [1]") == "<p>Two &lt; three. [1]</p>"
