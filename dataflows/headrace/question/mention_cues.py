"""What the words around the name of a value say about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from headrace.metadata.field_kinds import FieldKind, kind_of
from headrace.text.function_words import FUNCTION_WORDS

#: Words in front of a value that announce one of a field of this kind.
_CUES: Mapping[FieldKind, str] = {
    "person": r"by|(?-i:von)|par|por|author|authors|writer|editor|autora?|auteure?",
    "source": r"from|by|in|on|at|per|via|to|according to|von|aus|laut|par|por|selon|según",
    "licence": r"under|unter|sous|bajo",
    "language": r"in|auf|en",
}
#: Other words for a field of this kind, after its value: "in the sports section".
_CALLED: Mapping[FieldKind, tuple[str, ...]] = {
    "person": ("authors?",),
    "topic": ("section", "category"),
}
_OPENING = r"(?:(?:the|de[mnr]|das|die|el|la|le|les|los|las)\s+|l['’])?[\"'‘“«„]?"
_CLOSING = r"[\"'’”]?"
_DOCUMENTS = "|".join(
    "articles? reports? stor(?:y|ies) posts? pieces? coverage reporting reviews? interviews? "
    "papers? documents? news publications? editorials? Artikel Berichte? Beitr[aä]ge? Dokumente? "
    "Studien? Meldung(?:en)? Veröffentlichung(?:en)? rapports? billets? études? actualités? "
    "artículos? informes? documentos? estudios? noticias? publicaci(?:ón|ones) entradas?".split()
)
_DOCUMENT = rf"(?:{_DOCUMENTS})"
_SAYING_STEMS = "|".join(
    "report sa(?:y|id) writes? wrote suggest claim mention describe discuss highlight publish "
    "indicate state note cover feature attribute".split()
)
_SAYING = rf"(?:{_SAYING_STEMS})(?:e?s|e?d|ing)?"
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no|except(?:ing)?|excluding|other than|without|nicht|außer|ohne"
    r"|pas|sauf|hormis|sans|excepto|salvo|sin)|n['’]t)\s+"
    rf"(?:(?:those|any|ones?|the|written|published|{_DOCUMENT}|from|by|in|of|for|von|aus"
    r"|ceux|celles|los|las|de|par|por)\s+)*"
    rf"{_OPENING}$",
    re.IGNORECASE,
)
#: Words for what a user may want, or not want, by its author or source.
_WANTED = re.compile(
    rf"\b(?:{_DOCUMENT}|stud(?:y|ies)|files?|sources?|any(?:thing)?|every(?:thing)?|all|alles?"
    r"|tout|tous|toutes|todos?|todas)\b",
    re.IGNORECASE,
)
#: Before and after a person who writes: "has Forsythe written", "did L. Lamport
#: publish".
_WRITES_BEFORE = re.compile(
    rf"\b(?:has|have|had|did|does|hat|haben|hatte)\s+(?:[\w.]+\s+){{0,3}}?{_OPENING}$",
    re.IGNORECASE,
)
_WRITES_AFTER = re.compile(
    r"\s+(?:ever\s+|also\s+)?(?:write|written|publish|published|report|reported"
    r"|(?:[\w-]+\s+){0,6}?(?:geschrieben|verfasst|veröffentlicht))\b",
    re.IGNORECASE,
)
#: Before a person who wrote, in French and Spanish: "Qu'a écrit", "¿Qué escribió".
_WROTE_BEFORE = re.compile(
    r"\b(?:(?:a|ont|ha|han)\s+(?:écrit|publié|rédigé|escrito|publicado|redactado)"
    rf"|escribió|escribieron|publicó|publicaron)\s+{_OPENING}$",
    re.IGNORECASE,
)
#: Before the name of a person whose documents are asked for: "les rapports d'".
_DOCUMENT_OF = re.compile(
    rf"\b{_DOCUMENT}(?:\s+[\w-]+){{0,2}}?\s+(?:del?\s+|du\s+|des\s+|d['’]){_OPENING}$",
    re.IGNORECASE,
)
#: After a person who has documents: "Wirth's papers", "Hopper's first article".
_OWN_DOCUMENT = re.compile(rf"['’]s?\s+(?:[\w-]+\s+){{0,2}}?{_DOCUMENT}\b", re.IGNORECASE)
_ACCORDING_BEFORE = re.compile(rf"\b(?:laut|gemäß)\s+{_OPENING}$", re.IGNORECASE)
#: Between names that are listed: "Wired or The Verge".
_BETWEEN = re.compile(
    rf"{_CLOSING},?\s*(?:and|or|&|und|oder|et|ou|y|e|o|u)?\s*"
    rf"(?:(?:from|by|von|aus|par|por|de)\s+)?{_OPENING}",
    re.IGNORECASE,
)
#: How far from a name, in characters, a word for a document still belongs to it.
_NEAR = 40
_SPOKEN_OF_AFTER = re.compile(
    rf"{_CLOSING}(?:['’]s?)?{_CLOSING}\s+(?:[\w-]+\s+){{0,2}}?(?:{_DOCUMENT}|{_SAYING})\b",
    re.IGNORECASE,
)
_SPOKEN_OF_BEFORE = re.compile(rf"\b(?:{_DOCUMENT}|{_SAYING})\b[^.?!]{{0,{_NEAR}}}$", re.IGNORECASE)
_LONGER_NAME = re.compile(rf"\s+[A-Z](?!{_DOCUMENTS})")
_DOCUMENT_AFTER = re.compile(rf"\s+{_DOCUMENT}\b", re.IGNORECASE)
_ANNOUNCED_NAME = re.compile(
    r"\b(?:by|from|von|aus|laut|according to|par|por|selon|según)\s+[\"'‘“]?(?:[Tt]he\s+)?"
    r"(?=((?:[A-ZÀ-Þ][\w.'’&-]*\s?){1,4}))"
)


#: A participle from a field's name, between the two parts: "assigned to", "owned by".
_DONE = r"(?:e?d|en|ten|ing|s)?\s+(?:by|to|from|in|for|with|on|at|an|von)\s+"
_ENDING_OF_DOER = re.compile(r"(?:er|or|ee|ed|e)$")
#: Shorter beginnings of a field's name say nothing.
_LEAST_STEM = 3
#: After a value that describes a tenant's records: "open tickets".
_RECORD_AFTER = re.compile(
    rf"\s+(?:{_DOCUMENT}|(?:ticket|issue|bug|incident|case|task|request|contract|filing|manual"
    r"|guide|policy|release|note|memo|page|file)s?|policies)\b",
    re.IGNORECASE,
)
#: Before a verb that looks like such a value: "how do I open tickets".
_ACTING = re.compile(
    r"\b(?:I|you|we|they|he|she|it|to|can|could|do|does|did|should|may|must|will|and|or|not"
    r"|please|how)\s+$",
    re.IGNORECASE,
)
_ASKING = re.compile(
    rf"{_DOCUMENT}|{_SAYING}|written|published|list|show|find|give|tell|know|anything|everything"
    r"|since|before|after|until|all|files?|authors?|sources?"
    r"|geschrieben|verfasst|veröffentlicht|erschienen|seit|vor|nach|bis|alle|zeige?|nenne?"
    r"|écrits?|publiée?s?|parue?s?|depuis|avant|après|tous|toutes|liste[rz]?|montre[rz]?"
    r"|escrit[oa]s?|escribió|publicad[oa]s?|publicó|desde|antes|después|hasta|todos|muestra",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"\b(?:except(?:ing)?|excluding|other than|außer|sauf|hormis|excepto|salvo)\b", re.IGNORECASE
)
#: Before a name that something else is only compared with.
_COMPARED = re.compile(r"\b(?:than|like|unlike|against|besides)\s+(?:the\s+)?$", re.IGNORECASE)
_CAPITALISED_BEFORE = re.compile(r"(?<![.?!:]\s)(?<!^)\b[A-Z][a-z]+\s+$")
_CAPITALISED_AFTER = re.compile(r"\s+[A-Z][a-z]")
_SENTENCE_START = re.compile(r"(?:^|[.?!:]\s+)[\"'‘“(]*$")
_POSSESSIVE = re.compile(r"['’]s?\b")


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a question, and the text before and after them.

    Attributes:
        has_capital_nouns: whether the question is in a language that writes all nouns
            with capitals, so that these make no name.
    """

    before: str
    written: str
    after: str
    has_capital_nouns: bool = False

    @classmethod
    def of(cls, text: str, start: int, end: int, has_capital_nouns: bool = False) -> "Place":
        """Characters `start` to before `end` of a text."""
        return cls(text[:start], text[start:end], text[end:], has_capital_nouns)


