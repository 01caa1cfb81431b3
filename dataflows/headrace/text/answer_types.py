"""The kind of thing that a question asks for, and whether a sentence has one."""

import re
from collections import Counter
from functools import lru_cache

from headrace.text.words import stem

_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand"
    r"|million|dozens?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwanzig"
    r"|hundert|tausend|millionen|deux|trois|quatre|cinq|sept|huit|neuf|dix|dos|tres|cuatro"
    r"|cinco|seis|siete|ocho|nueve|diez)\b|[一二两三四五六七八九十百千万]+(?=[个天年月周次种名位项分秒])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:1\d{3}|20\d{2}|\d{1,2}(?:st|nd|rd|th)"
    r"|january|february|march|april|june|july|august|september|october|november|december"
    r"|(?<=\d\s)may|(?<=\bin\s)may|(?<=\bof\s)may|may(?=,?\s+\d)"
    r"|century"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember"
    r"|jahrhundert|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre"
    r"|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    r"|diciembre|siècle|siglo)\b|\d{1,4}\s?[年月]",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"(?<![\d.])\d+(?:\.\d+(?![\d%])|\+(?!\w)"
    r"|(?=\s+(?:or|and)\s+(?:higher|later|newer|above|up|on)\b))"
)
_WORD = re.compile(r"\w+(?:[.,]\d+)*")
#: Something to type: code, options, names with an underscore.
_CODE = re.compile(r"`|\b0x[\da-f]|(?<![\w-])--?[a-z]|\w\(\)|[^\W_]_[^\W_]|(?:^|\s)[$>]\s")
#: What a positive or negative answer to "Can I ...?" says.
_POLARITY = re.compile(
    r"\b(?:no|not|only|cannot|never|unless|always|must|may|supports?|supported|allow(?:s|ed)?"
    r"|possible|requires?|required"
    r"|nicht|kein\w{0,2}|nur|nie|immer|muss|darf|möglich|unterstützt|erlaubt|erfordert"
    r"|pas|seulement|uniquement|jamais|toujours|doit|peut|permet|solo|sólo|nunca|siempre|debe"
    r"|puede|permite)\b|n['’]t\b|不|只|必须|可以|支持",
    re.IGNORECASE,
)
#: A capitalised word that does not merely begin a sentence or a quotation.
_NAME = re.compile(r"(?<!^)(?<![.!?:] )\b[A-ZÀ-Þ][^\W\d_]+")

#: A place is a name, an address on the web, or the path of a file.
_PLACE = re.compile(
    rf"{_NAME.pattern}|https?://|\bwww\."
    r"|(?<![\w/])(?:~|\.{1,2})?/\w[\w.-]*/\w|\b[A-Z]:\\|[%$]\w+%?[\\/]"
)

_DATE_ASKED = re.compile(
    r"\bwhen\b|\bwann\b|\bquand\b|\bcuándo\b|什么时候|何时|哪一?年|いつ|何年"
    r"|\b(?:what|which|welche[mrns]?)\s+"
    r"(?:year|date|day|month|century|decade|jahr|datum|tag|monat)"
    r"|\b(?:quelle?|qué|cuál)\s+(?:date|année|mois|jour|fecha|año|mes|día)\b"
    r"|\bwhat(?:['’]s|\s+(?:is|was))\s+the\s+(?:\w+\s+)?date\b",
    re.IGNORECASE,
)
_NUMBER_ASKED = re.compile(
    r"\bhow\s+(?:many|much|long|old|far|tall|high|large|big|often|deep|wide|fast)\b"
    r"|\b(?:what|which)\s+(?:percent|percentage|number|amount)\b"
    r"|\b(?:(?:what|which)(?:\s+(?:is|was)\s+the)?|what['’]s\s+the)\s+(?:[\w-]+\s+){0,2}?"
    r"(?:port|limit|maximum|minimum|timeout|salary|price|fee|threshold|share|weight|interval)\b"
    r"|\bpopulation\b"
    r"|\bwie\s*(?:viele?|lange?|alt|weit|hoch|groß|oft|tief|breit|schnell)\b"
    r"|\bcombien\b|\bcuánt[oa]s?\b|多少|几[个天年次]|多[长久大高]|いくつ|いくら|何[人個回日]",
    re.IGNORECASE,
)
#: "How many ...?", and what answers it: a number, or a word for one.
_COUNT_ASKED = re.compile(
    r"\bhow\s+many\b|\b(?:what|which)\s+number\b|\bwie\s?viele\b|\bcuánt[oa]s\b", re.IGNORECASE
)
_COUNT = re.compile(
    r"\b(?:no|none|any\s+number|both|few|several|single|once|twice|half|pair|couple|zero"
    r"|[bm]illions?|thousands|hundreds|tens|unlimited|eleven|\w+teen"
    r"|(?:thir|for|fif|six|seven|eigh|nine)ty"
    r"|kein\w*|beide|wenige|mehrere|einige|einzige\w*|halb\w*|paar|null|unbegrenzt"
    r"|milliarden?|\w+zehn|\w+zig|ningun[oa]?|varios|algunos|ambos|millones)\b",
    re.IGNORECASE,
)
#: "Qui" asks at the beginning; elsewhere it may begin a relative clause.
_NAME_ASKED = re.compile(
    r"\b(?:who|whose|whom|wer|wem|wen|wessen|quién(?:es)?)\b|^\W*(?:à\s|de\s|par\s)?qui\b",
    re.IGNORECASE,
)
_PLACE_ASKED = re.compile(r"\b(?:where|wo|où|dónde)\b", re.IGNORECASE)

