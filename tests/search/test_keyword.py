"""The search by words, as a question meets it."""

import pytest

from headrace import Document, Pipeline
from headrace.types import Hit
from support.hits import documents, of_sub_query
from support.postings import idf


def ingested(rag: Pipeline, tenant: str, texts: dict[str, str]) -> None:
    """Stores a document without title for each text, by name."""
    rag.ingest([Document(name, "", text, name) for name, text in texts.items()], tenant)


def asked(rag: Pipeline, tenant: str, question: str) -> list[Hit]:
    return rag.run(["keyword_hits"], question=question, tenant=tenant)["keyword_hits"]


def test_any_word_may_match_and_rare_ones_count_more(rag, tenant):
    texts = {"a": "apple tree", "b": "apple pie", "c": "apple quince", "d": "pear"}
    ingested(rag, tenant, texts)
    hits = of_sub_query(asked(rag, tenant, "apple quince nowhere"))
    assert documents(hits) == ["c", "a", "b"]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert {hit.arm for hit in hits} == {"keyword"}


def test_bm25_scores_are_those_worked_out_by_hand(rag, tenant):
    ingested(rag, tenant, {"a": "apple apple pear", "b": "apple plum", "c": "cherry"})
    expected = []
    for frequency, length in ((2, 3), (1, 2)):
        relative = 0.4 + 0.6 * length / 2
        expected.append(idf(3, 2) * frequency / (frequency + 1.2 * relative))
    scores = [hit.score for hit in asked(rag, tenant, "apple")]
    assert scores == pytest.approx(expected, rel=1e-5)


def test_hits_say_how_many_of_the_questions_words_they_have(rag, tenant):
    texts = {
        "both": "The walrus sleeps on a floe.",
        "one": "The walrus eats.",
        "none": "A harbour.",
    }
    ingested(rag, tenant, texts)
    floe, walrus = idf(3, 1) ** 2, idf(3, 2) ** 2
    coverages = {hit.chunk.document_id: hit.coverage for hit in asked(rag, tenant, "walrus floe")}
    assert coverages == pytest.approx({"both": 1.0, "one": walrus / (walrus + floe)})


def test_a_german_document_is_found_by_another_inflection(rag, tenant):
    text = (
        "Die Häuser in dieser Straße wurden im neunzehnten Jahrhundert gebaut "
        "und stehen heute unter Denkmalschutz."
    )
    rag.ingest([Document("a", "Straße", text, "a")], tenant)
    assert documents(asked(rag, tenant, "Welches Haus wurde gebaut?")) == ["a"]


def test_words_that_say_nothing_are_left_out_in_every_language(rag, tenant):
    """Among German documents "the" is rare: its one holder would win every time."""
    english = []
    for number in range(5):
        text = f"The history of town number {number} is in the book of the library."
        english.append(Document(f"e{number}", "", text, "s"))
    song = "Das Lied the of is in wird heute lange auf dem Sofa gehört."
    rag.ingest([*english, Document("german", "", song, "s", {"language": "de"})], tenant)
    in_english = asked(rag, tenant, "What is in the book of the library?")
    assert set(documents(in_english)) == {document.document_id for document in english}
    in_german = asked(rag, tenant, "Wer hat das Lied auf dem Sofa gehört?")
    assert set(documents(in_german)) == {"german"}


def test_a_question_in_another_language_is_searched_for_by_its_names_alone(rag, tenant):
    texts = {
        "a": "He had a gift for the die and was in the army when the war began, also in June.",
        "b": "Ada Lind designed the lock of the Verwood canal and its sluices in 1911.",
    }
    ingested(rag, tenant, texts)
    hits = asked(rag, tenant, "Wann war die Schleuse von Ada Lind in Betrieb?")
    assert documents(hits) == ["b"]
