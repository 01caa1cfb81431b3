"""What one question's trace is worth: its answer against the gold answers, its citations and context against the gold evidence."""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from headrace.measuring.quality import spans
from headrace.measuring.quality.collections import LabelledQuestion
from headrace.measuring.quality.traces import Quotation, Trace
from headrace.types import Document

_MARK = re.compile(r"\s*\[\d+\]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalized_answer(text: str) -> str:
    """In small letters, without citation marks, punctuation, English articles and extra white space, as SQuAD compares answers.

    Source: Rajpurkar et al. 2016. Example: "The Normans, [1]" -> "normans".
    """
    text = _MARK.sub("", text).lower()
    text = "".join(character for character in text if character not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", text).split())


def answer_values(answer: str, golds: Sequence[str]) -> dict[str, float]:
    """Exact match, F1 over words and whether a gold answer stands in the answer: each against the gold answer that suits best; 0 to 1."""
    said = normalized_answer(answer)
    wanted = [normalized_answer(gold) for gold in golds]
    return {
        "exact_match": max(float(said == gold) for gold in wanted),
        "f1": max(word_f1(said.split(), gold.split()) for gold in wanted),
        "contains_answer": max(float(bool(gold) and f" {gold} " in f" {said} ") for gold in wanted),
    }


def context_values(trace: Trace, question: LabelledQuestion) -> dict[str, float]:
    """Span recall: the share of the gold characters that the context holds. Span precision: the share of its characters that are gold."""
    if not question.spans:
        return {}
    common = spans.common(question.spans, trace.context)
    return {
        "span_recall": common / spans.length(question.spans),
        "span_precision": common / max(1, spans.length(trace.context)),
    }


def citation_values(trace: Trace, question: LabelledQuestion) -> dict[str, float]:
    """Citation precision: the share of the citations that point at gold evidence; absent when there are none. Citation recall: the share
    of the gold evidence that is pointed at. F1: their harmonic mean, 0 without citations. The evidence is the gold spans, where there are
    any, else the relevant documents as a whole.
    """
    cited = [quotation.span for quotation in trace.citations]
    if question.spans:
        right = [any(span.overlaps(gold) for gold in question.spans) for span in cited]
        reached = [any(gold.overlaps(span) for span in cited) for gold in question.spans]
    else:
        right = [span.document_id in question.relevant for span in cited]
        reached = [
            any(span.document_id == document_id for span in cited)
            for document_id in question.relevant
        ]
    found = {"citation_precision": sum(right) / len(right)} if right else {}
    if not reached:
        return found
    precision, recall = found.get("citation_precision", 0.0), sum(reached) / len(reached)
    return found | {
        "citation_recall": recall,
        "citation_f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
    }


def reply_values(trace: Trace, question: LabelledQuestion) -> dict[str, float]:
    """`answer_values` where there are gold answers, and `citation_values`."""
    return (
        answer_values(trace.answer or "", question.answers) if question.answers else {}
    ) | citation_values(trace, question)


def is_verbatim(citation: Quotation, documents: Mapping[str, Document]) -> bool:
    """Whether the quoted words stand where the citation says, letter by letter, in the document as the collection has it."""
    document = documents.get(citation.span.document_id)
    return (
        bool(citation.quote)
        and document is not None
        and document.text[citation.span.start : citation.span.end] == citation.quote
    )


def word_f1(said: list[str], gold: list[str]) -> float:
    """F1 of the words of two texts, each as often as it stands there."""
    if not said or not gold:
        return float(said == gold)
    common = sum((Counter(said) & Counter(gold)).values())
    return 2 * common / (len(said) + len(gold))


# ------------------------------------------------------------------------------------------------------------ declining


@dataclass(frozen=True, slots=True)
class Confidence:
    """A question known to be answerable or not, how sure (0 to 1) the graph was that it is, and whether it declined."""

    query_id: str
    answerable: bool
    score: float
    declined: bool


def confidence(trace: Trace, question: LabelledQuestion, answer_threshold: float) -> Confidence:
    """Without an answer, declined is below `answer_threshold`; a failed question counts as the wrong reply, given with certainty."""
    answerable = bool(question.answerable)
    if trace.error:
        return Confidence(question.query_id, answerable, float(not answerable), answerable)
    declined = trace.answerability < answer_threshold if trace.answer is None else not trace.answer
    return Confidence(question.query_id, answerable, trace.answerability, declined)


def declining(confidences: Sequence[Confidence]) -> dict[str, Any]:
    """How well unanswerable questions are declined; {} unless there are both kinds.

    Returns:
        precision (of the declined, the share rightly so; absent when none was), recall (of the unanswerable, the share declined),
        auroc (that an answerable question scores above an unanswerable one, ties half), recall_at_10_false (recall at the best threshold
        that declines at most 10 % of the answerable), risk_coverage ([share answered, share of those that should have been declined],
        the surest first, at most 101 points).
    """
    from scipy.stats import mannwhitneyu

    right = np.array([item.score for item in confidences if item.answerable])
    wrong = np.array([item.score for item in confidences if not item.answerable])
    if not len(right) or not len(wrong):
        return {}
    declined = [item for item in confidences if item.declined]
    rightly = sum(not item.answerable for item in declined)
    threshold = np.sort(right)[int(0.1 * len(right))]
    return ({"precision": rightly / len(declined)} if declined else {}) | {
        "recall": rightly / len(wrong),
        "auroc": float(mannwhitneyu(right, wrong).statistic / (len(right) * len(wrong))),
        "recall_at_10_false": float((wrong < threshold).mean()),
        "risk_coverage": _risk_coverage(confidences),
    }


def _risk_coverage(confidences: Sequence[Confidence]) -> list[list[float]]:
    surest_first = sorted(confidences, key=lambda item: -item.score)
    risks = np.cumsum([not item.answerable for item in surest_first]) / np.arange(
        1, len(surest_first) + 1
    )
    points = np.unique(
        np.linspace(1, len(surest_first), min(101, len(surest_first))).round().astype(int)
    )
    return [
        [round(int(point) / len(surest_first), 4), round(float(risks[point - 1]), 4)]
        for point in points
    ]
