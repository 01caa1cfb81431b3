"""How rerankers keep a deadline: by what a text has cost so far.

A reranker scores piece after piece of its work, on several threads. It begins a piece
only if that piece, by the known cost of earlier ones, will end before the deadline.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence, Sized
from concurrent.futures import wait
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

import numpy as np

from headrace.forking import Threads

#: Seconds before the deadline that are left for handing over the scores.
_RETURN_S = 0.005
#: Weight that earlier pieces keep in the pace whenever another one is done
#: (DECISIONS.md, "reranker pace").
_REMEMBERED = 0.9
#: A piece may take this multiple of what the pace says (DECISIONS.md, "reranker pace").
_RESERVE = 1.25
#: Factor on the pace whenever it says that one piece takes longer than a whole
#: deadline, so that a piece is tried again after a while (DECISIONS.md, "reranker
#: pace").
_DOUBTED = 0.98

#: Work that is begun and finished as a whole. Its length is its cost, in any unit.
Piece = TypeVar("Piece", bound=Sized)


class PacedScorer(ABC, Generic[Piece]):
    """A reranker that scores texts in their order, on its own threads, to a deadline.

    Calls may overlap. They share the threads, one call after the other.
    """

    def __init__(self, name: str, workers: int, initializer: Callable[[], object] | None = None):
        """
        Args:
            name: of the reranker.
            workers: the number of threads.
            initializer: called once in each thread before its first piece.
        """
        self.name = name
        self._workers = workers
        self._pace = Pace()
        self._pool = Threads(workers, "reranker", initializer)

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        """One logit per text; NaN for each text from the first that was not reached.

        Args:
            question: what the texts are compared with.
            texts: scored in this order.
            deadline_s: seconds from this call; None: no deadline. With 0 nothing is
                scored. No text is begun that would end later, by the pace of this call
                and earlier ones. While there is no pace, each thread begins one text.
        Returns:
            (len(texts),) float32, in the order of `texts`; higher is more relevant.
        """
        scores = np.full(len(texts), np.nan, dtype=np.float32)
        deadline_s = None if deadline_s is None else deadline_s - _RETURN_S
        turns = Turns(self._pieces(question, texts), deadline_s, self._pace)
        tasks = [self._pool.submit(self._take, turns, scores) for _ in range(self._workers)]
        wait(tasks, deadline_s)
        for task in tasks:
            # A task that can be cancelled still waits, behind another call's.
            if not task.cancel():
                task.result()
        return scores

    def _take(self, turns: "Turns[Piece]", scores: np.ndarray) -> None:
        """Score pieces into `scores` until there is no further turn."""
        for first, piece in turns:
            began = monotonic()
            logits = self._logits(piece)
            scores[first : first + len(logits)] = logits
            self._pace.record(len(piece), monotonic() - began)

    @abstractmethod
    def _pieces(self, question: str, texts: Sequence[str]) -> Iterator[tuple[int, Piece]]:
        """The pieces of the work in order, each with the index of its first text."""

    @abstractmethod
    def _logits(self, piece: Piece) -> np.ndarray:
        """One logit per text of the piece, float32."""


class Pace:
    """How long pieces take for their length, by those done lately.

    Threads may share it.
    """

    def __init__(self):
        self._lock = Lock()
        self._length = 0.0
        self._seconds = 0.0

    def record(self, length: int, seconds: float) -> None:
        """Take a finished piece into account."""
        with self._lock:
            self._length = _REMEMBERED * self._length + length
            self._seconds = _REMEMBERED * self._seconds + seconds

    def expected_s(self, length: int) -> float:
        """Seconds that a piece may take, with a reserve; 0 before any piece is done."""
        with self._lock:
            if not self._length:
                return 0.0
            return _RESERVE * length * self._seconds / self._length

    def doubt(self) -> None:
        """Assume a slightly faster pace: the machine may have stood still before."""
        with self._lock:
            self._seconds *= _DOUBTED


class Turns(Generic[Piece]):
    """Hands out pieces in order, to several threads, while they end in time."""

    def __init__(self, pieces: Iterator[tuple[int, Piece]], deadline_s: float | None, pace: Pace):
        self._pieces = pieces
        self._deadline_s = deadline_s
        self._began = monotonic()
        self._pace = pace
        self._lock = Lock()

    def __iter__(self) -> Iterator[tuple[int, Piece]]:
        return self

    def __next__(self) -> tuple[int, Piece]:
        """The next piece, with the index of its first text."""
        with self._lock:
            first, piece = next(self._pieces)
            if not self._fits(len(piece)):
                # No thread gets a later piece either: the texts not reached are a tail.
                self._pieces = iter(())
                raise StopIteration
            return first, piece

    def _fits(self, length: int) -> bool:
        """Whether a piece of this length will end before the deadline."""
        if self._deadline_s is None:
            return True
        expected_s = self._pace.expected_s(length)
        if 0 < self._deadline_s <= expected_s:
            self._pace.doubt()
        return self._began + self._deadline_s - monotonic() > expected_s
