"""Conditions on metadata, as users write them and as the statements take them."""

import difflib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from headrace.errors import QuestionError
from headrace.types import Corpus, Filter, QueryFilters, SubQuery

#: What a mapping on a field may hold.
_KEYS = ("in", "from", "before", "exists", "not")
_FORMS = (
    '"value", ["a", "b"], {"from": "2019-01-01", "before": "2020-01-01"}, {"from": 10, "before": 20}, {"exists": true}, '
    '{"not": any of these}, {"in": [...], "not": ...}'
)
#: A text that is a number, written as people do; sql/003_filters.sql has the same for what was stored before it.
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17})(?:[.][0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")
_NAMED = 20


def filters_json(filters: Sequence[Filter]) -> str | None:
    """What `filtered_documents` (sql/010_broad_filters.sql) takes; None for no filter."""
    entries = [
        {"number": number, **_entry(condition)} for number, condition in enumerate(filters, start=1)
    ]
    return json.dumps(entries) if entries else None


def filters_of(query: SubQuery, query_filters: QueryFilters) -> str | None:
    """What the hits of a stream have to meet, as the statements take it: the question's filters and the stream's own."""
    return filters_json((*query_filters.applied, *query.filters))


def parse_filters(given: Any) -> tuple[Filter, ...]:
    """Filters from their JSON form, all of which a document has to meet.

    A field with what is wanted of it: {"license": "MIT"}, {"author": ["Ada", "Bob"]} (either), {"date": {"from": "2019-01-01",
    "before": "2020-01-01"}}, {"price": {"from": 10, "before": 20}} (either side may be open), {"isbn": {"exists": true}}, or the negation of
    any of these, {"source": {"not": "Reuters"}}, which documents without the field meet. A mapping may hold several.

    Raises QuestionError that names the field and what is possible.
    """
    if given is None:
        return ()
    if isinstance(given, Sequence) and all(isinstance(condition, Filter) for condition in given):
        return tuple(_checked(condition) for condition in given)
    if not isinstance(given, Mapping):
        raise QuestionError(
            f"filters {_shown(given)} are not of a known form: {{field: wanted}}, wanted being {_FORMS}"
        )
    return tuple(
        _checked(condition)
        for field, wanted in given.items()
        for condition in _conditions(str(field), wanted)
    )


def known_filters(filters: Sequence[Filter], corpus: Corpus) -> tuple[Filter, ...]:
    """The same filters; QuestionError for a field, or a range of a kind, that the tenant's documents do not have."""
    for condition in filters:
        if condition.field not in corpus.fields:
            raise unknown_field(condition.field, corpus.fields)
        if condition.operator == "range":
            _check_range(condition, corpus)
    return tuple(filters)


def unknown_field(field: str, fields: Sequence[str]) -> QuestionError:
    """The error for a field that no document has, with the names that are near and those there are."""
    folded = {name.lower(): name for name in fields}
    near = [folded[name] for name in difflib.get_close_matches(field.lower(), folded, n=3)]
    meant = f", did you mean {' or '.join(near)}?" if near else ""
    rest = f" and {len(fields) - _NAMED} more (run.py facets)" if len(fields) > _NAMED else ""
    return QuestionError(
        f'no document has the field "{field}"{meant}; there are: {", ".join(fields[:_NAMED]) or "none"}{rest}'
    )


def field_text(value: Any) -> str:
    """A metadata value as text: true and false for booleans, 10 for 10.0, white space folded, without what PostgreSQL cannot hold."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return re.sub(
        r"\s+", " ", text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    ).strip()


def field_number(value: Any) -> float | None:
    """A metadata value as a number: numbers, and texts that are one; None for all else, booleans among them."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _entry(condition: Filter) -> dict[str, Any]:
    entry = {"field": condition.field, "kind": condition.operator, "negated": condition.negated}
    if condition.operator == "in":
        return {**entry, "values": [value.lower() for value in condition.values]}
    if condition.operator == "exists":
        return entry
    low = "-infinity" if condition.low is None else condition.low
    high = "infinity" if condition.high is None else condition.high
    if _of_dates(condition):
        return {**entry, "kind": "dates", "low_date": str(low), "high_date": str(high)}
    return {**entry, "kind": "numbers", "low_number": low, "high_number": high}


def _conditions(field: str, wanted: Any) -> Iterator[Filter]:
    """What is wanted of one field."""
    if not isinstance(wanted, Mapping):
        yield Filter(field, "in", _values(field, wanted))
        return
    unknown = [str(key) for key in wanted if key not in _KEYS]
    if unknown or not wanted:
        raise _malformed(
            field, f'"{unknown[0]}" is no operator' if unknown else "nothing is wanted of it"
        )
    if "from" in wanted or "before" in wanted:
        yield Filter(
            field,
            "range",
            low=_bound(field, wanted.get("from")),
            high=_bound(field, wanted.get("before")),
        )
    if "in" in wanted:
        yield Filter(field, "in", _values(field, wanted["in"]))
    if "exists" in wanted:
        if not isinstance(wanted["exists"], bool):
            raise _malformed(field, f'"exists" takes true or false, not {_shown(wanted["exists"])}')
        yield Filter(field, "exists", negated=not wanted["exists"])
    if "not" in wanted:
        yield _negation(field, wanted["not"])


def _negation(field: str, wanted: Any) -> Filter:
    if isinstance(wanted, Mapping) and "not" in wanted:
        raise _malformed(field, '"not" cannot hold another "not"')
    conditions = list(_conditions(field, wanted))
    if len(conditions) != 1:
        raise _malformed(field, '"not" takes one condition')
    return replace(conditions[0], negated=not conditions[0].negated)


def _values(field: str, wanted: Any) -> tuple[str, ...]:
    values = wanted if isinstance(wanted, list | tuple) else [wanted]
    wrong = [value for value in values if not isinstance(value, str | int | float | bool | date)]
    if wrong or not values:
        raise _malformed(field, f"{_shown(wrong[0])} is no value" if wrong else "no value is given")
    return tuple(field_text(value) for value in values)


def _bound(field: str, value: Any) -> date | float | None:
    if value is None or isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    if (number := field_number(value)) is not None:
        return number
    if isinstance(value, str) and re.fullmatch(r"\s*\d{4}-\d\d-\d\d\s*", value):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass  # a 31st of June
    raise _malformed(field, f"{_shown(value)} is neither a date like 2019-01-31 nor a number")


def _checked(condition: Filter) -> Filter:
    """The condition, which may have been made by hand; QuestionError when no statement could take it."""
    field, low, high = condition.field, condition.low, condition.high
    if condition.operator not in ("in", "range", "exists"):
        raise _malformed(field, f'"{condition.operator}" is no operator')
    if condition.operator == "in" and not (
        condition.values and all(isinstance(value, str) for value in condition.values)
    ):
        raise _malformed(field, "values are one text or several")
    if condition.operator == "range":
        _check_ends(field, low, high)
    return condition


def _check_ends(field: str, low: date | float | None, high: date | float | None) -> None:
    if low is None and high is None:
        raise _malformed(field, "a range has one end at least")
    ends = [end for end in (low, high) if end is not None]
    if any(not isinstance(end, date) and field_number(end) is None for end in ends):
        raise _malformed(field, f"{_shown(ends)} are no dates and no numbers")
    if len({isinstance(end, date) for end in ends}) > 1:
        raise _malformed(field, "one end of the range is a date and the other a number")
    if low is not None and high is not None and not low < high:
        raise _malformed(field, f"nothing is from {low} and before {high}")


def _of_dates(condition: Filter) -> bool:
    return isinstance(condition.low if condition.low is not None else condition.high, date)


def _check_range(condition: Filter, corpus: Corpus) -> None:
    kind, fields = (
        ("dates", corpus.date_fields) if _of_dates(condition) else ("numbers", corpus.number_fields)
    )
    if condition.field not in fields:
        others = {"dates": corpus.date_fields, "numbers": corpus.number_fields}
        held = [other for other, having in others.items() if condition.field in having]
        written = {"dates": "written 2019-01-31", "numbers": "written 20 or 0.5"}
        told = (
            " and ".join(f"{other} ({written[other]})" for other in held)
            or "neither dates nor numbers"
        )
        raise QuestionError(
            f'filter on "{condition.field}": a range of {kind} is asked for, but it holds {told}'
        )


def _malformed(field: str, fault: str) -> QuestionError:
    return QuestionError(f'filter on "{field}": {fault}; possible are {_FORMS}')


def _shown(given: Any) -> str:
    return json.dumps(given, default=str)[:100]
