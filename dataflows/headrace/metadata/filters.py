"""Conditions on metadata, as users write them and as the SQL statements take them."""

import difflib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from headrace.errors import QuestionError
from headrace.types import Filter, QueryFilters, RangeKind, SubQuery, TenantFacts

#: What a mapping on a field may hold.
_KEYS = ("in", "from", "before", "exists", "not")
_FORMS = (
    '"value", ["a", "b"], {"from": "2019-01-01", "before": "2020-01-01"}, '
    '{"from": 10, "before": 20}, {"exists": true}, {"not": any of these}, '
    '{"in": [...], "not": ...}'
)
#: How an end of a range is written.
_WRITTEN: Mapping[RangeKind, str] = {"dates": "2019-01-31", "numbers": "20 or 0.5"}
#: A text that is a number, as people write it. sql/migrations/003_filters.sql has the
#: same pattern for values that were stored before that migration.
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17})(?:[.][0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")
_ISO_DATE = re.compile(r"\s*\d{4}-\d\d-\d\d\s*")
#: How many fields an error message names.
_MOST_NAMED = 20


def filters_json(filters: Sequence[Filter]) -> str | None:
    """Filters as the SQL function `filtered_documents` takes them; None for no filter.

    The function is in sql/migrations/010_broad_filters.sql.
    """
    entries = []
    for number, condition in enumerate(filters, start=1):
        entries.append({"number": number, **_entry(condition)})
    return json.dumps(entries) if entries else None


def filters_of(query: SubQuery, query_filters: QueryFilters) -> str | None:
    """The filters that a sub-query's hits must meet, as `filters_json` gives them.

    They are the question's filters and the sub-query's own.
    """
    return filters_json((*query_filters.applied, *query.filters))


def parse_filters(given: Any) -> tuple[Filter, ...]:
    """Filters from their JSON form. A document must meet all of them.

    The form is a mapping from a field to what is wanted of it:

    - {"license": "MIT"}
    - {"author": ["Ada", "Bob"]}: either
    - {"date": {"from": "2019-01-01", "before": "2020-01-01"}}
    - {"price": {"from": 10, "before": 20}}: either side may be left out
    - {"isbn": {"exists": true}}
    - {"source": {"not": "Reuters"}}, or the negation of any other form. Documents
      without the field meet it.

    A mapping on a field may hold several of these. `given` may also be None, which is
    no filter, or a sequence of `Filter`.

    Raises QuestionError that names the field and the possible forms.
    """
    if given is None:
        return ()
    if isinstance(given, Sequence) and all(isinstance(condition, Filter) for condition in given):
        return tuple(_checked(condition) for condition in given)
    if not isinstance(given, Mapping):
        raise QuestionError(
            f"filters {_shown(given)} are not of a known form; "
            f"write {{field: wanted}}, where wanted is one of {_FORMS}"
        )
    found = []
    for field, wanted in given.items():
        for condition in _conditions(str(field), wanted):
            found.append(_checked(condition))
    return tuple(found)


def known_filters(filters: Sequence[Filter], tenant_facts: TenantFacts) -> tuple[Filter, ...]:
    """The same filters, checked against the fields of the tenant's documents.

    Raises QuestionError for a field that no document has, and for a range of dates or
    numbers on a field that holds none.
    """
    for condition in filters:
        if condition.field not in tenant_facts.fields:
            raise unknown_field(condition.field, tenant_facts.fields)
        if condition.operator == "range":
            _check_range(condition, tenant_facts)
    return tuple(filters)


def unknown_field(field: str, fields: Sequence[str]) -> QuestionError:
    """The error for a field that no document has.

    It names the fields with a similar name, and the first 20 of those there are.
    """
    folded = {name.lower(): name for name in fields}
    near = [folded[name] for name in difflib.get_close_matches(field.lower(), folded, n=3)]
    meant = f", did you mean {' or '.join(near)}?" if near else ""
    named = ", ".join(fields[:_MOST_NAMED]) or "none"
    others = len(fields) - _MOST_NAMED
    rest = f" and {others} more (run.py facets)" if others > 0 else ""
    return QuestionError(f'no document has the field "{field}"{meant}; there are: {named}{rest}')


def field_text(value: Any) -> str:
    """A metadata value as text, with white space folded.

    Booleans become "true" and "false", 10.0 becomes "10". Characters that PostgreSQL
    cannot store are replaced.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return re.sub(r"\s+", " ", text).strip()


def field_number(value: Any) -> float | None:
    """A metadata value as a finite number; None for any other value.

    A text such as "1.5e3" is a number, a boolean is not.
    """
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
    """A condition as `filtered_documents` takes it."""
    entry = {"field": condition.field, "kind": condition.operator, "negated": condition.negated}
    if condition.operator == "in":
        return {**entry, "values": [value.lower() for value in condition.values]}
    if condition.operator == "exists":
        return entry
    low = "-infinity" if condition.low is None else condition.low
    high = "infinity" if condition.high is None else condition.high
    if _range_kind(condition) == "dates":
        return {**entry, "kind": "dates", "low_date": str(low), "high_date": str(high)}
    return {**entry, "kind": "numbers", "low_number": low, "high_number": high}


def _conditions(field: str, wanted: Any) -> Iterator[Filter]:
    """The conditions in what is wanted of one field."""
    if not isinstance(wanted, Mapping):
        yield Filter(field, "in", _values(field, wanted))
        return
    if not wanted:
        raise _malformed(field, "nothing is wanted of it")
    for key in wanted:
        if key not in _KEYS:
            raise _malformed(field, f'"{key}" is not an operator')
    if "from" in wanted or "before" in wanted:
        low = _bound(field, wanted.get("from"))
        high = _bound(field, wanted.get("before"))
        yield Filter(field, "range", low=low, high=high)
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
    if not values:
        raise _malformed(field, "no value is given")
    for value in values:
        if not isinstance(value, str | int | float | bool | date):
            raise _malformed(field, f"{_shown(value)} is not a value")
    return tuple(field_text(value) for value in values)


def _bound(field: str, value: Any) -> date | float | None:
    """An end of a range; None for an open one."""
    if value is None:
        return None
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    number = field_number(value)
    if number is not None:
        return number
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass  # for example a 31st of June
    raise _malformed(field, f"{_shown(value)} is neither a date like 2019-01-31 nor a number")


def _checked(condition: Filter) -> Filter:
    """The condition, which a user may have made by hand.

    Raises QuestionError when no statement could take it.
    """
    field = condition.field
    if condition.operator not in ("in", "range", "exists"):
        raise _malformed(field, f'"{condition.operator}" is not an operator')
    if condition.operator == "in":
        are_texts = all(isinstance(value, str) for value in condition.values)
        if not condition.values or not are_texts:
            raise _malformed(field, "values must be one text or several")
    if condition.operator == "range":
        _check_ends(field, condition.low, condition.high)
    return condition


def _check_ends(field: str, low: date | float | None, high: date | float | None) -> None:
    ends = [end for end in (low, high) if end is not None]
    if not ends:
        raise _malformed(field, "a range needs at least one end")
    if any(not isinstance(end, date) and field_number(end) is None for end in ends):
        raise _malformed(field, f"{_shown(ends)} are neither dates nor numbers")
    if low is None or high is None:
        return
    if isinstance(low, date) and isinstance(high, date):
        is_empty = not low < high
    elif isinstance(low, date) or isinstance(high, date):
        raise _malformed(field, "one end of the range is a date and the other a number")
    else:
        is_empty = not low < high
    if is_empty:
        raise _malformed(field, f"the range from {low} to before {high} is empty")


def _range_kind(condition: Filter) -> RangeKind:
    end = condition.high if condition.low is None else condition.low
    return "dates" if isinstance(end, date) else "numbers"


def _check_range(condition: Filter, tenant_facts: TenantFacts) -> None:
    fields: dict[RangeKind, tuple[str, ...]] = {
        "dates": tenant_facts.date_fields,
        "numbers": tenant_facts.number_fields,
    }
    asked = _range_kind(condition)
    if condition.field in fields[asked]:
        return
    held = []
    for kind, names in fields.items():
        if condition.field in names:
            held.append(f"{kind} (written {_WRITTEN[kind]})")
    told = " and ".join(held) or "neither dates nor numbers"
    raise QuestionError(
        f'filter on "{condition.field}": a range of {asked} is asked for, but it holds {told}'
    )


def _malformed(field: str, fault: str) -> QuestionError:
    return QuestionError(f'filter on "{field}": {fault}; possible forms: {_FORMS}')


def _shown(given: Any) -> str:
    return json.dumps(given, default=str)[:100]
