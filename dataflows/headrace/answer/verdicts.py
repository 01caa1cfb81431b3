"""The verdict on a question: why there is no answer, or how sure the answer is."""

from collections.abc import Sequence
from dataclasses import replace

from headrace.answer.citations import CitedAnswer
from headrace.answer.signs.amounts import PRICE
from headrace.types import (
    Answer,
    AnswerabilitySigns,
    Context,
    QueryFilters,
    TenantDatabase,
    Verdict,
)

#: Below this likelihood an answer says that it may not be one (DECISIONS.md, "answer
#: threshold").
_SURE = 0.35
_MOST_NAMED = 5


def judged(
    signs: AnswerabilitySigns, likelihood: float, filters: QueryFilters, threshold: float
) -> Verdict:
    """Whether a question is declined, and why; or why its answer is uncertain.

    Example of a reason: "the nearest passages hardly answer this (likelihood 0.08;
    below the threshold of 0.25 there is no answer); no document has "warranty"".
    """
    applied = [f"only documents with {condition} were searched" for condition in filters.applied]
    lacking = _lacking(signs)
    if not signs.found:
        reasons = ["no passage was found for this question", *applied]
    elif likelihood < threshold:
        hardly = (
            f"the nearest passages hardly answer this (likelihood {likelihood:.2f}; below the "
            f"threshold of {threshold:g} there is no answer)"
        )
        reasons = [hardly, *lacking, *applied]
    elif likelihood < _SURE:
        may_help = "these passages may help, but may not answer this"
        reasons = [f"{may_help} (likelihood {likelihood:.2f})", *lacking]
    else:
        reasons = []
    is_declined = not signs.found or likelihood < threshold
    return Verdict(likelihood, is_declined, "; ".join(reasons), filters)


def with_verdict(
    answer: Answer,
    verdict: Verdict,
    context: Context,
    database: TenantDatabase,
    otherwise: str = "no sentence of the nearest passages can be quoted as an answer",
) -> Answer:
    """The answer with its confidence, its filters, and the reason if it is missing.

    Args:
        otherwise: why there is no answer, if the verdict did not decline.
    """
    made = replace(answer, confidence=verdict.likelihood, filters=verdict.filters)
    if made.answered:
        return made if verdict.is_declined else replace(made, reason=verdict.reason)
    reason = verdict.reason if verdict.is_declined else otherwise
    cited = CitedAnswer(context, database)
    cited.add_citations(verdict.nearest)
    return replace(made, reason=reason, nearest=tuple(cited.citations))


def _lacking(signs: AnswerabilitySigns) -> list[str]:
    """In words, what the question asks about and the documents lack."""
    said = []
    if signs.unknown_words:
        said.append(f"no document has {_named(signs.unknown_words)}")
    unknown = set(signs.unknown_words)
    absent = [name for name in signs.absent_names if name.lower() not in unknown]
    if absent:
        said.append(f"none of the passages has {_named(absent)}")
    if signs.apart_names:
        said.append(f"the nearest document does not have {_named(signs.apart_names)}")
    if signs.untold_amount == PRICE:
        said.append("none of the passages tells the price")
    elif signs.untold_amount:
        said.append(f"none of the passages tells how many {signs.untold_amount}")
    return said


def _named(words: Sequence[str]) -> str:
    """The words in quotation marks: "a", "b" or "c"."""
    quoted = [f'"{word}"' for word in words[:_MOST_NAMED]]
    *others, last = quoted
    return f"{', '.join(others)} or {last}" if others else last
