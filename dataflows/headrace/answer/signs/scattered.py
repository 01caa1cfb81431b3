"""Names of a question that the documents have, but no single document has all."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from headrace.answer.signs.asked_names import Name, names_of
from headrace.answer.signs.names import CODE_WEIGHT, held_names, words_of
from headrace.text.words import stems

#: How much a name counts that only other documents have (one that no document has is
#: 1), and how much a worse best sentence does (DECISIONS.md, "names in one document").
_APART = 1.25
_WORSE = 0.4
#: The names of a longer question may well be in several documents.
_FEW_WORDS = 6
#: A name that a larger share of the documents has is the subject of all of them.
_MOST_DOCUMENTS = 0.5


@dataclass(frozen=True)
class ContextDocument:
    """A document of the context.

    Attributes:
        places: its sentences, each with its title and headings.
        score: of its best sentence.
    """

    places: Sequence[str]
    score: float

    @cached_property
    def words(self) -> set[str]:
        """The places as they are compared (`names.words_of`)."""
        return words_of(self.places)


class Scattered(NamedTuple):
    """What the nearest document lacks.

    Attributes:
        names: those that another document has.
        absence: how much that is, 0 or more.
    """

    names: tuple[str, ...] = ()
    absence: float = 0.0


def scattered(
    question: str,
    documents: Sequence[ContextDocument],
    given: Set[str],
    *,
    is_foreign: bool = False,
) -> Scattered:
    """The names of a question that only other documents than the nearest have.

    "Which port does the Pushgateway listen on?" is not answered by the port of another
    server, though some other page names the Pushgateway. The nearest document has the
    best sentence, or has more of the names and a best sentence that is not much worse.

    If it lacks k of n names, the absence is 1.25 k / (n + 1). In a question of w words,
    more than six, it is (6 / w)^2 times that. A code counts as three names. Not counted
    are dates and plain numbers, which documents often give in another place than the
    fact, and names that more than half of the documents have.

    Args:
        given: words of what became a filter, and so is not missing.
        is_foreign: whether the documents are in another language than the question.
    """
    names = [name for name in names_of(question, is_foreign) if not name.is_date]
    if not names or len(documents) < 2:
        return Scattered()
    held = [held_names(names, one.places, one.words | given) for one in documents]
    often = Counter(chain.from_iterable(held))
    telling = {name for name in often if often[name] <= _MOST_DOCUMENTS * len(documents)}
    best = max(document.score for document in documents)
    share = min(1.0, _FEW_WORDS / max(1, len(stems(question)))) ** 2
    found = []
    for document, here in zip(documents, held, strict=True):
        apart = telling - here
        missed = _weight(apart) / (_weight(telling) + 1)
        lost = share * _APART * missed + _WORSE * (best - document.score)
        found.append(Scattered(tuple(one.said for one in names if one in apart), lost))
    return min(found, key=lambda one: one.absence)


def _weight(names: Set[Name]) -> int:
    return sum(CODE_WEIGHT if name.is_code else 1 for name in names)
