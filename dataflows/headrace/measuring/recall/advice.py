"""What an audit of semantic search says about the settings: each sentence names one, and the figures measured with it."""

from collections.abc import Sequence
from typing import Any

_MUCH_FASTER = 0.5


def recall_advice(
    selectivities: Sequence[dict[str, Any]], settings: dict[str, Any], at_least: float
) -> list[dict[str, Any]]:
    """What to raise, what could be lowered, and what the sample is too small to say, as
    {"share", "setting" (None for a remark), "value", "recall" (None where not measured), "p50_ms", "text"}; [] when all is well as it is.

    Args:
        selectivities: the entries of `audit_recall`'s report.
        settings: those in use.
    """
    advice = []
    for entry in selectivities:
        if entry["routed"]["recall"] < at_least or entry["routed"]["short"]:
            advice += _to_raise(entry, at_least)
        elif entry["routed"]["low"] < at_least:
            advice.append(
                _remark(
                    entry,
                    f"at least {at_least} is not certain (it may be {entry['routed']['low']:.4f}): take a larger --sample",
                )
            )
    return advice or _to_lower(selectivities, settings, at_least)


def _to_raise(entry: dict[str, Any], at_least: float) -> list[dict[str, Any]]:
    now = f"recall {entry['routed']['recall']:.4f} at p50 {entry['routed']['p50_ms']:.1f} ms"
    if entry["routed"]["short"]:
        now = f"{entry['routed']['short']} questions got fewer rows than there are, {now}"
    found = []
    enough = next(
        (tried for tried in entry["tried"] if tried["recall"] >= at_least and not tried["short"]),
        None,
    )
    if enough:
        found.append(
            _setting(
                entry,
                "hnsw_ef_search",
                enough["hnsw_ef_search"],
                enough["recall"],
                enough["p50_ms"],
                now,
            )
        )
    elif entry["tried"]:
        best = entry["tried"][-1]
        found.append(
            _remark(
                entry,
                f"raising HEADRACE_HNSW_EF_SEARCH to {best['hnsw_ef_search']} would only bring recall {best['recall']:.4f}",
            )
        )
    found.append(
        _setting(
            entry,
            "exact_search_chunks",
            _rounded_up(entry["chunks"]),
            1.0,
            entry["exact"]["p50_ms"],
            now,
        )
    )
    return found


def _to_lower(
    selectivities: Sequence[dict[str, Any]], settings: dict[str, Any], at_least: float
) -> list[dict[str, Any]]:
    """Where exact search takes the most time and the index would do as well in less than half of it."""
    exact = [entry for entry in selectivities if entry["path"] == "exact"]
    entry = max(exact, key=lambda entry: entry["chunks"], default=None)
    if entry is None or entry["index"]["low"] < at_least or entry["index"]["short"]:
        return []
    if entry["index"]["p50_ms"] >= _MUCH_FASTER * entry["exact"]["p50_ms"]:
        return []
    now = f"exact search takes p50 {entry['exact']['p50_ms']:.1f} ms; nothing needs raising, this could be lowered"
    return [
        _setting(
            entry,
            "exact_search_chunks",
            max(0, entry["chunks"] - 1),
            entry["index"]["recall"],
            entry["index"]["p50_ms"],
            now,
        )
    ]


def _setting(
    entry: dict[str, Any], name: str, value: int, recall: float, p50_ms: float, now: str
) -> dict[str, Any]:
    text = f"{_of(entry)}: {now}; with HEADRACE_{name.upper()}={value} recall {recall:.4f} at p50 {p50_ms:.1f} ms"
    return {
        "share": entry["share"],
        "setting": name,
        "value": value,
        "recall": recall,
        "p50_ms": p50_ms,
        "text": text,
    }


def _remark(entry: dict[str, Any], text: str) -> dict[str, Any]:
    return {
        "share": entry["share"],
        "setting": None,
        "value": None,
        "recall": None,
        "p50_ms": None,
        "text": f"{_of(entry)}: {text}",
    }


def _of(entry: dict[str, Any]) -> str:
    return (
        "all chunks"
        if entry["share"] == 1
        else f"filters that leave {entry['share']:.1%} of the chunks"
    )


def _rounded_up(chunks: int) -> int:
    """To two digits: the number is a limit to set, and tomorrow there are a few more."""
    step = 10 ** max(0, len(str(chunks)) - 2)
    return -(-(chunks + 1) // step) * step
