"""What belongs to a stretch and is quoted with it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, pairwise

from headrace.answer.quoting.evidence import Evidence
from headrace.answer.quoting.stretches import Stretch
from headrace.answer.quoting.units import (
    columns_of,
    continues,
    continues_paragraph,
    ends_code,
    is_introduction,
    is_item,
    leans,
    seen_tokens,
)
from headrace.text.answer_types import fits
from headrace.text.asking.forms import asks_all, asks_explanation, asks_list, tells_fault
from headrace.text.words import stems
from headrace.types import ScoredSentence, Sentence

#: Sentences after an error message that may say what to do.
_REMEDY_SENTENCES = 2
#: With the sentence that its first pronoun refers to, a stretch has at most this many
#: tokens (DECISIONS.md, "antecedents").
_LED_TOKENS = 135
#: Characters between two sections at most: those of a heading and its marks.
_MOST_HEADING = 200
#: Characters between the names of columns and the first row: the rule and line ends.
_MOST_RULE = 200
#: Items of a list that a stretch has at least when it is about the list.
_FEWEST_ITEMS = 2


def with_remedy(evidence: Evidence, stretch: Stretch) -> Stretch:
    """The stretch with what follows it, if the question describes a fault.

    The fault may be in a block of code, and the remedy in the paragraph after it.
    """
    if not tells_fault(evidence.question):
        return stretch
    return _extended(
        evidence, stretch, _may_mend, most_sentences=_REMEDY_SENTENCES, most_tokens=evidence.whole
    )


def with_paragraph(evidence: Evidence, stretch: Stretch, second: Stretch | None = None) -> Stretch:
    """The stretch to the end of its paragraph, as far as a second one leaves room."""
    return _extended(evidence, stretch, _in_paragraph, second)


def with_steps(evidence: Evidence, stretch: Stretch) -> Stretch:
    """The stretch with what follows it, if steps are asked for.

    It ends with its section and the sections below, or where there is no more room. A
    block of code is taken whole or not at all.
    """
    for unit in evidence.units:
        if unit.passage != stretch.passage or unit.first < stretch.last:
            continue
        is_next = unit.first == stretch.last and (unit.follows or _goes_deeper(evidence, stretch))
        if not is_next or unit.is_row or stretch.tokens + unit.tokens > evidence.whole:
            break
        stretch = replace(stretch, last=unit.last, tokens=stretch.tokens + unit.tokens)
    return stretch


def _goes_deeper(evidence: Evidence, stretch: Stretch) -> bool:
    """Whether a subsection of the stretch's section comes next, after its heading."""
    sentences = evidence.context.passages[stretch.passage].sentences
    before, sentence = sentences[stretch.last - 1], sentences[stretch.last]
    own = sentences[stretch.first].headings
    is_beneath = bool(own) and sentence.headings[: len(own)] == own
    return is_beneath and sentence.start - before.end <= _MOST_HEADING


def with_antecedent(evidence: Evidence, stretch: Stretch) -> list[Stretch]:
    """The stretch with the sentence that its first pronoun refers to.

    That is the nearest sentence before it that does not begin with a pronoun itself. If
    the text between them is too long, it is left out, and there are two stretches. The
    stretch stays alone if it begins with no pronoun, or if there is no room.
    """
    first = _antecedent(evidence, stretch)
    if first is None:
        return [stretch]
    sentences = evidence.context.passages[stretch.passage].sentences
    tokens = [seen_tokens(one.text, evidence.counter) for one in sentences[first : stretch.first]]
    whole = stretch.tokens + sum(tokens)
    if whole <= _LED_TOKENS:
        return [replace(stretch, first=first, tokens=whole)]
    if stretch.tokens + tokens[0] > _LED_TOKENS:
        return [stretch]
    return [Stretch(stretch.passage, first, first + 1, tokens[0]), stretch]


def _antecedent(evidence: Evidence, stretch: Stretch) -> int | None:
    """The number of the sentence that a stretch's first pronoun refers to."""
    sentences = evidence.context.passages[stretch.passage].sentences
    first = stretch.first
    while first and leans(sentences[first].text):
        if not continues(sentences[first - 1], sentences[first]):
            return None
        first -= 1
    return None if first == stretch.first or leans(sentences[first].text) else first


