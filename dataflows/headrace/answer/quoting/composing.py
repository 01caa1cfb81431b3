"""The parts of an extractive answer."""

from collections.abc import Sequence

from headrace.answer.quoting.described import described
from headrace.answer.quoting.evidence import Evidence, place_of
from headrace.answer.quoting.extending import (
    asked_item,
    introduces_list,
    with_antecedent,
    with_list,
    with_paragraph,
    with_remedy,
    with_steps,
    with_table,
)
from headrace.answer.quoting.filling import (
    filled,
    is_beside_the_point,
    is_of_another,
    room_beside,
)
from headrace.answer.quoting.named import (
    addressed_stretch,
    dated_stretch,
    named_stretch,
    pointed_stretch,
)
from headrace.answer.quoting.places import instructing, places_of
from headrace.answer.quoting.sentences.dating import newness
from headrace.answer.quoting.shown import sentence_part, stretch_part
from headrace.answer.quoting.stretches import Stretch
from headrace.answer.quoting.tables import flagged_rows
from headrace.text.answer_types import asks_kind, fits, lacks_count, lacks_date
from headrace.text.asking.documents import asks_documents
from headrace.text.asking.forms import asks_explanation, asks_list
from headrace.text.asking.languages import language_of
from headrace.text.words import stems
from headrace.types import CitedText, ScoredSentence

#: A second stretch is quoted if it has at least this chance to hold the answer.
_SECOND_CHANCE = 0.03
#: It needs this chance if those before it together have at least that.
_SECOND_OF_SURE = 0.06
_SURE = 0.8
#: It needs this chance if it has the kind of thing asked for, and the first has not.
_FITTING_CHANCE = 0.02
#: A question of this many words gets stretches of several documents, at most this many.
_MANY_WORDS = 16
_MOST_PARTS = 3
#: Tokens of these stretches together, at most.
_PARTS_TOKENS = 130
#: With this chance, the second goes before the rest of the first one's paragraph.
_SURE_CHANCE = 0.1
#: A stretch with this share of the question's words is taken to answer it.
_MOST_WORDS = 0.75
#: Tokens of the first, at most, so that there is room for the second.
_FIRST_TOKENS = 86
#: The best stretch for a sub-question is quoted if its best sentence scores this.
_LEADING_SCORE = 1.15
#: A sentence fits all sub-questions when it scores this share of the best for each.
_NEARLY = 0.9
#: Documents that are quoted where they differ.
_MOST_VERSIONS = 3
#: Places that are cited for one sentence that they all have.
_MOST_PLACES = 5
_DIFFER = {
    "english": "The documents differ:",
    "german": "Die Dokumente sagen Verschiedenes:",
    "french": "Les documents ne disent pas la même chose :",
    "spanish": "Los documentos no dicen lo mismo:",
}


def composed(evidence: Evidence) -> list[CitedText]:
    """The parts of the answer; [] if nothing was scored, or an asked count is missing.

    A question for documents that meet a condition is answered with these documents, and
    one about a document's metadata with these metadata.
    """
    if not evidence.sub_queries:
        return []
    filters = evidence.filters
    if filters.applied and asks_documents(evidence.question, " ".join(filters.consumed)):
        return _documents(evidence)
    if told := described(evidence):
        return _described(evidence, told)
    if not evidence.scored:
        return []
    columns = _sub_questions(evidence)
    if len(columns) > 1:
        return _of_sub_questions(evidence, columns)
    if rows := flagged_rows(evidence):
        return _list(evidence, rows)
    named = named_stretch(evidence)
    if named:
        return [stretch_part(evidence, pointed_stretch(evidence, named) or named)]
    if len(evidence.asked) >= _MANY_WORDS and not evidence.wants_steps:
        return _of_many_words(evidence)
    first = evidence.stretch([], _FIRST_TOKENS)
    if first is None or _is_beside_instructions(evidence, first):
        return []
    best = evidence.best_of(first)
    siblings = evidence.siblings(best)
    if asks_list(evidence.question) and not introduces_list(evidence, first):
        members = _members(evidence, [best, *siblings])
        if len(members) > 1:
            return _list(evidence, members)
    others = [one for one in siblings if one.passage != best.passage]
    versions = _versions(evidence, best, others)
    if len(versions) > 1 and _says_all(evidence, best, first):
        return _differing(evidence, versions)
    same = [one for one in others if evidence.repeats(one, [best])]
    parts = _prose(evidence, first, same)
    # What says no number is no answer to "how many".
    said_there = " ".join(part.text for part in parts)
    question = evidence.question
    return [] if lacks_count(question, said_there) or lacks_date(question, said_there) else parts


