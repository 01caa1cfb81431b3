"""What a sub-query's syntax asks for, as the search statements take it."""

from headrace.text.terms import spaced
from headrace.types import SubQuery


def excluded_phrases(query: SubQuery) -> list[str] | None:
    """The words and phrases that no hit may have; None for none."""
    return [spaced(phrase) for phrase in query.excluded] or None
