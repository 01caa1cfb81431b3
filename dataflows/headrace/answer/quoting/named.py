"""The section, clause or release that a question names, or a stretch points at."""

import re

from headrace.answer.quoting.evidence import Evidence
from headrace.answer.quoting.released import version_of
from headrace.answer.quoting.sentences.dating import newness
from headrace.answer.quoting.sentences.identifiers import held_identifiers, identifiers
from headrace.answer.quoting.stretches import Stretch
from headrace.answer.quoting.units import continues
from headrace.text.answer_types import asks_place, fits, fits_place
from headrace.text.asking.forms import asks_contents, asks_summary
from headrace.text.words import stems
from headrace.types import ScoredSentence, Sentence

#: The number that a clause begins with: "2.2 Late rent ...", "§ 3 Rent".
_CLAUSE = re.compile(r"\W{0,3}(\d+(?:\.\d+)*)\.?\s")

#: Two questions are the same when they share this share of their words.
_SAME_QUESTION = 0.75
#: "Where do I find it?" asks for an address rather than for a town.
_LOOKED_FOR = re.compile(
    r"\b(?:find|reach|get|see|read|download|access|open|log\s+in|sign\s+in|apply"
    r"|finden?|finde|erreichen?|lesen?|herunterladen|anmelden)\b",
    re.IGNORECASE,
)
#: "What is new in the latest release?"
_NEWEST_RELEASE = re.compile(
    r"\W*(?:what|which)(?:['’]s|\s+(?:is|was))?\s+(?:(?:new|added|fixed|removed)\s+)?(?:in\s+)?"
    r"(?:the\s+)?(?:latest|newest|most\s+recent)\s+(?:\w+\s+){0,2}?(?:version|release)\b",
    re.IGNORECASE,
)
#: A sentence that points elsewhere, and the share of its words that is a heading then.
_POINTS = re.compile(r"\b(?:see|refer\s+to|siehe|vgl)\b", re.IGNORECASE)
_POINTED_SHARE = 0.5
_ADDRESS = re.compile(r"https?://|\bwww\.|[\w.-]@[\w-]")


def named_stretch(evidence: Evidence) -> Stretch | None:
    """The beginning of what the question names; None where it names no such thing.

    It names a section by its number, asks what a heading asks, or wants a document
    summarised or the newest release. Of several such places it is that of the sentence
    that fits best.
    """
    if asks_summary(evidence.question):
        return _summarised(evidence)
    for one in evidence.scored:
        headings = evidence.sentence(one).headings
        if headings and _asks_the_same(evidence.question, headings[-1]):
            document = evidence.passage(one).document_id
            return _from(evidence, *_first_under(evidence, document, headings[-1]))
    if _NEWEST_RELEASE.match(evidence.question):
        return _newest_release(evidence)
    asked = identifiers(evidence.question)
    if not asked or not asks_contents(evidence.question):
        return None
    for one in _of_named_documents(evidence):
        sentence, passage = evidence.sentence(one), evidence.passage(one)
        if _clause(sentence) in asked:
            return _from(evidence, one.passage, one.sentence)
        heading = _heading(sentence, asked)
        if heading:
            return _from(evidence, *_first_under(evidence, passage.document_id, heading))
    return None


def _newest_release(evidence: Evidence) -> Stretch | None:
    """The beginning of the notes on the newest release that the context has."""
    newest: tuple[int, ...] = ()
    place = None
    for one in evidence.scored:
        for heading in evidence.sentence(one).headings:
            if version_of(heading) > newest:
                newest, place = version_of(heading), (one, heading)
    if place is None:
        return None
    document = evidence.passage(place[0]).document_id
    return _from(evidence, *_first_under(evidence, document, place[1]))


def _summarised(evidence: Evidence) -> Stretch | None:
    """The beginning of the document that a question names, of the newest version."""
    named, place = (0, ()), None
    for number, passage in enumerate(evidence.context.passages):
        held = evidence.asked & stems(f"{passage.title} {passage.source}")
        first = ScoredSentence(number, 0, (0.0,))
        rank = (len(held), newness(evidence.date_of(first)))
        is_earlier = place and rank == named and _start(evidence, first) < _start(evidence, place)
        if held and (rank > named or is_earlier):
            named, place = rank, first
    return _from(evidence, place.passage, 0) if place else None


def _start(evidence: Evidence, place: ScoredSentence) -> int:
    return evidence.sentence(place).start


def _asks_the_same(question: str, heading: str) -> bool:
    """Whether a heading is the question, but for a word or two."""
    if not heading.rstrip().endswith(("?", "？")):
        return False
    one, other = stems(question), stems(heading)
    return len(one & other) >= _SAME_QUESTION * len(one | other) and len(one & other) > 1


