"""Typos mended."""

import math
import re
from collections.abc import Sequence

from hamilton.function_modifiers import config, tag

from dataflows.types import Change, Corpus, KnownWords, RewrittenQuery, Spelling
from dataflows.understanding.slips import slip_cost

#: A slip makes a word e^12 times less likely: fitted on misspelt words, where 88 % then have the right correction first.
_SLIP = 12.0
#: A space put in or left out.
_SPACE = 0.9
#: A word's share of running text is about this much of the share of chunks that have it; the tenant's own words count ten times general ones.
_OF_CHUNKS, _GENERAL = 0.01, 0.1
#: What a correction may cost: for short words, for words of six letters and more, of nine and more; and where no chunk has the corrected word.
_ALLOWED, _ALLOWED_LONGER, _ALLOWED_LONG, _ALLOWED_UNSEEN = 1.0, 1.3, 2.2, 1.1
_LEAST_UNSEEN_LETTERS, _LEAST_UNSEEN_FREQUENCY = 6, 1e-6


@config.when(understanding="off")
@tag(stage="query expansion")
def corrected_query__off(standalone_query: RewrittenQuery) -> RewrittenQuery:
    """The question as it is."""
    return standalone_query


@config.when(understanding="rules")
@tag(stage="query expansion")
def corrected_query__rules(standalone_query: RewrittenQuery, known_words: KnownWords, corpus: Corpus) -> RewrittenQuery:
    """Typos mended: words that neither the tenant's documents nor a general word list know, where another spelling is clearly likelier.

    Of the spellings that are few enough slips away, the one is taken that is most likely: frequent in the tenant's documents, or else in general
    text, and an easy slip (a noisy channel; `slips.slip_cost`).

    Example: "waranty" -> "warranty", with a change that says why.
    """
    text, changes = standalone_query.text, list(standalone_query.changes)
    for word, spellings in known_words.spellings.items():
        best = _likeliest(spellings, corpus.chunks)
        pattern = rf"\b{re.escape(best.typed).replace(' ', '[ -]')}\b" if best else ""
        if best and (match := re.search(pattern, text, re.IGNORECASE)):
            meant = best.meant.capitalize() if match.group()[0].isupper() else best.meant
            text = re.sub(pattern, meant, text, flags=re.IGNORECASE)
            known = f'{best.chunks:,} chunks have "{best.meant}"' if best.chunks else f'"{best.meant}" is a word, though none of them has it'
            changes.append(Change("typo", match.group(), best.meant, f'no document has "{word}", and {known}'))
    return RewrittenQuery(text, tuple(changes))


def likeliest_first(spellings: Sequence[Spelling], chunks: int) -> list[Spelling]:
    """What may have been meant, in the order of how likely it is, be it near enough to be taken or not."""
    return sorted(spellings, key=lambda spelling: -_likelihood(spelling, _cost(spelling), chunks))


def _likeliest(spellings: Sequence[Spelling], chunks: int) -> Spelling | None:
    """What was meant; None where nothing near enough is known."""
    return next(iter(likeliest_first([spelling for spelling in spellings if _cost(spelling) <= _allowed(spelling)], chunks)), None)


def _likelihood(spelling: Spelling, cost: float, chunks: int) -> float:
    own = _OF_CHUNKS * spelling.chunks / max(chunks, 1)
    return math.log(own + _GENERAL * spelling.frequency + 1e-12) - _SLIP * cost


def _cost(spelling: Spelling) -> float:
    parted = " " in spelling.typed or " " in spelling.meant
    return _SPACE if parted else slip_cost(spelling.typed, spelling.meant)


def _allowed(spelling: Spelling) -> float:
    letters = len(spelling.typed)
    if not spelling.chunks:
        return _ALLOWED_UNSEEN if letters >= _LEAST_UNSEEN_LETTERS and spelling.frequency >= _LEAST_UNSEEN_FREQUENCY else 0.0
    return _ALLOWED_LONG if letters >= 9 else _ALLOWED_LONGER if letters >= 6 else _ALLOWED
