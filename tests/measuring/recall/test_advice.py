"""What the audit of semantic search advises, and how sure its recall is."""

from typing import Any

import numpy as np
import pytest

from headrace.measuring.recall.advice import recall_advice
from headrace.measuring.statistics import share_interval


def entry(
    path: str,
    found: float,
    *,
    low: float = 0.9,
    p50: float = 5.0,
    exact_p50: float = 40.0,
    **more: Any,
) -> dict[str, Any]:
    """An entry of the audit's report, of all of 100,000 chunks."""
    index = {
        "recall": found,
        "low": low,
        "high": 1.0,
        "rows": 20,
        "short": 0,
        "completed": 0,
        "p50_ms": p50,
        "p99_ms": 9.0,
    }
    exact = {**index, "recall": 1.0, "low": 1.0, "p50_ms": exact_p50}
    return {
        "share": 1.0,
        "chunks": 100_000,
        "path": path,
        "routed": index if path == "index" else exact,
        "exact": {"p50_ms": exact_p50, "p99_ms": 60.0},
        "index": index,
        "tried": [],
        **more,
    }


def tried(candidates: int, recall: float, p50_ms: float) -> dict[str, Any]:
    return {"hnsw_ef_search": candidates, "recall": recall, "short": 0, "p50_ms": p50_ms}


def test_the_first_number_of_candidates_that_is_enough_is_advised_with_its_figures():
    more = [tried(400, 0.94, 7.0), tried(600, 0.97, 9.0)]
    raised, exact = recall_advice([entry("index", 0.9, tried=more)], 0.95)
    assert (raised["setting"], raised["value"]) == ("hnsw_ef_search", 600)
    assert (raised["recall"], raised["p50_ms"]) == (0.97, 9.0)
    assert (exact["setting"], exact["value"]) == ("exact_search_chunks", 110_000)
    assert (exact["recall"], exact["p50_ms"]) == (1.0, 40.0)


def test_giving_up_exact_search_is_advised_where_the_index_surely_does_as_well_in_half_the_time():
    (advice,) = recall_advice([entry("exact", 0.99, low=0.97)], 0.95)
    assert advice["value"] == 99_999
    assert recall_advice([entry("exact", 0.99, low=0.94)], 0.95) == []
    assert recall_advice([entry("exact", 0.99, low=0.97, p50=30.0)], 0.95) == []


def test_an_interval_that_reaches_below_asks_for_a_larger_sample():
    (advice,) = recall_advice([entry("index", 0.97, low=0.93)], 0.95)
    assert advice["setting"] is None and "larger --sample" in advice["text"]


@pytest.mark.parametrize(("hits", "of"), [(45, 50), (50, 50), (3, 40)])
def test_the_interval_is_wilsons_where_each_question_is_one_row(hits, of):
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(hits, of).proportion_ci(method="wilson")
    found = share_interval([1.0] * hits + [0.0] * (of - hits), 1)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_interval_holds_the_true_recall_nineteen_times_of_twenty_though_rows_fail_together():
    """A tenth of the questions lose all their rows: they count as 100, not as 2,000."""
    random = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        low, high = share_interval((random.random(100) > 0.1).astype(float), 20)
        held += low <= 0.9 <= high
    assert 0.92 <= held / 400 <= 0.98
