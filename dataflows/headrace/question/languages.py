"""The language of the question."""

from collections.abc import Sequence

from hamilton.function_modifiers import tag

from headrace.text.languages import language_of


@tag(stage="query expansion")
def question_language(normalized_query: str, history: Sequence[str] = ()) -> str:
    """The language that the question is asked in, as PostgreSQL names it.

    A question that is too short to tell is in the language of the user's turns before
    it. "" where these do not tell it either.

    Example: "Wie lange dauert die Elternzeit?" -> "german".
    """
    language = language_of(normalized_query)
    if language or not history:
        return language
    return language_of(" ".join([*list(history)[::2], normalized_query]))
