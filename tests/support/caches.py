"""What a run took from the cache, and what it computed."""

from hamilton import driver
from hamilton.caching.adapter import CachingEventType, HamiltonCacheAdapter

from headrace import Pipeline


def cache_of(dr: driver.Driver) -> HamiltonCacheAdapter:
    cache = dr.cache
    assert isinstance(cache, HamiltonCacheAdapter)
    return cache


def computed_by(dr: driver.Driver) -> set[str]:
    """The nodes that the last run did not take from the cache."""
    cache = cache_of(dr)
    names = set()
    for name, events in cache.logs(cache.last_run_id, level="debug").items():
        if CachingEventType.EXECUTE_NODE in [event.event_type for event in events]:
            names.add(name)
    return names


def computed(rag: Pipeline) -> set[str]:
    """The nodes that the last question did not take from the cache."""
    return computed_by(rag.driver)