_NEWEST_VERSION_ASKED = re.compile(
    r"\W*(?:what(?:['’]s|\s+is)|which\s+is|was\s+ist)\s+(?:the|die|das)"
    r"\s+(?:latest|newest|neueste)\s+(?:\w+\s+)?(?:version|release)\b",
    re.IGNORECASE,
)
_VERSION_ASKED = re.compile(
    r"\b(?:what|which|welche[mrns]?|quelle|qué)\s+(?:\w+\s+)?"
    r"(?:version|release|versión)(?:e?s|en)?\b"
    r"|哪个版本",
    re.IGNORECASE,
)
#: "Which option ...?", "Give me the command ...", "What do I type ...?".
_CODE_ASKED = re.compile(
    r"\b(?:what|which|welche[mrns]?|quel(?:le)?s?|qué|cuál|(?:give|show|tell)\s+me)"
    r"\s+(?:\w+\s+){0,3}?"
    r"(?:command|option|flag|switch|setting|parameter|argument|variable|suffix|prefix|field"
    r"|function|method|class|exception|header|keyword|syntax|expression|endpoint|operator"
    r"|query|attribute|code|pattern|befehl|parameter|variable|einstellung|funktion|klasse"
    r"|commande|paramètre|réglage|fonction|comando|opción|parámetro|ajuste|función)s?\b"
    r"|(?:哪个|什么)(?:命令|选项|参数|函数|设置|方法)"
    r"|\bwhat\s+(?:do|should|can|must)\s+(?:i|we|you|one)\s+"
    r"(?:type|write|run|set|call|use|add|enter|tick|put)\b"
    r"|\blooks?\s+like\b|\b(?:format|syntax|example)\s+(?:of|for)\b|\bwie\s+sieht\b",
    re.IGNORECASE,
)
#: A question, or a second sentence of one, that begins with a verb.
_POLARITY_ASKED = re.compile(
    r"(?:^\W*|[.!?]\s+)(?:can|could|may|must|should|will|do|does|did|is|are|has|have"
    r"|kann|können|darf|muss|soll|ist|sind|gibt|hat|haben|wird|peut-on|puis-je|faut-il"
    r"|est-ce\s+que|dois-je|puedo|puede|debo|hay|es|está|existe)\s|吗",
    re.IGNORECASE,
)

#: A question for a default, and a sentence that gives one.
_DEFAULT_ASKED = re.compile(
    r"\bdefaults?\b|\bout\s+of\s+the\s+box\b|\bnothing\s+(?:is|was|has\s+been)\b"
    r"|\b(?:if|when|unless)\s+(?:i|we|you|one)\s+"
    r"(?:(?:do|did)\s?(?:n['’]?t|not)|leave|omit|skip|(?:\w+\s+){1,2}?(?:nothing|none|no)\b)"
    r"|\bunless\s+(?:i|we|you|one)\s+(?:change|set|choose|pick|specify|configure|say|tell|pass)\b"
    r"|\bwithout\s+(?:setting|passing|giving|specifying|changing|configuring)\b"
    r"|\bwenn\s+nichts\b|\bvoreingestellt|\bvoreinstellung|\bstandardmäßig"
    r"|\bpar\s+défaut\b|\bpor\s+defecto\b|\bpredeterminad|默认",
    re.IGNORECASE,
)
_DEFAULT = re.compile(
    r"\bdefaults?\b|\bunless\b|\botherwise\b|\bout\s+of\s+the\s+box\b"
    r"|\b(?:if|when)\s+(?:\w+\s+){0,3}?(?:not\s+(?:set|specified|given|provided|present)"
    r"|unset|unspecified|omitted|left\s+(?:out|empty|blank))\b"
    r"|\bvoreingestellt|\bvoreinstellung|\bstandardmäßig|\bandernfalls\b"
    r"|\bpar\s+défaut\b|\bpor\s+defecto\b|\bpredeterminad|默认",
    re.IGNORECASE,
)

