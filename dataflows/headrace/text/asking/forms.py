"""The form of an answer: a list, a summary, an explanation, steps, contents."""

import re

from headrace.text.answer_types import asks_code, wanted

#: A question that several things may answer: "List all ...", "Who knows ...?", "Which
#: sites use ...?".
_LIST_ASKED = re.compile(
    r"^\W*(?:list|name|enumerate|show|give|liste|nenne|zähle)\b"
    r"|\b(?:all|every|each|alle|jede[rsn]?)\b"
    r"|\b(?:who|wer)\s+(?!(?:is|was|are|were|ist|war|sind|waren)\b)"
    r"|\bwho\s+(?:is|was|are|were)\s+(?:\w{2,}ing|in|on)\b"
    r"|\b(?:which|what)\s+(?:(?!(?:is|was|does|has)\b)[\w-]+\s+){0,2}?"
    r"(?!(?:was|does|has)\b)[\w-]{2,}s\b(?<!ss)"
    r"|\bwhat\s+(?:are|(?:can|may|could)\s+(?:i|we|you|one|be))\b|\bwelche\b|\bwas\s+sind\b"
    r"|\bquel(?:le)?s\b|\bcuáles\b|哪些",
    re.IGNORECASE,
)
#: "List the fees", "Name every port".
_ALL_ASKED = re.compile(
    r"^\W*(?:(?:please|bitte)\s+)?(?:list|name|enumerate|liste|nenne|zähle)\b"
    r"|\b(?:show|give|tell|zeige?|gib)\s+(?:\w+\s+)?(?:all|every|each|alle|jede[rsn]?)\b"
    r"|^\W*(?:what\s+are|was\s+sind)\s+(?:all|alle)\b",
    re.IGNORECASE,
)
_SUMMARY_ASKED = re.compile(
    r"^\W*(?:please\s+|bitte\s+)?(?:summari[sz]e|sum\s+up|fass(?:e|en\s+sie)?\b|résume|resum[ea])"
    r"|\b(?:summary|overview|zusammenfassung|überblick|résumé|aperçu|resumen)\b|总结|概述|摘要",
    re.IGNORECASE,
)
_EXPLANATION_ASKED = re.compile(
    # "Wie heißt sie?" and "Wie wird sie genannt?" ask for a name.
    r"\bwie\b(?!\s+(?:laute|hei(?:ß|ss)|hie(?:ß|ss)|nenn|nannt)"
    r"|\b.{0,200}\b(?:genannt|benannt|bezeichnet)\b)"
    r"|\b(?:how|why|warum|wieso|weshalb|comment|pourquoi|cómo|por\s+qué)\b|如何|怎么|怎样|为什么"
    r"|\b(?:what|was)\s+(?:happens|to|passiert|(?:do|should|can|must|muss|soll|kann)"
    r"\s+(?:i|we|you|one|ich|wir|man))\b",
    re.IGNORECASE,
)
_CONTENTS_ASKED = re.compile(
    r"\bwhat(?:['’]s|\s+(?:is|was|are|has))?\s+(?:new|changed|in)\b"
    r"|\bwhat\s+(?:is|was|are|were|has\s+been|have\s+been)\s+(?:added|fixed|removed|introduced"
    r"|dropped|deprecated|improved)\s+in\b"
    r"|\bwhat\s+(?:does|do|did)\b.{0,100}\b(?:say|state|contain|cover|provide|bring)\W*$"
    r"|\bwas\s+(?:ist\s+neu|steht|sagt|besagt|enthält|regelt|bringt)\b",
    re.IGNORECASE,
)
#: An error message, words for something that does not work, or a code and a message.
_FAULT = re.compile(
    r"^\W*(?=\D{0,20}\d)[\w-]{2,20}:\s"
    r"|(?<!\w)\w{0,60}(?:Error|Exception|Warning)\b"
    r"|\b(?:error|exception|traceback|fail(?:s|ed|ure)?|cannot"
    r"|can['’]t|(?:not|never|stops?|stopped)\s+work(?:s|ing)?|crash(?:es|ed)?|complains?"
    r"|any\s+(?:fix|remedy|workaround)|what(?:['’]s|\s+is)\s+wrong|fehler(?:meldung)?"
    r"|abgestürzt)\b",
    re.IGNORECASE,
)


def asks_summary(question: str) -> bool:
    """Whether a question asks for a summary of what it names."""
    return bool(_SUMMARY_ASKED.search(question))


def asks_list(question: str) -> bool:
    """Whether a question may have several answers, all of which are wanted."""
    return bool(_LIST_ASKED.search(question))


def asks_all(question: str) -> bool:
    """Whether a question asks for a whole list. Example: "List the fees." -> True."""
    return bool(_ALL_ASKED.search(question))


def asks_explanation(question: str) -> bool:
    """Whether a question asks how or why, or what is to be done."""
    return wanted(question) is None and bool(_EXPLANATION_ASKED.search(question))


def asks_steps(question: str) -> bool:
    """Whether a question asks what to do or to type, or describes a fault.

    Example: "How do I rotate a key?" -> True.
    """
    is_asked = asks_explanation(question) or asks_code(question)
    return is_asked or tells_fault(question)


def asks_contents(question: str) -> bool:
    """Whether a question asks what a document, section or version contains."""
    return bool(_CONTENTS_ASKED.search(question))


def tells_fault(question: str) -> bool:
    """Whether a question quotes an error message, or says what does not work."""
    return bool(_FAULT.search(question))
