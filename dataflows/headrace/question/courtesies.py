"""Whether a question is one at all, or a greeting or thanks."""

from typing import cast

from hamilton.function_modifiers import config, tag

from headrace.text.courtesies import courtesy_in
from headrace.types import Courtesy
from headrace.types.questions import CourtesyKind


@config.when(understanding="off")
@tag(stage="query expansion")
def courtesy__off() -> Courtesy:
    """No courtesy: everything is searched for."""
    return Courtesy()


@config.when_in(understanding=["rules", "llm"])
@tag(stage="query expansion")
def courtesy__rules(normalized_query: str) -> Courtesy:
    """What is said where nothing is asked: nothing is then searched for.

    Example: "Thanks for your help!" -> thanks, in English.
    """
    kind, language = courtesy_in(normalized_query)
    return Courtesy(cast(CourtesyKind, kind), language) if kind else Courtesy()
