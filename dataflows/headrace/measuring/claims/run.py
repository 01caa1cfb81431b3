"""How many exchanged numbers, units, dates, names and negations are flagged.

    python -m headrace.measuring.claims.run data/scifact data/xquad-en

Each sentence of the collections is cited to itself and its neighbours, as a model cites
runs of sentences; then one thing in it is exchanged. A sentence that is true and
flagged is a false alarm; that it stands in the quote word for word is hidden by adding
a word.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from headrace.answer.claims.comparing import disagreement
from headrace.measuring.claims.swaps import SWAPS, names_of
from headrace.measuring.quality.labelled import read_collection
from headrace.text.sentences import sentence_spans

_WORDS = range(6, 61)
_DOCUMENTS = 400
_TRUE_SENTENCES = 700


@dataclass
class Figures:
    """What was flagged.

    Attributes:
        swaps, flagged: by what was exchanged.
        sentences, alarms: true sentences, and those of them that were flagged.
    """

    swaps: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    sentences: int = 0
    alarms: int = 0

    def lines(self) -> Iterator[str]:
        """The figures as text."""
        for kind, count in self.swaps.items():
            yield f"{kind:9} {self.flagged[kind]:4} of {count:4} flagged"
        total = self.swaps.total()
        yield f"{'all':9} {self.flagged.total():4} of {total:4} flagged: {self.share:.3f}"
        yield f"true      {self.alarms:4} of {self.sentences:4} flagged"

    @property
    def share(self) -> float:
        return self.flagged.total() / self.swaps.total()


@dataclass(frozen=True)
class Cited:
    """A sentence, and the quote that it is cited to."""

    sentence: str
    quote: str


def measure(folders: Sequence[Path], swaps: int, seed: int, neighbours: int = 1) -> Figures:
    """The figures over collections.

    Args:
        swaps: how many, the same number of each kind from each collection, as far as
            it has them.
        neighbours: sentences before and after that are cited too.
    """
    random = Random(seed)
    figures = Figures()
    for folder in folders:
        cited = _sentences(folder, random, neighbours)
        names: list[str] = []
        for one in cited:
            names += names_of(one.sentence)
        for kind in SWAPS:
            _swap(kind, cited, names, random, swaps // (len(folders) * len(SWAPS)), figures)
        for one in cited[:_TRUE_SENTENCES]:
            figures.sentences += 1
            figures.alarms += bool(disagreement(f"{one.sentence} indeed", one.quote))
    return figures


def _swap(
    kind: str,
    cited: Sequence[Cited],
    names: Sequence[str],
    random: Random,
    most: int,
    figures: Figures,
) -> None:
    done = 0
    for one in cited:
        other = SWAPS[kind](one.sentence, random, names)
        if other and done < most:
            done += 1
            figures.swaps[kind] += 1
            figures.flagged[kind] += bool(disagreement(other, one.quote))


def _sentences(folder: Path, random: Random, neighbours: int) -> list[Cited]:
    """The whole sentences of some documents, with the quotes they are cited to."""
    documents = list(read_collection(folder).documents.values())
    random.shuffle(documents)
    found = []
    for document in documents[:_DOCUMENTS]:
        text = document.text
        sentences = [text[start:end] for start, end in sentence_spans(text)]
        for place, sentence in enumerate(sentences):
            if re.fullmatch(r"[A-Z].*[.!?]", sentence) and len(sentence.split()) in _WORDS:
                near = sentences[max(place - neighbours, 0) : place + neighbours + 1]
                found.append(Cited(sentence, " ".join(near)))
    random.shuffle(found)
    return found


if __name__ == "__main__":
    for line in measure([Path(name) for name in sys.argv[1:]], 1000, 1).lines():
        print(line)
