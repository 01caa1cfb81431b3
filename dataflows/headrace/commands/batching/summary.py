"""What became of the questions of a batch, and what those that are left may cost."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from statistics import fmean

from headrace.commands.batching.answers_file import Line
from headrace.drivers import decided
from headrace.settings import Settings

#: Tokens of the instructions and the question beside the context, roughly.
_INSTRUCTION_TOKENS = 1000
_PER_MILLION = 1e6


def summary(lines: Sequence[Line], now: int, seconds: float, broken: int = 0) -> list[str]:
    """What became of all questions, in sentences.

    Args:
        lines: the last line of each question.
        now: how many of them were asked in this run, which took `seconds`.
        broken: how many could not be asked, as their lines cannot be read.
    """
    failed = sum(bool(line.error) for line in lines)
    answered = sum(line.is_answered for line in lines)
    declined = len(lines) - failed - answered
    notes = Counter(chain.from_iterable(line.notes for line in lines))
    said = [
        f"{_questions(len(lines))}: {answered:,} answered, {declined:,} declined, {failed:,} "
        f"failed; with notes: {sum(bool(line.notes) for line in lines):,}",
        _asked(now, seconds, broken, len(lines) - now - broken),
        f"tokens: {_tokens(lines)}; cost: {_cost(lines)}",
    ]
    for note, count in notes.most_common(5):
        said.append(f"noted {'once' if count == 1 else f'{count:,} times'}: {note}")
    return said


def estimate(open_questions: int, lines: Iterable[Line], settings: Settings) -> str:
    """What the open questions may cost, in a sentence.

    It is as much as the mean of the answers that are there, or else what the largest
    context and the longest answer cost.
    """
    settings = decided(settings)
    calls = (settings.generation != "extractive") + (settings.understanding == "llm")
    if not calls:
        return "cost: nothing, no paid model is used"
    paid = [line.cost_usd for line in lines if line.cost_usd and not line.error]
    if paid:
        each = fmean(paid)
        return (
            f"cost: about {_usd(open_questions * each)}, {_usd(each)} a question as the "
            f"{len(paid):,} before"
        )
    price = settings.prices.get(settings.language_model)
    if price is None:
        return f"cost: not known, HEADRACE_PRICES has no price of {settings.language_model}"
    tokens_in = settings.token_budget + _INSTRUCTION_TOKENS
    each = calls * (tokens_in * price[0] + settings.max_answer_tokens * price[1]) / _PER_MILLION
    return (
        f"cost: at most about {_usd(open_questions * each)}: {tokens_in:,} tokens in and "
        f"{settings.max_answer_tokens:,} out a question, with {settings.language_model}"
    )


def _asked(now: int, seconds: float, broken: int, before: int) -> str:
    """How many were asked when; a run that asked none has no speed."""
    speed = f", in {seconds:.1f} s ({now / max(seconds, 1e-9):.1f} a second)" if now else ""
    unasked = f"; {broken:,} that cannot be asked" if broken else ""
    return f"{now:,} now{speed}; {before:,} before{unasked}"


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count:,} questions"


def _tokens(lines: Iterable[Line]) -> str:
    """The tokens of each kind; "none" without."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line.tokens)
    named = [f"{count:,} {kind.removesuffix('_tokens')}" for kind, count in counts.items()]
    return ", ".join(named) or "none"


def _cost(lines: Iterable[Line]) -> str:
    costs = [line.cost_usd for line in lines if not line.error]
    known = sum(cost for cost in costs if cost is not None)
    unknown = costs.count(None)
    return _usd(known) + (f", and {_questions(unknown)} of unknown price" if unknown else "")


def _usd(amount: float) -> str:
    return f"${amount:.2f}" if amount >= 1 or not amount else f"${amount:.2g}"
