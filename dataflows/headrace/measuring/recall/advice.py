"""What an audit of semantic search says about the settings.

Each piece of advice names a setting, and the figures measured with it.
"""

from collections.abc import Sequence
from typing import Any

#: Exact search is given up where the index takes less than this share of its time.
_MUCH_FASTER = 0.5


def recall_advice(selectivities: Sequence[dict[str, Any]], at_least: float) -> list[dict[str, Any]]:
    """What to raise, what could be lowered, and what the sample is too small to say.

    Args:
        selectivities: the entries of `audit_recall`'s report.
        at_least: the recall that is enough.
    Returns:
        {"share", "setting" (None for a remark), "value", "recall" (None where not
        measured), "p50_ms", "text"} each; [] when all is well as it is.
    """
    advice = []
    for entry in selectivities:
        routed = entry["routed"]
        if routed["recall"] < at_least or routed["short"]:
            advice += _to_raise(entry, at_least)
        elif routed["low"] < at_least:
            text = f"at least {at_least} is not certain (it may be {routed['low']:.4f})"
            advice.append(_remark(entry, f"{text}: take a larger --sample"))
    return advice or _to_lower(selectivities, at_least)


def _to_raise(entry: dict[str, Any], at_least: float) -> list[dict[str, Any]]:
    routed = entry["routed"]
    now = f"recall {routed['recall']:.4f} at p50 {routed['p50_ms']:.1f} ms"
    if routed["short"]:
        now = f"{routed['short']} questions got fewer rows than there are, {now}"
    found = []
    enough = _first_enough(entry["tried"], at_least)
    if enough is not None:
        found.append(_setting(entry, "hnsw_ef_search", enough["hnsw_ef_search"], enough, now))
    elif entry["tried"]:
        most = entry["tried"][-1]
        found.append(
            _remark(
                entry,
                f"raising HEADRACE_HNSW_EF_SEARCH to {most['hnsw_ef_search']} would only bring "
                f"recall {most['recall']:.4f}",
            )
        )
    exact = {"recall": 1.0, "p50_ms": entry["exact"]["p50_ms"]}
    chunks = _rounded_up(entry["chunks"])
    return [*found, _setting(entry, "exact_search_chunks", chunks, exact, now)]


def _first_enough(tried: Sequence[dict[str, Any]], at_least: float) -> dict[str, Any] | None:
    """The fewest candidates with which recall is high enough."""
    for figures in tried:
        if figures["recall"] >= at_least and not figures["short"]:
            return figures
    return None


def _to_lower(selectivities: Sequence[dict[str, Any]], at_least: float) -> list[dict[str, Any]]:
    """Advice for the exact search of most chunks, where it could be given up.

    The index would do as well there, in less than half the time.
    """
    exact = [entry for entry in selectivities if entry["path"] == "exact"]
    entry = max(exact, key=lambda entry: entry["chunks"], default=None)
    if entry is None or entry["index"]["low"] < at_least or entry["index"]["short"]:
        return []
    exact_ms = entry["exact"]["p50_ms"]
    if entry["index"]["p50_ms"] >= _MUCH_FASTER * exact_ms:
        return []
    now = f"exact search takes p50 {exact_ms:.1f} ms; nothing needs raising, this could be lowered"
    # The setting is of an index without others than these (search/routing.py).
    fewer = max(0, int(entry["chunks"] * entry["share"]) - 1)
    return [_setting(entry, "exact_search_chunks", fewer, entry["index"], now)]


def _setting(
    entry: dict[str, Any], name: str, value: int, figures: dict[str, Any], now: str
) -> dict[str, Any]:
    """Advice to set something; `figures` were measured with it."""
    recall = figures["recall"]
    p50_ms = figures["p50_ms"]
    then = f"HEADRACE_{name.upper()}={value} recall {recall:.4f} at p50 {p50_ms:.1f} ms"
    return {
        "share": entry["share"],
        "setting": name,
        "value": value,
        "recall": recall,
        "p50_ms": p50_ms,
        "text": f"{_of(entry)}: {now}; with {then}",
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
    if entry["share"] == 1:
        return "all chunks"
    return f"filters that leave {entry['share']:.1%} of the chunks"


def _rounded_up(chunks: int) -> int:
    """A limit a little above this many chunks, of two digits.

    Tomorrow there are a few more.
    """
    step = 10 ** max(0, len(str(chunks)) - 2)
    return -(-(chunks + 1) // step) * step
