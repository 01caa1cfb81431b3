"""What was understood of questions, against what there was to understand: corrections, filters, compound questions, follow-ups, abbreviations."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
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


def understanding_report(
    asked: Sequence[Asked], documents: Iterable[Document] = ()
) -> dict[str, Any]:
    """What is right, wrong and missed, over all questions and documents; without what nothing is known of."""
    groups = {
        "corrections": _corrections(
            [(text, gold, found) for text, gold, found in asked if gold.corrected is not None]
        ),
        "abbreviations": _abbreviations(documents),
        "filters": _filters(
            [
                (gold.filters, _of_known_fields(found, gold))
                for _, gold, found in asked
                if gold.filters is not None
            ]
        ),
        "compound": _compound(
            [
                (gold.compound, found.compound)
                for _, gold, found in asked
                if gold.compound is not None
            ]
        ),
        "kinds": dict(sorted(Counter(found.kind for _, _, found in asked if found.kind).items())),
        "follow_ups": _follow_ups(
            [
                (text, gold.standalone, found.standalone or "")
                for text, gold, found in asked
                if gold.standalone is not None
            ]
        ),
    }
    return {name: values for name, values in groups.items() if values}


def word_changes(text: str, corrected: str) -> set[tuple[str, str]]:
    """The (words before, words after) in small letters that differ between two texts; words are compared without the punctuation around them."""
    before, after = normalized_words(text), normalized_words(corrected)
    operations = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    found = set()
    for kind, start, end, other_start, other_end in operations:
        if kind == "equal":
            continue
        if end - start == other_end - other_start:
            found |= set(zip(before[start:end], after[other_start:other_end], strict=True))
        else:
            found.add((" ".join(before[start:end]), " ".join(after[other_start:other_end])))
    return found


def normalized_words(text: str) -> list[str]:
    """The words in small letters, without the punctuation around them."""
    return [word for part in text.lower().split() if (word := part.strip(".,;:?!()[]\"'“”‘’"))]


def _corrections(asked: Sequence[Asked]) -> dict[str, Any]:
    """How many corrections are right and wrong and how many typos are missed; and of the words of the general English list, mistyped and then known
    to nobody, the share whose likeliest spelling is the right one, be it taken or not.
    """
    counts: Counter[str] = Counter()
    firsts: list[bool] = []
    general = GeneralWords()
    for text, gold, found in asked:
        wanted, made = word_changes(text, gold.corrected or ""), set(found.typos)
        unseen = {before for before, _ in wanted} - {before for before, _ in made}
        counts += Counter(right=len(made & wanted), wrong=len(made - wanted), missed=len(unseen))
        likeliest = dict(found.likeliest)
        firsts += [
            likeliest.get(before) == after
            for before, after in wanted
            if before in likeliest and general.frequency(after, ["english"])
        ]
        counts["words"] += len(normalized_words(text))
    if not asked:
        return {}
    return {name: counts[name] for name in ("right", "wrong", "missed", "words")} | (
        {"right_first": sum(firsts) / len(firsts)} if firsts else {}
    )


def _abbreviations(documents: Iterable[Document]) -> dict[str, float]:
    """Precision, recall and F1 of the definitions found, over the documents whose metadata says which there are."""
    right = found = wanted = 0
    for document in documents:
        if (pairs := _known_pairs(document)) is not None:
            made, gold = (
                {(short.lower(), long.lower()) for short, long in some}
                for some in (find_definitions(document.text), pairs)
            )
            right, found, wanted = right + len(made & gold), found + len(made), wanted + len(gold)
    return {"definitions": wanted, **_scores(right, found, right, wanted)} if wanted else {}


def _known_pairs(document: Document) -> list[tuple[str, str]] | None:
    """The (short form, long form) pairs in a document's metadata, each of which reading has made JSON text; None where there are none to know."""
    given = document.metadata.get("abbreviations")
    if not isinstance(given, list):
        return None
    try:
        return [(str(short), str(long)) for short, long in map(json.loads, given)]
    except (TypeError, ValueError):  # a field of that name with other values
        return None


def _filters(asked: Sequence[tuple[Sequence[Condition], Sequence[Condition]]]) -> dict[str, float]:
    """Precision and recall of the conditions read; a person counts as found by surname and first initial."""
    right = found = reached = wanted = 0
    for gold, read in asked:
        right += sum(any(_is_same(one, other) for other in gold) for one in read)
        reached += sum(any(_is_same(one, other) for other in read) for one in gold)
        found, wanted = found + len(read), wanted + len(gold)
    return (
        {"questions": len(asked), "conditions": wanted, **_scores(right, found, reached, wanted)}
        if asked
        else {}
    )


def _of_known_fields(found: Understanding, gold: Understanding) -> list[Condition]:
    return [
        condition
        for condition in found.filters or ()
        if gold.fields is None or condition[0] in gold.fields
    ]


def _is_same(one: Condition, other: Condition) -> bool:
    if one[0] != other[0] or one[2] != other[2]:
        return False
    if one[1] == other[1]:
        return True
    if kind_of(one[0]) != "person":
        return False
    initials = [(first_names(value) or [""])[0][:1] for value in (one[1], other[1])]
    return surname(one[1]) == surname(other[1]) and initials[0] == initials[1]


def _compound(asked: Sequence[tuple[bool | None, bool | None]]) -> dict[str, float]:
    """Precision and recall of telling a question compound."""
    right = sum(bool(gold and found) for gold, found in asked)
    found, wanted = sum(bool(found) for _, found in asked), sum(bool(gold) for gold, _ in asked)
    return {"questions": len(asked), **_scores(right, found, right, wanted)} if asked else {}


def _follow_ups(asked: Sequence[tuple[str, str, str]]) -> dict[str, float]:
    """How near the words of the standalone question come to the wished ones (F1), beside the question as it was asked."""
    if not asked:
        return {}
    scores = {"f1": 0.0, "f1_as_asked": 0.0}
    for text, wanted, made in asked:
        words = normalized_answer(wanted).split()
        scores["f1"] += word_f1(normalized_answer(made).split(), words) / len(asked)
        scores["f1_as_asked"] += word_f1(normalized_answer(text).split(), words) / len(asked)
    return {"questions": len(asked), **scores}


def _scores(right: int, found: int, reached: int, wanted: int) -> dict[str, float]:
    """Precision, recall and F1; 1 where nothing was to be found and nothing was."""
    precision, recall = right / found if found else 1.0, reached / wanted if wanted else 1.0
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
    }