def naming(place: Place, field: str) -> str:
    """The words together with the ones beside them that name a field; "" if none do.

    Examples: "license: MIT", "sports section", "assigned to Ada" for "assignee".
    """
    own = re.escape(re.sub(r"[_-]+", " ", field.lower())).rstrip("s") + "(?:s|ies)?"
    link = r"(?:\s+(?:terms?|headings?|tags?))?(?:\s+(?:is|are|of|named|called))?\s*[:=,]?\s*"
    match = re.search(rf"\b{own}{link}{_OPENING}$", place.before, re.IGNORECASE)
    if match:
        return match.group() + place.written
    stem = _ENDING_OF_DOER.sub("", re.split(r"[_\W]+", field.lower())[-1])
    if len(stem) >= _LEAST_STEM:
        match = re.search(rf"\b{re.escape(stem)}{_DONE}{_OPENING}$", place.before, re.IGNORECASE)
        if match:
            return match.group() + place.written
    name = "|".join([own, *_CALLED.get(kind_of(field), ())])
    pattern = rf"{_CLOSING}\s+(?:as\s+(?:an?|the)\s+)?(?:{name})\b"
    match = re.match(pattern, place.after, re.IGNORECASE)
    return place.written + match.group() if match else ""


def is_cued(place: Place, kind: FieldKind) -> bool:
    """Whether a word in front announces a value of such a field: "by", "under".

    In German, a common noun may be the name of a source: "in der Zeit". Then a word for
    a document, or "laut", has to be next to it.
    """
    if kind not in _CUES:
        return False
    if kind == "source" and place.has_capital_nouns and not is_distinctive(place.written):
        return is_spoken_of(place) or bool(_ACCORDING_BEFORE.search(place.before))
    return bool(re.search(rf"\b(?:{_CUES[kind]})\s+{_OPENING}$", place.before, re.IGNORECASE))


