"""Titles that a program left behind, as against those that a person gave."""

import re

_ENDINGS = (
    "docx?|dotx?|pptx?|xlsx?|pdf|odt|odp|ods|rtf|txt|tex|dvi|ps|eps|indd|qxd|qxp|pmd|p65|fm|wpd|"
    "pages|key|numbers|ai|cdr|dwg|vsdx?|pub|html?|md|png|jpe?g|tiff?|xml"
)
_JUNK = re.compile(
    r"microsoft (?:word|powerpoint|excel|office)\b.*"
    r"|(?:power ?point)[- ](?:presentation|präsentation)|présentation powerpoint"
    r"|presentación de powerpoint|apresentação do powerpoint|presentazione standard di powerpoint"
    r"|(?:untitled|unbenannt|sans titre|sin título|senza titolo|sem título|naamloos)"
    r"(?:[\s_-]*(?:document|dokument|presentation|page|spreadsheet|form|design|\d+))*"
    r"|(?:document|dokument|documento|presentation|präsentation|présentation|book|mappe|slide|"
    r"folie|page|seite|sheet|tabelle|folder|layout|print|draw|title|scan|img|image|doc|file)"
    r"[\s_-]*(?:\d+|\(\d+\)|name|title|here)?"
    r"|(?:no|none|null|n/a|kein|unknown|unspecified|\(?anonymous\)?|default|test|new)"
    r"(?: (?:title|titel|document|presentation|name))?"
    r"|(?:insert|enter|type|click to add) .*\btitle\b.*|title of .*here"
    rf"|.*[\w)-]\.(?:{_ENDINGS})"
    r"|(?:file|https?):/.*|[a-z]:\\.*|/[\w./-]+|[\W\d_]*|[0-9a-f]{8,}(?:-[0-9a-f]+)*",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"\(?anonymous\)?|unspecified|unknown|none|user|admin(?:istrator)?|\W*", re.I
)


def is_junk_title(title: str) -> bool:
    """Whether no person gave a title, such as "Microsoft Word - rates.doc"."""
    return bool(_JUNK.fullmatch(title.strip()))


def is_junk_author(author: str) -> bool:
    """Whether the name of an author is that of no person, such as "anonymous"."""
    return bool(_NO_PERSON.fullmatch(author.strip()))
