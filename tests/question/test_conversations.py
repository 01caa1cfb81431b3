"""Conversations from end to end: what is quoted for the last question of each.

`conversations/` holds small documents, one folder a tenant, and in `conversations.jsonl`
the turns before each question and what its answer has to say.
"""

import html
import json
import re
from pathlib import Path

import pytest

from headrace import Pipeline

FOLDER = Path(__file__).parent / "conversations"
CONVERSATIONS = [
    json.loads(line) for line in (FOLDER / "conversations.jsonl").read_text("utf-8").splitlines()
]


class NoEncoder:
    """An encoder that must not be asked."""

    name = "none"
    dimension = 384
    max_tokens = 256
    tokenizer = None

    def encode(self, texts):
        raise AssertionError(f"{texts} is encoded")

    def count_tokens(self, text):
        raise AssertionError(f"{text} is encoded")


@pytest.fixture(scope="module")
def tenants(rag: Pipeline) -> dict[str, str]:
    """The tenant that holds each folder of documents."""
    stored = {}
    for folder in (path for path in FOLDER.iterdir() if path.is_dir()):
        stored[folder.name] = f"conversations {folder.name}"
        outcomes = rag.ingest([folder], stored[folder.name])
        assert {outcome.status for outcome in outcomes} == {"new"}
    return stored


@pytest.mark.parametrize("case", CONVERSATIONS, ids=lambda case: case["question"])
def test_the_passage_for_the_last_question_comes_first(rag, tenants, case):
    given = {"tenant": tenants[case["tenant"]], "history": case["turns"]}
    context = rag.run(["context"], question=case["question"], **given)["context"]
    assert re.search(case["must"], context.passages[0].text)


def test_the_answers_are_to_the_last_questions(rag, tenants):
    right = 0
    for case in CONVERSATIONS:
        answer = rag.ask(case["question"], tenants[case["tenant"]], history=case["turns"])
        is_other = "must_not" in case and re.search(case["must_not"], answer.text)
        right += bool(re.search(case["must"], answer.text)) and not is_other
    assert right >= 0.75 * len(CONVERSATIONS)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Hello!", "Hello. Ask me a question"),
        ("That's all, thanks!", "You're welcome"),
        ("Vielen Dank!", "Gern geschehen"),
        ("Tschüss", "Auf Wiedersehen"),
        ("merci", "Je vous en prie"),
        ("obrigado", "You're welcome"),
    ],
)
def test_what_asks_nothing_is_answered_and_nothing_is_searched(rag, tenants, said, reply):
    turns = ["When was the Aurora built?", "In 1998 [1]"]
    answer = rag.ask(said, tenants["ferry"], history=turns, encoder=NoEncoder())
    assert answer.text.startswith(reply)
    assert (answer.answered, answer.citations, answer.notes) == (False, (), ())
    assert html.escape(reply) in answer._repr_html_()


def test_a_greeting_is_streamed(rag, tenants):
    *events, answer = rag.stream("Hi there", tenants["ferry"])
    assert [event.text for event in events] == [answer.text]


def test_thanks_between_two_questions_do_not_end_the_topic(rag, tenants):
    turns = ["When was the Aurora built?", "In 1998 [1]", "Thanks!", "You're welcome."]
    given = {"tenant": tenants["ferry"], "history": turns}
    query = rag.run(["standalone_query"], question="And the Borealis?", **given)
    assert query["standalone_query"].text == "When was the Borealis built?"


def test_a_question_in_another_language_is_left_alone_and_it_is_said(rag, tenants):
    question = "Wie lange dauert die Elternzeit für Mitarbeiter?"
    values = rag.run(["expanded_query", "answer"], question=question, tenant=tenants["ferry"])
    assert values["expanded_query"].changes == ()
    assert any("German" in note and "English" in note for note in values["answer"].notes)


def test_a_question_in_the_language_of_the_documents_needs_no_note(rag, tenants):
    for question, tenant in (("Was kostet der Eintritt?", "bad"), ("How is it paid?", "ferry")):
        assert rag.ask(question, tenants[tenant]).notes == ()


def test_british_spelling_is_no_typo_and_finds_the_american_one(rag, tenant):
    rag.ingest([_document("The color of the hull is red.")], tenant)
    asked = {"question": "Please summarise the colour", "tenant": tenant}
    query = rag.run(["corrected_query"], **asked)["corrected_query"]
    assert query.text == "Please summarise the color"


TRACE = """Traceback (most recent call last):
  File "/srv/berth/client.py", line 88, in call
    return self._sent(request)
  File "/srv/berth/client.py", line 41, in _sent
    raise KeyExpiredError("key has expired")
berth.errors.KeyExpiredError: key has expired"""


def test_a_pasted_stack_trace_is_answered_by_what_is_said_of_its_error(rag, tenants):
    values = rag.run(["sub_queries", "answer"], question=TRACE, tenant=tenants["ferry"])
    assert [query.text for query in values["sub_queries"]] == ["KeyExpiredError: key has expired"]
    assert "older than 90 days" in values["answer"].text


def test_a_log_of_many_lines_is_not_refused(rag, tenants):
    line = "2024-05-06 12:01:33,123 INFO  [main] berth.Client: asked for sailing 7\n"
    log = line * 150 + "2024-05-06 12:01:36,410 ERROR [main] BERTH-17: sailing is full"
    assert "no berth is left" in rag.ask(log, tenants["ferry"]).text


def _document(text: str):
    from headrace import Document

    return Document("paint", "Paint", text, "paint.md", {})
