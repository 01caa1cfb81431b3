"""The kind of a question, by its wording, and the parts of a compound one.

A compound question needs more than one fact.
"""

import re

from headrace.question.date_patterns import FISCAL_YEAR
from headrace.text.function_words import FUNCTION_WORDS
from headrace.text.phrases import content_words, without_possessive
from headrace.text.terms import in_pairs
from headrace.types import QuestionKind

_SUBJECTS = "|".join(
    "i you we he she it they there this that these those my your our his her its their ich du wir "
    "man es er".split()
)
#: The beginning of a question: a question word, or a verb with its subject after it.
#: "And is accused of" has no subject: it belongs to the sentence before. French "qui"
#: and "que" are left out, since they also begin a relative clause.
_QUESTION_WORD = (
    r"(?:(?:what|which|who|whom|whose|when|where|why|how"
    r"|was|welche[mnrs]?|wer|wem|wen|wessen|wann|wo|warum|wieso|weshalb|wie|wohin|woher|wozu"
    r"|quand|où|pourquoi|comment|combien|quel(?:le)?s?|qu['’]est-ce|est-ce|peut-on|puis-je|faut-il"
    r"|¿?(?:qué|quién(?:es)?|cuándo|dónde|cómo|cuánt[oa]s?|cuál(?:es)?|por\s+qué))"
    r"|(?:is|am|are|was|were|do|does|did|can|could|should|will|would|has|have"
    r"|kann|darf|muss|soll|ist|sind|hat|habe|wird)"
    rf"(?=\s+(?:{_SUBJECTS})\b))"
)
_BEFORE = "|".join(
    "in within for on at to from by with of since until für mit zu von seit bis aus auf en depuis "
    "avec pour à de dans con para desde hasta a".split()
)
_ASKS = rf"(?:(?:{_BEFORE})\s+)?{_QUESTION_WORD}\b"
_AND = r"(?:and|but|und|aber|sowie|et|mais|y|pero)\s+(?:(?:also|auch|aussi|también)\s+)?"
_BOUNDARY = re.compile(
    # "It has a ? at the left" does not end there; French has a blank before the sign.
    r"(?<!\s)\?\s+(?=\S)|\s\?\s+(?=(?-i:[^a-z\s]))|？\s*(?=\S)"
    rf"|(?<!\s)[,;]?\s+{_AND}(?={_ASKS})|;\s+(?={_ASKS})"
    r"|[，；]\s*(?:以及|那么|还有|并且|另外)",
    re.IGNORECASE,
)
#: A piece that only names the kind of an answer: "in what year".
_KIND_ALONE = re.compile(
    rf"\W*(?:{_BEFORE})\s+(?:what|which|welche[mnrs]?|quel(?:le)?s?|qué)\s+\w+\W*", re.IGNORECASE
)
#: A statement: "We are on a recent version." At the beginning, a question may follow
#: it: "I run a mill. How do I stop it".
_TELLS = rf"(?:{_SUBJECTS}|the|der|die|das)\s"
_STATEMENT = re.compile(rf"{_TELLS}[^?]*\.", re.IGNORECASE)
_TOLD_FIRST = re.compile(rf"{_TELLS}(?!.*[.!,]\s+{_ASKS})", re.IGNORECASE | re.DOTALL)
#: Characters of a question that tell its kind.
_READ = 4000
#: Shorter pieces are not questions.
_LEAST_WORDS = 3
#: Words that point at something said before. A piece with such a word is a question of
#: its own only if it has this many words that name something.
_POINTING = frozenset(
    "here this that these those both hier dies dieser diese beide ici cela ceux aquí esto".split()
)
_POINTS = re.compile(rf"\b(?:{'|'.join(_POINTING)})\b", re.IGNORECASE)
_LEAST_NAMED = 2
_DIFFERENCE = re.compile(
    r"\b(?:differences?|compare|comparison|unterschiede?|vergleiche?|différences?|compare[rz]?"
    r"|comparaison|diferencias?|compara(?:r|ción)?)\b",
    re.IGNORECASE,
)
#: The sides of a comparison, after the word that announces it.
_SIDES = re.compile(
    r".{0,80}?(?:\b(?:between|of|zwischen|entre)\s+|\s)"
    r"(?P<a>(?!(?:between|of|zwischen|entre)\b)[^?,]{1,200}?)"
    r"\s+(?:and|with|to|vs\.?|und|mit|et|avec|y|con)\s+(?P<b>[^?,]+)",
    re.IGNORECASE,
)
#: The sides of a comparison in Chinese, which announces it last: "A和B有什么区别".
_SIDES_BEFORE = re.compile(
    r"(?P<a>[^，。？?]{1,60}?)\s*[和与跟]\s*(?P<b>[^，。？?]{1,60}?)\s*"
    r"(?:之间)?(?:的|有什么|有何)\s*(?:区别|差别|不同|差异)"
)

