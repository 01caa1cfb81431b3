"""What slips of the pen count, fitted to misspelt questions.

They are constants (`question.spellings.likelihood`), not settings: this says what
others would do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.measuring.quality import run
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.measuring.quality.understanding_report import word_changes
from headrace.measuring.tuning.asked import Wanted, ask
from headrace.measuring.tuning.leaving_out import Fitting, LeavingOut, left_out
from headrace.question.spellings.likelihood import SlipCosts, likeliest, likelihoods
from headrace.settings import Settings
from headrace.types import KnownWords, Progress, Spelling

#: What is tried; of equals, the first is taken.
_SLIPS = (4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 16.0)
_LETTERS = (0.33, 0.2, 0.25, 0.3, 0.36, 0.4)
#: A wrong correction of a misspelt word takes away a right one; the change of a word
#: that was right takes away two, since nobody expects it.
_WRONG = -1.0
_CHANGED = -2.0


@dataclass(frozen=True)
class Unknown:
    """A word of a question that nobody knows.

    Attributes:
        meant: "" for a word that is right as it is.
        chunks: how many the tenant has.
    """

    word: str
    meant: str
    spellings: tuple[Spelling, ...]
    chunks: int


def unknown_words(
    folders: Sequence[Path],
    settings: Settings,
    selection: run.Selection,
    *,
    modules: Sequence[ModuleType] = (),
    progress: Progress | None = None,
) -> dict[str, list[Unknown]]:
    """The unknown words of the questions that say how they are spelled rightly.

    Raises SourceError for a collection in which no question has any.
    """
    wanted = Wanted(
        nodes=["known_words", "tenant_facts"],
        is_wanted=lambda question: bool(question.known.corrected),
        check=lambda questions, name: None,
        read=_unknown,
    )
    read, _ = ask(wanted, folders, settings, selection, modules=modules, progress=progress)
    found = {name: list(chain.from_iterable(words)) for name, words in read.items()}
    for name, words in found.items():
        if not words:
            raise SourceError(
                f"tuning the spelling on {name} failed: none of its questions has a word that "
                "nobody knows; give misspelt ones with --queries (`corrected` in a question's "
                "metadata)"
            )
    return found


def without_each(found: Mapping[str, Sequence[Unknown]], seed: int = 0) -> LeavingOut[SlipCosts]:
    """Each collection left out in its turn.

    The cost of a slip is the one under which what was meant is likeliest among the
    spellings: a few words do not move it. What a letter allows is then the best by the
    worth of the corrections: 1 for a right one, -1 for a wrong one, -2 for the change
    of a right word.
    """
    data = {name: _OfCollection.of(words) for name, words in found.items()}
    fitting: Fitting[_OfCollection, SlipCosts] = Fitting(
        fit=_best,
        judge=lambda costs, one: one.worth[costs],
        name=lambda costs: f"slip={costs.slip:g}, a_letter={costs.a_letter:g}",
        measure="worth of a word's correction",
        constants="question/spellings/likelihood.py",
    )
    return left_out(data, fitting, SlipCosts(), [SlipCosts()], seed)


@dataclass(frozen=True)
class _OfCollection:
    """What costs do to the words of a collection.

    Attributes:
        surprise: slip -> the mean of -log of the likelihood of what was meant, in nats.
        worth: costs -> (n_words,) the worth of what is done to each word.
    """

    surprise: dict[float, float]
    worth: dict[SlipCosts, np.ndarray]

    @classmethod
    def of(cls, words: Sequence[Unknown]) -> "_OfCollection":
        worth = {}
        for costs in map(SlipCosts._make, product(_SLIPS, _LETTERS)):
            worth[costs] = np.array([_worth(one, costs) for one in words])
        return cls({slip: _surprise(words, slip) for slip in _SLIPS}, worth)


def _best(data: Mapping[str, _OfCollection]) -> SlipCosts:
    collections = data.values()
    slip = min(_SLIPS, key=lambda tried: sum(one.surprise[tried] for one in collections))
    tried = [SlipCosts(slip, a_letter) for a_letter in _LETTERS]
    return max(tried, key=lambda costs: sum(one.worth[costs].mean() for one in collections))


def _surprise(words: Sequence[Unknown], slip: float) -> float:
    """Of words that were meant otherwise, with the right spelling among others."""
    surprises = []
    for word in words:
        meant = [spelling.meant == word.meant for spelling in word.spellings]
        if any(meant):
            likelihood = np.array(likelihoods(word.spellings, word.chunks, slip))
            surprises.append(np.logaddexp.reduce(likelihood) - likelihood[meant.index(True)])
    return float(np.mean(surprises)) if surprises else 0.0


def _worth(unknown: Unknown, costs: SlipCosts) -> float:
    best = likeliest(unknown.spellings, unknown.chunks, costs)
    if best is None:
        return 0.0
    if not unknown.meant:
        return _CHANGED
    return 1.0 if best.meant == unknown.meant else _WRONG


def _unknown(question: LabelledQuestion, values: Mapping[str, Any]) -> list[Unknown]:
    known: KnownWords = values["known_words"]
    chunks = values["tenant_facts"].chunks
    meant = dict(word_changes(question.text, question.known.corrected or ""))
    words = []
    for word, spellings in known.spellings.items():
        if spellings:
            words.append(Unknown(word, meant.get(word, ""), spellings, chunks))
    return words
