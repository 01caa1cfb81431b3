"""The words by which a question says when documents appeared, as regular expressions.

Their named groups are read by `date_ranges`.
"""

import re

#: The names of each month, English and German.
MONTHS = (
    ("January", "Jan", "Januar", "Jänner"),
    ("February", "Feb", "Februar"),
    ("March", "Mar", "März"),
    ("April", "Apr"),
    ("May", "Mai"),
    ("June", "Jun", "Juni"),
    ("July", "Jul", "Juli"),
    ("August", "Aug"),
    ("September", "Sep", "Sept"),
    ("October", "Oct", "Oktober", "Okt"),
    ("November", "Nov"),
    ("December", "Dec", "Dezember", "Dez"),
)
#: What an ordinal counts.
ORDINALS = {
    "1st": 1,
    "first": 1,
    "2nd": 2,
    "second": 2,
    "3rd": 3,
    "third": 3,
    "4th": 4,
    "fourth": 4,
}
#: The first years of decades that are written as words.
DECADES = {
    "sixties": 1960,
    "seventies": 1970,
    "eighties": 1980,
    "nineties": 1990,
}
#: What may be counted in words, from one.
COUNTS = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def _month_names() -> str:
    """The names of all months as alternatives, long ones first."""
    names: list[str] = []
    for month in MONTHS:
        names += month
    return "|".join(sorted(names, key=len, reverse=True))


# ---------------------------------------------------------------------------
# the dates

_MONTH = _month_names()
DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
QUARTER = (
    r"(?:(?:fiscal\s+|F)?Q[1-4]\s+(?:of\s+)?(?:fiscal\s+(?:year\s+)?|FY\s*)?\d{4}"
    rf"|(?:{'|'.join(ORDINALS)})\s+(?:fiscal\s+)?quarter\s+(?:of\s+)?"
    r"(?:fiscal\s+(?:year\s+)?|FY\s*)?\d{4})"
)
FISCAL_YEAR = r"(?:fiscal\s+(?:year\s+)?|FY\s*)\d{4}"
DECADE = rf"(?:(?:1[5-9]|20)\d0['’]?s|{'|'.join(DECADES)})"
_DATE = (
    rf"(?:\d{{4}}-\d\d-\d\d|{QUARTER}|{FISCAL_YEAR}|{DECADE}"
    rf"|(?:{_MONTH})\.?\s+{DAY},?\s+\d{{4}}|{DAY}\s+(?:of\s+)?(?:{_MONTH})\.?,?\s+\d{{4}}"
    rf"|(?:{_MONTH})\.?,?\s+(?:of\s+)?\d{{4}}|\d{{4}}-\d\d|(?:1[5-9]|20)\d\d)"
)
#: A day or a month whose year is said with the other end of the range:
#: "from October 5 to October 9, 2023".
MONTH_DAY = rf"(?:(?:{_MONTH})\.?(?:\s+{DAY})?|{DAY}\s+(?:of\s+)?(?:{_MONTH})\.?)"
#: A day whose month is said with the other end: "between 10 and 20 November 2023".
_DAY_OF_MONTH = (
    rf"{DAY}(?=\s*(?:and|to|until|through|bis|und|-|–)\s*{DAY}\s+(?:of\s+)?(?:{_MONTH})\b)"
)

# ---------------------------------------------------------------------------
# the ranges

