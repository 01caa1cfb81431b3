"""Whether a question asks for documents themselves."""

import re

from headrace.text.words import stems

_DOCUMENT_NOUN = (
    r"(?:documents?|files?|reports?|articles?|papers?|pages?|manuals?|notes?|memos?|letters?"
    r"|polic(?:y|ies)|guides?|specifications?|e-?mails?"
    r"|dokumente?|dateien|berichte?|artikel|seiten|handbücher|notizen|briefe|richtlinien"
    r"|rapports?|fichiers?|études?|mémos?|lettres?|documentos?|archivos?|informes?|artículos?"
    r"|páginas?|notas?|cartas?|estudios?)"
)
_ASKED = r"which|what|list|show|find|give|welche|nenne|zeige|quel(?:le)?s|liste[rz]?|montre[rz]?"
#: A question for documents themselves: "Which reports did Ada Lind write?".
_DOCUMENTS_ASKED = re.compile(
    rf"^\W*(?:(?:{_ASKED}|qué|cuáles|lista|muestra)\b)(?:\s+(?:me|all|the|of|are|mir|alle|die"
    r"|tous|toutes|les|todos|todas|los|las|son|sont))*"
    rf"\s+(?:[\w-]+\s+){{0,2}}?(?P<noun>{_DOCUMENT_NOUN})\b",
    re.IGNORECASE,
)
#: What somebody wrote is a document, whatever it is called: "Which ballads did he
#: write?".
_WRITTEN_ASKED = re.compile(
    r"^\W*(?:which|what|welche|quel(?:le)?s|qué)\s+(?:[\w-]+\s+)?(?P<noun>[\w-]{2,})\s+"
    r"(?=(?:(?:did|has|have|was|were|are|is|hat|wurden?|sind|stammen|a|ont|sont|ha|han|fueron)\s)"
    r".{0,100}\b(?:by|writ\w+|authored|published|von|geschrieben|verfasst|veröffentlicht"
    r"|écrit|écrite?s|publié\w*|par|escrito|escrit[oa]s|publicad[oa]s?|por)\b)",
    re.IGNORECASE,
)
#: "What did Ada Lind write?": what somebody wrote are documents.
_WORKS_ASKED = re.compile(
    r"^\W*(?:what|was|qu['’]a|qué)\s+(?:(?:did|has|have|had|hat|haben|ha|han)\s+)?"
    r"(?P<rest>.{1,80}?)\s+"
    r"(?:written|write|wrote|authored?|published?|geschrieben|verfasst|veröffentlicht|écrit"
    r"|publié|escrito|publicado)\W*$",
    re.IGNORECASE,
)
#: "All reports by Ada Lind", "everything from 2022": no word asks.
_ALL_ASKED = re.compile(
    rf"^\W*(?:(?:all|any|every|the|alle|die|tous|les|todos|los)\s+){{0,2}}"
    rf"(?:{_DOCUMENT_NOUN}(?<=s)|dokumente|berichte|everything|anything|alles)\s+"
    r"(?:(?:that|which|were|was|have|been)\s+)*"
    r"(?=(?:written|published|issued|dated|from|by|geschrieben|verfasst|von|vom|aus|par|por)\b)"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_ANY_DOCUMENT = (
    r"(?:documents?|files?|pages?|dokumente?|dateien?|datei|seiten?|fichiers?|documentos?"
    r"|archivos?)"
)
#: "What is the newest document?"
_NEWEST_ASKED = re.compile(
    r"^\W*(?:(?:(?:what|which)(?:['’]s|\s+(?:is|are))?|was\s+(?:ist|sind)|show(?:\s+me)?|find"
    r"|zeige?(?:\s+mir)?|quel(?:le)?s?(?:\s+(?:est|sont))?|cuál(?:\s+es)?)\s+)?"
    r"(?:(?:the|das|die|le|les|el|los)\s+)?"
    r"(?:latest|newest|most\s+recent|neueste[ns]?|jüngste[ns]?|derniers?|últimos?)\s+"
    rf"(?:(?P<any>{_ANY_DOCUMENT})|{_DOCUMENT_NOUN})\b(?P<rest>.*)",
    re.IGNORECASE,
)
#: Words that are said of any document.
_OF_DOCUMENTS = re.compile(
    r"\b(?:writ\w*|wrote|author\w*|publish\w*|creat\w*|issu\w*|dated?|there|exists?|from|by"
    r"|geschrieben|verfasst|veröffentlicht|erschienen|gibt|stammen|hat|von"
    r"|écrit\w*|publié\w*|parue?s?|a|ont|été|sont|par|de|y"
    r"|escrit[oa]s?|escribió|publicad[oa]s?|publicó|hay|ha|han|fueron|son|por)\b",
    re.IGNORECASE,
)


def asks_documents(question: str, known: str = "") -> bool:
    """Whether a question asks for documents, and nothing of what is in them.

    Args:
        known: words of the question that conditions on the documents were made of.
    Example: "Which reports did Ada write?", known "Ada" -> True.
    """
    rest = _beside_documents(question)
    return rest is not None and not stems(_OF_DOCUMENTS.sub(" ", rest)) - stems(known)


def asks_any_newest(question: str) -> bool:
    """Whether a question asks for the newest of all documents, of whatever kind.

    Example: "What is the newest document?" -> True, "The newest report?" -> False.
    """
    found = _NEWEST_ASKED.match(question)
    return found is not None and found["any"] is not None


def _beside_documents(question: str) -> str | None:
    """What a question for documents says beside that; None for any other question."""
    for pattern in (_WORKS_ASKED, _NEWEST_ASKED, _ALL_ASKED):
        if found := pattern.match(question):
            return found["rest"]
    found = _DOCUMENTS_ASKED.match(question) or _WRITTEN_ASKED.match(question)
    return question[found.end("noun") :] if found else None
