"""The sentences that answer, word for word: an answer without a language model."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from hamilton.function_modifiers import tag

from headrace.text.answer_types import fits
from headrace.text.outline import labelled_row
from headrace.text.titles import titled
from headrace.text.words import shares, stems
from headrace.types import (
    CitedText,
    Context,
    Encoder,
    ScoredSentence,
    SentenceRange,
    SubQuery,
    TenantDatabase,
    TokenCounter,
)

#: An answer has at most this many sentences.
_QUOTED_SENTENCES = 3
#: Its second and third sentence are quoted only while all have at most this many
#: tokens.
_QUOTED_TOKENS = 120
#: A sentence is quoted that scores at least this share of the best one.
_QUOTED_SHARE = 0.5
#: What each passage further down takes off a sentence's score.
_LATER_PASSAGE = 0.1
#: The best sentence for a sub-question is quoted when it scores at least this for it.
_LEADING_SCORE = 0.6
#: Sentences that share this much of their words say the same.
_ALIKE_SHARE = 0.8
#: Weight of the share of the query's words beside the cosine (DECISIONS.md, "quotes").
_WORDS_WEIGHT = 0.7
#: What a sentence gains that has the kind of thing that is asked for.
_KIND_WEIGHT = 0.2
#: The best sentences by words, which are compared with the question by meaning.
_READ_SENTENCES = 16
#: Fewer words than this say nothing on their own: headings, list marks, rules.
_LEAST_WORDS = 4
#: A value with its name, as forms and tables have it: "Traveller: Ada Holm".
_LABELLED = re.compile(r"[^\W\d_][^:\n]{1,60}:\s+\w")
_PROSE_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"\w+://\S+")


@tag(stage="compile")
def document_metadata(context: Context, database: TenantDatabase) -> dict[str, dict[str, Any]]:
    """The metadata of the context's documents, by document id."""
    ids = list(dict.fromkeys(passage.document_id for passage in context.passages))
    if not ids:
        return {}
    return dict(database.query("document_metadata", {"document_ids": ids}))


@tag(stage="compile")
def sentence_scores(
    answerability: float,
    context: Context,
    sub_queries: list[SubQuery],
    query_embeddings: np.ndarray,
    encoder: Encoder,
    answer_threshold: float = 0.25,
) -> list[ScoredSentence]:
    """How well the context's sentences fit each sub-query.

    A score is the cosine similarity, plus 0.7 times the share of the query's words that
    the sentence holds (words that few sentences have count more), plus 0.2 where it has
    what is asked for: a date, a number, a name, a definition. The question as typed
    counts only where it was not rewritten or split.

    Sentences are compared with their document's title, their headings and what leads to
    them, as chunks are. Those compared are the 16 best by words that have four words or
    more, or are a value with its name ("Fee: 20"), and do not merely announce what
    follows (":").

    Returns:
        The sentences compared, the best first; [] for a question that will be declined.
    """
    places = _quotable(context)
    if not places or answerability < answer_threshold:
        return []
    sentences = [context.passages[passage].sentences[number] for passage, number in places]
    texts = [sentence.text_in_place for sentence in sentences]
    queries = [query.text for query in sub_queries]
    held = shares(texts, queries)
    read = np.argsort(-held.max(axis=1), kind="stable")[:_READ_SENTENCES]
    with_titles = [titled(context.passages[places[i][0]].title, texts[i]) for i in read]
    cosines = encoder.encode(with_titles) @ query_embeddings.T
    typed = np.array([[fits(query, sentences[i].text) for query in queries] for i in read])
    scores = cosines + _WORDS_WEIGHT * held[read] + _KIND_WEIGHT * typed
    if len(sub_queries) > 1:
        # The question as typed still has the typos, and the words that became filters.
        scores[:, 0] = scores[:, 1:].min(axis=1)
    scored = []
    for row in np.argsort(-scores.max(axis=1), kind="stable"):
        passage, number = places[read[row]]
        scored.append(ScoredSentence(passage, number, tuple(scores[row].tolist())))
    return scored


@tag(stage="compile")
def quotes(
    sub_queries: list[SubQuery],
    context: Context,
    sentence_scores: list[ScoredSentence],
    token_counter: TokenCounter,
) -> list[CitedText]:
    """The sentences to quote, in the order of the context.

    Chosen are the best of each sub-question first, then the best of all, of earlier
    passages rather than later ones. There are three at most, of 120 tokens together
    (the first may be longer), and none that only repeats another. A row of a table is
    said with the names of its columns.
    """
    chosen: dict[ScoredSentence, str] = {}
    tokens = 0
    for scored in _wanted(sub_queries, sentence_scores):
        text = context.passages[scored.passage].sentences[scored.sentence].text
        count = token_counter.count(text)
        fits_in = tokens + count <= _QUOTED_TOKENS
        if not chosen or (fits_in and not _repeats(text, chosen.values())):
            chosen[scored] = text
            tokens += count
        if len(chosen) == _QUOTED_SENTENCES:
            break
    parts = []
    for scored in sorted(chosen, key=lambda scored: (scored.passage, scored.sentence)):
        sentence = context.passages[scored.passage].sentences[scored.sentence]
        place = SentenceRange(scored.passage, scored.sentence, scored.sentence + 1, sentence.text)
        said = labelled_row(sentence.lead, sentence.text) or sentence.text
        parts.append(CitedText(said, (place,)))
    return parts


def _wanted(
    sub_queries: Sequence[SubQuery], sentence_scores: Sequence[ScoredSentence]
) -> list[ScoredSentence]:
    """The sentences worth quoting, the most wanted first, each once."""
    if not sentence_scores:
        return []
    values = {scored: scored.best - _LATER_PASSAGE * scored.passage for scored in sentence_scores}
    ranked = sorted(values, key=lambda scored: -values[scored])
    leaders = []
    for index, query in enumerate(sub_queries):
        if query.role == "sub-question":
            best = max(sentence_scores, key=lambda scored, index=index: scored.scores[index])
            if best.scores[index] >= _LEADING_SCORE:
                leaders.append(best)
    least = _QUOTED_SHARE * max(values[ranked[0]], 0.0)
    good = [scored for scored in ranked if values[scored] >= least]
    return list(dict.fromkeys([*leaders, ranked[0], *good]))


def _quotable(context: Context) -> list[tuple[int, int]]:
    """The passage and sentence numbers of sentences that can stand alone."""
    places = []
    for number, passage in enumerate(context.passages):
        for index, sentence in enumerate(passage.sentences):
            said = labelled_row(sentence.lead, sentence.text) or sentence.text
            words = _PROSE_WORD.findall(_ADDRESS.sub("", said))
            says_something = len(words) >= _LEAST_WORDS or _LABELLED.match(said)
            if says_something and not said.endswith(":"):
                places.append((number, index))
    return places


def _repeats(text: str, others: Iterable[str]) -> bool:
    """Whether a sentence shares most of its words, or of theirs, with one of others."""
    words = stems(text)
    for other in map(stems, others):
        if len(words & other) >= _ALIKE_SHARE * max(1, min(len(words), len(other))):
            return True
    return False
