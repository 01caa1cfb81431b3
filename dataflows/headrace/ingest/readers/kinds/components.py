"""Markdown without the components of .mdx files: their tags, and the code for them."""

import re

from headrace.ingest.readers.kinds.references import outside_code

#: JavaScript at the start of a line, up to a blank line.
_SCRIPT = re.compile(
    r"^(?:import\s+(?:[\w*{][^\n]*\bfrom\s|[{]\s*$|['\"])|export\s+(?:default|const|let|function"
    r"|async|class)\b)(?:.+\n?)*",
    re.MULTILINE,
)
_COMMENT = re.compile(r"\{/\*.*?\*/\}", re.DOTALL)
_VALUE = r"\"[^\"]*\"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\}"
_TAG = re.compile(rf"</?(?:[A-Z][\w.]*(?:\s+(?:[^<>{{}}\"']|{_VALUE})*)?/?)?>")
#: What a component shows of what it is given.
_SHOWN = re.compile(r"\b(?:title|label|summary|description|caption|alt)=(?:\"([^\"]+)\"|'([^']+)')")


def without_components(text: str) -> str:
    """A text without imports, exports, comments and the tags of components.

    What stands between tags stays, as do the titles that a component shows.
    Example: '<Note title="Oil">Use SAE 30.</Note>' -> "Oil Use SAE 30.".
    """
    return outside_code(text, _cleaned).lstrip("\n")


def _cleaned(text: str) -> str:
    text = _COMMENT.sub("", _SCRIPT.sub("", text))
    return re.sub(r"\n{3,}", "\n\n", _TAG.sub(_shown, text))


def _shown(tag: re.Match[str]) -> str:
    return "".join(f"{first or second} " for first, second in _SHOWN.findall(tag[0]))
