"""What there is to understand of a question, and what the graph made of it.

`understanding_report` compares the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace.question.spellings.likelihood import likeliest_first
from headrace.types import Filter, KnownWords, RewrittenQuery, TenantFacts

#: (field, value or range, whether negated).
Condition = tuple[str, str, bool]


@dataclass(frozen=True)
class Understanding:
    """What is known, or was found, of one question; None where it is not known.

    Attributes:
        corrected: the question without its typos.
        standalone: the question made to stand alone.
        filters: (field, value or range, whether negated) of each condition.
        fields: the fields whose conditions are known; None: all of them.
        compound: whether it needs more than one fact.
        kind: what sort of question it is.
        typos: (as typed, as corrected) of each correction made.
        likeliest: (as typed, likeliest spelling) of each word that nobody knows,
            whether it was corrected or not.
    """

    corrected: str | None = None
    standalone: str | None = None
    filters: tuple[Condition, ...] | None = None
    fields: tuple[str, ...] | None = None
    compound: bool | None = None
    kind: str | None = None
    typos: tuple[tuple[str, str], ...] = ()
    likeliest: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Understanding":
        """From what `dataclasses.asdict` and JSON made of one."""
        values = dict(entry)
        for name in ("filters", "typos", "likeliest"):
            if values[name] is not None:
                values[name] = tuple(tuple(item) for item in values[name])
        if values["fields"] is not None:
            values["fields"] = tuple(values["fields"])
        return cls(**values)


def conditions(filters: Iterable[Filter]) -> tuple[Condition, ...]:
    """The single conditions of some filters.

    There is one for each value of a field, in small letters, and one for a range.
    """
    found: list[Condition] = []
    for condition in filters:
        if condition.operator == "in":
            for value in condition.values:
                found.append((condition.field, value.lower(), condition.negated))
        else:
            span = f"{condition.low} to {condition.high}"
            found.append((condition.field, span, condition.negated))
    return tuple(dict.fromkeys(found))


def gold_understanding(
    metadata: Mapping[str, Any], filters: Sequence[Filter] | None, fields: tuple[str, ...] | None
) -> Understanding:
    """What a question's metadata says of it; `labelled.reading` describes it."""
    steps = metadata.get("sub_questions")
    return Understanding(
        corrected=metadata.get("corrected", metadata.get("original")),
        standalone=metadata.get("rewrite"),
        filters=None if filters is None else conditions(filters),
        fields=fields,
        compound=len(steps) > 1 if isinstance(steps, list) else None,
    )


def found_understanding(values: Mapping[str, Any]) -> Understanding:
    """What the graph's nodes made of a question.

    Args:
        values: of `standalone_query`, `corrected_query`, `query_filters` and
            `question_kind`; where rules read the question, also of `known_words` and
            `tenant_facts`.
    """
    corrected: RewrittenQuery = values["corrected_query"]
    filters = values["query_filters"]
    kind = values["question_kind"]
    typos = []
    for change in corrected.changes:
        if change.kind == "typo":
            typos.append((change.before.lower(), change.after.lower()))
    return Understanding(
        corrected=corrected.text,
        standalone=values["standalone_query"].text,
        filters=conditions([*filters.applied, *filters.preferred, *filters.relaxed]),
        compound=kind != "simple",
        kind=kind,
        typos=tuple(typos),
        likeliest=_likeliest(values.get("known_words"), values.get("tenant_facts")),
    )


def _likeliest(
    known_words: KnownWords | None, tenant_facts: TenantFacts | None
) -> tuple[tuple[str, str], ...]:
    """Each word that nobody knows, with its likeliest spelling."""
    if known_words is None or tenant_facts is None:
        return ()
    found = []
    for word, spellings in known_words.spellings.items():
        if spellings:
            found.append((word, likeliest_first(spellings, tenant_facts.chunks)[0].meant))
    return tuple(found)