#: What a relative date counts, by the beginning of the word.
UNITS = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "tag": "day",
    "woche": "week",
    "monat": "month",
    "quartal": "quarter",
    "jahr": "year",
}
_WHICH = r"(?:last|past|previous|this|(?:letzt|vorig|vergangen|dies)e[nmrs]?)"
_RELATIVE = (
    rf"(?:(?:the\s+|de[nmrs]\s+|die\s+)?(?P<which>{_WHICH})\s+"
    rf"(?:(?P<count>\d{{1,4}}|{'|'.join(COUNTS)})\s+)?(?P<fiscal>fiscal\s+)?"
    rf"(?P<unit>{'|'.join(UNITS)})(?:e[ns]?|n|e?s)?|(?P<day>(?-i:today|yesterday|heute|gestern)))"
)
_YEAR = r"(?:(?:the\s+)?years?\s+|the\s+|(?:dem\s+)?Jahr\s+)?"
_PREPOSITION = (
    r"(?:(?P<preposition>from|in|on|of|during|within|as\s+of|im|aus|am|vom)\s+)?"
    rf"{_YEAR}"
)
_SIDE = (
    r"before|after|since|until|prior\s+to|not?\s+later\s+than"
    r"|seit|vor|nach|bis"
)
_LATER = r"\s+(?:onwards|on(?=\s*(?:[,.;:?!]|$))|and\s+later|or\s+later)"
_RANGE = (
    rf"(?:between\s+{_YEAR}(?P<a>{_DATE}|{MONTH_DAY}|{_DAY_OF_MONTH})\s+and\s+(?P<b>{_DATE})"
    rf"|zwischen\s+(?P<a2>{_DATE})\s+und\s+(?P<b2>{_DATE})"
    rf"|(?:from\s+|von\s+)?(?P<c>{_DATE}|{MONTH_DAY}|{_DAY_OF_MONTH})"
    rf"\s*(?:to|until|through|bis|or|and|-|–)\s*(?P<d>{_DATE})"
    rf"|(?P<word>{_SIDE})\s+{_YEAR}(?P<e>{_DATE})"
    rf"|(?P<f>{_DATE})(?P<later>{_LATER})?|{_RELATIVE})(?!\w)"
)
#: Which side of a date is meant.
SIDES = {
    "before": "before",
    "prior to": "before",
    "vor": "before",
    "after": "after",
    "nach": "after",
    "since": "since",
    "seit": "since",
    "until": "until",
    "bis": "until",
    "no later than": "until",
    "not later than": "until",
}

# ---------------------------------------------------------------------------
# the documents

_APPEARED = (
    r"(?:(?:first\s+)?(?:published|released|written|posted|uploaded|updated|dated|created|issued"
    r"|modified|appeared|appearing)|veröffentlicht|erschienen)"
)
_THINGS = (
    r"(?:articles?|papers?|documents?|reports?|filings?|posts?|news|stories|research"
    r"|publications?|packages?|files?|notes?|releases?|studies|pages?"
    r"|Artikel|Berichte?|Dokumente?|Studien?)"
)
#: Words that may be about a document even if none is named before them. "Written",
#: "released" and similar words seldom are.
_BARE = r"(?:published|posted|uploaded|updated|dated|veröffentlicht|erschienen)"
_LINK = (
    r"(?:\s+(?:(?:that|which)\s+)?(?:(?:were|was|are|is|have\s+been)(?:n['’]t)?\s+)?"
    r"(?:not\s+|never\s+|nicht\s+)?)"
)
#: Whose the documents are, between them and their date: "articles by Grace Hopper from
#: 1952".
_BY = r"(?:\s+(?:(?:written|authored)\s+)?by(?-i:(?:\s+[A-ZÀ-Þ][\w.'’-]*){1,4}?))?"

#: A range of dates in which documents appeared.
SAID = re.compile(
    rf"\b(?:(?P<things>{_THINGS}){_BY}{_LINK}(?:(?P<appeared>{_APPEARED})\s+)?|{_BARE}\s+)"
    rf"{_PREPOSITION}(?P<range>{_RANGE})",
    re.IGNORECASE,
)
#: A day, a few words behind a document: "the article from The Verge on October 26,
#: 2023".
LIKELY = re.compile(
    rf"\b{_THINGS}\b(?P<between>(?:\s+[\w'’.&-]+){{1,12}}?)\s+(?:on|from|of|dated)\s+"
    rf"(?P<f>{_DATE})\b",
    re.IGNORECASE,
)
#: A relative date that no document stands by: "what changed last year". "The last week
#: of June" is none, and what is said of a quarter or a fiscal year appears after it.
MENTIONED = re.compile(
    rf"\b(?!today|heute|[^.?!]{{0,20}}(?:quart|fiscal)){_RELATIVE}\b"
    r"(?!\s+(?:of|before|after|vor|nach|des)\b)",
    re.IGNORECASE,
)
#: Several documents, as against "the report".
SEVERAL_THINGS = re.compile(r"\w*s|research|Artikel|Berichte|Dokumente|Studien", re.IGNORECASE)
NEGATION_BEFORE = re.compile(
    r"\b(?:not|never|nicht|except(?:\s+for)?|excluding|other\s+than|without|außer|ohne)\s+"
    r"(?:the\s+|those\s+|any\s+)?$",
    re.IGNORECASE,
)
NEGATION_INSIDE = re.compile(r"\b(?:not|never|nicht)\b|n['’]t\b", re.IGNORECASE)
