"""The form in which a language model says how it reads a question."""

from collections.abc import Iterable, Mapping
from typing import Any

from headrace.errors import QuestionError
from headrace.metadata.filters import parse_filters
from headrace.types import Filter, QuestionAnalysis, TenantFacts


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TEXT = {"type": "string"}
_CONDITION = _object(
    field=_TEXT,
    values=_array(_TEXT),
    first_day=_TEXT,
    day_after=_TEXT,
    negated={"type": "boolean"},
    words=_TEXT,
)
#: What the model fills in. Values and dates are texts; "" is an open side of a range.
SCHEMA = _object(
    standalone=_TEXT,
    typos=_array(_object(typed=_TEXT, meant=_TEXT)),
    expansions=_array(_object(term=_TEXT, meaning=_TEXT)),
    filters=_array(_CONDITION),
    sub_questions=_array(_TEXT),
)


def read_analysis(given: Mapping[str, Any], tenant_facts: TenantFacts) -> QuestionAnalysis:
    """The analysis in a model's reply, an object of the form `SCHEMA`.

    Conditions that are incomplete, or on a field that the tenant's documents do not
    have, are left out.

    Raises ValueError, TypeError or KeyError for a reply of another form.
    """
    if not isinstance(given["standalone"], str):
        raise TypeError("standalone is not a text")
    typos = _pairs(given["typos"], "typed", "meant")
    expansions = _pairs(given["expansions"], "term", "meaning")
    filters = []
    for entry in given["filters"]:
        condition = _condition(entry, tenant_facts)
        if condition is not None:
            filters.append((condition, str(entry["words"])))
    sub_questions = [str(question).strip() for question in given["sub_questions"]]
    return QuestionAnalysis(
        standalone=given["standalone"].strip(),
        typos=typos,
        expansions=expansions,
        filters=tuple(filters),
        sub_questions=tuple(question for question in sub_questions if question),
    )


def _pairs(
    entries: Iterable[Mapping[str, Any]], first: str, second: str
) -> tuple[tuple[str, str], ...]:
    return tuple((str(entry[first]), str(entry[second])) for entry in entries)


def _condition(entry: Mapping[str, Any], tenant_facts: TenantFacts) -> Filter | None:
    """The condition of an entry; None when it is incomplete, or on an unknown field."""
    field = entry["field"]
    if field not in tenant_facts.fields:
        return None
    ends = {}
    if entry["first_day"]:
        ends["from"] = entry["first_day"]
    if entry["day_after"]:
        ends["before"] = entry["day_after"]
    wanted: Any = ends
    if not ends or field not in tenant_facts.date_fields:
        wanted = [str(value) for value in entry["values"] if str(value).strip()]
    if not wanted:
        return None
    try:
        (condition,) = parse_filters({field: {"not": wanted} if entry["negated"] else wanted})
    except QuestionError:  # for example a date that does not exist
        return None
    return condition