#: Years side by side: "in 2023 and in 2024", "for 2021, 2022 and 2023".
_YEAR = rf"(?:{FISCAL_YEAR}|(?:1[5-9]|20)\d\d)"
_OF_YEAR = r"(?:(?:in|for|of|im|für|en|pour|para)\s+)?"
_YEARS = re.compile(
    rf"(?<![\w.-]){_YEAR}(?:\s*,\s*{_OF_YEAR}{_YEAR})*,?\s+(?:and|und|et|y)\s+{_OF_YEAR}{_YEAR}"
    r"(?![\w-]|\.\d)",
    re.IGNORECASE,
)
#: Words that make two years a span of time: "between 2019 and 2021".
_SPAN = re.compile(
    r"\b(?:between|from|since|beginning|starting|zwischen|von|seit|entre|depuis|desde)\b",
    re.IGNORECASE,
)

_VERBS = "|".join(
    "is are was were am do does did can could should will would has have had may might must".split()
)
_VERB = rf"(?:{_VERBS})(?:n['’]t)?"
_CHECK = re.compile(
    r"^(?:(?:in|on|at|if|for|during|after|before|by|given|according)\b[^,?]*,\s+)?"
    rf"{_VERB}\s+\S",
    re.IGNORECASE,
)
#: A check at the end of a question: "If it rains, is it wet?"
_CHECK_AT_END = re.compile(rf"(?:,|\bthen)\s*{_VERB}\s+[^\s,?]", re.IGNORECASE)

_MORE = "|".join(
    "first earlier later older oldest younger more less most longer shorter bigger larger smaller "
    "taller higher lower faster better worse recently".split()
)
#: Amounts that need two facts: "how many more goals than", "how long after".
_AMOUNT = re.compile(
    rf"\bhow\s+(?:many|much)\s+(?:[\w-]+\s+){{0,2}}?(?:{_MORE}|fewer|greater|farther|further)\b"
    rf"|\bhow\s+(?:many|much)\b[^?]{{0,80}}?\b(?:{_MORE}|fewer|greater)\b[^?]{{0,200}}?\bthan\b"
    r"|\bhow\s+(?:many\s+(?:years|months|weeks|days|decades|centuries|hours|minutes)|long)\b"
    r"[^?]{0,200}?\b(?:between|after|before)\b",
    re.IGNORECASE,
)
#: One thing that meets two conditions: "What country is in Asia and is an island?"
_BOTH = re.compile(
    r"^(?:what|which|who)\b[^?]{1,200}\band\s+(?:is|was|has|also|which|had|did|are|were)\b",
    re.IGNORECASE,
)
_MORE_WORD = re.compile(rf"\b(?:{_MORE})\b", re.IGNORECASE)
_TOGETHER = re.compile(r"\b(?:both|same|either)\b", re.IGNORECASE)
_AND_WORD = re.compile(r"\band\b", re.IGNORECASE)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_OR_OUT_OF = re.compile(r"\b(?:or|out of)\b", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:differences?\s+between|unterschiede?\s+zwischen|différences?\s+entre"
    r"|diferencias?\s+entre)\b|\bcompared?\b|\bin common\b|[和与跟].{1,60}(?:区别|差别|不同|差异)",
    re.IGNORECASE,
)
#: The choice that a question ends with: "..., A or B?", "..., A, or B?"
_CHOICE = re.compile(r",\s*[^,?]+?,?(?<!\s)\s+or\s+[^,?]+\??$", re.IGNORECASE)

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
_FACT = re.compile(rf"\b(?:{_FACTS})\b", re.IGNORECASE)
_RELATED_OF = re.compile(rf"{_RELATED}\s+(?:of|for|in|to)\b", re.IGNORECASE)
_BRIDGING = re.compile(
    rf"{_RELATED}[^?]{{0,12}}?\bof\b[^?]{{0,25}}?{_RELATED}[^?]{{0,12}}?\bof\b"
    rf"|['’]s?\s+(?:{_RELATIVE})\b"
    r"|\bgrand(?:father|mother|parent|child|children|son|daughter)s?\b"
    r"|\b(?:the|an?)\s+(?:[\w-]+\s+){1,3}?"
    r"(?:who|that|which|whose|where|whom|(?:in|by|for|of) which)\s+\w",
    re.IGNORECASE,
)


