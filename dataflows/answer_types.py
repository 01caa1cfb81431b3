"""What kind of thing a question asks for, and whether a sentence has one."""

import re

_NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand|million|dozens?)\b", re.IGNORECASE)
_DATE = re.compile(
    r"\b(?:1\d{3}|20\d{2}|\d{1,2}(?:st|nd|rd|th)|january|february|march|april|may|june|july|august|september|october|november|december|century"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember|jahrhundert)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!^)(?<![.!?:] )\b[A-ZÀ-Þ][^\W\d_]+")

#: How a question asks for each, the first that applies.
_ASKED = (
    (_DATE, re.compile(
        r"\bwhen\b|\bwann\b|\b(?:what|which|welche[mrns]?)\s+(?:year|date|day|month|century|decade|jahr|datum|tag|monat)", re.IGNORECASE)),
    (_NUMBER, re.compile(
        r"\bhow\s+(?:many|much|long|old|far|tall|high|large|big|often|deep|wide|fast)\b|\b(?:what|which)\s+(?:percent|percentage|number|amount)\b"
        r"|\bpopulation\b|\bwie\s*(?:viele?|lange?|alt|weit|hoch|groß|oft|tief|breit|schnell)\b", re.IGNORECASE)),
    (_NAME, re.compile(r"\b(?:who|whose|whom|where|wer|wem|wen|wessen|wo)\b", re.IGNORECASE)),
)  # fmt: skip


def fits(question: str, sentence: str) -> bool:
    """Whether a sentence has what the question asks for: a date, a number, or a name that does not merely begin it. False where the question
    asks for none of these.

    Example: "When was it built?", "It was built in 1911." -> True.
    """
    wanted = next((kind for kind, asked in _ASKED if asked.search(question)), None)
    return wanted is not None and bool(wanted.search(sentence))
