"""Markdown in which notes are no code, though they are fenced as code is."""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$")
#: Of MyST "{note}", of mdBook "admonish note".
_NOTE = re.compile(r"\{(\w+)\}|admonish\b[ \t]*(\w*)")
_KINDS = frozenset(
    "note tip hint important warning caution danger attention error seealso admonition info "
    "example summary abstract success question".split()
)
#: "class: dropdown" between colons, as MyST has it.
_OPTION = re.compile(r"[ \t]*:[\w-]+:")


def with_plain_notes(text: str) -> str:
    """A text whose fenced notes are paragraphs: "Note: ..."."""
    lines = []
    mark = label = ""
    is_note = False
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if not mark and fence:
            mark, kind = fence[1], _kind(fence[2])
            is_note, label = bool(kind), kind and f"{kind.capitalize()}: "
            lines.append("" if is_note else line)
        elif mark and fence and fence[1].startswith(mark) and not fence[2]:
            mark = ""
            lines.append("" if is_note else line)
        elif mark and is_note and label:
            if line.strip() and not _OPTION.match(line):
                lines.append(f"{label if line[0].isalnum() else ''}{line}")
                label = ""
        else:
            lines.append(line)
    return "\n".join(lines)


def _kind(opening: str) -> str:
    """The kind of note that words behind a fence name; "" for code."""
    found = _NOTE.match(opening)
    kind = (found[1] or found[2] or "note").lower() if found else ""
    return kind if kind in _KINDS else ""
