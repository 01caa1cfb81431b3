"""An answer out of a stream of the Messages API: its text, its citations, its cost.

Passages are sent as search results. The stream cites those by position, and
`SearchResults` leads each citation back to the sentences of a passage.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace.resources.models.streamed_model import Reading
from headrace.text.visible import visible
from headrace.types import CitedText, Passage, SentenceRange

#: Price of a token written to or read from the prompt cache, as a multiple of an input
#: token's (from the page that PRICES is from).
_CACHE_FACTORS = {
    "cache_creation_input_tokens": 1.25,
    "cache_read_input_tokens": 0.1,
}
#: Models whose long prompts cost more: by prompts of more tokens than this, all prices
#: are multiplied (from the same page).
_LONG_PROMPTS = {"claude-haiku-5-5": (100_000, 5.0)}
_COUNTED = ("input_tokens", "output_tokens", *_CACHE_FACTORS)


# --------------------------------------------------------------- passages and citations


@dataclass(frozen=True)
class _Sent:
    """A passage sent as one search result, and the sentence of each of its text blocks.

    Both are counted from 0.
    """

    passage: int
    sentences: list[int]


class SearchResults:
    """Passages as search results, and the way back from a citation to sentences.

    Only visible characters are sent: what a reader of the document cannot see should
    not speak to the model either. The API refuses blank text, so blank sentences are
    left out, and so are passages without any other.
    """

    def __init__(self, passages: Sequence[Passage]):
        self._passages = passages
        self._sent: list[_Sent] = []
        for number, passage in enumerate(passages):
            filled = filled_sentences(passage)
            if filled:
                self._sent.append(_Sent(number, filled))

    def blocks(self) -> list[dict[str, Any]]:
        """One `search_result` block per passage, with one text block per sentence."""
        return [_block(self._passages[sent.passage], sent.sentences) for sent in self._sent]

    def sentence_range(self, citation: Any) -> SentenceRange:
        """The sentences that a `search_result_location` cites.

        A position outside what was sent becomes one outside the passages, or outside
        the sentences of its passage.
        """
        result = citation.search_result_index
        sent_passages = [sent.passage for sent in self._sent]
        passage = _original(result, sent_passages, len(self._passages))
        sentences, total = [], 0
        if 0 <= result < len(self._sent):
            sentences = self._sent[result].sentences
            total = len(self._passages[passage].sentences)
        first = _original(citation.start_block_index, sentences, total)
        last = _original(citation.end_block_index - 1, sentences, total) + 1
        return SentenceRange(passage, first, last, citation.cited_text)


def filled_sentences(passage: Passage) -> list[int]:
    """The numbers of a passage's sentences with visible text."""
    sentences = enumerate(passage.sentences)
    return [number for number, sentence in sentences if visible(sentence.text).strip()]


def _block(passage: Passage, sentences: Sequence[int]) -> dict[str, Any]:
    shown = passage.shown
    texts = [visible(shown[number]) for number in sentences]
    return {
        "type": "search_result",
        "source": source_of(passage),
        "title": title_of(passage),
        "content": [{"type": "text", "text": text} for text in texts],
        "citations": {"enabled": True},
    }


def source_of(passage: Passage) -> str:
    """Where a passage comes from, as the model is told; never empty."""
    return _first_filled((passage.source, passage.document_id, passage.title), "unknown")


def title_of(passage: Passage) -> str:
    """Where a passage stands, with its document's date; never empty."""
    title = _first_filled((passage.name, passage.source, passage.document_id), "untitled")
    return f"{title} ({passage.date})" if passage.date else title


def _first_filled(names: Iterable[str], otherwise: str) -> str:
    """The visible part of the first name that has one; else `otherwise`."""
    for name in names:
        shown = visible(name)
        if shown.strip():
            return shown
    return otherwise


def _original(position: int, sent: Sequence[int], total: int) -> int:
    """Where `sent[position]` is among all `total`, of which only `sent` were sent.

    A position outside `sent` becomes one equally far outside all.
    Example, sent=[0, 2], total=3: 1 -> 2, 2 -> 3, -1 -> -1.
    """
    if 0 <= position < len(sent):
        return sent[position]
    return position if position < 0 else position - len(sent) + total


# --------------------------------------------------------------------------- the stream


class MessageReading(Reading):
    """What a stream has said so far; `items` takes its next event.

    Attributes:
        results: the search results that the stream may cite.
    """

    def __init__(self, results: SearchResults):
        super().__init__()
        self.results = results
        self._part = ""
        self._ranges: list[SentenceRange] = []

    @property
    def has_open_part(self) -> bool:
        return bool(self._part)

    def items(self, event: Any) -> Iterator[str | CitedText]:
        """The text that `event` brings, or the part that it ends; usually neither."""
        match event.type:
            case "message_start":
                self.model = event.message.model
                self._count(event.message.usage, needed=("input_tokens", "output_tokens"))
            case "content_block_delta":
                yield from self._delta(event.delta)
            case "content_block_stop":
                yield from self._finished()
            case "message_delta":
                self._stop(event.delta)
                self._count(event.usage, needed=("output_tokens",))

    def _delta(self, delta: Any) -> Iterator[str]:
        if delta.type == "text_delta" and delta.text:
            text = delta.text.encode(errors="replace").decode()  # lone surrogates
            self.text += text
            self._part += text
            yield text
        elif delta.type == "citations_delta" and delta.citation.type == "search_result_location":
            self._ranges.append(self.results.sentence_range(delta.citation))

    def _finished(self) -> Iterator[CitedText]:
        if self._part:
            part = CitedText(self._part, tuple(self._ranges))
            self.parts.append(part)
            yield part
        self._part = ""
        self._ranges = []

    def _stop(self, delta: Any) -> None:
        self.stop_reason = delta.stop_reason
        explanation = delta.stop_details and delta.stop_details.explanation
        self.refusal = f" ({explanation})" if explanation else ""

    def _count(self, usage: Any, needed: Sequence[str]) -> None:
        """Note the counts, which are totals so far; of the cache, those above 0.

        Raises ValueError for a count that is no number: the cost would be unknown.
        """
        for name in _COUNTED:
            count = getattr(usage, name, None)
            if count is None and name not in needed:
                continue
            if type(count) is not int or count < 0:
                raise ValueError(f"the usage has no number of {name}")
            if count or name not in _CACHE_FACTORS:
                self.usage[name] = count


def cost_usd(
    usage: Mapping[str, int], price: tuple[float, float] | None, model: str = ""
) -> float | None:
    """What a call costs, in USD; None when the price is unknown.

    Example: 1,000 tokens in and 200 out at (1.0, 5.0) USD per million -> 0.002.

    Args:
        usage: tokens, by the service's names.
        price: USD per million input and output tokens.
        model: its name; long prompts cost more with some models.
    """
    if price is None:
        return None
    input_price, output_price = price
    input_tokens = float(usage.get("input_tokens", 0))
    for name, factor in _CACHE_FACTORS.items():
        input_tokens += factor * usage.get(name, 0)
    output_tokens = usage.get("output_tokens", 0)
    cost = (input_tokens * input_price + output_tokens * output_price) / 1e6
    most_tokens, factor = _LONG_PROMPTS.get(model, (math.inf, 1.0))
    prompt_tokens = sum(usage.get(name, 0) for name in ("input_tokens", *_CACHE_FACTORS))
    return cost * factor if prompt_tokens > most_tokens else cost