def with_list(evidence: Evidence, stretch: Stretch) -> Stretch:
    """The stretch to the end of its list, if that is wanted."""
    if not _is_of_list(evidence, stretch):
        return stretch
    return _extended(evidence, stretch, _in_list, most_tokens=evidence.whole)


def with_table(evidence: Evidence, stretch: Stretch) -> Stretch:
    """The stretch with the whole table, if that is wanted.

    It is if the stretch is a row and all rows are asked for, or if a list is asked for
    and the table follows the stretch. Rows that do not fit are left out at the end.
    """
    if not _wants_table(evidence, stretch):
        return stretch
    sentences = evidence.context.passages[stretch.passage].sentences
    first = stretch.first
    while first and _in_table(sentences[first - 1], sentences[first]):
        first -= 1
    tokens = stretch.tokens
    for sentence in sentences[first : stretch.first]:
        tokens += seen_tokens(sentence.text, evidence.counter)
    if tokens > evidence.whole:
        return stretch
    start = replace(stretch, first=first, tokens=tokens)
    return _extended(evidence, start, _in_table, most_tokens=evidence.whole)


def asked_item(evidence: Evidence, stretch: Stretch) -> Stretch | None:
    """The one item of a list that a question asks for, by words that only it has.

    None if other items have such words too, if the sentence that fits best is of no
    item, and for the steps of an explanation, which are wanted whole.
    """
    question = evidence.question
    if asks_list(question) or asks_explanation(question):
        return None
    sentences = evidence.context.passages[stretch.passage].sentences
    best = evidence.best_of(stretch)
    first = _item_start(sentences, best.sentence)
    if first is None or first < stretch.first:
        return None
    item = sentences[first]
    members = [other for other in sentences if _share_list(item, other)]
    held = _own_words(evidence.asked, members)
    is_only = sum(map(bool, held)) == 1 and held[members.index(item)]
    return _item(evidence, replace(best, sentence=first)) if is_only and members[1:] else None


def items_left(evidence: Evidence, stretch: Stretch) -> int:
    """How many items are left of the list that a stretch ends in, if it is wanted.

    The rows of a table are its items.
    """
    sentences = evidence.context.passages[stretch.passage].sentences
    if _wants_table(evidence, stretch):
        belongs = _in_table
    elif _is_of_list(evidence, stretch):
        belongs = _in_list
    else:
        return 0
    last, left = stretch.last, 0
    while last < len(sentences) and belongs(sentences[last - 1], sentences[last]):
        left += belongs is _in_table or is_item(sentences[last].text)
        last += 1
    return left


def _extended(
    evidence: Evidence,
    stretch: Stretch,
    belongs: Callable[[Sentence, Sentence], bool],
    second: Stretch | None = None,
    most_sentences: int | None = None,
    most_tokens: int | None = None,
) -> Stretch:
    """The stretch with the sentences after it that belong to it.

    Together with `second`, it has at most the tokens of an answer. It does not end with
    a sentence that only announces what follows.
    """
    sentences = evidence.context.passages[stretch.passage].sentences
    most = (most_tokens or evidence.most_tokens) - (second.tokens if second else 0)
    end = len(sentences)
    if second and second.passage == stretch.passage and second.first >= stretch.last:
        end = second.first
    if most_sentences is not None:
        end = min(end, stretch.last + most_sentences)
    last, tokens = stretch.last, stretch.tokens
    while last < end and belongs(sentences[last - 1], sentences[last]):
        tokens += seen_tokens(sentences[last].text, evidence.counter)
        if tokens > most:
            break
        last += 1
        is_cut = last < len(sentences) and is_introduction(sentences[last - 1].text)
        if not is_cut:
            stretch = replace(stretch, last=last, tokens=tokens)
    return stretch


def _is_of_list(evidence: Evidence, stretch: Stretch) -> bool:
    """Whether a stretch ends in a list that is wanted whole.

    If the stretch has the kind of thing asked for, one item may be the answer.
    """
    question = evidence.question
    is_whole = asks_list(question) or not fits(question, evidence.text_of(stretch))
    return is_whole and _is_list(evidence, stretch)


