"""The kind of a question, by its wording, and the parts of a compound one.

A compound question needs more than one fact.
"""

import re

from headrace.types import QuestionKind

_SUBJECTS = "|".join(
    "i you we he she it they there this that these those my your our his her its their".split()
)
#: What a question begins with: a question word, or a verb with its subject behind it.
#: "And is accused of" has no subject: it belongs to the sentence before.
_QUESTION_WORD = (
    r"(?:(?:what|which|who|whom|whose|when|where|why|how)"
    r"|(?:is|are|was|were|do|does|did|can|could|should|will|would|has|have)"
    rf"(?=\s+(?:{_SUBJECTS})\b))"
)
_ASKS = rf"(?:(?:in|within|for|on|at|to|from|by|with|of|since|until)\s+)?{_QUESTION_WORD}\b"
_BOUNDARY = re.compile(
    rf"\?\s+(?=\S)|[,;]?\s+(?:and|but|or)\s+(?:also\s+)?(?={_ASKS})|;\s+(?={_ASKS})", re.IGNORECASE
)
#: Shorter pieces are not questions.
_LEAST_WORDS = 3
_DIFFERENCE = re.compile(
    r"\b(?:difference|differences|compare|comparison)\b.*?(?:\b(?:between|of)\s+|\s)"
    r"(?P<a>(?!between\b|of\b)[^?,]+?)\s+(?:and|with|to|vs\.?)\s+(?P<b>[^?,]+)",
    re.IGNORECASE,
)

_VERBS = "|".join(
    "is are was were am do does did can could should will would has have had may might must".split()
)
_VERB = rf"(?:{_VERBS})(?:n['’]t)?"
_CHECK = re.compile(
    r"^(?:(?:in|on|at|if|for|during|after|before|by|given|according)\b[^,?]*,\s+)?"
    rf"{_VERB}\s+\S|(?:,|\bthen)\s*{_VERB}\s+\S[^,]*\?\s*$",
    re.IGNORECASE,
)

_MORE = "|".join(
    "first earlier later older oldest younger more less most longer shorter bigger larger smaller "
    "taller higher lower faster better worse recently".split()
)
_COMPARISON = re.compile(
    r"\b(?:both|same|either)\b.*\band\b"
    r"|,\s*[^,?]+?,?\s+or\s+[^,?]+\??$"
    rf"|\b(?:{_MORE})\b.*\bor\b|\bor\b.*\b(?:{_MORE})\b|\b(?:{_MORE})\b.*\bout of\b"
    r"|\bdifferences?\s+between\b|\bcompared?\b|\bin common\b",
    re.IGNORECASE,
)

_RELATIVES = "|".join(
    "father mother parent brother sister sibling son daughter child children uncle aunt nephew "
    "niece cousin spouse wife husband widow".split()
)
_RELATIVE = (
    r"(?:step|half-|god|foster |adoptive |biological |maternal |paternal )?"
    rf"(?:{_RELATIVES})s?(?:-in-law)?"
)
_MAKERS = "|".join(
    "director composer performer author writer screenwriter founder creator producer editor "
    "singer lyricist songwriter publisher designer architect inventor discoverer developer "
    "manufacturer owner artist painter conductor narrator leader ruler president headquarters "
    "capital birthplace hometown employer successor predecessor".split()
)
_MAKER = rf"(?:co-?)?(?:{_MAKERS})s?"
_RELATED = rf"\b(?:{_RELATIVE}|{_MAKER})\b"
#: Words for what is asked of a person or a thing.
_FACTS = "|".join(
    r"born birth die died dies death buried nationality citizen\w* country graduate\w* studied "
    r"educated work\w* award\w* won occupation profession religion from live lived marry married "
    r"age old population located founded ethnicity place date cause known receive\w*".split()
)
_FACT = rf"\b(?:{_FACTS})\b"
_BRIDGING = re.compile(
    rf"{_RELATED}[^?]{{0,12}}?\bof\b[^?]{{0,25}}?{_RELATED}[^?]{{0,12}}?\bof\b"
    rf"|['’]s?\s+(?:{_RELATIVE})\b"
    r"|\bgrand(?:father|mother|parent|child|children|son|daughter)s?\b"
    rf"|{_RELATED}\s+(?:of|for|in|to)\b.*{_FACT}|{_FACT}.*{_RELATED}\s+(?:of|for|in|to)\b"
    r"|\b(?:the|an?)\s+(?:[\w-]+\s+){1,3}?"
    r"(?:who|that|which|whose|where|whom|(?:in|by|for|of) which)\s+\w",
    re.IGNORECASE,
)


def kind_of(question: str) -> QuestionKind:
    """The kind of a question, the first that applies.

    - "comparison": several things side by side ("Which is older, A or B?")
    - "bridging": about something that is only named by its relation to something else
      ("the mother of the director of A", "the company that made A")
    - "check": whether a statement is true
    - "several": more than one question
    - "simple": any other
    """
    question = question.strip()
    if _COMPARISON.search(question):
        return "comparison"
    if _BRIDGING.search(question):
        return "bridging"
    if _CHECK.search(question):
        return "check"
    return "several" if parts(question) else "simple"


def parts(question: str) -> list[str]:
    """The questions inside a compound one, or the sides of a comparison.

    [] for a simple question.
    """
    pieces = [piece.strip(" ,;") for piece in _BOUNDARY.split(question)]
    questions = [piece for piece in pieces if len(piece.split()) >= _LEAST_WORDS]
    if len(questions) > 1:
        return questions
    match = _DIFFERENCE.search(question)
    return [match["a"].strip(), match["b"].strip()] if match else []
