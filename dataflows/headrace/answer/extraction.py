"""The sentences that answer, word for word: an answer without a language model."""

import re

import numpy as np
from hamilton.function_modifiers import tag

from headrace.text.answer_types import fits
from headrace.text.words import shares, stems
from headrace.types import (
    CitedText,
    Context,
    Encoder,
    Passage,
    ScoredSentence,
    SentenceRange,
    SubQuery,
    TokenCounter,
)

#: An answer is at most so many sentences, and its second and third are only quoted while all together have so many tokens.
_QUOTED_SENTENCES, _QUOTED_TOKENS = 3, 120
#: A sentence is quoted when it is worth at least this share of the best one; each passage further down is worth so much less.
_QUOTED_SHARE, _LATER_PASSAGE = 0.5, 0.1
#: The best sentence for a sub-question is quoted when it scores at least this for it.
_LEADING_SCORE = 0.6
#: Sentences that share so much of their words say the same.
_ALIKE = 0.8
#: What counts beside the cosine: the share of the query's words, and to have the kind of thing that is asked for. With the two above, chosen on
#: SQuAD 2.0, XQuAD and NQ-open samples: a gold answer is in the quotes of 0.90 instead of 0.86 of the questions.
_OF_WORDS, _OF_TYPE = 0.7, 0.2
#: Sentences that are compared with the question by meaning: the best by words.
_READ_SENTENCES = 16
#: Fewer words than this say nothing on their own: headings, list marks, rules.
_LEAST_WORDS = 4
_PROSE_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"\w+://\S+")


@tag(stage="compile")
def sentence_scores(
    answerability: float,
    context: Context,
    sub_queries: list[SubQuery],
    query_embeddings: np.ndarray,
    encoder: Encoder,
    answer_threshold: float = 0.25,
) -> list[ScoredSentence]:
    """How well the context's sentences fit each sub-query: cosine similarity, plus 0.7 times the share of its words that they hold, the words
    weighted by how few of the sentences have them, plus 0.2 where they have what it asks for, a date, a number or a name. The question as
    typed counts only where it was not rewritten or split.

    Sentences are compared with their document's title in front, as chunks are: the 16 best by words, of those that have four words or more
    and do not merely announce what follows (":").

    Returns:
        The sentences compared, the most fitting first; [] for a question that will be declined.
    """
    places = [
        (p, s)
        for p, passage in enumerate(context.passages)
        for s, sentence in enumerate(passage.sentences)
        if _says_something(sentence.text)
    ]
    if not places or answerability < answer_threshold:
        return []
    texts = [context.passages[p].sentences[s].text for p, s in places]
    held = shares(texts, [query.text for query in sub_queries])
    read = np.argsort(-held.max(axis=1), kind="stable")[:_READ_SENTENCES]
    cosines = (
        encoder.encode(
            [
                _in_its_document(context.passages[places[index][0]], places[index][1])
                for index in read
            ]
        )
        @ query_embeddings.T
    )
    typed = np.array([[fits(query.text, texts[index]) for query in sub_queries] for index in read])
    scores = cosines + _OF_WORDS * held[read] + _OF_TYPE * typed
    if (
        len(sub_queries) > 1
    ):  # the question as typed still holds what was mended in it, and the words that became filters
        scores[:, 0] = scores[:, 1:].min(axis=1)
    order = np.argsort(-scores.max(axis=1), kind="stable")
    return [ScoredSentence(*places[read[row]], tuple(scores[row].tolist())) for row in order]


@tag(stage="compile")
def quotes(
    sub_queries: list[SubQuery],
    context: Context,
    sentence_scores: list[ScoredSentence],
    token_counter: TokenCounter,
) -> list[CitedText]:
    """The sentences to quote, in the order of the context: the best of each sub-question first, then the best of all, of earlier passages
    rather than later ones; three at most, of 120 tokens together (the first may be longer), and none that only repeats another.
    """
    if not sentence_scores:
        return []
    worth = {scored: scored.best - _LATER_PASSAGE * scored.passage for scored in sentence_scores}
    ranked = sorted(worth, key=lambda scored: -worth[scored])
    parts = [index for index, query in enumerate(sub_queries) if query.role == "sub-question"]
    leaders = [
        (part, max(sentence_scores, key=lambda scored, part=part: scored.scores[part]))
        for part in parts
    ]
    leading = [scored for part, scored in leaders if scored.scores[part] >= _LEADING_SCORE]
    least = _QUOTED_SHARE * max(worth[ranked[0]], 0.0)
    wanted = dict.fromkeys(
        [*leading, *ranked[:1], *(scored for scored in ranked if worth[scored] >= least)]
    )
    chosen: dict[ScoredSentence, str] = {}
    tokens = 0
    for scored in wanted:
        text = context.passages[scored.passage].sentences[scored.sentence].text
        more = token_counter.count(text)
        if not chosen or (
            tokens + more <= _QUOTED_TOKENS
            and not any(_alike(text, other) for other in chosen.values())
        ):
            chosen[scored] = text
            tokens += more
        if len(chosen) == _QUOTED_SENTENCES:
            break
    in_order = sorted(chosen, key=lambda scored: (scored.passage, scored.sentence))
    return [
        CitedText(
            chosen[scored],
            (SentenceRange(scored.passage, scored.sentence, scored.sentence + 1, chosen[scored]),),
        )
        for scored in in_order
    ]


def _says_something(sentence: str) -> bool:
    return len(
        _PROSE_WORD.findall(_ADDRESS.sub("", sentence))
    ) >= _LEAST_WORDS and not sentence.endswith(":")


def _in_its_document(passage: Passage, index: int) -> str:
    """A sentence as it is compared: its document's title in front, as chunks have it."""
    return f"{passage.title}\n{passage.sentences[index].text}"


def _alike(one: str, other: str) -> bool:
    first, second = stems(one), stems(other)
    return len(first & second) >= _ALIKE * max(1, min(len(first), len(second)))
