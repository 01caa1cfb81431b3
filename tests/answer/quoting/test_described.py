"""Questions about documents themselves, answered from their metadata."""

import pytest

from headrace import Document

#: Title, author, date and text of each document; half of the tenant has no author.
SHELF = [
    ("Crane handbook", "Edda Falk", "2022-05-06", "The crane lifts nine tonnes."),
    ("Winch handbook", "Jon Arne", "2023-01-17", "The winch is oiled in March."),
    ("Rope handbook", "Edda Falk", "2021-11-30", "Ropes are coiled clockwise."),
    ("Harbour dues", "Jon Arne", "2019-02-03", "A yacht pays 20 crowns a night."),
    ("Harbour dues", "Jon Arne", "2024-02-03", "A yacht pays 25 crowns a night."),
    ("The lighthouse", "", "", "The lighthouse was written about by Mark Twain in 1869."),
    ("Notice board", "", "", "The sauna is heated on Fridays."),
]


@pytest.fixture(scope="module")
def shelf(rag):
    made = []
    for number, (title, author, date, text) in enumerate(SHELF):
        metadata = {"author": author, "date": date, "state": "final"} if author else {}
        name = f"{number}.md"
        made.append(Document(name, title, f"# {title}\n\n{text}", name, metadata=metadata))
    made.append(Document("e.md", "The lighthouse, notes", "# Notes\n\nFog.", "e.md"))
    rag.ingest(made, "shelf of the harbour")
    return rag


def asked(shelf, question: str):
    return shelf.ask(question, "shelf of the harbour")


def test_who_wrote_a_document_is_in_its_metadata(shelf):
    answer = asked(shelf, "Who wrote the crane handbook?")
    assert answer.text == "Crane handbook, author: Edda Falk [1]"
    assert [citation.document_id for citation in answer.citations] == ["0.md"]


def test_so_is_when_it_appeared(shelf):
    assert "2023-01-17" in asked(shelf, "When was the winch handbook published?").text


def test_a_word_without_meaning_names_no_field(rag):
    text = "# Returns\n\nGoods may be sent back within 14 days."
    mail = Document("m", "Returns", text, "m.eml", metadata={"to": "Ada", "from": "Ben"})
    rag.ingest([mail], "mail on returns")
    answer = rag.ask("What about returns?", "mail on returns")
    assert "14 days" in answer.text and "Ada" not in answer.text


def test_so_is_what_another_field_says(shelf):
    answer = asked(shelf, "What is the state of the rope handbook?")
    assert answer.text == "Rope handbook, state: final [1]"


def test_of_several_versions_the_newest_comes_first_and_the_current_one_is_the_newest(shelf):
    both = asked(shelf, "When were the harbour dues published?").text
    assert both.index("2024-02-03") < both.index("2019-02-03")
    current = asked(shelf, "When were the current harbour dues published?").text
    assert "2024-02-03" in current and "2019" not in current


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who wrote about the lighthouse?", "Mark Twain"),
        ("How much does a yacht pay a night by the harbour dues?", "25 crowns"),
    ],
)
def test_what_the_texts_say_is_not_looked_for_in_metadata(shelf, question, said):
    answer = asked(shelf, question)
    assert said in answer.text and "author" not in answer.text


def test_the_documents_of_an_author_are_listed_though_others_have_none(shelf):
    answer = asked(shelf, "Which handbooks are by Edda Falk?")
    assert {citation.title for citation in answer.citations} == {"Crane handbook", "Rope handbook"}


@pytest.mark.parametrize(
    "question",
    [
        "Wer hat das crane handbook geschrieben?",
        "Who is the author of the crane handbook?",
        "Which author is responsible for the crane handbook?",
    ],
)
def test_however_it_is_asked(shelf, question):
    assert asked(shelf, question).text == "Crane handbook, author: Edda Falk [1]"


def test_when_a_document_was_last_changed_is_its_date(shelf):
    assert "2021-11-30" in asked(shelf, "When was the rope handbook last updated?").text
