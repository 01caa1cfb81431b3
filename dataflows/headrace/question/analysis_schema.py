"""The form in which a language model says what it makes of a question, and how that is read."""

from collections.abc import Mapping
from typing import Any

from headrace.errors import QuestionError
from headrace.metadata.filters import parse_filters
from headrace.types import Corpus, Filter, QuestionAnalysis


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
#: What the model fills in. Values and dates are texts; "" leaves a side of a range open.
SCHEMA = _object(
    standalone=_TEXT,
    typos=_array(_object(typed=_TEXT, meant=_TEXT)),
    expansions=_array(_object(term=_TEXT, meaning=_TEXT)),
    filters=_array(
        _object(
            field=_TEXT,
            values=_array(_TEXT),
            first_day=_TEXT,
            day_after=_TEXT,
            negated={"type": "boolean"},
            words=_TEXT,
        )
    ),
    sub_questions=_array(_TEXT),
)


def read_analysis(given: Mapping[str, Any], corpus: Corpus) -> QuestionAnalysis:
    """The analysis in a model's JSON, as `SCHEMA` has it. Raises ValueError, TypeError or KeyError when it is not of that form."""
    if not isinstance(given["standalone"], str):
        raise TypeError("standalone is no text")
    return QuestionAnalysis(
        standalone=given["standalone"].strip(),
        typos=tuple((str(typo["typed"]), str(typo["meant"])) for typo in given["typos"]),
        expansions=tuple(
            (str(expansion["term"]), str(expansion["meaning"])) for expansion in given["expansions"]
        ),
        filters=tuple(
            (condition, str(entry["words"]))
            for entry in given["filters"]
            for condition in _conditions(entry, corpus)
        ),
        sub_questions=tuple(
            str(question).strip() for question in given["sub_questions"] if str(question).strip()
        ),
    )


def _conditions(entry: Mapping[str, Any], corpus: Corpus) -> tuple[Filter, ...]:
    """The condition of an entry; none where it is not complete, or on a field that the documents do not have."""
    if entry["field"] not in corpus.fields:
        return ()
    sides = {
        name: entry[key]
        for name, key in (("from", "first_day"), ("before", "day_after"))
        if entry[key]
    }
    wanted: Any = (
        sides
        if sides and entry["field"] in corpus.date_fields
        else [str(value) for value in entry["values"] if str(value).strip()]
    )
    if not wanted:
        return ()
    try:
        return parse_filters({entry["field"]: {"not": wanted} if entry["negated"] else wanted})
    except QuestionError:  # a date that is none
        return ()
