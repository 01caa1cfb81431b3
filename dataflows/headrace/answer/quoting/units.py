"""Sentences that are quoted together or not at all."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headrace.text.markup.plain_lines import labelled_row
from headrace.text.markup.readable import is_unseen, readable_words
from headrace.types import Context, Passage, Sentence, TokenCounter

#: Characters between two sentences of one stretch at most: those of a blank line and an
#: indent (DECISIONS.md, "indented paragraphs"). More may be a heading.
_MOST_GAP = 7
#: The same if the first introduces the second, which is indented below it.
_MOST_INDENT = 12
#: More characters between two sentences than this end a paragraph.
_PARAGRAPH_GAP = 1
#: A beginning that needs the sentence before it: "It ...", "In this case ...".
_LEANING = re.compile(
    r"\W*(?:then\b|in (?:th(?:is|at|ese|ose)|such) (?:an? )?cases?\b"
    r"|(?:(?:also|then|however|there),? )?"
    r"(?:its?|he|his|she|hers?|they|their|this|these|those|such"
    r"|er|es|sie|sein\w*|ihr\w*|dies\w*|dort|dabei|damit|dadurch|darauf)\b)",
    re.IGNORECASE,
)
#: Characters of the name of a column.
_LONGEST_NAME = 60
#: A term, and in the next line what it means.
_DEFINITION = re.compile(r"[^\n]+\n:[ \t]")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)[\w-]*")
#: A sentence with the target of a link.
_LINKED = re.compile(r"\]\(|\bhref=")
_CODE_SPAN = re.compile(r"(?<!`)`[^`\n]{1,200}`(?!`)")


@dataclass(frozen=True, slots=True)
class Unit:
    """Sentences `first` to before `last` of passage number `passage`, from 0.

    Attributes:
        follows: whether it continues the unit before it: same section, nothing between.
        is_row: whether it is a row of a table.
        announces: whether it ends with a sentence that only announces what follows in
            the passage.
        seen: how many of its sentences a reader sees.
        leans: whether it continues the unit before it with a pronoun: "It ...".
    """

    passage: int
    first: int
    last: int
    tokens: int
    follows: bool
    is_row: bool = False
    announces: bool = False
    leans: bool = False
    seen: int = 1


def units_of(context: Context, counter: TokenCounter, most_tokens: int) -> list[Unit]:
    """The units of a context in its order.

    A block of code is one unit with the line that introduces it, if both have at most
    `most_tokens` tokens. So is a sentence that only announces what follows (":"), with
    that.
    """
    units: list[Unit] = []
    for number, passage in enumerate(context.passages):
        tokens = [seen_tokens(sentence.text, counter) for sentence in passage.sentences]
        for first, last in _groups(passage, tokens, most_tokens):
            sentence = passage.sentences[first]
            follows = first > 0 and continues(passage.sentences[first - 1], sentence)
            follows = follows and not _DEFINITION.match(sentence.text)
            is_row = last - first == 1 and bool(columns_of(sentence))
            is_last = last == len(passage.sentences)
            announces = is_introduction(passage.sentences[last - 1].text) and not is_last
            is_leaning = follows and leans(sentence.text)
            total = sum(tokens[first:last])
            seen = sum(not is_unseen(one.text) for one in passage.sentences[first:last])
            units.append(
                Unit(number, first, last, total, follows, is_row, announces, is_leaning, seen)
            )
    return units


def continues(before: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence follows another in one section, with nothing between them."""
    gap = sentence.start - before.end
    is_of_item = bool(before.lead) and sentence.lead.startswith(before.lead)
    is_led = is_of_item or (bool(sentence.lead) and sentence.lead == before.text)
    most = _MOST_INDENT if is_led else _MOST_GAP
    return 0 <= gap <= most and sentence.headings == before.headings


def leans(text: str) -> bool:
    """Whether a sentence begins with a pronoun for something that is named before."""
    return bool(_LEANING.match(text))


