"""Passages as a chat model reads them: each sentence has a number to cite it by."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from headrace.resources.models.message_streams import filled_sentences, source_of, title_of
from headrace.text.visible import visible
from headrace.types import Passage, SentenceRange

#: How a model is to cite.
HOW_TO_CITE = (
    "- Each sentence of the search results begins with its number in brackets. After each "
    "sentence that you write, put the numbers of the sentences that say it, such as [3] or "
    "[3][7], and no other numbers."
)
#: What in a document looks like a number of ours, or like the end of a search result.
_LOOKS_LIKE_A_NUMBER = re.compile(r"[\[【](\d{1,6})[\]】]")
_CITATION = re.compile(r" ?\[\d{1,6}\]")
_LOOKS_LIKE_A_FENCE = re.compile(r"<(?=/?search_result)", re.IGNORECASE)


class _Place(NamedTuple):
    passage: int
    sentence: int


class NumberedSentences:
    """Passages as text, and the way back from numbers to their sentences.

    As with search results of the Messages API, only visible characters are sent, and no
    blank sentences. Numbers count from 1 through all passages.
    """

    def __init__(self, passages: Sequence[Passage]):
        self._passages = passages
        self._places: list[_Place] = []
        for number, passage in enumerate(passages):
            self._places += [_Place(number, sentence) for sentence in filled_sentences(passage)]

    def __len__(self) -> int:
        return len(self._places)

    @property
    def text(self) -> str:
        """The passages, each fenced as data."""
        blocks: dict[int, list[str]] = {}
        for number, place in enumerate(self._places, start=1):
            shown = visible(self._passages[place.passage].shown[place.sentence])
            blocks.setdefault(place.passage, []).append(f"[{number}] {_as_data(shown)}")
        return "\n".join(self._fenced(number, lines) for number, lines in blocks.items())

    def _fenced(self, number: int, lines: Sequence[str]) -> str:
        passage = self._passages[number]
        title, source = _in_quotes(title_of(passage)), _in_quotes(source_of(passage))
        head = f'<search_result title="{title}" source="{source}">'
        return "\n".join([head, *lines, "</search_result>"])

    def ranges(self, numbers: Sequence[int]) -> tuple[SentenceRange, ...]:
        """The sentences that numbers cite; neighbours are one range.

        A number that no sentence has becomes a place outside the passages.
        """
        found: list[SentenceRange] = []
        for number in numbers:
            if not 0 < number <= len(self._places):
                found.append(SentenceRange(len(self._passages), number, number + 1, ""))
                continue
            place = self._places[number - 1]
            first = place.sentence
            if found and (found[-1].passage, found[-1].last) == place:
                first = found.pop().first
            found.append(self._range(place.passage, first, place.sentence + 1))
        return tuple(found)

    def _range(self, passage: int, first: int, last: int) -> SentenceRange:
        sentences = self._passages[passage].sentences[first:last]
        return SentenceRange(passage, first, last, " ".join(one.text for one in sentences))


def without_numbers(text: str) -> str:
    """An earlier answer without its citations, which would mean other sentences now."""
    return _CITATION.sub("", text)


def _as_data(text: str) -> str:
    """Text of a document, in which nothing looks like ours."""
    return _LOOKS_LIKE_A_FENCE.sub("‹", _LOOKS_LIKE_A_NUMBER.sub(r"(\1)", text))


def _in_quotes(text: str) -> str:
    return " ".join(_as_data(text).replace('"', "'").split())
