"""Questions a second with several askers at once, and whether each still gets its own answer."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

Ask = Callable[[str], Any]


@dataclass(frozen=True)
class Rate:
    """What one or several slices of time brought: answers, those that differ from the expected one, failures."""

    answers: int = 0
    seconds: float = 0.0
    wrong: int = 0
    errors: int = 0

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(
            self.answers + other.answers,
            self.seconds + other.seconds,
            self.wrong + other.wrong,
            self.errors + other.errors,
        )


def rate(
    askers: Sequence[Ask], questions: Sequence[str], expected: Mapping[str, Any], seconds: float
) -> Rate:
    """Each asker in a thread of its own, asking one question after the other until the time is up; what was begun is finished.

    Args:
        askers: one per thread; the same one several times if it may be shared.
        expected: the right answer to each question.
    """
    counted: list[Rate] = []
    began = perf_counter()
    threads = [
        threading.Thread(
            target=lambda first=first, ask=ask: counted.append(
                _asked(ask, questions, expected, first, began + seconds)
            )
        )
        for first, ask in enumerate(askers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds_taken = perf_counter() - began
    return Rate(
        sum(one.answers for one in counted),
        seconds_taken,
        sum(one.wrong for one in counted),
        sum(one.errors for one in counted),
    )


def _asked(
    ask: Ask, questions: Sequence[str], expected: Mapping[str, Any], first: int, until: float
) -> Rate:
    """One thread's share; threads begin at different questions."""
    answers = wrong = errors = 0
    number = first * len(questions) // 8
    while perf_counter() < until:
        question = questions[number % len(questions)]
        number += 1
        try:
            wrong += ask(question) != expected[question]
            answers += 1
        except Exception:  # whatever it was, it is counted; the benchmark says so
            errors += 1
    return Rate(answers, 0.0, wrong, errors)