#: A question for a difference, and a sentence that says one.
_CONTRAST_ASKED = re.compile(
    r"\bdiffer(?:s|ences?|ent\s+from)?\b|\b(?:versus|vs|unterschied\w{0,2})\b", re.IGNORECASE
)
_CONTRAST = re.compile(
    r"\b(?:but|unlike|whereas|while|instead|same\s+as|differ\w{0,6}|rather|than|contrast"
    r"|aber|sondern|während|anders|statt|hingegen|als)\b",
    re.IGNORECASE,
)

_ARTICLE = r"(?:(?:an?|the|eine?|der|die|das|une?|le|la|el|una)\s+|l['’])?"
_TERM = r"[\w'’.+#-]+(?:\s+[\w'’.+#-]+){0,3}?"
#: A question that asks what something is, and nothing more: "What is a headrace?",
#: "What does MTCT mean?", "Define tailrace".
_DEFINITION_ASKED = re.compile(
    r"\W*(?:"
    r"(?:(?:what|who)(?:\s+(?:is|are|was|were)|['’]s)|was\s+(?:ist|sind|war)|wer\s+(?:ist|war)"
    r"|define|qu['’]est-ce\s+que?|qui\s+est|qué\s+(?:es|son)|quién\s+es)(?:\s+|(?<=qu)['’])"
    rf"{_ARTICLE}({_TERM})"
    rf"|what\s+does\s+({_TERM})\s+(?:mean|stand\s+for|do)"
    r")\W*",
    re.IGNORECASE,
)
#: The last sentence of a question, without what follows a comma.
_LAST_SENTENCE = re.compile(r"(?:(?<=[.!?]\s)|^)[^.!?,]+(?=(?:,[^.!?]*)?[.!?]*\s*$)")
#: A phrase with one of these words is more than a term: "What is the capital of Peru?"
#: does not ask what the phrase means.
_RELATION = re.compile(
    r"\b(?:of|in|for|to|on|at|by|from|with|that|von|für|zu|des?|du|dans|pour|del|en|para)\b",
    re.IGNORECASE,
)
#: What follows the term in a sentence that defines it: a verb, perhaps after a short
#: apposition, which a sign or a small word begins: a "rune literal" is no rune.
_DEFINING_VERB = (
    r"(?![^\W_])(?:[\W_]*"
    r"|[\W_]*(?:[,:(–—-]|\s(?:of|in|for|or|and|by|which|that|also)\b)[^.;]{0,60}?\s)"
    r"(?:is|are|was|were|means|refers|denotes|stands|provides"
    r"|ist|sind|war|waren|bezeichnet|bedeutet|est|sont|était|désigne|es|son|era|significa)\s"
)


def wanted(question: str) -> re.Pattern[str] | None:
    """The pattern of what a sentence must hold to answer the question.

    Returns:
        The pattern of a date, a number, the newest version, a definition of the term
        asked about, a name, or a place; None when the question asks for none of these.
    """
    if _DATE_ASKED.search(question):
        return _DATE
    if _NUMBER_ASKED.search(question):
        return _NUMBER
    if _NEWEST_VERSION_ASKED.match(question):
        return _VERSION
    term = _term(question)
    if term:
        words = r"\s+".join(map(re.escape, term.split()))
        return re.compile(rf"^[\W_]*{_ARTICLE}[\W_]*{words}{_DEFINING_VERB}", re.IGNORECASE)
    if _NAME_ASKED.search(question):
        return _NAME
    return _PLACE if _PLACE_ASKED.search(question) else None


def _expected(question: str) -> re.Pattern[str] | None:
    """The pattern of what an answer most likely has, if nothing is `wanted`."""
    if _VERSION_ASKED.search(question):
        return _VERSION
    if _CODE_ASKED.search(question):
        return _CODE
    return _POLARITY if _POLARITY_ASKED.search(question) else None


