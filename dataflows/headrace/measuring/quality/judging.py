"""Judges one question's trace.

Its answer is compared with the gold answers, its citations and context with the gold
evidence, and whether it was declined with whether it should have been.
"""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from headrace.measuring.quality.labelled import LabelledQuestion, spans
from headrace.measuring.quality.traces import Quotation, Trace
from headrace.types import Document

_MARK = re.compile(r"\s*\[\d+\]")
_WORD = re.compile(r"[^\W_]+")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
#: A curve has at most this many points.
_MOST_POINTS = 101


# ---------------------------------------------------------------------------
# answers


def normalized_answer(text: str) -> str:
    """A text as SQuAD compares answers.

    It is in small letters, without citation marks, punctuation, English articles and
    extra white space. Example: "The Normans, [1]" -> "normans".
    Source: Rajpurkar et al. 2016.
    """
    text = _MARK.sub("", text).lower()
    text = "".join(character for character in text if character not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", text).split())


def _separate_words(text: str) -> str:
    """The words of a text in small letters, without citation marks and articles."""
    words = _WORD.findall(_MARK.sub("", text).lower())
    return " ".join(_ARTICLES.sub(" ", " ".join(words)).split())


def _contains(text: str, part: str) -> bool:
    """Whether whole words of a text are those of a part, which has some."""
    return bool(part) and f" {part} " in f" {text} "


def answer_values(answer: str, golds: Sequence[str]) -> dict[str, float]:
    """Exact match, F1 of the words, and whether the answer contains a gold answer.

    Each is the best over the gold answers, 0 to 1. A gold answer is contained as it is
    when punctuation is left out, or when punctuation separates words: "Darwin's theory"
    contains "Darwin", and "a 24-yard line" contains "24".
    """
    said, spoken = normalized_answer(answer), _separate_words(answer)
    exact = f1 = contained = 0.0
    for wanted in golds:
        gold = normalized_answer(wanted)
        exact = max(exact, float(said == gold))
        f1 = max(f1, word_f1(said.split(), gold.split()))
        is_contained = _contains(said, gold) or _contains(spoken, _separate_words(wanted))
        contained = max(contained, float(is_contained))
    return {"exact_match": exact, "f1": f1, "contains_answer": contained}


def word_f1(said: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of the words of two texts, each as often as it stands there."""
    if not said or not gold:
        return float(said == gold)
    common = sum((Counter(said) & Counter(gold)).values())
    return 2 * common / (len(said) + len(gold))


def reply_values(trace: Trace, question: LabelledQuestion) -> dict[str, float]:
    """`answer_values` where there are gold answers, and `citation_values`."""
    values = {}
    if question.answers:
        values = answer_values(trace.answer or "", question.answers)
    return values | citation_values(trace, question)


# ---------------------------------------------------------------------------
# evidence


def context_values(trace: Trace, question: LabelledQuestion) -> dict[str, float]:
    """Span recall and span precision; {} without gold spans.

    Recall is the share of the gold characters that the context holds, precision the
    share of the context's characters that are gold.
    """
    if not question.spans:
        return {}
    common = spans.common(question.spans, trace.context)
    return {
        "span_recall": common / spans.length(question.spans),
        "span_precision": common / max(1, spans.length(trace.context)),
    }


def citation_values(trace: Trace, question: LabelledQuestion) -> dict[str, float]:
    """Citation precision, recall and F1.

    Precision is the share of the citations that point at gold evidence; it is absent
    without citations. Recall is the share of the gold evidence that is pointed at. F1,
    their harmonic mean, is 0 without citations. The evidence is the gold spans, or the
    relevant documents as a whole where there are no spans.
    """
    cited = [quotation.span for quotation in trace.citations]
    if question.spans:
        right = [any(span.overlaps(gold) for gold in question.spans) for span in cited]
        reached = [any(gold.overlaps(span) for span in cited) for gold in question.spans]
    else:
        documents = {span.document_id for span in cited}
        right = [span.document_id in question.relevant for span in cited]
        reached = [document_id in documents for document_id in question.relevant]
    values = {"citation_precision": sum(right) / len(right)} if right else {}
    if not reached:
        return values
    precision = values.get("citation_precision", 0.0)
    recall = sum(reached) / len(reached)
    both = precision + recall
    values["citation_recall"] = recall
    values["citation_f1"] = 2 * precision * recall / both if both else 0.0
    return values


def is_verbatim(citation: Quotation, documents: Mapping[str, Document]) -> bool:
    """Whether the quoted words stand where the citation says, letter by letter."""
    span = citation.span
    document = documents.get(span.document_id)
    if document is None or not citation.quote:
        return False
    return document.text[span.start : span.end] == citation.quote


# ---------------------------------------------------------------------------
# declining


@dataclass(frozen=True, slots=True)
class Confidence:
    """A question that is known to be answerable or not, and what the graph made of it.

    Attributes:
        score: how sure the graph was that it is answerable, 0 to 1.
        declined: whether the graph declined to answer.
    """

    query_id: str
    answerable: bool
    score: float
    declined: bool


def confidence(trace: Trace, question: LabelledQuestion, answer_threshold: float) -> Confidence:
    """How sure the graph was, and whether it declined.

    Where no answer was asked for, a score below `answer_threshold` counts as declined.
    A failed question counts as the wrong reply, given with certainty.
    """
    answerable = bool(question.answerable)
    if trace.error:
        return Confidence(question.query_id, answerable, float(not answerable), answerable)
    declined = not trace.answer
    if trace.answer is None:
        declined = trace.answerability < answer_threshold
    return Confidence(question.query_id, answerable, trace.answerability, declined)


def declining(confidences: Sequence[Confidence]) -> dict[str, Any]:
    """How well unanswerable questions are declined; {} unless there are both kinds.

    Returns:
        precision: of the declined, the share rightly so; absent when none was.
        recall: of the unanswerable, the share declined.
        auroc: the chance that an answerable question scores above an unanswerable one,
            ties counting half.
        recall_at_10_false: the recall at the best threshold that declines at most 10 %
            of the answerable.
        risk_coverage: [share answered, share of those that should have been declined],
            the surest first, at most 101 points.
    """
    from scipy.stats import mannwhitneyu

    right = np.array([item.score for item in confidences if item.answerable])
    wrong = np.array([item.score for item in confidences if not item.answerable])
    if not len(right) or not len(wrong):
        return {}
    declined = [item for item in confidences if item.declined]
    rightly = sum(not item.answerable for item in declined)
    threshold = np.sort(right)[int(0.1 * len(right))]
    values: dict[str, Any] = {"precision": rightly / len(declined)} if declined else {}
    return values | {
        "recall": rightly / len(wrong),
        "auroc": float(mannwhitneyu(right, wrong).statistic / (len(right) * len(wrong))),
        "recall_at_10_false": float((wrong < threshold).mean()),
        "risk_coverage": _risk_coverage(confidences),
    }


def _risk_coverage(confidences: Sequence[Confidence]) -> list[list[float]]:
    surest_first = sorted(confidences, key=lambda item: -item.score)
    count = len(surest_first)
    wrong = np.cumsum([not item.answerable for item in surest_first])
    risks = wrong / np.arange(1, count + 1)
    points = np.unique(np.linspace(1, count, min(_MOST_POINTS, count)).round().astype(int))
    return [[round(int(n) / count, 4), round(float(risks[n - 1]), 4)] for n in points]
