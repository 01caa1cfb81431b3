import json
from itertools import islice

import numpy as np

from headrace.measuring.speed.workload import Workload, sample_base


def test_the_same_seed_makes_the_same_documents_questions_and_vectors(rag, packages, workload):
    again = Workload(sample_base(packages, rag.encoder, 24, seed=7), seed=7)
    first = list(islice(workload.documents(), 5))
    texts = [document.text for document in first]
    assert list(islice(again.documents(), 5)) == first
    assert list(islice(again.documents(3), 2)) == first[3:]
    assert again.questions(40) == workload.questions(40)
    assert np.array_equal(again.vectors(texts), workload.vectors(texts))


def test_another_seed_makes_others(workload):
    other = Workload(workload.base, seed=8)
    first = list(islice(workload.documents(), 5))
    texts = [document.text for document in first]
    assert list(islice(other.documents(), 5)) != first
    assert other.questions(40) != workload.questions(40)
    assert not np.array_equal(other.vectors(texts), workload.vectors(texts))


def test_vectors_have_norm_1_and_lie_near_those_of_their_sentences(workload):
    vectors = workload.vectors([chunk.text for chunk in workload.base])
    real = np.array([chunk.vector for chunk in workload.base])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert 0.85 < (vectors * real).sum(axis=1).mean() < 0.97


def test_a_sentence_is_known_whatever_words_were_replaced_in_it(workload):
    sentence = max((one for chunk in workload.base for one in chunk.sentences), key=len)
    words = sentence.split(" ")
    replaced = " ".join([*words[:3], *("walrus" for _ in words[3:])])
    first, second = workload.vectors([sentence, replaced])
    assert float(first @ second) > 0.7


def test_a_text_made_elsewhere_has_a_vector_of_norm_1_too(workload):
    vectors = workload.vectors(["text of nobody"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_resampled_text_is_real_sentences_with_every_third_longer_word_replaced(workload):
    beginnings = set()
    for chunk in workload.base:
        beginnings |= {" ".join(sentence.split(" ")[:3]) for sentence in chunk.sentences}
    titles = {chunk.document.title for chunk in workload.base}
    real = {word for chunk in workload.base for word in chunk.text.split()}
    made = 0
    words = 0
    for document in islice(workload.documents(), 20):
        lines = [line for line in document.text.split("\n") if line]
        assert lines and all(" ".join(line.split(" ")[:3]) in beginnings for line in lines)
        assert document.title in titles
        words += len(document.text.split())
        made += sum(word not in real for word in document.text.split())
    assert 0.002 < made / words < 0.03


def test_chunks_of_one_origin_differ_and_share_text(workload):
    pieces = []
    for document in islice(workload.documents(), 40):
        pieces += [frozenset(piece.split("\n")) for piece in document.text.split("\n\n")]
    assert len(set(pieces)) > 0.9 * len(pieces)
    beginnings = [frozenset(line[:12] for line in piece) for piece in pieces]
    assert any(_is_resampled(piece, beginnings[50:]) for piece in beginnings[:50])


def _is_resampled(piece: frozenset[str], others: list[frozenset[str]]) -> bool:
    """Whether another piece shares some of its sentences and not all."""
    return any(piece & other and piece != other for other in others)


def test_questions_differ_and_are_words_of_real_sentences(workload):
    questions = workload.questions(16)
    sentences = " ".join(chunk.text for chunk in workload.base)
    first_word = questions[0].removeprefix("What is said about ").split()[0]
    compound = [question for question in questions if ", and what is said about " in question]
    assert len(set(questions)) == 16 and len(compound) == 2
    assert first_word in sentences


def test_what_is_ingested_has_the_vectors_that_were_given(rag, workload, held):
    with rag.database.for_tenant(held).transaction() as transaction:
        rows = transaction.execute(
            "SELECT c.text, e.embedding::text "
            "FROM chunks c JOIN embeddings e USING (tenant_id, chunk_id) LIMIT 20"
        )
    for text, vector in rows:
        # The title put before it changes the noise, and not the sentences.
        (given,) = workload.vectors([text])
        assert float(given @ np.array(json.loads(vector))) > 0.6
