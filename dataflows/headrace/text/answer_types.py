"""What kind of thing a question asks for, and whether a sentence has one."""

import re

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand|million|dozens?)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:1\d{3}|20\d{2}|\d{1,2}(?:st|nd|rd|th)|january|february|march|april|may|june|july|august|september|october|november|december|century"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember|jahrhundert)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!^)(?<![.!?:] )\b[A-ZÀ-Þ][^\W\d_]+")

#: How a question asks for a date, a number and a name.
_DATE_ASKED = re.compile(
    r"\bwhen\b|\bwann\b|\b(?:what|which|welche[mrns]?)\s+(?:year|date|day|month|century|decade|jahr|datum|tag|monat)",
    re.IGNORECASE,
)
_NUMBER_ASKED = re.compile(
    r"\bhow\s+(?:many|much|long|old|far|tall|high|large|big|often|deep|wide|fast)\b|\b(?:what|which)\s+(?:percent|percentage|number|amount)\b"
    r"|\bpopulation\b|\bwie\s*(?:viele?|lange?|alt|weit|hoch|groß|oft|tief|breit|schnell)\b",
    re.IGNORECASE,
)
_NAME_ASKED = re.compile(r"\b(?:who|whose|whom|where|wer|wem|wen|wessen|wo)\b", re.IGNORECASE)

_TERM = r"[\w'’.+#-]+(?:\s+[\w'’.+#-]+){0,3}?"
#: A question for what something is, and for nothing more: "What is a headrace?", "What does MTCT mean?", "Define tailrace".
_DEFINITION = re.compile(
    r"\W*(?:(?:(?:what|who)(?:\s+(?:is|are|was|were)|['’]s)|was\s+(?:ist|sind|war)|wer\s+(?:ist|war)|define)"
    rf"\s+(?:(?:an?|the|eine?|der|die|das)\s+)?({_TERM})|what\s+does\s+({_TERM})\s+(?:mean|stand\s+for|do))\W*",
    re.IGNORECASE,
)
#: What makes a phrase more than a term: "the population of Berlin" is asked for, not what that is.
_RELATION = re.compile(r"\b(?:of|in|for|to|on|at|by|from|with|that|von|in|für|zu)\b", re.IGNORECASE)
#: A sentence that begins with a term and says what it is, with at most a short apposition between.
_DEFINES = (
    r"^\W*(?:(?:an?|the|eine?|der|die|das)\s+)?\W*%s(?!\w)[^.;]{0,60}?\s"
    r"(?:is|are|was|were|means|refers|denotes|stands|provides|ist|sind|war|waren|bezeichnet|bedeutet)\s"
)


def wanted(question: str) -> re.Pattern[str] | None:
    """What a sentence holds that answers the question: a date, a number, what the thing asked about is, or a name that does not merely begin it.
    None where it asks for none of these.
    """
    if _DATE_ASKED.search(question):
        return _DATE
    if _NUMBER_ASKED.search(question):
        return _NUMBER
    if term := _term(question):
        return re.compile(_DEFINES % r"\s+".join(map(re.escape, term.split())), re.IGNORECASE)
    return _NAME if _NAME_ASKED.search(question) else None


def fits(question: str, sentence: str) -> bool:
    """Whether a sentence has what the question asks for; False where that cannot be told by its form.

    Example: "When was it built?", "It was built in 1911." -> True.
    """
    pattern = wanted(question)
    return pattern is not None and bool(pattern.search(sentence))


def _term(question: str) -> str:
    """What a question asks to be told what it is; "" where it asks for something else."""
    found = _DEFINITION.fullmatch(question)
    term = (found[1] or found[2]) if found else ""
    role = term.islower() and _NAME_ASKED.search(question)  # "who is the president" asks for a name
    return "" if role or _RELATION.search(term) else term
