"""What the context says to a question, sentence by sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import PurePath

import numpy as np

from headrace.answer.quoting.places import instructing, places_of
from headrace.answer.quoting.sentences.comparing import alike, contradicts, repeats
from headrace.answer.quoting.sentences.dating import date_of, says_replacement
from headrace.answer.quoting.sentences.identifiers import held_identifiers
from headrace.answer.quoting.stretches import Stretch, best_stretch, chances
from headrace.answer.quoting.units import (
    Unit,
    columns_of,
    has_code,
    is_item,
    units_of,
    without_mark,
)
from headrace.answer.signs.names import absent_names
from headrace.text.answer_types import fits
from headrace.text.asking.forms import asks_steps
from headrace.text.markup.plain_lines import labelled_row
from headrace.text.titles import titled
from headrace.text.words import operators, rarity_weights, stems, with_parts
from headrace.types import (
    Context,
    Passage,
    QueryFilters,
    ScoredSentence,
    Sentence,
    SentenceRange,
    SubQuery,
    TokenCounter,
)

#: Of two sentences alike, the other one answers too when its score is at most so much
#: less.
_NEARLY = 0.3
#: What each passage further down takes off a score, where a stretch is looked for.
_LATER_PASSAGE = 0.25
#: In a manual, what a chunk without any relevance takes off (DECISIONS.md, "relevance
#: of a chunk").
_IRRELEVANT = 0.8
#: The same where they are in another language than the question, so that their order
#: says less (DECISIONS.md, "quotes in another language").
_LATER_FOREIGN = 0.05


@dataclass(frozen=True)
class Evidence:
    """The sentences of a context and how well they fit a question.

    Attributes:
        relevances: of chunks, by their numbers, as a share of the best one's; {} where
            the order of the passages alone is known.
    """

    context: Context
    sub_queries: Sequence[SubQuery]
    scored: Sequence[ScoredSentence]
    metadata: Mapping[str, Mapping]
    counter: TokenCounter
    most_tokens: int
    whole_tokens: int
    filters: QueryFilters = QueryFilters()
    relevances: Mapping[int, float] = field(default_factory=dict)

    @property
    def question(self) -> str:
        return self.sub_queries[0].text

    @property
    def is_foreign(self) -> bool:
        """Whether the documents are in other languages than the question."""
        return bool(self.sub_queries[0].crossing)

    @cached_property
    def units(self) -> list[Unit]:
        """The units of the context, but for what tells an assistant how to answer."""
        units = units_of(self.context, self.counter, self.whole)
        places = places_of(self.context, self.metadata)
        flags = instructing(places, self.question)
        told = {place for place, flag in zip(places.numbers, flags, strict=True) if flag}
        kept, is_cut = [], False
        for unit in units:
            numbers = range(unit.first, unit.last)
            if any((unit.passage, number) in told for number in numbers):
                is_cut = True
            else:
                kept.append(replace(unit, follows=False) if is_cut else unit)
                is_cut = False
        return kept

    @cached_property
    def is_manual(self) -> bool:
        """Whether the documents have code, or most of their sentences headings."""
        sentences = list(chain.from_iterable(one.sentences for one in self.context.passages))
        headed = sum(bool(one.headings) for one in sentences)
        return any(has_code(one.text) for one in sentences) or 2 * headed > len(sentences)

    @property
    def wants_steps(self) -> bool:
        """Whether steps are asked for; prose on how a thing came about has none."""
        return self.is_manual and asks_steps(self.question)

    @property
    def whole(self) -> int:
        """How many tokens an answer has at most with all of a list, or of the steps."""
        return self.whole_tokens if self.is_manual else self.most_tokens

    @cached_property
    def asked(self) -> set[str]:
        """The words and operators of the question, as it was searched for."""
        texts = [query.text for query in self.sub_queries]
        return set[str]().union(*map(stems, texts), *map(operators, texts))

    @cached_property
    def _section_words(self) -> dict[tuple, set[str]]:
        words: dict[tuple, set[str]] = {}
        for passage in self.context.passages:
            for sentence in passage.sentences:
                held = words.setdefault(_section(passage, sentence), stems(passage.title))
                held |= self.asked & stems(sentence.text_in_place)
        return words

    def passage(self, place: ScoredSentence) -> Passage:
        return self.context.passages[place.passage]

    def sentence(self, place: ScoredSentence) -> Sentence:
        return self.passage(place).sentences[place.sentence]

    def said(self, place: ScoredSentence) -> str:
        return said(self.sentence(place))

    def stretch(
        self, columns: Sequence[int], most_tokens: int, taken: Sequence[Stretch] = ()
    ) -> Stretch | None:
        """The best stretch for these sub-queries together; [] for any of them."""
        chance_of = self._chances(columns)
        return best_stretch(self.units, chance_of, self._words, self._weights, most_tokens, taken)

    def fitting_stretch(self, most_tokens: int, taken: Sequence[Stretch]) -> Stretch | None:
        """The best stretch by the sentences that have the kind of thing asked for."""
        chance_of = {}
        for (passage, number), chance in self._chances([]).items():
            sentence = self.context.passages[passage].sentences[number]
            is_fitting = fits(self.question, without_mark(sentence.text))
            chance_of[passage, number] = chance if is_fitting else 0.0
        return best_stretch(self.units, chance_of, self._words, self._weights, most_tokens, taken)

    def stretch_elsewhere(self, most_tokens: int, taken: Sequence[Stretch]) -> Stretch | None:
        """The best stretch of a further document.

        Only words of the question count that those taken do not hold.
        """
        documents = {self.context.passages[one.passage].document_id for one in taken}
        units = []
        for unit in self.units:
            if self.context.passages[unit.passage].document_id not in documents:
                units.append(unit)
        held = set[str]().union(*map(self.words_of, taken))
        weights = {word: 0.0 if word in held else part for word, part in self._weights.items()}
        return best_stretch(units, self._chances([]), self._words, weights, most_tokens, taken)

    def chance_of(self, unit: Unit) -> float:
        """The chance of a unit to hold the answer."""
        numbers = range(unit.first, unit.last)
        return sum(self._all_chances.get((unit.passage, number), 0.0) for number in numbers)

    @cached_property
    def _all_chances(self) -> dict[tuple[int, int], float]:
        """The chance of each sentence for the whole question."""
        return self._chances([])

    def words_of(self, stretch: Stretch) -> set[str]:
        """The words of the question that a stretch holds."""
        numbers = range(stretch.first, stretch.last)
        return set[str]().union(*(self._words[stretch.passage, number] for number in numbers))

    def _chances(self, columns: Sequence[int]) -> dict[tuple[int, int], float]:
        """The chance of each sentence, by passage and number, to hold the answer."""
        scores = [one.best for one in self.scored]
        if columns:
            scores = [min(one.scores[column] for column in columns) for one in self.scored]
        earlier = []
        for score, one in zip(scores, self.scored, strict=True):
            earlier.append(score - self._lost(one))
        chance_of: dict[tuple[int, int], float] = {}
        for one, chance in zip(self.scored, chances(np.array(earlier)).tolist(), strict=True):
            chance_of[one.passage, one.sentence] = chance
        return chance_of

    def _lost(self, place: ScoredSentence) -> float:
        """What a sentence loses because the search found others before it.

        A page of a manual is one long passage, of which some chunks were found first
        and others are there only because they stand between. So it counts there how
        relevant a sentence's own chunk is.
        """
        if self.is_manual and self.relevances and not self.is_foreign:
            return _IRRELEVANT * (1 - self.relevances.get(self.sentence(place).chunk_id, 0.0))
        return (_LATER_FOREIGN if self.is_foreign else _LATER_PASSAGE) * place.passage

    @cached_property
    def _words(self) -> dict[tuple[int, int], frozenset[str]]:
        """The words of the question in each sentence, and in what leads to it."""
        words = {}
        for one in self.scored:
            sentence = self.sentence(one)
            text = f"{sentence.lead} {sentence.text}"
            held = stems(with_parts(text)) | operators(text)
            words[one.passage, one.sentence] = frozenset(self.asked & held)
        return words

    @cached_property
    def _weights(self) -> dict[str, float]:
        """The share of each word of the question; of rare ones it is larger."""
        weights = rarity_weights(self.asked, list(self._words.values()))
        total = sum(weights.values())
        return {word: weight / total for word, weight in weights.items()}

    def text_of(self, stretch: Stretch) -> str:
        """The sentences of a stretch, without the marks of a list's items.

        Rows of tables have the names of their columns.
        """
        sentences = self.context.passages[stretch.passage].sentences[stretch.first : stretch.last]
        return " ".join(without_mark(said(one)) for one in sentences)

    def share_of(self, stretch: Stretch) -> float:
        """The share of the question's words in a stretch, and in what leads to it."""
        held = frozenset[str]()
        for number in range(stretch.first, stretch.last):
            held |= self._words[stretch.passage, number]
        return sum(self._weights[word] for word in held)

    def best_of(self, stretch: Stretch) -> ScoredSentence:
        """The sentence of a stretch that fits best."""
        for one in self.scored:
            if stretch.holds(one.passage, one.sentence):
                return one
        raise AssertionError("every sentence has a score")

    def held(self, place: ScoredSentence) -> set[str]:
        """The words of the question that a sentence holds, or the section around it.

        A row of a table and an item of a list are sections of their own.
        """
        sentence = self.sentence(place)
        if sentence.lead or is_item(sentence.text) or columns_of(sentence):
            own = titled(self.passage(place).title, sentence.text_in_place)
            return self.asked & stems(own)
        return self.asked & self._section_words[_section(self.passage(place), sentence)]

    def has_numbers(self, place: ScoredSentence, columns: Sequence[int]) -> bool:
        """Whether a sentence, where it stands, has all numbers of these sub-queries."""
        asked = set[str]().union(*(held_identifiers(self.sub_queries[i].text) for i in columns))
        return asked <= held_identifiers(self.sentence(place).text_in_place)

    def own(self, place: ScoredSentence) -> set[str]:
        """The words of the question that a sentence holds itself."""
        return self.asked & stems(self.sentence(place).text)

    def is_of_same(self, other: ScoredSentence, place: ScoredSentence) -> bool:
        """Whether a sentence may speak of the same thing as another one.

        Its section holds the names of the question that the other's section holds. A
        row or an item beside the other one holds all words that the other holds.
        """
        held = self.held(place)
        if not _share_lead(self.sentence(place), self.sentence(other)):
            held &= self._names
        return held <= self.held(other)

    @cached_property
    def _names(self) -> set[str]:
        """The words of the question that begin with a capital, but for the first."""
        words = self.question.split()[1:]
        return stems(" ".join(word for word in words if word.strip("\"'(“„«")[:1].isupper()))

    def lacks_name(self, place: ScoredSentence) -> bool:
        """Whether a sentence, where it stands, lacks a name that the question has.

        Only names count that another place has.
        """
        own = titled(self.passage(place).title, self.sentence(place).text_in_place)
        absent = absent_names(self.question, [own], is_foreign=self.is_foreign).absent
        return not self._unknown_names.issuperset(absent)

    @cached_property
    def _unknown_names(self) -> frozenset[str]:
        """The names of the question that the context lacks."""
        places = []
        for passage in self.context.passages:
            places += [titled(passage.title, one.text_in_place) for one in passage.sentences]
        found = absent_names(self.question, places, is_foreign=self.is_foreign)
        return frozenset(found.absent)

    def siblings(self, place: ScoredSentence) -> list[ScoredSentence]:
        """The sentences that say the same, or another thing of the same matter.

        Their sections hold all words of the question that the section of this one
        holds: what is said of another person or product is no sibling.
        """
        text, held = self.said(place), self.held(place)
        found = []
        for other in self.scored:
            if other == place or other.best < place.best - _NEARLY:
                continue
            if held <= self.held(other) and alike(text, self.said(other)):
                found.append(other)
        return found

    def name_of(self, place: ScoredSentence, among: Iterable[ScoredSentence]) -> str:
        """What tells a document from others: its title, or else its file's name."""
        passage = self.passage(place)
        titles = {self.passage(other).document_id: self.passage(other).title for other in among}
        is_shared = list(titles.values()).count(passage.title) > 1
        name = PurePath(passage.source).stem if is_shared or not passage.title else passage.title
        return name or passage.document_id

    def date_of(self, place: ScoredSentence) -> str:
        passage = self.passage(place)
        return date_of(passage, self.metadata.get(passage.document_id, {}))

    def is_replacement(self, place: ScoredSentence) -> bool:
        """Whether the sentence's document says that it replaces another."""
        document = self.passage(place).document_id
        for passage in self.context.passages:
            is_of_it = passage.document_id == document
            if is_of_it and any(says_replacement(one.text) for one in passage.sentences):
                return True
        return False

    def contradicts(self, place: ScoredSentence, other: ScoredSentence) -> bool:
        return contradicts(self.sentence(place).text, self.sentence(other).text)

    def repeats(self, place: ScoredSentence, others: Iterable[ScoredSentence]) -> bool:
        return repeats(self.said(place), map(self.said, others))


