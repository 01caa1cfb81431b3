"""What stands is kept from the collector, and only as long as that is said."""

import gc

from headrace.collecting import kept_as_it_stands


class _Node:
    """An object that holds itself."""

    def __init__(self) -> None:
        self.held = self


def test_the_collector_leaves_alone_what_stands_and_takes_it_up_again():
    before = gc.get_freeze_count()
    young, older, oldest = gc.get_threshold()
    with kept_as_it_stands():
        assert gc.get_freeze_count() > before + 1000
        assert gc.get_threshold() == (young, older, 10 * oldest)
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == (young, older, oldest)


def test_what_is_dropped_meanwhile_is_collected():
    gc.collect()
    with kept_as_it_stands():
        _Node()
        assert gc.collect() > 0
