"""Lines of AsciiDoc that depend on a condition: which of them are read."""

import re
from collections.abc import Iterator, Sequence

ATTRIBUTE = re.compile(r":(!?[\w][\w-]*!?):(?:\s+(.*))?$")
_BEGIN = re.compile(r"(ifdef|ifndef)::([^\s\[\]]+)\[(.*)\]\s*$")
_EVALUATED = re.compile(r"ifeval::\[.*\]\s*$")
_END = re.compile(r"endif::\S*\[\]\s*$")
#: Attributes that Asciidoctor sets by itself when it makes a web page, and those of
#: this kind that it does not set.
_SET = frozenset(("asciidoctor", "backend", "backend-html5", "basebackend", "basebackend-html"))
_SET_ELSEWHERE = re.compile(r"(?:env|backend|basebackend|filetype|safe-mode|doctype)(?:-|$)")


def decided(lines: Sequence[str]) -> Iterator[str]:
    """The lines without those of conditions that are not met.

    A condition asks whether an attribute is set (ifdef) or not (ifndef). It counts
    what the document has set or unset so far, and what Asciidoctor sets for a web page.
    Of an attribute that the document does not mention, which is given where it is
    published, both branches are read; so is what depends on a comparison (ifeval).
    """
    known: dict[str, bool] = {}
    branches: list[bool] = []
    for line in lines:
        if begun := _BEGIN.match(line):
            is_read = _is_met(begun[1], begun[2], known)
            if not begun[3]:
                branches.append(is_read)
            elif is_read and all(branches):
                yield begun[3]
        elif _EVALUATED.match(line):
            branches.append(True)
        elif _END.match(line):
            del branches[-1:]
        elif all(branches):
            if attribute := ATTRIBUTE.match(line):
                known[attribute[1].strip("!").lower()] = "!" not in attribute[1]
            yield line


def _is_met(condition: str, names: str, known: dict[str, bool]) -> bool:
    """Whether a condition is met, or may be.

    Of names with "," between them, one that is set is enough; with "+", all have to be.
    """
    joined = all if "+" in names else any
    states = [_state(name, known) for name in re.split(r"[,+]", names.lower())]
    if None in states:
        return True
    return joined(states) == (condition == "ifdef")


def _state(name: str, known: dict[str, bool]) -> bool | None:
    """Whether an attribute is set; None where that is not known."""
    if name in known:
        return known[name]
    return name in _SET if name in _SET or _SET_ELSEWHERE.match(name) else None
