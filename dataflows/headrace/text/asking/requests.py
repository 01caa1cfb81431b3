"""Words of a question that only ask, whatever it is about."""

import re

_WORDS = (
    # "List the fees", "Compare Ada and Bob".
    r"^\W*(?:(?:please|bitte)\s+)?(?P<verb>list|enumerate|compare|summari[sz]e|describe|explain"
    r"|outline|show|give|tell|nenne|liste|vergleiche|beschreibe|erkläre|zeige?)\b",
    # "What happened on 3 May?"
    r"\bwhat\s+(?:else\s+)?(?:has\s+|had\s+)?(?P<happen>happen(?:s|ed)?)\b",
    # "What does PR stand for?"
    r"\bwhat\s+(?:do|does|did)\b.{1,80}\b(?P<mean>stands?(?=\s+for\b)|means?)\b",
    # "How much does Weir cost?"
    r"\bhow\s+much\s+(?:do|does|did|will|would)\b.{1,80}\b(?P<cost>costs?)\b",
    # "the latest report"
    r"\b(?P<newest>latest|newest|neueste[nrs]?)\b",
    # "What has changed?"
    r"\bwhat\s+(?:has\s+|have\s+)?(?P<differ>changed|differs?)\b",
    # "What was added in 2.3?"
    r"\bwhat(?:['’]s|\s+(?:is|was|were|has|have|are))?(?:\s+been)?\s+"
    r"(?P<change>new|added|fixed|removed|introduced|improved)\s+"
    r"(?:in|with|since)\b[^.?!]{0,40}\d",
)
_REQUESTS = [re.compile(words, re.IGNORECASE) for words in _WORDS]


def words_of_request(question: str) -> frozenset[str]:
    """The words of a question that only ask, in small letters.

    Examples: "List the fees." -> {"list"}, "What does SLA stand for?" -> {"stand"},
    "How much does it cost?" -> {"cost"}, "What was added in 2.3?" -> {"added"}.
    """
    found = (pattern.search(question) for pattern in _REQUESTS)
    return frozenset(match[match.lastindex or 0].lower() for match in found if match)


def without_request(question: str) -> str:
    """A question without the words that only ask."""
    for pattern in _REQUESTS:
        if match := pattern.search(question):
            start, end = match.span(match.lastgroup or 0)
            question = f"{question[:start]}{question[end:]}"
    return question