def is_of_author(place: Place) -> bool:
    """Whether the words name somebody who writes or has documents: "Wirth's papers"."""
    if _WRITES_BEFORE.search(place.before) and _WRITES_AFTER.match(place.after):
        return True
    is_writer = bool(_WROTE_BEFORE.search(place.before))
    return is_writer or is_documents_of(place) or bool(_OWN_DOCUMENT.match(place.after))


def is_documents_of(place: Place) -> bool:
    """Whether the words name whose documents are meant: "artículos de Reuters"."""
    return bool(_DOCUMENT_OF.search(place.before))


def is_spoken_of(place: Place) -> bool:
    """Whether a name is next to words for a document or for saying."""
    after = _SPOKEN_OF_AFTER.match(place.after)
    return bool(after or _SPOKEN_OF_BEFORE.search(place.before))


def is_proper(written: str) -> bool:
    """Whether the words are written like a name.

    Every word but function words then begins with a capital or a digit.
    """
    words = re.findall(r"\w[\w.'’&-]*", written)
    content = [word for word in words if word.lower() not in FUNCTION_WORDS]
    return all(word[0].isupper() or word[0].isdigit() for word in content)


def is_distinctive(written: str) -> bool:
    """Whether a name cannot be an ordinary word.

    It has several words, or a capital or a point inside.
    """
    return " " in written.strip() or bool(re.search(r"\w[A-Z.]\w", written))


def has_own_capital(place: Place) -> bool:
    """Whether a word has a capital that is not due to the beginning of a sentence.

    In a language that writes all nouns with capitals, no word has.
    """
    if place.has_capital_nouns or not place.written[:1].isupper():
        return False
    return not _SENTENCE_START.search(place.before) or is_owner(place.after)


def is_owner(after: str) -> bool:
    """Whether a name is followed by a possessive: "Pfizer's business"."""
    return bool(_POSSESSIVE.match(after))


def is_in_longer_name(place: Place) -> bool:
    """Whether a capitalised word stands beside: "General" of "General Motors"."""
    return bool(_CAPITALISED_AFTER.match(place.after) or _CAPITALISED_BEFORE.search(place.before))


def is_of_record(place: Place) -> bool:
    """Whether the words describe a record that follows them: "closed issues"."""
    return bool(_RECORD_AFTER.match(place.after)) and not _ACTING.search(place.before)


def is_of_asking(word: str) -> bool:
    """Whether a word speaks of documents, or of what is done with them and when.

    Examples: "documents", "wrote", "published", "since", "list".
    """
    return bool(_ASKING.fullmatch(word))


def is_exception(negation: str) -> bool:
    """Whether a negation leaves documents out in any place: "except"."""
    return bool(_EXCEPT.search(negation))


def is_compared(before: str) -> bool:
    """Whether something else is compared with what follows: "better than "."""
    return bool(_COMPARED.search(before))


def is_cut_short(after: str) -> bool:
    """Whether a name continues after these words: "Business" of "Business Standard"."""
    return bool(_LONGER_NAME.match(after)) and not _DOCUMENT_AFTER.match(after)


def negation_before(before: str) -> re.Match[str] | None:
    """The negation at the end of a text, right before a name: "articles not from "."""
    return _NEGATION.search(before)


def is_of_documents(before: str) -> bool:
    """Whether a negation after these words is about documents.

    Examples: "articles about rent, not from Wired" is, "he was praised, but not by
    Wired" is not.
    """
    return not before.strip() or bool(_WANTED.search(before))


def is_listing(between: str) -> bool:
    """Whether two names are listed with this text between them: " or "."""
    return len(between) <= _NEAR and bool(_BETWEEN.fullmatch(between))


def announced_runs(text: str) -> list[str]:
    """The runs of up to four words with capitals after "by" or "from"."""
    return [match.group(1) for match in _ANNOUNCED_NAME.finditer(text)]
