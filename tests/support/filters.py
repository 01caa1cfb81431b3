"""Filters that meet a known number of the 3,000 documents of `tests/search`."""

from typing import Any

from headrace import Pipeline
from headrace.metadata.filters import filters_json, parse_filters

FILTERS: dict[str, tuple[dict[str, Any], int]] = {
    "=": ({"tenth": "yes"}, 300),
    "in": ({"tenth": ["yes", "maybe"]}, 300),
    "numbers": ({"price": {"from": 100, "before": 130}}, 30),
    "dates": ({"day": {"from": "2000-02-01", "before": "2000-03-01"}}, 29),
    "exists": ({"tenth": {"exists": True}}, 3000),
    "not =": ({"tenth": {"not": "no"}}, 300),
    "not numbers": ({"price": {"not": {"from": 26}}}, 25),
    "two": ({"price": {"before": 2001}, "tenth": "yes"}, 200),
    "two broad": ({"tenth": "no", "price": {"before": 2001}}, 1800),
    "narrow": ({"price": {"from": 7, "before": 12}}, 5),
    "none": ({"tenth": "perhaps"}, 0),
}


def asked(rag: Pipeline, filters: dict[str, Any]) -> dict[str, Any]:
    """What the statements of semantic search take, under these filters."""
    return {
        "query_embedding": rag.encoder.encode(["a question"])[0],
        "filters": filters_json(parse_filters(filters)),
        "top_k": 20,
        "excluded": None,
        "languages": ["english"],
    }