def columns_of(sentence: Sentence) -> str:
    """The names of the columns of a row of a table; "" for any other sentence.

    Of a row that names its own, such as "depot: Verwood; fee: 155", it is the first.
    """
    if labelled_row(sentence.lead, sentence.text):
        return sentence.lead
    names = [part.partition(": ")[0] for part in sentence.text.split("; ") if ": " in part]
    is_record = len(names) > 1 and len(names) == sentence.text.count("; ") + 1
    is_named = is_record and max(map(len, names)) <= _LONGEST_NAME
    return f"{names[0]}:" if is_named else ""


def without_mark(text: str) -> str:
    """A sentence without the mark of an item. Example: "2. Stop it." -> "Stop it."."""
    return _ITEM.sub("", text, count=1) if _ITEM.match(text) else text


def is_item(text: str) -> bool:
    """Whether a sentence begins an item of a list."""
    return bool(_ITEM.match(text))


def is_introduction(text: str) -> bool:
    """Whether a sentence only announces what follows."""
    return text.endswith((":", "："))


def seen_tokens(text: str, counter: TokenCounter) -> int:
    """The tokens of what a reader sees of a sentence: none of its links' targets."""
    if is_unseen(text):
        return 0
    return counter.count(readable_words(text) if _LINKED.search(text) else text)


def continues_paragraph(before: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence follows another in one paragraph."""
    return continues(before, sentence) and sentence.start - before.end <= _PARAGRAPH_GAP


def has_code(text: str) -> bool:
    """Whether a sentence has code, between the marks of Markdown."""
    return bool(_FENCE.match(text) or _CODE_SPAN.search(text))


def ends_code(sentence: Sentence) -> bool:
    """Whether a sentence ends with the last line of a block of code."""
    return bool(_FENCE.fullmatch(sentence.text.rpartition("\n")[2]))


def _groups(passage: Passage, tokens: Sequence[int], most_tokens: int) -> Iterator[tuple[int, int]]:
    """The (first, last) numbers of the sentences of each unit."""
    sentences = passage.sentences
    first = 0
    while first < len(sentences):
        last = _code_end(sentences, first)
        while last < len(sentences) and continues(sentences[last - 1], sentences[last]):
            announces = is_introduction(sentences[last - 1].text)
            if not announces and not _FENCE.match(sentences[last].text):
                break
            last = _code_end(sentences, last)
        if sum(tokens[first:last]) > most_tokens:
            last = first + 1
            announces = is_introduction(sentences[first].text)
            if announces and last < len(sentences) and sum(tokens[first : last + 1]) <= most_tokens:
                last += continues(sentences[first], sentences[last])
        yield first, last
        first = last


def _code_end(sentences: Sequence[Sentence], first: int) -> int:
    """The number after the block of code that begins with a sentence, or after it."""
    if not _opens(sentences[first].text) and not _is_bare_fence(sentences, first):
        return first + 1
    for last in range(first + 1, len(sentences)):
        if not continues(sentences[last - 1], sentences[last]):
            return last
        if _FENCE.match(sentences[last].text) or _is_closed(sentences[last].text):
            return last + 1
    return len(sentences)


def _opens(text: str) -> bool:
    """Whether a sentence opens a block of code that it does not close."""
    return bool(_FENCE.match(text)) and "\n" in text and not _is_closed(text)


def _is_bare_fence(sentences: Sequence[Sentence], number: int) -> bool:
    """Whether a sentence is a fence alone, and code begins on the next line."""
    if not _FENCE.fullmatch(sentences[number].text) or number + 1 == len(sentences):
        return False
    return sentences[number + 1].start - sentences[number].end <= _PARAGRAPH_GAP


def _is_closed(text: str) -> bool:
    """Whether the last line of a sentence is a fence."""
    _, line_end, last = text.rpartition("\n")
    return bool(line_end and _FENCE.match(last))
