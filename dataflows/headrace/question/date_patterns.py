"""The words by which a question says when documents appeared, as regular expressions.

They are English, German, French and Spanish. `date_ranges` reads their named groups. A
number at the end of a group's name only keeps it apart from others in one pattern.
"""

import re
from collections.abc import Iterable

#: The names of each month.
MONTHS = (
    ("January", "Jan", "Januar", "Jänner", "janvier", "janv", "enero", "ene"),
    ("February", "Feb", "Februar", "février", "fevrier", "févr", "febrero"),
    ("March", "Mar", "März", "mars", "marzo"),
    ("April", "Apr", "avril", "avr", "abril", "abr"),
    ("May", "Mai", "mayo"),
    ("June", "Jun", "Juni", "juin", "junio"),
    ("July", "Jul", "Juli", "juillet", "juil", "julio"),
    ("August", "Aug", "août", "aout", "agosto"),
    ("September", "Sep", "Sept", "septembre", "septiembre", "setiembre"),
    ("October", "Oct", "Oktober", "Okt", "octobre", "octubre"),
    ("November", "Nov", "novembre", "noviembre"),
    ("December", "Dec", "Dezember", "Dez", "décembre", "decembre", "déc", "diciembre", "dic"),
)


def _numbered(lines: Iterable[str]) -> dict[str, int]:
    """The number that each word means: that of its line, from 1."""
    found = {}
    for number, line in enumerate(lines, start=1):
        found.update(dict.fromkeys(line.split(), number))
    return found


#: Ordinals, for quarters: "third quarter", "3. Quartal".
ORDINALS = _numbered(
    (
        "1st first 1. erste ersten erstes 1er premier primer",
        "2nd second 2. zweite zweiten zweites 2e deuxième second segundo",
        "3rd third 3. dritte dritten drittes 3e troisième tercer",
        "4th fourth 4. vierte vierten viertes 4e quatrième cuarto",
    )
)
#: The first years of decades that are written as words.
DECADES = {
    "sixties": 1960,
    "seventies": 1970,
    "eighties": 1980,
    "nineties": 1990,
    "années soixante": 1960,
    "années soixante-dix": 1970,
    "años sesenta": 1960,
    "años setenta": 1970,
    "años ochenta": 1980,
    "años noventa": 1990,
}
#: Numbers in words: "the last two weeks".
COUNTS = _numbered(
    (
        "one un une uno una",
        "two zwei deux dos",
        "three drei trois tres",
        "four vier quatre cuatro",
        "five fünf cinq cinco",
        "six sechs seis",
        "seven sieben sept siete",
        "eight acht huit ocho",
        "nine neun neuf nueve",
        "ten zehn dix diez",
        "eleven elf onze once",
        "twelve zwölf douze doce",
    )
)


