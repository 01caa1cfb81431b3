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
    found = _DOCUMENTS_ASKED.match(question) or _WRITTEN_ASKED.match(question)
    if not found:
        return False
    rest = _OF_DOCUMENTS.sub(" ", question[found.end("noun") :])
    return not stems(rest) - stems(known)
