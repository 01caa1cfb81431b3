"""An answer out of a chat completion, streamed or whole: text, citations, usage."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from headrace.resources.models.openai_api.citation_marks import Mark, MarkedText
from headrace.resources.models.openai_api.numbered_sentences import NumberedSentences
from headrace.resources.models.streamed_model import Reading
from headrace.types import CitedText

#: Why a completion ended, in the words of Anthropic where those mean more.
_STOP_REASONS = {"length": "max_tokens", "content_filter": "refusal"}
#: Counted tokens by the names of Anthropic and of OpenAI.
_COUNTED = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
#: Words and white space; a sentence of Chinese or Japanese ends within a word.
_PIECES = re.compile(r"\s+|[^\s。！？]*[。！？]|[^\s。！？]+")
#: How a sentence ends, with what may close behind it.
_SENTENCE_END = re.compile(r"[.!?…。！？:][\"'”’»)*_]{0,3}$")
_WITHIN_WORDS = ("。", "！", "？")
_CLOSING = 4
#: What some models write before the answer unless their server takes it out.
_THOUGHT = "<think>"
_THOUGHT_END = "</think>"


class ChatReading(Reading):
    """What a completion has said so far; `items` takes the next piece of it.

    A part ends where a citation stands, and where a sentence ends without one: so each
    sentence has its own citations, and those of the next are not taken for them.
    """

    def __init__(self, sentences: NumberedSentences):
        """`sentences` may be cited; without any, nothing is taken for a mark."""
        super().__init__()
        self.sentences = sentences
        self._part: list[str] = []
        self._marked = MarkedText(len(sentences))
        self._thoughts = _Thoughts()

    @property
    def has_open_part(self) -> bool:
        return bool(self._part)

    def items(self, chunk: Any) -> Iterator[str | CitedText]:
        """The text that a chunk of a stream brings, and the parts that it ends."""
        self.model = chunk.model or self.model
        self._count(chunk.usage)
        for choice in chunk.choices or ():
            delta = choice.delta
            if delta:
                yield from self._says(delta.content, getattr(delta, "refusal", None))
            yield from self._stops(choice.finish_reason)

    def whole(self, completion: Any) -> Iterator[str | CitedText]:
        """The same of a completion that was not streamed."""
        self.model = completion.model or self.model
        self._count(completion.usage)
        choice = completion.choices[0]
        yield from self._says(choice.message.content, getattr(choice.message, "refusal", None))
        yield from self._stops(choice.finish_reason)

    def _says(self, content: str | None, refusal: str | None) -> Iterator[str | CitedText]:
        if refusal:
            self.refusal = f" ({refusal})"
        if not content:
            return
        text = content.encode(errors="replace").decode()  # lone surrogates
        yield from self._speaks(self._thoughts.spoken(text))

    def _stops(self, reason: str | None) -> Iterator[str | CitedText]:
        if not reason or self.stop_reason:
            return
        yield from self._speaks(self._thoughts.rest())
        yield from self._read(self._marked.rest())
        yield from self._finished()
        self.stop_reason = "refusal" if self.refusal else _STOP_REASONS.get(reason, reason)

    def _speaks(self, text: str) -> Iterator[str | CitedText]:
        yield from self._read(self._marked.items(text) if len(self.sentences) else [text])

    def _read(self, marked: Iterable[str | Mark]) -> Iterator[str | CitedText]:
        for item in marked:
            if isinstance(item, Mark):
                yield from self._finished(item)
            else:
                yield from self._texts(item)

    def _texts(self, text: str) -> Iterator[str | CitedText]:
        """The text, and the part that ends with each sentence in it."""
        said: list[str] = []
        for piece in _PIECES.findall(text):
            if self._ends_before(piece):
                if said:
                    yield "".join(said)
                yield from self._finished()
                said = []
            said.append(piece)
            self._part.append(piece)
            self.text += piece
        if said:
            yield "".join(said)

    def _ends_before(self, piece: str) -> bool:
        """Whether a sentence has ended where this piece begins."""
        before = "".join(self._part[-2:])[-_CLOSING:]
        if not before.strip():
            return False
        is_parted = piece[0].isspace() or before.endswith(_WITHIN_WORDS)
        return "\n" in piece or bool(is_parted and _SENTENCE_END.search(before))

    def _finished(self, mark: Mark | None = None) -> Iterator[CitedText]:
        if self._part or mark:
            ranges = self.sentences.ranges(mark.numbers) if mark else ()
            part = CitedText("".join(self._part), ranges)
            self._part = []
            self.parts.append(part)
            yield part

    def _count(self, usage: Any) -> None:
        """Note the counts, where both are there: some services give none.

        Raises ValueError for a count that is no number.
        """
        counts = {name: getattr(usage, theirs, None) for name, theirs in _COUNTED.items()}
        if None in counts.values():
            return
        for name, count in counts.items():
            if type(count) is not int or count < 0:
                raise ValueError(f"the usage has no number of {_COUNTED[name]}")
            self.usage[name] = count


class _Thoughts:
    """Leaves out what a model thinks before it answers, between its tags."""

    def __init__(self) -> None:
        self._held = ""
        self._is_over = False
        self._is_thinking = False

    def spoken(self, piece: str) -> str:
        """What is known to be said and no thought, now that `piece` has come."""
        if self._is_over:
            return piece
        self._held += piece
        if not self._is_thinking:
            begun = self._held.lstrip()
            if _THOUGHT.startswith(begun[: len(_THOUGHT)]) and len(begun) < len(_THOUGHT):
                return ""
            self._is_thinking = begun.startswith(_THOUGHT)
            self._is_over = not self._is_thinking
        if self._is_over:
            return self._held
        thought, end, said = self._held.partition(_THOUGHT_END)
        self._is_over = bool(end)
        self._held = thought[-len(_THOUGHT_END) :]
        return said.lstrip()

    def rest(self) -> str:
        """What was held back and turned out to be no thought."""
        is_text = not self._is_over and not self._is_thinking
        self._is_over = True
        return self._held if is_text else ""