def _any_of(words: Iterable[str]) -> str:
    """The words as alternatives, long ones first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


# ---------------------------------------------------------------------------
# the dates

_MONTH = "|".join(_any_of(names) for names in MONTHS)
_OF = r"(?:of|de|del|du|des)"
DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|ª|\.)?"
_YEAR_OF_QUARTER = (
    rf"(?:{_OF}\s+)?(?:fiscal\s+(?:year\s+)?|FY\s*|(?:Jahres|año|l['’]année)\s+)?\d{{4}}"
)
QUARTER = (
    rf"(?:(?:fiscal\s+|F)?[QT][1-4]\s+{_YEAR_OF_QUARTER}"
    rf"|(?:{_any_of(ORDINALS)})\s+(?:fiscal\s+)?(?:quarter|Quartal|trimestre)\s+"
    rf"{_YEAR_OF_QUARTER})"
)
FISCAL_YEAR = r"(?:fiscal\s+(?:year\s+)?|FY\s*)\d{4}"
DECADE = (
    rf"(?:(?:1[5-9]|20)\d0['’]?s|{_any_of(DECADES)}|(?:1[5-9]|20)?\d0er(?:\s+Jahren?)?"
    r"|(?:années|años)\s+(?:1[5-9]|20)?\d0)"
)
_NUMERIC = r"\d{1,2}\.\d{1,2}\.\d{4}"
_DATE = (
    rf"(?:\d{{4}}-\d\d-\d\d|{_NUMERIC}|{QUARTER}|{FISCAL_YEAR}|{DECADE}"
    rf"|(?:{_MONTH})\.?\s+{DAY},?\s+\d{{4}}"
    rf"|{DAY}\s+(?:{_OF}\s+)?(?:{_MONTH})\.?,?\s+(?:del?\s+)?\d{{4}}"
    rf"|(?:{_MONTH})\.?,?\s+(?:{_OF}\s+)?\d{{4}}|\d{{4}}-\d\d|(?:1[5-9]|20)\d\d)"
)
#: A day or a month whose year is said with the other end of the range:
#: "from October 5 to October 9, 2023".
MONTH_DAY = rf"(?:(?:{_MONTH})\.?(?:\s+{DAY})?|{DAY}\s+(?:{_OF}\s+)?(?:{_MONTH})\.?)"
_TO = r"(?:and|to|until|through|or|bis|und|oder|et|à|au|ou|y|a|al|hasta|o|-|–)"
_ARTICLE = r"(?:the|de[mnr]|das|die|zum|le|les|el|los|las)"
#: A day whose month is said with the other end: "between 10 and 20 November 2023".
_DAY_OF_MONTH = rf"{DAY}(?=\s*{_TO}\s*(?:{_ARTICLE}\s+)?{DAY}\s+(?:{_OF}\s+)?(?:{_MONTH})\b)"

# ---------------------------------------------------------------------------
# the ranges

#: The units of relative dates, by the beginning of the word.
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
    "jour": "day",
    "semaine": "week",
    "mois": "month",
    "trimestre": "quarter",
    "année": "year",
    "an": "year",
    "día": "day",
    "semana": "week",
    "mes": "month",
    "año": "year",
}
#: The current week, month or year.
THIS = r"(?:this|dies\w{0,2}|cet(?:te)?|ce|est[ea])"
_WHICH = (
    r"(?:last|past|previous|(?:letzt|vorig|vergangen)e[nmrs]?"
    rf"|derni(?:er|ère)s?|últim[oa]s?|{THIS})"
)
_WHICH_BEHIND = r"(?:derni(?:er|ère)s?|passée?s?|précédente?s?|pasad[oa]s?|anterior)"
_COUNT = rf"\d{{1,4}}|{_any_of(COUNTS)}"
_UNIT = _any_of(UNITS)
_UNIT_ENDING = r"(?:e[ns]?|n|e?s)?"
_RELATIVE = (
    rf"(?:(?:(?:{_ARTICLE}|la|des?|ces)\s+|l['’])?"
    rf"(?:(?P<which>{_WHICH})\s+(?:(?P<count>{_COUNT})\s+)?(?P<fiscal>fiscal\s+)?"
    rf"(?P<unit>{_UNIT}){_UNIT_ENDING}"
    rf"|(?P<count2>{_COUNT})\s+(?P<which2>derni(?:er|ère)s|últim[oa]s)\s+"
    rf"(?P<unit2>{_UNIT}){_UNIT_ENDING}"
    rf"|(?P<unit3>année|an|mois|semaine|trimestre|año|mes|semana){_UNIT_ENDING}\s+"
    rf"(?P<which3>{_WHICH_BEHIND}))"
    r"|(?P<day>(?-i:today|yesterday|heute|gestern|aujourd['’]hui|hoy|ayer)))"
)
_YEAR = (
    rf"(?:(?:the\s+)?years?\s+|(?:de[mns]\s+)?Jahre?s?\s+|l['’]année\s+|(?:el\s+)?año\s+"
    rf"|{_ARTICLE}\s+)?"
)
_PREPOSITION = (
    r"(?:(?P<preposition>from|in|on|of|during|within|as\s+of|im|aus|am|vom|während"
    r"|en|de|du|del|dans|pendant|durant|durante|au\s+cours\s+(?:de|du|des)|au)\s+|d(?=['’]))?"
    rf"(?:{_YEAR}|['’])"
)
_BEFORE = r"before|prior\s+to|vor|avant|antes\s+del?"
_AFTER = r"after|nach|après|después\s+del?|despues\s+del?"
_SINCE = r"since|seit|ab|depuis|dès|à\s+partir\s+d[eu]|desde|a\s+partir\s+del?"
_UNTIL = (
    r"until|not?\s+later\s+than|bis|spätestens|jusqu['’](?:en|à|au)|hasta"
    r"|a\s+más\s+tardar(?:\s+en)?"
)
#: Words for each side of a date.
SIDES = {"before": _BEFORE, "after": _AFTER, "since": _SINCE, "until": _UNTIL}
_SIDE = "|".join(SIDES.values())
_LATER = r"\s+(?:onwards|on(?=\s*(?:[,.;:?!]|$))|and\s+later|or\s+later|en\s+adelante|und\s+später)"
_RANGE = (
    rf"(?:(?:between|zwischen|entre)\s+{_YEAR}(?P<a>{_DATE}|{MONTH_DAY}|{_DAY_OF_MONTH})"
    rf"\s+(?:and|und|et|y)\s+{_YEAR}(?P<b>{_DATE})"
    rf"|(?:(?:from|von|vom|de|du|desde|del)\s+)?(?P<c>{_DATE}|{MONTH_DAY}|{_DAY_OF_MONTH})"
    rf"\s*{_TO}\s*{_YEAR}(?P<d>{_DATE})"
    rf"|(?P<word>{_SIDE})\s+{_YEAR}(?P<e>{_DATE})"
    rf"|(?P<f>{_DATE})(?P<later>{_LATER})?|{_RELATIVE})(?!\w)"
)

# ---------------------------------------------------------------------------
# the documents

#: Participles that end a German sentence.
_DONE = r"(?:veröffentlicht|erschienen|publiziert|geschrieben|verfasst|erstellt|aktualisiert)"
_APPEARED = (
    r"(?:(?:first\s+)?(?:published|released|written|posted|uploaded|updated|dated|created|issued"
    rf"|modified|appeared|appearing)|{_DONE}(?:e[nrs]?)?|aus\s+der\s+Zeit"
    r"|(?:publié|paru|sorti|écrit|rédigé|daté|créé|modifié|diffusé)e?s?|datant|mise?s?\s+à\s+jour"
    r"|(?:publicad|escrit|aparecid|lanzad|fechad|actualizad|cread|modificad|redactad)[oa]s?"
    r"|publicaron|publicó|aparecieron|apareció|salieron|salió)"
)
_THINGS = (
    r"(?:articles?|papers?|documents?|reports?|filings?|posts?|news|stories|research"
    r"|publications?|packages?|files?|notes?|releases?|studies|pages?"
    r"|Artikel|Berichte?|Dokumente?|Studien?|Beitr[aä]ge?|Meldung(?:en)?|Nachrichten?|Datei(?:en)?"
    r"|Veröffentlichung(?:en)?|Notiz(?:en)?|Seiten?"
    r"|rapports?|études?|billets?|fichiers?|actualités?|mémos?"
    r"|artículos?|informes?|documentos?|estudios?|publicaci(?:ón|ones)|noticias?|notas?"
    r"|archivos?|páginas?|reportes?|entradas?)"
)
#: Words that may be about a document even if none is named before them: "published in
#: 2019". "Written", "released" and similar words seldom are.
_BARE = (
    r"(?:published|posted|uploaded|updated|dated|veröffentlicht|erschienen"
    r"|publié(?:e?s?)|paru(?:e?s?)|publicad[oa]s?)"
)
_LINK = (
    r"(?:,?\s+(?:(?:that|which|die|das|der|qui|que)\s+)?(?:(?:n['’]|ne\s+|no\s+)?"
    r"(?:were|was|are|is|have\s+been|wurden?|sind|ist|furent|sont|est|ont|a|fueron|fue|han|ha|se)"
    r"(?:n['’]t)?\s+)?(?:(?:pas\s+)?été\s+|sido\s+)?(?:not\s+|never\s+|nicht\s+|pas\s+|no\s+)?)"
)
#: Whose the documents are, between them and their date: "articles by Grace Hopper from
#: 1952".
_BY = (
    r"(?:\s+(?:(?:written|authored)\s+)?(?:by|von|par|por|de)"
    r"(?-i:(?:\s+[A-ZÀ-Þ][\w.'’-]*){1,4}?))?"
)
#: What may come between a date and the participle at the end: "seit 2019 von Ada Lind
#: veröffentlicht".
_DONE_LATER = rf"(?:(?=(?:\s+[\w'’.-]+){{0,6}}?\s+(?P<done>{_DONE})\b))?"

#: A range of dates in which documents appeared.
SAID = re.compile(
    rf"\b(?:(?P<things>{_THINGS}){_BY}{_LINK}(?:(?P<appeared>{_APPEARED})\s+)?|{_BARE}\s+)"
    rf"{_PREPOSITION}(?P<range>{_RANGE}){_DONE_LATER}",
    re.IGNORECASE,
)
#: The same with somebody's name in between: "Welche Artikel hat Ada Lind seit 2019
#: veröffentlicht?"
DONE = re.compile(
    rf"\b(?P<things>{_THINGS})(?:\s+[\w'’.-]+){{1,6}}?\s+"
    rf"(?P<said>{_PREPOSITION}(?P<range>{_RANGE}))"
    rf"(?=(?:\s+[\w'’.-]+){{0,6}}?\s+(?P<done>{_DONE})\b)",
    re.IGNORECASE,
)
#: A day, a few words after a document: "the article from The Verge on October 26,
#: 2023".
LIKELY = re.compile(
    rf"\b{_THINGS}\b(?P<between>(?:\s+[\w'’.&-]+){{1,12}}?)\s+"
    rf"(?:on|from|of|dated|vom|am|du|del)\s+(?P<f>{_DATE})\b",
    re.IGNORECASE,
)
#: A relative date without a document: "what changed last year". Not "the last week of
#: June"; and not a quarter or fiscal year, since reports on it appear after it.
MENTIONED = re.compile(
    r"\b(?!today|heute|aujourd|hoy|[^.?!]{0,20}(?:quart|fiscal|trimestre))"
    rf"{_RELATIVE}\b(?!\s+(?:of|before|after|vor|nach|des|de|du|del|avant|après|antes|después)\b)",
    re.IGNORECASE,
)
#: Several documents: not "the report".
SEVERAL_THINGS = re.compile(
    r"\w*s|research|Artikel|Berichte|Dokumente|Studien|Beiträge|Meldungen|Nachrichten|Dateien"
    r"|Veröffentlichungen|Notizen|Seiten",
    re.IGNORECASE,
)
NEGATION_BEFORE = re.compile(
    r"\b(?:not|never|nicht|except(?:\s+for)?|excluding|other\s+than|without|außer|ohne"
    r"|sauf|hormis|sans|pas|excepto|salvo|sin|no)\s+"
    rf"(?:(?:{_ARTICLE}|those|any|ceux|celles|aquellos)\s+)?$",
    re.IGNORECASE,
)
NEGATION_INSIDE = re.compile(r"\b(?:not|never|nicht|pas|no|nunca|jamais)\b|n['’]t\b", re.IGNORECASE)