def _of_named_documents(evidence: Evidence) -> list[ScoredSentence]:
    """The sentences, those first whose document has the name that the question gives.

    The path counts too: it may be the only place where a change log names its product.
    """
    held = []
    for passage in evidence.context.passages:
        held.append(len(evidence.asked & stems(f"{passage.title} {passage.source}")))
    return sorted(evidence.scored, key=lambda one: -held[one.passage])


def dated_stretch(evidence: Evidence, stretch: Stretch) -> Stretch | None:
    """The first sentence under a heading that has the date or version asked for.

    It is a heading of the stretch, which has no date itself, and has the codes and
    versions of the question too. None without such a heading.
    """
    question = evidence.question
    asked = identifiers(question)
    if not asked or fits(question, evidence.text_of(stretch)):
        return None
    passage = evidence.context.passages[stretch.passage]
    heading = _heading(passage.sentences[stretch.first], asked)
    unasked = [word for word in heading.split() if not asked & held_identifiers(word)]
    if not fits_place(question, " ".join(unasked)):
        return None
    number, first = _first_under(evidence, passage.document_id, heading)
    tokens = evidence.counter.count(evidence.context.passages[number].sentences[first].text)
    return Stretch(number, first, first + 1, tokens, 1.0)


def addressed_stretch(evidence: Evidence, stretch: Stretch) -> Stretch | None:
    """The web address under the heading of the thing whose place is asked for.

    None if the stretch has an address, or names a place and none is looked for, and if
    there is no address under such a heading.
    """
    question, text = evidence.question, evidence.text_of(stretch)
    if not asks_place(question) or _ADDRESS.search(text):
        return None
    has_place = all(fits(query.text, text) for query in evidence.sub_queries)
    if has_place and not _LOOKED_FOR.search(question):
        return None
    for one in evidence.scored:
        sentence = evidence.sentence(one)
        named = stems(sentence.headings[-1]) if sentence.headings else set()
        if named and named <= evidence.asked and _ADDRESS.search(sentence.text):
            tokens = evidence.counter.count(sentence.text)
            return Stretch(one.passage, one.sentence, one.sentence + 1, tokens, 1.0)
    return None


def pointed_stretch(evidence: Evidence, stretch: Stretch) -> Stretch | None:
    """The beginning of the section that a stretch only points at: "See Stuck gates."

    None if its best sentence says more than that, or names no heading.
    """
    best = evidence.sentence(evidence.best_of(stretch))
    if not _POINTS.search(best.text):
        return None
    pointed = stems(best.text)
    for one in evidence.scored:
        for heading in evidence.sentence(one).headings[-1:]:
            named = stems(heading)
            says_little = len(named) > 1 and len(named) >= _POINTED_SHARE * len(pointed)
            if heading not in best.headings and named <= pointed and says_little:
                document = evidence.passage(one).document_id
                return _from(evidence, *_first_under(evidence, document, heading))
    return None


def _clause(sentence: Sentence) -> str:
    found = _CLAUSE.match(sentence.text)
    return found[1] if found else ""


def _heading(sentence: Sentence, asked: set[str]) -> str:
    """The heading of a sentence that has all identifiers asked for; "" without one."""
    for heading in sentence.headings:
        if asked <= held_identifiers(heading):
            return heading
    return ""


def _first_under(evidence: Evidence, document_id: str, heading: str) -> tuple[int, int]:
    """The place of the first sentence under a heading of a document.

    Those under a heading below it that has a word of the question come first: "What was
    removed in 2.3?", "Removed".
    """
    places: dict[tuple[bool, int], tuple[int, int]] = {}
    for number, passage in enumerate(evidence.context.passages):
        if passage.document_id != document_id:
            continue
        for index, sentence in enumerate(passage.sentences):
            if heading in sentence.headings and any(map(str.isalnum, sentence.text)):
                below = sentence.headings[sentence.headings.index(heading) + 1 :]
                is_asked = bool(evidence.asked & stems(" ".join(below)))
                places[not is_asked, sentence.start] = (number, index)
    return places[min(places)]


def _from(evidence: Evidence, number: int, first: int) -> Stretch:
    """What is said from a sentence on, up to the next heading or clause."""
    sentences = evidence.context.passages[number].sentences
    is_clause = bool(_clause(sentences[first]))
    last, tokens = first + 1, evidence.counter.count(sentences[first].text)
    while last < len(sentences) and continues(sentences[last - 1], sentences[last]):
        tokens += evidence.counter.count(sentences[last].text)
        if tokens > evidence.whole or (is_clause and _clause(sentences[last])):
            break
        last += 1
    counts = [evidence.counter.count(one.text) for one in sentences[first:last]]
    return Stretch(number, first, last, sum(counts), 1.0)
