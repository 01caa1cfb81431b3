"""Words of a question that no document has, and whether any sentence is near them."""

import re
from collections.abc import Sequence

from headrace.text.asking.languages import language_of
from headrace.text.words import stems
from headrace.types import Encoder, ReadSentences

#: A word that is as near as this to one of a sentence may be meant by it (DECISIONS.md,
#: "unknown words").
_NEAR = 0.6
#: In a longer question, one word says less.
_FEW_WORDS = 5
#: These languages join words to new ones, so that an unknown word says little.
_JOINING = frozenset("german dutch danish swedish norwegian finnish hungarian".split())
#: "two-factor": means more than its parts, and is neither a code nor a name.
_COMPOUND = re.compile(r"(?<![\w-])[a-z]{2,30}(?:-[a-z]{2,30}){1,4}(?![\w-])")
#: A thing of the asker's follows: "My laptop fell asleep during the backup."
_OWN = frozenset("my our mon ma mes notre nos mi mis nuestro nuestra nuestros nuestras".split())


def compounds_of(question: str) -> list[str]:
    """The hyphenated words of a question that are neither codes nor names, each once.

    A text may have one whole or as words side by side: "two-factor", "two factor".
    """
    return list(dict.fromkeys(_COMPOUND.findall(question)))


def unlikeness(
    question: str, unknown: Sequence[str], read: ReadSentences, query: int, encoder: Encoder
) -> float:
    """How far the farthest of a question's unknown words is from all sentences.

    "Three months in advance" may mean "notice", but nothing in a text about files means
    "viruses". The nearness of a word to a sentence is the mean of its word pieces'; the
    result is what the nearest sentence lacks to 0.6. In a question of n words, more
    than five, it is (5 / n)^2 times that. What the asker calls "my" does not count.

    Args:
        unknown: words of the question that are not there, in small letters.
        query: the number of the sub-query that the question is.
    Returns:
        0 to 1; 0 in a language of compounds, such as German, and with an encoder that
        gives no vectors of word pieces.
    """
    if not unknown or query >= len(read.pieces) or language_of(question) in _JOINING:
        return 0.0
    fits = read.pieces[query]
    places = _places(question, unknown, fits.shape[1], encoder)
    if not places or not len(fits):
        return 0.0
    least = min(float(fits[:, place].mean(axis=1).max()) for place in places)
    share = min(1.0, _FEW_WORDS / max(1, len(stems(question))))
    return max(0.0, _NEAR - least) * share**2


def _places(question: str, unknown: Sequence[str], pieces: int, encoder: Encoder) -> list[slice]:
    """Where the word pieces of each unknown word are among those of the question.

    They are counted, part by part between blanks. [] where that gives another number
    than the question has: it was cut short, or is cut in another way.
    """
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, unknown))})\b", re.IGNORECASE)
    places = []
    start = 0
    is_own = False
    for part in question.split():
        for found in words.finditer("" if is_own else part):
            before = encoder.count_tokens(part[: found.start()]) if found.start() else 0
            count = encoder.count_tokens(found.group())
            places.append(slice(start + before, start + before + count))
        start += encoder.count_tokens(part)
        is_own = part.lower() in _OWN
    within = [place for place in places if place.start < place.stop <= pieces]
    return within if start == pieces else []
