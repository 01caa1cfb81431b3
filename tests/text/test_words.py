"""Words that carry meaning, their weights and shares, by hand."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.text.words import (
    beside,
    operators,
    rarity_weights,
    shares,
    stem,
    stems,
    with_parts,
    words_in_each,
)
from support.places import ROOT

#: Words of the query below, words near them, and what may stand between.
pieces = st.sampled_from(
    [
        "observatory",
        "Observers",
        "obs",
        "mill",
        "mills",
        "windmill",
        "was",
        "2.5x",
        "東京都",
        "東京",
    ]
    + ["\ufb01sh", "fish", " ", ". ", "-", "_", "'s"]
)


def test_stems_are_the_first_six_letters_of_words_that_say_something():
    assert stems("Which of the Observatories was founded?") == {"observ", "founde"}


def test_a_word_and_its_plural_have_one_stem():
    words = [("pump", "pumps"), ("stands", "stand"), ("city", "cities"), ("movie", "movies")]
    assert all(stem(one) == stem(other) for one, other in words)
    assert [stem(word) for word in ("glass", "bus", "status", "day")] == [
        "glass",
        "bus",
        "status",
        "day",
    ]


def test_japanese_particles_and_endings_say_nothing():
    assert stems("定食はいくらですか") == {"定食", "食は"}


def test_the_fewer_texts_hold_a_word_the_more_it_weighs():
    weights = rarity_weights(["mill", "tide"], [{"mill"}, {"mill", "tide"}, set()])
    assert weights == pytest.approx({"mill": math.log(1 + 3 / 3), "tide": math.log(1 + 3 / 2)})


def test_a_word_in_y_is_found_in_texts_in_small_letters():
    texts = ["the policy", "two policies", "a mill"]
    assert rarity_weights(["polici", "mill"], texts) == pytest.approx(
        {"polici": math.log(1 + 3 / 3), "mill": math.log(1 + 3 / 2)}
    )


def test_a_sentence_holds_a_share_of_each_querys_words():
    held = shares(["the tide", "a mill", "a mill"], ["tide mill", "mill", ""])
    tide, mill = math.log(1 + 3 / 2), math.log(1 + 3 / 3)
    both = np.array([tide, mill, mill]) / (tide + mill)
    assert held == pytest.approx(np.stack([both, [0, 1, 1], [0, 0, 0]], axis=1))


def test_the_better_neighbour_of_each_sentence_counts():
    assert beside(np.array([0.1, 0.7, 0.4])).tolist() == [0.7, 0.4, 0.7]
    assert beside(np.array([0.5])).tolist() == [0.0]
    assert beside(np.array([])).tolist() == []


def test_where_another_text_begins_there_are_no_neighbours():
    assert beside(np.array([0.1, 0.7, 0.4, 0.2]), [0, 2]).tolist() == [0.7, 0.1, 0.2, 0.4]
    assert beside(np.array([0.1, 0.7]), [0, 1, 1, 2]).tolist() == [0.0, 0.0]


@given(st.lists(st.lists(pieces, max_size=12).map("".join), max_size=4))
def test_the_stems_that_texts_hold_are_among_their_stems(texts):
    words = stems("the observatory, a mill, 2.5x fish in 東京都")
    assert words_in_each(texts, words) == [words & stems(with_parts(text)) for text in texts]


def test_an_operator_is_a_word_of_a_sentence():
    texts = ["The operator `<=>` is a distance.", "The <#> operator."]
    assert words_in_each(texts, {"<=>", "operat"}) == [{"<=>", "operat"}, {"operat"}]
    assert shares(texts, ["<=>", "<#>?"]).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_operators_stand_alone_and_are_no_dashes_or_marks():
    assert operators('Is `a <=> b` != "->>", (&&)?') == {"<=>", "!=", "->>", "&&"}
    assert operators("a -- b -> c => d, **bold** ## x == y, C++, a<=>b, | --- |") == set()


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


def test_the_name_of_a_setting_is_its_words_too_where_a_line_begins_with_it():
    assert with_parts("| SMTP_PORT | 587 |") == "| SMTP_PORT | 587 | SMTP PORT"
    assert with_parts("- `stripIndexHTML`: bool").endswith(": bool strip Index HTML")
    assert with_parts("Mail > MAX_SIZE\nIts size.").endswith("Its size. MAX SIZE")
    for text in ("Set SMTP_PORT first.", "sasl_username = 1", "GitHub is a site."):
        assert with_parts(text) == text
    port = shares(["| SMTP_PORT | 587 |", "| API_URL | none |"], ["Which SMTP port?"])
    assert port[0, 0] > 0 == port[1, 0]
