"""Where each sentence of a context is, and how much of a question its place holds."""

import math
import re
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePath

import numpy as np

from headrace.answer.quoting.sentences.identifiers import (
    held_identifiers,
    identifiers,
    numbered_words,
    years,
)
from headrace.answer.quoting.sentences.instructions import (
    asks_about_instructions,
    instructs_assistant,
)
from headrace.answer.quoting.units import (
    columns_of,
    continues,
    continues_paragraph,
    is_introduction,
    is_item,
    is_unseen,
)
from headrace.text.markup.plain_lines import labelled_row
from headrace.text.titles import titled
from headrace.text.words import rarity_weights, shares, stems, words_in_each
from headrace.types import Context, Sentence

#: A heading fits a question if the F-measure of their words is above this.
_LEAST_FIT = 0.6
#: The beginning of a sentence that only says where to read more: "See also ...".
_POINTER = re.compile(
    r"\W*(?:you\s+(?:can|may|will)\s+)?(?:also\s+)?"
    r"(?:(?:read|learn|find(?:\s+out)?)\s+more\b|see\s+(?:also|the|our|this|\[)"
    r"|(?:please\s+)?(?:refer\s+to|consult)\s"
    r"|(?:for\s+)?(?:more|further)\s+(?:information|details)\b"
    r"|(?:siehe|mehr\s+dazu|weitere\s+informationen|voir|véase)\b)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+")
_PICTURE = re.compile(r"!\[[^][\n]*\]\([^()\n]*\)")


@dataclass(frozen=True)
class Places:
    """The sentences of a context in its order, as (passage, sentence) numbers.

    Attributes:
        section_texts: the sentences of each section, after the document's title.
        section_of: the number of each sentence's section.
        titles: of each sentence, the words of its document's title, without numbers.
        names: of each sentence, title, file name and headings; and the document's
            metadata, where these name no year of their own.
    """

    numbers: tuple[tuple[int, int], ...]
    sentences: tuple[Sentence, ...]
    section_texts: tuple[str, ...]
    section_of: tuple[int, ...]
    titles: tuple[frozenset[str], ...]
    names: tuple[str, ...] = field(repr=False)


def places_of(context: Context, metadata: Mapping[str, Mapping]) -> Places:
    """The places of all sentences."""
    numbers, sentences, section_of, titles, names = [], [], [], [], []
    sections: dict[tuple, list[str]] = {}
    number_of: dict[tuple, int] = {}
    for number, passage in enumerate(context.passages):
        values = " ".join(map(str, metadata.get(passage.document_id, {}).values()))
        title = frozenset(word for word in stems(passage.title) if word.isalpha())
        for index, sentence in enumerate(passage.sentences):
            numbers.append((number, index))
            sentences.append(sentence)
            titles.append(title)
            key = (passage.document_id, sentence.headings)
            section = sections.setdefault(key, [titled(passage.title, "")])
            section.append(sentence.text_in_place)
            section_of.append(number_of.setdefault(key, len(number_of)))
            name = " ".join([passage.title, PurePath(passage.source).stem, *sentence.headings])
            names.append(name if years(name) else f"{name} {values}")
    section_texts = tuple("\n".join(section) for section in sections.values())
    return Places(
        tuple(numbers),
        tuple(sentences),
        section_texts,
        tuple(section_of),
        tuple(titles),
        tuple(names),
    )


def section_shares(places: Places, queries: Sequence[str]) -> np.ndarray:
    """(n_sentences, n_queries): the share of a query's words that the section holds."""
    return shares(places.section_texts, queries)[list(places.section_of)]


def heading_fits(places: Places, question: str) -> np.ndarray:
    """(n_sentences,): how well the heading above each sentence fits a question, 0 to 1.

    It is (F - 0.6) / 0.4, or 0 below, of the F-measure F of their words. Words of the
    question that few sentences have count more.
    Example: "How do I read settings from a file?", "Read settings" -> 0.5.
    """
    asked = stems(question)
    weights = rarity_weights(asked, words_in_each([one.text for one in places.sentences], asked))
    above = [one.headings[-1] if one.headings else "" for one in places.sentences]
    fit = {heading: _f_measure(stems(heading), weights) for heading in dict.fromkeys(above)}
    found = np.array([fit[heading] for heading in above])
    return np.maximum(found - _LEAST_FIT, 0) / (1 - _LEAST_FIT)


def _f_measure(words: Set[str], weights: Mapping[str, float]) -> float:
    """The F-measure of a heading's words and the weighed words of a question."""
    common = words & weights.keys()
    if not common:
        return 0.0
    precision = len(common) / len(words)
    recall = math.fsum(weights[word] for word in common) / math.fsum(weights.values())
    return 2 * precision * recall / (precision + recall)


