"""Blocks of work that overlap."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from headrace.execution.blocks import overlapped
from support.waiting import PATIENCE_S


def test_each_block_comes_with_its_result_in_order():
    assert list(overlapped(range(5), lambda block: block * 10)) == [
        (0, 0),
        (1, 10),
        (2, 20),
        (3, 30),
        (4, 40),
    ]
    assert list(overlapped([], len)) == []


def test_two_blocks_are_in_work_at_once():
    barrier = threading.Barrier(2, timeout=PATIENCE_S)

    def work(block: int) -> int:
        barrier.wait()
        return block

    assert [result for _, result in overlapped(range(4), work)] == [0, 1, 2, 3]


def test_at_most_three_blocks_are_held():
    drawn = 0

    def blocks() -> Iterator[int]:
        nonlocal drawn
        for number in range(100):
            drawn += 1
            yield number

    for taken, _ in enumerate(overlapped(blocks(), abs), start=1):
        assert drawn <= taken + 2


def test_an_error_of_a_block_reaches_the_caller():
    def work(block: int) -> int:
        if block == 1:
            raise ValueError("block 1")
        return block

    results = overlapped(range(3), work)
    assert next(results) == (0, 0)
    with pytest.raises(ValueError, match="block 1"):
        next(results)


def test_whoever_stops_early_does_not_wait_for_the_blocks_in_work():
    finish = threading.Event()

    def work(block: int) -> int:
        assert block == 0 or finish.wait(PATIENCE_S)
        return block

    results: Any = overlapped(range(9), work)
    assert next(results) == (0, 0)
    results.close()
    assert not finish.is_set()
    finish.set()
