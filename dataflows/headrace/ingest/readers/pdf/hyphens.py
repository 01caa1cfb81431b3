"""Words that are split at the end of a line, made whole as the document writes them."""

import re
from collections import Counter
from collections.abc import Iterable

from headrace.ingest.readers.pdf.letters.characters import LINE_HYPHEN

_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
_HYPHENS = f"-\u2010\u2011\xad{LINE_HYPHEN}"
_END = re.compile(rf"([^\W_]+(?:[-\u2010\u2011][^\W_]+)*)[{_HYPHENS}]$")
_START = re.compile(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)*")
#: Parts that English hardly ever writes together with the word after them.
_HYPHENATED = {"self", "non", "ex", "well", "half", "all"}


class Words:
    """How a document writes its words, where they are not at the end of a line."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        for line in lines:
            words = _WORD.findall(line.lower())
            whole = words[1:] if line[:1].islower() else words
            self._counts.update(whole[:-1] if line.endswith(tuple(_HYPHENS)) else whole)

    def link(self, line: str, following: str) -> str | None:
        """What stands for the hyphen at the end of a line; None if it splits no word.

        The word is written as elsewhere in the document. Where it is nowhere else, it
        keeps its hyphen before a capital or a digit, after parts such as "self", and
        between two words of the document; else its parts are one word. Examples:
        "infor-" + "mation" -> "", "COVID-" + "19" -> "-".
        """
        if not line.endswith(tuple(_HYPHENS)):
            return None
        end, start = _END.search(line), _START.match(following)
        if end is None or start is None:
            return None
        is_marked = line[-1] in (LINE_HYPHEN, "\xad")
        if not is_marked and not start[0][0].islower():
            return None
        return "-" if self._keeps_hyphen(end[1], start[0], line[-1] == "\xad") else ""

    def _keeps_hyphen(self, before: str, after: str, is_soft: bool) -> bool:
        if not before[-1].isalpha() or not after[0].islower():
            return True
        before, after = before.lower(), after.lower()
        apart, together = self._counts[f"{before}-{after}"], self._counts[before + after]
        if apart != together:
            return apart > together
        if is_soft:
            return False
        part = re.split(r"[-\u2010\u2011]", before)[-1]
        return part in _HYPHENATED or "-" in before or self._are_words(part, after)

    def _are_words(self, before: str, after: str) -> bool:
        return self._counts[before] > 0 and self._counts[after] > 0 and len(before) > 2


def without_line_hyphen(line: str) -> str:
    """A line whose hyphen at the end splits no word."""
    return line[:-1] + "-" if line.endswith((LINE_HYPHEN, "\xad")) else line
