"""A language model's parts on their way to the answer, and what the answer cost."""

from dataclasses import replace

from headrace.answer.citations import CitedAnswer
from headrace.types import Answer, CitedText, Completion, Context, Note, QuestionAnalysis

#: What a language model answers when the passages do not hold the answer.
NO_ANSWER = "NO_ANSWER"

_CUT_SHORT = ("max_tokens", "model_context_window_exceeded")


class Writer:
    """Passes a model's parts on to the answer as they come.

    Text is held back while it may still turn out to be NO_ANSWER.
    """

    def __init__(self, answer: CitedAnswer) -> None:
        self._answer = answer
        self._held: str | None = ""

    @property
    def declined(self) -> bool:
        return self._held is not None

    def on_text(self, text: str) -> None:
        if self._held is None:
            self._answer.add_text(text)
            return
        self._held += text
        begun = self._held.strip()
        if not (NO_ANSWER.startswith(begun) or begun.startswith(NO_ANSWER)):
            self._answer.add_text(self._held)
            self._held = None

    def on_part(self, part: CitedText) -> None:
        self._answer.add_citations(part.ranges)


def cut_short(completion: Completion) -> list[Note]:
    """A note when the model stopped before its answer was complete."""
    if completion.stop_reason not in _CUT_SHORT:
        return []
    text = (
        f"the answer was cut ({completion.stop_reason}); "
        "HEADRACE_MAX_ANSWER_TOKENS allows longer ones"
    )
    return [Note("generate", text, is_passing=True)]


def unknown_cost(completion: Completion) -> list[Note]:
    """A note if a service counted tokens whose price is unknown."""
    if completion.cost_usd is not None or not completion.usage:
        return []
    text = f"what the answer cost is not known; give the price of {completion.model} in "
    return [Note("generate", f"{text}HEADRACE_PRICES")]


def with_costs(
    answer: Answer, context: Context, *calls: QuestionAnalysis | Completion | None
) -> Answer:
    """The answer with its `usage` and `cost_usd`.

    They are the context's tokens as counted here, and what a service counted and
    charges, added up over its calls. The cost is None as soon as one call's is not
    known.
    """
    usage = {"context_tokens": context.tokens}
    cost_usd: float | None = 0.0
    for call in calls:
        if call is None:
            continue
        for name, count in call.usage.items():
            usage[name] = usage.get(name, 0) + count
        if cost_usd is None or call.cost_usd is None:
            cost_usd = None
        else:
            cost_usd += call.cost_usd
    return replace(answer, usage=usage, cost_usd=cost_usd)