def introduces_list(evidence: Evidence, stretch: Stretch) -> bool:
    """Whether a stretch has the introduction of a list, and an item of that."""
    sentences = evidence.context.passages[stretch.passage].sentences[stretch.first : stretch.last]
    pairs = pairwise(sentences)
    return any(is_introduction(one.text) and is_item(other.text) for one, other in pairs)


def _is_list(evidence: Evidence, stretch: Stretch) -> bool:
    """Whether a stretch ends in a list, of which it has several items or the lead."""
    sentences = evidence.context.passages[stretch.passage].sentences[stretch.first : stretch.last]
    lead = sentences[-1].lead
    items = [one for one in sentences if one.lead == lead and is_item(one.text)]
    is_introduced = any(is_introduction(one.text) for one in sentences[:-1])
    return bool(items) and (is_introduced or len(items) >= _FEWEST_ITEMS)


def _item_start(sentences: Sequence[Sentence], number: int) -> int | None:
    """The number of the sentence that begins the item which another one is of."""
    while not is_item(sentences[number].text):
        before, sentence = sentences[number - 1], sentences[number]
        is_led = bool(sentence.lead) and continues(before, sentence)
        if number == 0 or not (is_led or continues_paragraph(before, sentence)):
            return None
        number -= 1
    return number


def _share_list(item: Sentence, other: Sentence) -> bool:
    """Whether another sentence begins an item of the same list."""
    is_beside = other.lead == item.lead and other.headings == item.headings
    return is_beside and is_item(other.text)


def _own_words(asked: set[str], items: Sequence[Sentence]) -> list[set[str]]:
    """For each item, the words of a question that no other item and no heading has."""
    words = [asked & stems(item.text) for item in items]
    often = Counter(chain.from_iterable(words))
    above = stems("\n".join([*items[0].headings, items[0].lead]))
    return [{word for word in own if often[word] == 1} - above for own in words]


def _item(evidence: Evidence, place: ScoredSentence) -> Stretch:
    """The item of a list that a sentence begins."""
    sentences = evidence.context.passages[place.passage].sentences
    last = place.sentence + 1
    while last < len(sentences) and continues(sentences[last - 1], sentences[last]):
        if is_item(sentences[last].text) or sentences[last].lead != sentences[place.sentence].lead:
            break
        last += 1
    tokens = sum(
        seen_tokens(one.text, evidence.counter) for one in sentences[place.sentence : last]
    )
    return Stretch(place.passage, place.sentence, last, tokens, 1.0)


def _in_paragraph(before: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence continues a paragraph; rows of tables are on their own."""
    return continues_paragraph(before, sentence) and not columns_of(before)


def _may_mend(before: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence may say what to do about the fault described before it."""
    follows = ends_code(before) or leans(sentence.text)
    return _in_paragraph(before, sentence) or (follows and continues(before, sentence))


def _in_list(before: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence belongs to the list of the one before it."""
    return bool(sentence.lead) and sentence.lead == before.lead and continues(before, sentence)


def _in_table(before: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence is a row of a table, after another or what leads to it."""
    columns = columns_of(sentence)
    if columns_of(before):
        return columns_of(before) == columns and continues(before, sentence)
    # Between them stands the row with the names of the columns.
    gap = sentence.start - before.end - len(sentence.lead)
    return bool(columns) and 0 <= gap <= _MOST_RULE and sentence.headings == before.headings


def _wants_table(evidence: Evidence, stretch: Stretch) -> bool:
    """Whether the table is wanted that a stretch ends in, or that comes after it."""
    sentences = evidence.context.passages[stretch.passage].sentences
    if columns_of(sentences[stretch.first]):
        return asks_all(evidence.question)
    is_led = stretch.last - stretch.first > 1 and bool(columns_of(sentences[stretch.last - 1]))
    pair = sentences[stretch.last - 1 : stretch.last + 1]
    is_followed = len(pair) > 1 and _in_table(*pair)
    return asks_list(evidence.question) and (is_led or is_followed)