def _is_beside_instructions(evidence: Evidence, first: Stretch) -> bool:
    """Whether only what tells an assistant how to answer has words of the question."""
    if evidence.words_of(first) or evidence.is_foreign:
        return False
    places = places_of(evidence.context, evidence.metadata)
    flags = instructing(places, evidence.question)
    told = [one for one, flag in zip(places.sentences, flags, strict=True) if flag]
    return any(evidence.asked & stems(one.text) for one in told)


def _documents(evidence: Evidence) -> list[CitedText]:
    """The titles of the context's documents, each cited by a sentence of it."""
    parts: dict[str, CitedText] = {}
    firsts = []
    for number in range(len(evidence.context.passages)):
        firsts.append(ScoredSentence(number, 0, (0.0,)))
    for one in firsts:
        passage = evidence.passage(one)
        if passage.document_id not in parts:
            part = sentence_part(evidence, one)
            text = f"\n- {evidence.name_of(one, firsts)}: {part.text}"
            parts[passage.document_id] = CitedText(text, part.ranges)
    return list(parts.values())


def _described(evidence: Evidence, told: Sequence[tuple[ScoredSentence, str]]) -> list[CitedText]:
    """What the metadata of documents say, each cited by a sentence of its document."""
    parts = []
    for one, values in told:
        name = evidence.passage(one).title or evidence.name_of(one, [one])
        text = f"\n- {name}, {values}" if len(told) > 1 else f"{name}, {values}"
        parts.append(CitedText(text, sentence_part(evidence, one).ranges))
    return parts


