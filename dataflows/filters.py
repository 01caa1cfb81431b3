"""Conditions on metadata, as users write them and as the statements take them."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dataflows.errors import QuestionError
from dataflows.types import Filter


def filters_json(filters: Sequence[Filter]) -> str | None:
    """What `filtered_documents` (sql/001_schema.sql) takes; None for no filter."""
    entries = []
    for number, condition in enumerate(filters, start=1):
        if condition.operator == "in":
            entries.append({"number": number, "field": condition.field, "values": [value.lower() for value in condition.values]})
        else:
            low, high = condition.low and condition.low.isoformat(), condition.high and condition.high.isoformat()
            entries.append({"number": number, "field": condition.field, "low": low, "high": high})
    return json.dumps(entries) if entries else None


def parse_filters(given: Any) -> tuple[Filter, ...]:
    """Filters from their JSON form: {"license": "MIT"}, {"author": ["Ada", "Bob"]}, {"date": {"from": "2019-01-01", "before": "2020-01-01"}}.

    Raises QuestionError that shows these forms.
    """
    if given is None:
        return ()
    if isinstance(given, Sequence) and all(isinstance(condition, Filter) for condition in given):
        return tuple(given)
    if not isinstance(given, Mapping):
        raise _malformed(given)
    return tuple(_filter(str(field), wanted) for field, wanted in given.items())


def _filter(field: str, wanted: Any) -> Filter:
    if isinstance(wanted, Mapping):
        if not wanted or set(wanted) - {"from", "before"}:
            raise _malformed({field: wanted})
        return Filter(field, "range", low=_day(field, wanted.get("from")), high=_day(field, wanted.get("before")))
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or not all(isinstance(value, str | int | float | bool) for value in values):
        raise _malformed({field: wanted})
    return Filter(field, "in", tuple(re.sub(r"\s+", " ", str(value)).strip() for value in values))


def _day(field: str, value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise QuestionError(f'filter on "{field}": {value!r} is not a date like 2019-01-31') from None


def _malformed(given: Any) -> QuestionError:
    return QuestionError(
        f'filters {json.dumps(given, default=str)[:200]} are not of a known form: {{"field": "value"}}, {{"field": ["a", "b"]}} or '
        '{"field": {"from": "2019-01-01", "before": "2020-01-01"}}'
    )
