"""Which chunk of a document comes first, with values worked out by hand."""

from headrace.rerank.placing import placed


def test_the_value_of_a_chunk_is_its_score_and_the_share_of_words_in_its_best_sentence():
    """A sentence with both words adds 0.64, one with "observatory" alone 0.27.

    Both texts have "observatory" (log(1 + 2/3) = 0.511), and one has "founded"
    (log(1 + 2/2) = 0.693): shares of 0.424 and 0.576. The best sentence of the first
    text holds 0.424 and adds 0.8 * 0.424 / 1.25; that of the second adds 0.8 / 1.25.
    """
    texts = ["The observatory stands.", "It was damp. She founded the observatory."]
    assert placed(["a", "a"], [1.0, 0.62], texts, "founded observatory", 20) == [0, 1]
    assert placed(["a", "a"], [1.0, 0.64], texts, "founded observatory", 20) == [1, 0]


def test_of_passages_that_all_name_a_thing_the_one_that_says_what_it_is_comes_first():
    texts = ["Contributing to pandas is easy.", "pandas is a package for tables."]
    assert placed(["a", "a"], [1.0, 0.9], texts, "What is pandas?", 20) == [1, 0]
    assert placed(["a", "a"], [1.0, 0.9], texts, "pandas", 20) == [0, 1]


def test_documents_with_one_chunk_and_scores_of_nothing_stay_as_they_are():
    texts = ["It stands.", "She founded the observatory."]
    assert placed(["a", "b"], [1.0, 0.9], texts, "founded observatory", 20) == [0, 1]
    assert placed(["a", "a"], [0.0, 0.0], texts, "founded observatory", 20) == [0, 1]
    assert placed([], [], [], "founded observatory", 20) == []


def test_rare_is_a_word_that_few_of_the_best_fifty_chunks_have():
    """The first text has "founded", which weighs less the more of the fifty have it."""
    texts = ["It was founded.", "The observatory stands."]
    documents, scores = ["a", "a"], [1.0, 1.0]
    for number in range(60):
        documents.append(f"d{number}")
        scores.append(0.5)
    query = "founded observatory"
    near = texts + ["founded"] * 48 + ["mill"] * 12
    far = texts + ["mill"] * 48 + ["founded"] * 12
    assert placed(documents, scores, near, query, 20)[:2] == [1, 0]
    assert placed(documents, scores, far, query, 20)[:2] == [0, 1]