def said(sentence: Sentence) -> str:
    """A sentence; a row of a table with the names of its columns."""
    return labelled_row(sentence.lead, sentence.text) or sentence.text


def said_together(sentences: Sequence[Sentence]) -> list[str]:
    """The sentences as they are said, those together that nothing stands between.

    A full stop in the middle of a word, as in "run=./main", ends no sentence. An empty
    line, which code may hold, follows the sentence before it.
    """
    texts: list[str] = []
    end = 0
    for sentence in sentences:
        gap = sentence.start - end
        if texts and gap == 0 and not sentence.text[0].isupper():
            texts[-1] += said(sentence)
        else:
            if texts and gap > 1:
                texts[-1] += "\n"
            texts.append(_line(sentence))
        end = sentence.end
    return texts


def _line(sentence: Sentence) -> str:
    """A sentence as it is said; a row of a table as an item of a list."""
    is_row = columns_of(sentence) and "\n" not in sentence.text
    return f"- {said(sentence)}" if is_row else said(sentence)


def place_of(place: ScoredSentence, sentence: Sentence) -> SentenceRange:
    """The range of one sentence."""
    return SentenceRange(place.passage, place.sentence, place.sentence + 1, sentence.text)


def _share_lead(one: Sentence, other: Sentence) -> bool:
    """Whether two sentences are items of one list, or rows of tables alike."""
    if one.lead or is_item(one.text):
        is_beside = one.lead == other.lead and one.headings == other.headings
        return is_beside and is_item(one.text) == is_item(other.text)
    columns = columns_of(one)
    return bool(columns) and columns == columns_of(other)


def _section(passage: Passage, sentence: Sentence) -> tuple:
    return passage.document_id, sentence.headings