@lru_cache(maxsize=64)
def _asked(question: str) -> tuple[re.Pattern[str] | None, frozenset[str]]:
    """What an answer has, and the stems of the question's words."""
    said = frozenset(map(stem, _WORD.findall(question.casefold())))
    return wanted(question) or _expected(question), said


def fits(question: str, sentence: str) -> bool:
    """Whether a sentence has what the question asks for and does not name itself.

    Besides what is `wanted`, that may be a version, something to type, or the words of
    a permission, a denial or a condition. A name or a number of the question itself is
    no answer. False if the form of the question does not show what it asks for.

    Example: "When was it built?", "It was built in 1911." -> True.
    """
    pattern, said = _asked(question)
    if pattern is None:
        return False
    if pattern not in (_DATE, _NUMBER, _NAME, _PLACE, _VERSION):
        return bool(pattern.search(sentence))
    return any(stem(found[0].casefold()) not in said for found in pattern.finditer(sentence))


def asks_kind(question: str) -> bool:
    """Whether the form of a question says what kind of thing it asks for."""
    return _asked(question)[0] is not None


def words_of_asking(question: str) -> set[str]:
    """The words that ask for a number: "How long is it?" -> {"how", "long"}."""
    return set(" ".join(_NUMBER_ASKED.findall(question)).casefold().split())


def lacks_date(question: str, text: str) -> bool:
    """Whether a question asks when a version came, and a text has no date.

    Example: "When did 4.7.0 come out?", "It will be removed in 4.7.0." -> True.
    """
    return asks_date(question) and bool(_VERSION.search(question)) and not _DATE.search(text)


def lacks_count(question: str, text: str) -> bool:
    """Whether a question asks how many, and a text has no number or word for one.

    A number of the question is an answer if the text has it once more.
    Example: "How many shards are used?", "Shards are used when it starts." -> True.
    """
    if not _COUNT_ASKED.search(question) or fits(question, text) or _COUNT.search(text):
        return False
    asked, told = (Counter(found[0] for found in _NUMBER.finditer(one)) for one in (question, text))
    return told <= asked


def fits_place(question: str, heading: str) -> bool:
    """Whether a heading has the date or the version that the question asks for.

    Example: "When did 2.4 come out?", "Release 2.4 (2031-05-06)" -> True.
    """
    pattern, _ = _asked(question)
    return pattern is not None and pattern in (_DATE, _VERSION) and bool(pattern.search(heading))


def tells_default(question: str, sentence: str) -> bool:
    """Whether a question asks for a default, and a sentence gives one.

    If a number is asked for, the sentence must have one.
    Example: "How many, if I don't pass it?", "The default is 5." -> True.
    """
    if not _asks_default(question) or not _DEFAULT.search(sentence):
        return False
    return _asked(question)[0] is not _NUMBER or fits(question, sentence)


def tells_difference(question: str, sentence: str) -> bool:
    """Whether a question asks how things differ, and a sentence says how.

    Example: "Difference of a and b?", "Works the same as a, but without c." -> True.
    """
    return bool(_CONTRAST_ASKED.search(question) and _CONTRAST.search(sentence))


@lru_cache(maxsize=64)
def _asks_default(question: str) -> bool:
    return bool(_DEFAULT_ASKED.search(question))


def _term(question: str) -> str:
    """The term that a question asks to have defined; "" when it asks something else.

    Example: "It speaks of runes. What's a rune, in plain words?" -> "rune".
    """
    last = _LAST_SENTENCE.search(question)
    asked = last[0] if last else question
    found = _DEFINITION_ASKED.fullmatch(question) or _DEFINITION_ASKED.fullmatch(asked)
    if found is None:
        return ""
    term = found[1] or found[2]
    is_role = term.islower() and _NAME_ASKED.search(question)  # "who is the president"
    return "" if is_role or _RELATION.search(term) else term


def asks_name(question: str) -> bool:
    """Whether a question asks who."""
    return bool(_NAME_ASKED.search(question))


def asks_place(question: str) -> bool:
    """Whether a question asks where."""
    return bool(_PLACE_ASKED.search(question))


def asks_date(question: str) -> bool:
    """Whether a question asks when."""
    return bool(_DATE_ASKED.search(question))


def asks_code(question: str) -> bool:
    """Whether a question asks what to type: a command, a setting, a function."""
    return bool(_CODE_ASKED.search(question))
