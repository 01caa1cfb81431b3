"""Collections as they are read from a folder."""

import gzip
import re

import pytest

from headrace.errors import SourceError
from headrace.measuring.quality import asked
from headrace.measuring.quality.labelled import read_collection
from headrace.measuring.quality.labelled.spans import Span
from headrace.measuring.quality.sample import sample_collection

DOCUMENT = {"_id": "d", "text": "x y"}
QUESTION = {"_id": "1", "text": "a?"}
HEADING = "query-id\tcorpus-id\tscore\n"


@pytest.mark.parametrize(
    ("metadata", "spans"),
    [
        ({"spans": [{"doc_id": "d", "start": 0, "end": 12, "text": "One is here."}]}, [(0, 12)]),
        ({"evidence": [{"doc_id": "d", "sentences": [1]}]}, [(13, 26)]),
        ({"gold_sentences": [["Three."], ["Not there."]]}, [(27, 33)]),
        # Reading has moved the characters: the nearest place that says the same.
        ({"spans": [{"doc_id": "d", "start": 2, "end": 14, "text": "One is here."}]}, [(0, 12)]),
        ({"spans": [{"doc_id": "elsewhere", "start": 0, "end": 1}]}, []),
    ],
    ids=["by place", "by sentence", "in words", "moved", "in no document"],
)
def test_gold_evidence_is_read_in_its_three_forms(tmp_path, write_collection, metadata, spans):
    document = {
        "_id": "d",
        "title": "",
        "text": "One is here. Two is there. Three.",
        "metadata": {"sentences": ["One is here.", "Two is there.", "Three."]},
    }
    question = {**QUESTION, "metadata": metadata}
    write_collection(tmp_path, [document], [question], HEADING + "1\td\t1\n1\te\t0\n")
    (read,) = read_collection(tmp_path).questions
    assert read.spans == tuple(Span("d", *place) for place in spans)
    assert dict(read.relevant) == {"d": 1}


def test_questions_may_bring_their_own_judgements_where_there_are_no_others(
    tmp_path, write_collection
):
    given = [{"relevant": ["d", 7]}, {"relevant": {"d": 2, "e": 0}}, {"relevant": ["d"]}, {}]
    queries = [
        {"_id": str(number), "text": "a?", "metadata": metadata}
        for number, metadata in enumerate(given)
    ]
    write_collection(tmp_path, [DOCUMENT], queries, HEADING + "2\te\t3\n")
    questions = read_collection(tmp_path).questions
    relevant = [dict(question.relevant) for question in questions]
    assert relevant == [{"d": 1, "7": 1}, {"d": 2}, {"e": 3}, {}]


def test_a_conversation_becomes_turns_of_the_user_and_the_assistant(tmp_path, write_collection):
    history = [
        {"speaker": "agent", "text": "Hello."},
        {"speaker": "user", "text": "Hi."},
        {"speaker": "user", "text": "What is RRF?"},
    ]
    query = {**QUESTION, "metadata": {"history": history, "today": "2026-01-31"}}
    write_collection(tmp_path, [DOCUMENT], [query])
    (question,) = read_collection(tmp_path).questions
    assert question.history == ("", "Hello.", "Hi. What is RRF?")
    assert question.today.isoformat() == "2026-01-31"


@pytest.mark.parametrize(
    ("metadata", "filters", "fields"),
    [
        ({"filters": {"author": "Ada"}}, (("author", "ada", False),), None),
        ({"author": ["Ada"]}, (("author", "ada", False),), ("author",)),
        ({"authors": ["Ada"], "topic": "x"}, (("author", "ada", False),), ("author",)),
        ({"authors": []}, (), ("author",)),
        ({"authors": [], "answerable": False}, None, None),
        ({"publisher": ["x"]}, None, None),
    ],
)
def test_known_filters_are_read_under_their_fields_names(
    tmp_path, write_collection, metadata, filters, fields
):
    document = {**DOCUMENT, "metadata": {"author": "Ada"}}
    write_collection(tmp_path, [document], [{**QUESTION, "metadata": metadata}])
    (question,) = read_collection(tmp_path).questions
    assert (question.known.filters, question.known.fields) == (filters, fields)


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("queries.jsonl", None, "queries.jsonl is missing"),
        ("queries.jsonl", '{"_id": "1", "text": "a?"}\nnonsense\n', "queries.jsonl:2 is not JSON"),
        ("queries.jsonl", '{"text": "a?"}\n', "queries.jsonl:1 is not a question"),
        ("queries.jsonl", '{"_id": "1", "text": "a?"}\n' * 2, "'1' is there twice"),
        ("queries.jsonl", "\n", "holds none"),
        (
            "queries.jsonl",
            '{"_id": "1", "text": "a?", "metadata": {"spans": [{"doc_id": "d"}]}}',
            "its metadata cannot be used: KeyError",
        ),
        (
            "queries.jsonl",
            '{"_id": "1", "text": "a?", "metadata": {"relevant": {"d": "high"}}}',
            "its metadata cannot be used: ValueError",
        ),
        ("qrels.tsv", HEADING + "1\td\thigh\n", "qrels.tsv:2 is not a judgement"),
        ("corpus.jsonl", "\n", "holds no document"),
    ],
)
def test_a_collection_that_cannot_be_used_says_where(
    tmp_path, write_collection, file, content, complaint
):
    write_collection(tmp_path, [DOCUMENT], [QUESTION])
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(content)
    with pytest.raises(SourceError, match=re.escape(complaint)):
        read_collection(tmp_path)


def test_the_hash_is_of_the_content_and_not_of_how_it_is_packed(sample, tmp_path):
    before = read_collection(sample)
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    for name in ("corpus.jsonl", "queries.jsonl"):
        (unpacked / name).write_bytes(gzip.decompress((sample / f"{name}.gz").read_bytes()))
    (unpacked / "qrels.tsv").write_bytes((sample / "qrels.tsv").read_bytes())
    assert read_collection(unpacked).content_hash == before.content_hash
    with (unpacked / "queries.jsonl").open("a") as file:
        file.write('{"_id": "one more", "text": "When?"}\n')
    after = read_collection(unpacked)
    assert after.content_hash != before.content_hash
    assert after.corpus_hash == before.corpus_hash


def test_questions_are_drawn_by_seed_in_the_order_of_their_file(sample):
    collection = read_collection(sample)
    drawn = asked.questions(collection, limit=5, seed=3)
    assert drawn == asked.questions(collection, limit=5, seed=3)
    assert drawn != asked.questions(collection, limit=5, seed=4)
    positions = [collection.questions.index(question) for question in drawn]
    assert positions == sorted(positions)
    assert len(set(positions)) == 5


# ---------------------------------------------------------------------------
# the sample


def test_the_samples_labels_fit_its_documents(sample):
    collection = read_collection(sample)
    assert (len(collection.documents), len(collection.questions)) == (46, 20)
    assert sum(not question.answerable for question in collection.questions) == 4
    for question in collection.questions:
        assert bool(question.answers) == bool(question.spans) == question.answerable
        assert {span.document_id for span in question.spans} == set(question.relevant)
        for span in question.spans:
            text = collection.documents[span.document_id].text
            assert text.count(text[span.start : span.end]) == 1


def test_the_sample_is_the_same_each_time(sample, tmp_path):
    again = sample_collection(tmp_path / "again")
    for path in sample.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
