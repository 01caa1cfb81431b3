"""What is known of a question, and what was made of it: the two sides that `understanding_report` compares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace.question.likelihood import likeliest_first
from headrace.types import Filter

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
        likeliest: (as typed, likeliest spelling) of each word that nobody knows, be it corrected or not.
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
        """From what `dataclasses.asdict` made of one, by way of JSON."""
        pairs = {
            name: tuple(map(tuple, entry[name]))
            for name in ("filters", "typos", "likeliest")
            if entry[name] is not None
        }
        fields = {"fields": tuple(entry["fields"])} if entry["fields"] is not None else {}
        return cls(**entry | pairs | fields)


def conditions(filters: Iterable[Filter]) -> tuple[Condition, ...]:
    """The single conditions: one for each value of a field in small letters, one for a range."""
    found = []
    for condition in filters:
        if condition.operator == "in":
            found += [
                (condition.field, value.lower(), condition.negated) for value in condition.values
            ]
        else:
            found.append(
                (condition.field, f"{condition.low} to {condition.high}", condition.negated)
            )
    return tuple(dict.fromkeys(found))


def gold_understanding(
    metadata: Mapping[str, Any], filters: Sequence[Filter] | None, fields: tuple[str, ...] | None
) -> Understanding:
    """What a question's metadata says of it, as `collections` describes it."""
    steps = metadata.get("sub_questions")
    return Understanding(
        corrected=metadata.get("corrected", metadata.get("original")),
        standalone=metadata.get("rewrite"),
        filters=None if filters is None else conditions(filters),
        fields=fields,
        compound=len(steps) > 1 if isinstance(steps, list) else None,
    )


def found_understanding(values: Mapping[str, Any]) -> Understanding:
    """What the graph's nodes made of a question: `standalone_query`, `corrected_query`, `query_filters`, `question_kind`; and `known_words`, where
    there is one, `corpus` with it."""
    words = values["known_words"].spellings if "known_words" in values else {}
    ranked = {
        word: likeliest_first(spellings, values["tenant_facts"].chunks)
        for word, spellings in words.items()
        if spellings
    }
    corrected, filters, kind = (
        values["corrected_query"],
        values["query_filters"],
        values["question_kind"],
    )
    return Understanding(
        corrected=corrected.text,
        standalone=values["standalone_query"].text,
        filters=conditions([*filters.applied, *filters.preferred, *filters.relaxed]),
        compound=kind != "simple",
        kind=kind,
        typos=tuple(
            (change.before.lower(), change.after.lower())
            for change in corrected.changes
            if change.kind == "typo"
        ),
        likeliest=tuple((word, spellings[0].meant) for word, spellings in ranked.items()),
    )