def missed_identifiers(places: Places, question: str) -> np.ndarray:
    """(n_sentences,): the share of a question's identifiers that each place lacks.

    Only identifiers that another place has count. If the question names a document that
    has several versions, a year means the version: "the rules of 2019" are not rules
    that mention 2019. In a row of a table, the number of a word must be in the column
    of that word, if there is one.
    """
    asked, numbered = identifiers(question), numbered_words(question)
    versions = _years_of_versions(places, question, asked)
    held = []
    rows = zip(places.sentences, places.titles, places.names, strict=True)
    for sentence, title, name in rows:
        own = asked & held_identifiers(name)
        text = asked & held_identifiers(f"{sentence.lead} {sentence.text}")
        text -= versions.get(title, set()) | _misplaced(sentence, numbered)
        held.append(own | text)
    return _missed(held)


def _misplaced(sentence: Sentence, numbered: Mapping[str, str]) -> set[str]:
    """The identifiers that a row of a table lacks in the column of their word.

    The 3.7 in "NetBox version: 3.0; Python: 3.7" is not that of "NetBox 3.7".
    """
    if not numbered or not columns_of(sentence):
        return set()
    row = labelled_row(sentence.lead, sentence.text) or sentence.text
    cells = [cell.partition(": ") for cell in row.split("; ")]
    found = set()
    for identifier, word in numbered.items():
        values = [value for name, _, value in cells if word in stems(name)]
        if values and identifier not in held_identifiers(" ".join(values)):
            found.add(identifier)
    return found


def missed_words(places: Places, words: Collection[str]) -> np.ndarray:
    """(n_sentences,): the share of some words that each place lacks.

    Only those count that another place has.
    """
    asked = stems(" ".join(words))
    held = []
    for sentence, name in zip(places.sentences, places.names, strict=True):
        held.append(asked & stems(f"{name} {sentence.lead} {sentence.text}"))
    return _missed(held)


def _missed(held: Sequence[set[str]]) -> np.ndarray:
    known = set[str]().union(*held)
    return np.array([1 - len(own) / len(known) if known else 0.0 for own in held])


def _years_of_versions(
    places: Places, question: str, asked: set[str]
) -> dict[frozenset[str], set[str]]:
    """The years of the question that mean a version, by the words of its title.

    Only titles whose words are all in the question count.
    """
    words = stems(question)
    asked_years = asked & set(map(str, years(question)))
    found: dict[frozenset[str], set[str]] = {}
    for title, name in dict.fromkeys(zip(places.titles, places.names, strict=True)):
        if asked_years and title and title <= words:
            found.setdefault(title, set()).update(asked_years & held_identifiers(name))
    return found


def instructing(places: Places, question: str) -> np.ndarray:
    """(n_sentences,) bool: paragraphs that tell an assistant how to answer.

    None of them if the question is about such things.
    """
    flags = np.zeros(len(places.sentences), bool)
    if asks_about_instructions(question):
        return flags
    first = 0
    for number in range(1, len(flags) + 1):
        if number < len(flags) and _continues_paragraph(places, number):
            continue
        told = any(instructs_assistant(one.text) for one in places.sentences[first:number])
        flags[first:number] = told
        first = number
    return flags


def _continues_paragraph(places: Places, number: int) -> bool:
    before, sentence = places.sentences[number - 1], places.sentences[number]
    is_same = places.section_of[number] == places.section_of[number - 1]
    return is_same and continues_paragraph(before, sentence)


def introducing(places: Places) -> np.ndarray:
    """(n_sentences,) bool: sentences that introduce a list and are followed by it."""
    flags = np.zeros(len(places.sentences), bool)
    for number, (before, sentence) in enumerate(pairwise(places.sentences)):
        leads = is_introduction(before.text) and is_item(sentence.text)
        flags[number] = leads and continues(before, sentence)
    return flags


def wordless(places: Places) -> np.ndarray:
    """(n_sentences,) bool: only rules, fences, signs, addresses or pictures."""
    texts = [_ADDRESS.sub("", _PICTURE.sub("", one.text)) for one in places.sentences]
    return np.array([is_unseen(text) or not any(map(str.isalnum, text)) for text in texts])


def pointing(places: Places) -> np.ndarray:
    """(n_sentences,) bool: sentences that only say where to read more."""
    return np.array([bool(_POINTER.match(one.text)) for one in places.sentences])


def opening(places: Places) -> np.ndarray:
    """(n_sentences,) bool: the first sentence of each section."""
    seen: set[int] = set()
    first = []
    for section in places.section_of:
        first.append(section not in seen)
        seen.add(section)
    return np.array(first)
