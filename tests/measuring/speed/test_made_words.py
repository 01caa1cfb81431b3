"""Words put together of real ones: how often each comes, and that they never run out."""

from collections import Counter

import numpy as np

from headrace.measuring.speed.made_words import MadeWords

REAL = [f"{chr(97 + number % 26)}{chr(97 + number // 26)}ver{number}" for number in range(400)]


def test_the_same_number_is_the_same_word_and_another_another():
    words = MadeWords(REAL)
    assert [words.word(number) for number in range(50)] == [
        MadeWords(reversed(REAL)).word(number) for number in range(50)
    ]
    assert len({words.word(number) for number in range(50_000)}) > 49_000


def test_words_grow_as_the_square_root_of_what_is_drawn():
    words = MadeWords(REAL)
    random = np.random.default_rng(1)
    drawn = [words.drawn(random) for _ in range(40_000)]
    first = len(set(drawn[:10_000]))
    assert 1.6 < len(set(drawn)) / first < 2.6
    assert Counter(drawn).most_common(1)[0][1] < 40
