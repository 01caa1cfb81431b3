"""Rows of a table of which a column says yes or no."""

import re
from itertools import chain

from headrace.answer.quoting.evidence import Evidence
from headrace.answer.quoting.units import columns_of
from headrace.text.asking.forms import asks_list
from headrace.text.markup.plain_lines import labelled_row
from headrace.text.words import stems
from headrace.types import ScoredSentence, Sentence

_YES = frozenset("yes y true x ✓ ✔ ✅ ☑ ja wahr oui sí included available supported".split())
_NO = frozenset(
    "no n false ✗ ✘ ❌ ☐ - – — nein falsch non excluded unavailable unsupported".split() + [""]
)
_DENIED = re.compile(
    r"\b(?:not|no|without|lacks?|lacking|cannot|nicht|keine?n?|ohne|sans|sin)\b|n['’]t\b",
    re.IGNORECASE,
)


def flagged_rows(evidence: Evidence) -> list[ScoredSentence]:
    """The rows that a question asks for by columns that say yes or no, in their order.

    The columns are those whose names have only words of the question. [] if a list is
    not asked for, or no table of the context has such columns.

    Example: "Which rooms have a balcony?", a column "Balcony" -> the rows with "yes".
    """
    if not asks_list(evidence.question):
        return []
    wanted = _NO if _DENIED.search(evidence.question) else _YES
    rows = [one for one in evidence.scored if columns_of(evidence.sentence(one))]
    for best in rows:
        table = [one for one in rows if _is_beside(evidence, one, best)]
        cells = [_cells(evidence.sentence(one)) for one in table]
        names = dict.fromkeys(chain.from_iterable(cells))
        asked = [name for name in names if name and stems(name) <= evidence.asked]
        asked = [name for name in asked if _says_yes_or_no(cells, name)]
        if asked:
            chosen = []
            for one, values in zip(table, cells, strict=True):
                if all(values.get(name, "").casefold() in wanted for name in asked):
                    chosen.append(one)
            return chosen
    return []


def _is_beside(evidence: Evidence, one: ScoredSentence, other: ScoredSentence) -> bool:
    """Whether two rows are of one table."""
    is_same = evidence.passage(one).document_id == evidence.passage(other).document_id
    first, second = evidence.sentence(one), evidence.sentence(other)
    return is_same and (first.lead, first.headings) == (second.lead, second.headings)


def _says_yes_or_no(rows: list[dict[str, str]], name: str) -> bool:
    """Whether a column has "yes" or "no" in every row, and both are there."""
    values = {row.get(name, "").casefold() for row in rows}
    return values <= _YES | _NO and bool(values & _YES) and bool(values & _NO)


def _cells(row: Sentence) -> dict[str, str]:
    """The values of a row by the names of their columns."""
    cells = (labelled_row(row.lead, row.text) or row.text).split("; ")
    return {name: value for name, _, value in (cell.partition(": ") for cell in cells)}
