"""What a question wants to do, and the opposite: turning a thing on, or off."""

import re
from typing import NamedTuple


class _Act(NamedTuple):
    """An act in several wordings, and its opposite."""

    does: re.Pattern[str]
    undoes: re.Pattern[str]


def _wordings(verbs: str, phrases: str = "") -> re.Pattern[str]:
    """The inflections of verbs, and of phrases that may have an object: "turn it on".

    Args:
        verbs: their beginnings.
        phrases: the beginning of a verb and its particle each: "turn_on".
    """
    wordings = [rf"(?<!\w)(?:{'|'.join(verbs.split())})"]
    for phrase in phrases.split():
        verb, particle = phrase.split("_")
        wordings.append(rf"\b{verb}\w{{0,4}}\s+(?:[\w-]+\s+){{0,3}}?{particle}\b")
    return re.compile("|".join(wordings), re.IGNORECASE)


_ACTS = (
    _Act(
        _wordings("enabl activat aktivier einschalt", "turn_on switch_on schalt_ein"),
        _wordings("disabl deactivat deaktivier ausschalt", "turn_off switch_off schalt_aus"),
    ),
    _Act(_wordings("install"), _wordings("uninstall deinstall")),
    _Act(_wordings("increas erhöh"), _wordings("decreas reduc verringer")),
    _Act(_wordings("start restart launch"), _wordings("stop", "shut_down")),
)


def leaning(question: str, text: str) -> int:
    """Whether a text has the act that a question is about, or the opposite.

    Returns:
        1 if it has the act, in any wording; -1 if it has only the opposite; 0 if it has
        neither, or the question has no act.
    Example: "How do I turn it on?", "Call disable() to switch it off." -> -1.
    """
    found = 0
    for act in _ACTS:
        does, undoes = bool(act.does.search(question)), bool(act.undoes.search(question))
        if does == undoes:
            continue
        asked, opposite = (act.does, act.undoes) if does else (act.undoes, act.does)
        if asked.search(text):
            return 1
        if opposite.search(text):
            found = -1
    return found