def _members(evidence: Evidence, candidates: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """The sentences of a list: those that have a word of the question themselves.

    Repetitions within one document are left out.
    """
    members: list[ScoredSentence] = []
    for one in candidates:
        document = evidence.passage(one).document_id
        beside = [other for other in members if evidence.passage(other).document_id == document]
        if evidence.own(one) and not evidence.repeats(one, beside):
            members.append(one)
    return members


def _sub_questions(evidence: Evidence) -> list[int]:
    return [i for i, query in enumerate(evidence.sub_queries) if query.role == "sub-question"]


def _of_sub_questions(evidence: Evidence, columns: Sequence[int]) -> list[CitedText]:
    """The best stretch for each sub-question that has one, in their order.

    If one sentence fits all of them, its stretch is the only one. Stretches of several
    documents have the documents' titles before them.
    """
    leading = [max(one.scores[column] for one in evidence.scored) for column in columns]
    for one in evidence.scored:
        of_one = [one.scores[column] for column in columns]
        if evidence.has_numbers(one, columns) and all(
            own >= _NEARLY * best for own, best in zip(of_one, leading, strict=True)
        ):
            stretch = evidence.stretch(columns, evidence.most_tokens)
            return [stretch_part(evidence, stretch)] if stretch else []
    taken: list[Stretch] = []
    for column in columns:
        leader = max(evidence.scored, key=lambda one: one.scores[column])
        if any(stretch.holds(leader.passage, leader.sentence) for stretch in taken):
            continue
        stretch = evidence.stretch([column], evidence.most_tokens // len(columns), taken)
        if stretch and (leader.scores[column] >= _LEADING_SCORE or not taken):
            taken.append(stretch)
    return _stretch_parts(evidence, taken)


def _of_many_words(evidence: Evidence) -> list[CitedText]:
    """The best stretch, and stretches of further documents.

    A question of many words usually combines several facts, each from another document.
    """
    taken: list[Stretch] = []
    tokens = _PARTS_TOKENS
    while tokens > 0 and len(taken) < _MOST_PARTS:
        stretch = evidence.stretch_elsewhere(min(tokens, _FIRST_TOKENS), taken)
        if stretch is None or (taken and stretch.chance < _SECOND_CHANCE):
            break
        taken.append(stretch)
        tokens -= stretch.tokens
    return _stretch_parts(evidence, filled(evidence, taken))


def _stretch_parts(evidence: Evidence, taken: Sequence[Stretch]) -> list[CitedText]:
    """Stretches as they are shown; those of several documents may have their titles.

    One of several versions of a document has its title and date.
    """
    documents = {evidence.context.passages[one.passage].document_id for one in taken}
    passages = range(len(evidence.context.passages))
    versions = [ScoredSentence(number, 0, (0.0,)) for number in passages]
    parts = []
    for stretch in taken:
        place = versions[stretch.passage]
        title = evidence.passage(place).title if len(documents) > 1 else ""
        label = _dated(evidence, place, versions) or title
        parts.append(stretch_part(evidence, stretch, label))
    return parts


def _dated(evidence: Evidence, place: ScoredSentence, among: Sequence[ScoredSentence]) -> str:
    """The title of a document and its date, if others have the same title; else ""."""
    title, date = evidence.passage(place).title, evidence.date_of(place)
    return f"{title} ({date})" if date and evidence.name_of(place, among) != title != "" else ""


def _prose(evidence: Evidence, first: Stretch, same: Sequence[ScoredSentence]) -> list[CitedText]:
    """A stretch, and a second one if the first may not hold the answer.

    The first is extended to the end of its list, unless one item of that is asked for.
    If it may lack the answer, it is extended to the end of its paragraph, as far as a
    likely second one leaves room. Neighbours in a manual follow.
    """
    best = evidence.best_of(first)
    found = dated_stretch(evidence, first) or addressed_stretch(evidence, first)
    found = found or pointed_stretch(evidence, first)
    if found:
        return [stretch_part(evidence, found)]
    is_sentence = first.last - first.first == 1
    *led, first = with_antecedent(evidence, first)
    item = asked_item(evidence, first)
    first = item or with_table(evidence, with_list(evidence, with_remedy(evidence, first)))
    if evidence.wants_steps:
        first = with_steps(evidence, first)
    second = _second(evidence, [*led, first], best)
    if not item and _is_open(evidence, first):
        is_sure = second and second.chance >= _SURE_CHANCE
        sure = second if is_sure and not asks_explanation(evidence.question) else None
        first = with_paragraph(evidence, first, sure)
        second = sure or _second(evidence, [*led, first], best)
    taken = filled(evidence, [one for one in (*led, first, second) if one])
    parts = _stretch_parts(evidence, taken)
    if is_sentence and first in taken:
        ranges = [place_of(one, evidence.sentence(one)) for one in same[: _MOST_PLACES - 1]]
        number = taken.index(first)
        parts[number] = CitedText(parts[number].text, (*parts[number].ranges, *ranges))
    return parts


def _is_open(evidence: Evidence, stretch: Stretch) -> bool:
    """Whether what follows a stretch may belong to the answer.

    It may if the stretch has neither the kind of thing asked for nor most of the
    question's words. An explanation often follows a sentence that has these words.
    """
    question = evidence.question
    if fits(question, evidence.text_of(stretch)):
        return False
    return asks_explanation(question) or evidence.share_of(stretch) < _MOST_WORDS


def _second(evidence: Evidence, taken: Sequence[Stretch], best: ScoredSentence) -> Stretch | None:
    """Another stretch that may hold the answer, and says something else than `taken`.

    If these lack the kind of thing asked for, it is one that has it. If these have
    words of the question, it has some too.
    """
    room = room_beside(evidence, taken)
    said_there = " ".join(map(evidence.text_of, taken))
    lacking = asks_kind(evidence.question) and not fits(evidence.question, said_there)
    second = evidence.fitting_stretch(room, taken) if lacking else None
    if second and second.chance >= _FITTING_CHANCE:
        return second
    second = evidence.stretch([], room, taken)
    is_sure = sum(one.chance for one in taken) >= _SURE
    if not second or second.chance < (_SECOND_OF_SURE if is_sure else _SECOND_CHANCE):
        return None
    is_wordless = not evidence.words_of(second)
    if is_wordless and any(map(evidence.words_of, taken)):
        return None
    other = evidence.best_of(second)
    says_more = not evidence.repeats(other, [best]) and evidence.is_of_same(other, best)
    return second if says_more and not is_beside_the_point(evidence, other, best) else None


def _says_all(evidence: Evidence, best: ScoredSentence, stretch: Stretch) -> bool:
    """Whether a sentence has all words of the question that its stretch has.

    Otherwise another sentence of the stretch may answer.
    """
    return evidence.words_of(stretch) <= evidence.asked & stems(evidence.said(best))


def _versions(
    evidence: Evidence, best: ScoredSentence, others: Sequence[ScoredSentence]
) -> list[ScoredSentence]:
    """The best sentence, and those of other documents that contradict it.

    A sentence that lacks a name of the question is not about it, and so contradicts
    nothing. The newest come first if all have dates; else one that says that it
    replaces another.
    """
    versions = [best]
    if evidence.lacks_name(best):
        return versions
    for other in others:
        is_other = all(
            evidence.passage(other).document_id != evidence.passage(one).document_id
            for one in versions
        )
        contradicts = all(evidence.contradicts(other, one) for one in versions)
        is_other = is_other and not is_of_another(evidence, other, best)
        if is_other and contradicts and len(versions) < _MOST_VERSIONS:
            versions.append(other)
    dates = [evidence.date_of(one) for one in versions]
    if all(dates):
        versions.sort(key=lambda one: newness(evidence.date_of(one)), reverse=True)
    else:
        versions.sort(key=evidence.is_replacement, reverse=True)
    return versions


def _differing(evidence: Evidence, versions: Sequence[ScoredSentence]) -> list[CitedText]:
    """What the documents say, each under its title and date."""
    parts = [CitedText(_DIFFER.get(language_of(evidence.question), _DIFFER["english"]))]
    for one in versions:
        date = evidence.date_of(one)
        name = evidence.passage(one).title or evidence.name_of(one, versions)
        label = name if not date or date in name else f"{name} ({date})"
        part = sentence_part(evidence, one)
        parts.append(CitedText(f"\n- {label}: {part.text}", part.ranges))
    return parts


def _list(evidence: Evidence, members: Sequence[ScoredSentence]) -> list[CitedText]:
    """The sentences that answer, an item each, and how many more there are.

    Of documents with the same title, the newest comes first.
    """
    members = sorted(members, key=lambda one: (one.passage, one.sentence))
    documents = {evidence.passage(one).document_id for one in members}
    if len(documents) > 1 and len({evidence.passage(one).title for one in members}) == 1:
        members.sort(key=lambda one: newness(evidence.date_of(one)), reverse=True)
    parts: list[CitedText] = []
    tokens = 0
    for one in members:
        part = sentence_part(evidence, one)
        name = _dated(evidence, one, members) or evidence.name_of(one, members)
        label = f"{name}: " if len(documents) > 1 else ""
        text = f"\n- {label}{part.text}"
        tokens += evidence.counter.count(text)
        if parts and tokens > evidence.most_tokens:
            break
        parts.append(CitedText(text, part.ranges))
    more = len(members) - len(parts)
    if more:
        parts[-1] = CitedText(f"{parts[-1].text} (and {more} more)", parts[-1].ranges)
    return parts
