"""Words that are not in real text, and never run out."""

from collections.abc import Iterable
from math import gcd

import numpy as np

#: Half of all words drawn are among so many.
_HALF = 5_000
_STEP = 2_654_435_761


class MadeWords:
    """Words put together of the front of one real word and the back of another.

    Word k is drawn with a chance that falls as 1 / (k + 5,000) squared, the law of Zipf
    and Mandelbrot. So among n words drawn, about the square root of 15,000 n differ.
    """

    def __init__(self, words: Iterable[str]):
        real = sorted({word.lower() for word in words})
        self._fronts = sorted({word[: len(word) // 2 + 1] for word in real})
        self._backs = sorted({word[len(word) // 2 :] for word in real})
        self._count = len(self._fronts) * len(self._backs)
        self._step = next(step for step in range(_STEP, 2 * _STEP) if gcd(step, self._count) == 1)

    def drawn(self, random: np.random.Generator) -> str:
        share = random.random()
        return self.word(int(_HALF * share / (1 - share)))

    def word(self, number: int) -> str:
        """Word `number`, 0 or more; words that follow each other are not alike."""
        front, back = divmod(number * self._step % self._count, len(self._backs))
        return self._fronts[front] + self._backs[back]
