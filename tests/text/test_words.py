"""Words that carry meaning, their weights and shares, by hand."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from headrace.text.words import beside, rarity_weights, shares, stems
from support.places import ROOT


def test_stems_are_the_first_six_letters_of_words_that_say_something():
    assert stems("Which of the Observatories was founded?") == {"observ", "founde"}


def test_the_fewer_texts_hold_a_word_the_more_it_weighs():
    weights = rarity_weights(["mill", "tide"], [{"mill"}, {"mill", "tide"}, set()])
    assert weights == pytest.approx({"mill": math.log(1 + 3 / 3), "tide": math.log(1 + 3 / 2)})


def test_a_sentence_holds_a_share_of_each_querys_words():
    held = shares(["the tide", "a mill", "a mill"], ["tide mill", "mill", ""])
    tide, mill = math.log(1 + 3 / 2), math.log(1 + 3 / 3)
    both = np.array([tide, mill, mill]) / (tide + mill)
    assert held == pytest.approx(np.stack([both, [0, 1, 1], [0, 0, 0]], axis=1))


def test_the_better_neighbour_of_each_sentence_counts():
    assert beside(np.array([0.1, 0.7, 0.4])).tolist() == [0.7, 0.4, 0.7]
    assert beside(np.array([0.5])).tolist() == [0.0]
    assert beside(np.array([])).tolist() == []


_SHARES = """
import hashlib
from headrace.text.words import shares
words = [f"word{number:02d}" for number in range(40)]
sentences = [" ".join(words[:: step]) for step in range(1, 15)] * 2
held = shares(sentences, [" ".join(words), " ".join(words[:13])])
print(hashlib.sha256(held.tobytes()).hexdigest())
"""


def test_shares_are_the_same_in_every_process():
    """The order of a set of words depends on the process; which sentence is best may not."""
    found = set()
    for seed in range(6):
        ran = subprocess.run(
            [sys.executable, "-c", _SHARES],
            env=os.environ | {"PYTHONPATH": str(ROOT / "dataflows"), "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(ran.stdout)
    assert len(found) == 1