def kind_of(question: str) -> QuestionKind:
    """The kind of a question, the first that applies.

    - "comparison": several things side by side ("Which is older, A or B?"), or the
      difference between them ("how many more", "how long after")
    - "bridging": about something that is only named by its relation to something else
      ("the mother of the director of A", "the company that made A"), or by two
      conditions ("What is red and has a star?")
    - "check": whether a statement is true
    - "several": more than one question
    - "simple": any other
    """
    question = question.strip()[:_READ]
    if _is_comparison(question):
        return "comparison"
    if _is_bridging(question):
        return "bridging"
    if _is_check(question):
        return "check"
    return "several" if parts(question) else "simple"


def _is_comparison(question: str) -> bool:
    if _COMPARED.search(question) or _AMOUNT.search(question):
        return True
    if _follows(question, _TOGETHER, _AND_WORD):
        return True
    if _follows(question, _MORE_WORD, _OR_OUT_OF) or _follows(question, _OR, _MORE_WORD):
        return True
    last_comma = question.rfind(",")
    return bool(_CHOICE.search(question, max(question.rfind(",", 0, max(last_comma, 0)), 0)))


def _is_bridging(question: str) -> bool:
    if _BRIDGING.search(question) or _BOTH.search(question):
        return True
    return _follows(question, _RELATED_OF, _FACT) or _follows(question, _FACT, _RELATED_OF)


def _is_check(question: str) -> bool:
    if _CHECK.search(question):
        return True
    is_asked = question.endswith("?")
    return is_asked and bool(_CHECK_AT_END.search(question, max(question.rfind(","), 0)))


def _follows(question: str, first: re.Pattern[str], second: re.Pattern[str]) -> bool:
    """Whether a match of `second` follows a match of `first`."""
    match = first.search(question)
    return match is not None and second.search(question, match.end()) is not None


def _leans_alone(piece: str) -> bool:
    """Whether a piece of a question names nothing itself.

    It points at something before it ("What's the difference here?"), or only says what
    kind of answer is wanted ("in what year").
    """
    if _KIND_ALONE.fullmatch(piece):
        return True
    named = {without_possessive(word) for word in content_words(piece)}
    named -= _POINTING | FUNCTION_WORDS
    return bool(_POINTS.search(piece)) and len(named) < _LEAST_NAMED


def parts(question: str) -> list[str]:
    """The questions inside a compound one, the sides of a comparison, or one per year.

    What follows an "or" is not another question, nor is a piece that names nothing. []
    for a simple question.
    """
    pieces = [piece.strip(" ,;") for piece in _BOUNDARY.split(question)]
    questions = [piece for piece in pieces if len(in_pairs(piece).split()) >= _LEAST_WORDS]
    questions = [piece for piece in questions if not _leans_alone(piece)]
    if len(questions) > 1 and _STATEMENT.fullmatch(questions[-1]):
        questions.pop()
    if len(questions) > 1 and _TOLD_FIRST.match(questions[0]):
        del questions[0]
    if len(questions) > 1:
        return questions
    announced = _DIFFERENCE.search(question)
    sides = announced and _SIDES.match(question, announced.end())
    sides = sides or _SIDES_BEFORE.match(question)
    if sides:
        return [sides["a"].strip(), sides["b"].strip()]
    return _of_years(question)


def _of_years(question: str) -> list[str]:
    """The question for each of several years in a row; [] otherwise.

    Example: "How many came in 2023 and 2024?" -> "How many came in 2023?" and
    "How many came in 2024?".
    """
    found = _YEARS.search(question)
    if not found or _SPAN.search(question, 0, found.start()):
        return []
    years = re.findall(_YEAR, found[0], re.IGNORECASE)
    return [f"{question[: found.start()]}{year}{question[found.end() :]}" for year in years]
