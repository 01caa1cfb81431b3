"""What was understood of questions, against what there was to understand.

It counts corrections, filters, compound questions, follow-ups and abbreviations.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from headrace.measuring.quality.judging import normalized_answer, word_f1
from headrace.measuring.quality.understood import Condition, Understanding
from headrace.metadata.field_kinds import first_names, kind_of, surname
from headrace.resources.models.word_lists import GeneralWords
from headrace.text.abbreviations import find_definitions
from headrace.types import Document

#: A question's text, what is known of it, what was found.
Asked = tuple[str, Understanding, Understanding]

_PUNCTUATION = ".,;:?!()[]\"'“”‘’"


def understanding_report(
    asked: Sequence[Asked], documents: Iterable[Document] = ()
) -> dict[str, Any]:
    """What is right, wrong and missed, over all questions and documents.

    Returns:
        A group of figures for corrections, abbreviations, filters, compound, kinds and
        follow_ups. A group of which nothing is known is absent.
    """
    groups = {
        "corrections": _corrections(asked),
        "abbreviations": _abbreviations(documents),
        "filters": _filters(asked),
        "compound": _compound(asked),
        "kinds": _kinds(asked),
        "follow_ups": _follow_ups(asked),
    }
    return {name: values for name, values in groups.items() if values}


def word_changes(text: str, corrected: str) -> set[tuple[str, str]]:
    """The words that differ between two texts: (before, after), in small letters.

    Words are compared without the punctuation around them.
    """
    before = normalized_words(text)
    after = normalized_words(corrected)
    operations = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changes = set()
    for kind, *places in operations:
        if kind == "equal":
            continue
        start, end, other_start, other_end = places
        old = before[start:end]
        new = after[other_start:other_end]
        if len(old) == len(new):
            changes |= set(zip(old, new, strict=True))
        else:
            changes.add((" ".join(old), " ".join(new)))
    return changes


def normalized_words(text: str) -> list[str]:
    """The words in small letters, without the punctuation around them."""
    stripped = [part.strip(_PUNCTUATION) for part in text.lower().split()]
    return [word for word in stripped if word]


# ---------------------------------------------------------------------------
# spelling and abbreviations


def _corrections(asked: Sequence[Asked]) -> dict[str, Any]:
    """How many corrections are right and wrong, and how many typos are missed.

    `right_first` is about the words of the general English list that were mistyped as
    something nobody knows: the share whose likeliest spelling is the right one, whether
    it was taken or not.
    """
    counts = Counter({"right": 0, "wrong": 0, "missed": 0, "words": 0})
    firsts: list[bool] = []
    general = GeneralWords()
    known = [item for item in asked if item[1].corrected is not None]
    for text, gold, found in known:
        wanted = word_changes(text, gold.corrected or "")
        made = set(found.typos)
        unseen = {before for before, _ in wanted} - {before for before, _ in made}
        counts["right"] += len(made & wanted)
        counts["wrong"] += len(made - wanted)
        counts["missed"] += len(unseen)
        counts["words"] += len(normalized_words(text))
        likeliest = dict(found.likeliest)
        for before, after in wanted:
            if before in likeliest and general.frequency(after, ["english"]):
                firsts.append(likeliest[before] == after)
    if not known:
        return {}
    figures: dict[str, Any] = dict(counts)
    if firsts:
        figures["right_first"] = sum(firsts) / len(firsts)
    return figures


def _abbreviations(documents: Iterable[Document]) -> dict[str, float]:
    """Precision, recall and F1 of the definitions found in the documents.

    Only documents count whose metadata says which definitions there are.
    """
    counts = _Counts()
    for document in documents:
        pairs = _known_pairs(document)
        if pairs is not None:
            gold = _in_small_letters(pairs)
            made = _in_small_letters(find_definitions(document.text))
            right = len(made & gold)
            counts.add(right, len(made), right, len(gold))
    return {"definitions": counts.wanted, **counts.scores()} if counts.wanted else {}


def _known_pairs(document: Document) -> list[tuple[str, str]] | None:
    """The (short form, long form) pairs in a document's metadata; None without any.

    Reading has made JSON text of each pair.
    """
    given = document.metadata.get("abbreviations")
    if not isinstance(given, list):
        return None
    try:
        return [(str(short), str(long)) for short, long in map(json.loads, given)]
    except (TypeError, ValueError):  # a field of that name with other values
        return None


def _in_small_letters(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(short.lower(), long.lower()) for short, long in pairs}


# ---------------------------------------------------------------------------
# filters, compound questions, follow-ups


def _filters(asked: Sequence[Asked]) -> dict[str, float]:
    """Precision and recall of the conditions read.

    A person counts as found by surname and first initial.
    """
    questions = 0
    counts = _Counts()
    for _, known, found in asked:
        if known.filters is None:
            continue
        gold = known.filters
        read = _of_known_fields(found.filters or (), known.fields)
        questions += 1
        counts.add(
            sum(_is_among(condition, gold) for condition in read),
            len(read),
            sum(_is_among(condition, read) for condition in gold),
            len(gold),
        )
    if not questions:
        return {}
    return {"questions": questions, "conditions": counts.wanted, **counts.scores()}


def _of_known_fields(
    found: Sequence[Condition], fields: Sequence[str] | None
) -> Sequence[Condition]:
    if fields is None:
        return found
    return [condition for condition in found if condition[0] in fields]


def _is_among(condition: Condition, others: Iterable[Condition]) -> bool:
    return any(_is_same(condition, other) for other in others)


def _is_same(one: Condition, other: Condition) -> bool:
    field, value, is_negated = one
    other_field, other_value, other_is_negated = other
    if field != other_field or is_negated != other_is_negated:
        return False
    if value == other_value:
        return True
    if kind_of(field) != "person":
        return False
    if surname(value) != surname(other_value):
        return False
    return _initial(value) == _initial(other_value)


def _initial(person: str) -> str:
    names = first_names(person)
    return names[0][:1] if names else ""


def _compound(asked: Sequence[Asked]) -> dict[str, float]:
    """Precision and recall of taking a question for a compound one."""
    questions = 0
    counts = _Counts()
    for _, gold, found in asked:
        if gold.compound is not None:
            questions += 1
            right = bool(gold.compound and found.compound)
            counts.add(right, bool(found.compound), right, gold.compound)
    return {"questions": questions, **counts.scores()} if questions else {}


def _kinds(asked: Sequence[Asked]) -> dict[str, int]:
    """How many questions there are of each kind, kinds by name."""
    kinds = Counter(found.kind for _, _, found in asked if found.kind)
    return dict(sorted(kinds.items()))


def _follow_ups(asked: Sequence[Asked]) -> dict[str, float]:
    """How near the standalone question comes to the gold one, as F1 of their words.

    `f1_as_asked` is the same of the question as it was asked.
    """
    made: list[float] = []
    as_asked: list[float] = []
    for text, gold, found in asked:
        if gold.standalone is not None:
            words = normalized_answer(gold.standalone).split()
            made.append(word_f1(normalized_answer(found.standalone or "").split(), words))
            as_asked.append(word_f1(normalized_answer(text).split(), words))
    if not made:
        return {}
    return {
        "questions": len(made),
        "f1": sum(made) / len(made),
        "f1_as_asked": sum(as_asked) / len(as_asked),
    }


@dataclass
class _Counts:
    """What was found of what was wanted.

    Attributes:
        right: how many of those found are right.
        found: how many were found.
        reached: how many of those wanted were found.
        wanted: how many there are.
    """

    right: int = 0
    found: int = 0
    reached: int = 0
    wanted: int = 0

    def add(self, right: int, found: int, reached: int, wanted: int) -> None:
        self.right += right
        self.found += found
        self.reached += reached
        self.wanted += wanted

    def scores(self) -> dict[str, float]:
        """Precision, recall and F1; 1 where nothing was wanted and nothing found."""
        precision = self.right / self.found if self.found else 1.0
        recall = self.reached / self.wanted if self.wanted else 1.0
        both = precision + recall
        f1 = 2 * precision * recall / both if both else 0.0
        return {"precision": precision, "recall": recall, "f1": f1}
