"""What a document's metadata say about it: who wrote it, when it appeared."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath

from headrace.answer.dates import date_in
from headrace.answer.quoting.evidence import Evidence
from headrace.answer.quoting.sentences.dating import newness
from headrace.metadata.field_kinds import kind_of
from headrace.text.answer_types import asks_date, asks_name, fits
from headrace.text.phrases import content_words
from headrace.text.titles import titled
from headrace.text.words import stems
from headrace.types import ScoredSentence

#: Documents that are described, the newest first.
_MOST_DOCUMENTS = 3
_AUXILIARIES = frozenset("hat wurde wann welche".split())
_MADE = re.compile(
    r"\b(?:wrote|writ\w+|author\w*|compiled|drafted|prepared|signed"
    r"|geschrieben|schrieb|verfass\w*|autor\w*|erstellt)\b",
    re.IGNORECASE,
)
_APPEARED = re.compile(
    r"\b(?:published|publication|issued?|released?|written|dated?|updated|revised|approved"
    r"|last|first|zuletzt|veröffentlicht|erschienen|geschrieben|verfasst|datum|datiert"
    r"|aktualisiert)\b",
    re.IGNORECASE,
)
#: Words for the version that counts, and for any version.
_NEWEST = re.compile(
    r"\b(?:current|latest|newest|most recent|aktuell\w*|neueste\w*)\b", re.IGNORECASE
)
_FIELD_ASKED = re.compile(
    r"\W*(?:(?:what|which)(?:['’]s|\s+(?:is|was|are))?|was\s+(?:ist|war)|welche[mnrs]?"
    r"(?:\s+(?:ist|war|hat))?)\s+(?:(?:the|de[rmns]|die|das)\s+)?(?P<field>[^\W\d_]+)\b",
    re.IGNORECASE,
)
#: How a document belongs to somebody: "Which team is responsible for ...?"
_OF_SOMEBODY = re.compile(
    r"\b(?:responsible|belongs?|owns?|owned|issued|wrote|writ\w+|published|made"
    r"|verantwortlich|zuständig|gehört|herausgegeben)\b",
    re.IGNORECASE,
)


def described(evidence: Evidence) -> list[tuple[ScoredSentence, str]]:
    """Documents that a question asks about, each with what their metadata say.

    The question names them by their titles, and asks only who wrote them, when they
    appeared, or what a field holds. The newest come first. [] if the texts themselves
    say it.

    Example: "Who wrote the gate manual?", author "Ada Lind" -> "author: Ada Lind".
    """
    told: dict[str, tuple[ScoredSentence, str]] = {}
    for number, passage in enumerate(evidence.context.passages):
        metadata = evidence.metadata.get(passage.document_id, {})
        for words, values in _asked(evidence.question, metadata):
            name = stems(f"{passage.title} {PurePath(passage.source).stem}")
            rest = stems(" ".join(content_words(_NEWEST.sub(" ", words)))) - _AUXILIARIES
            known = name | stems(" ".join(map(str, metadata.values())))
            if not (values and rest & name and rest <= known):
                continue
            if _texts_tell(evidence, rest):
                return []
            told.setdefault(passage.document_id, (ScoredSentence(number, 0, (0.0,)), values))
    most = 1 if wants_newest(evidence.question) else _MOST_DOCUMENTS
    newest = sorted(told.values(), key=lambda one: newness(evidence.date_of(one[0])), reverse=True)
    return newest[:most]


def wants_newest(question: str) -> bool:
    """Whether a question asks for the version that counts: "the current policy"."""
    return bool(_NEWEST.search(question))


def _asked(question: str, metadata: Mapping) -> Iterator[tuple[str, str]]:
    """The question without the words that ask, and the values that they ask for."""
    if asks_name(question) and _MADE.search(question):
        yield _MADE.sub(" ", question), _values(metadata, lambda field: kind_of(field) == "person")
    if asks_date(question) and _APPEARED.search(question) and (date := date_in(metadata)):
        yield _APPEARED.sub(" ", question), f"date: {date}"
    found = _FIELD_ASKED.match(question)
    if found and (asked := stems(found["field"])):
        words = _OF_SOMEBODY.sub(" ", question[found.end() :])
        yield words, _values(metadata, lambda field: stems(field) == asked)


def _values(metadata: Mapping, is_asked: Callable[[str], bool]) -> str:
    told = []
    for field, value in metadata.items():
        values = value if isinstance(value, list) else [value]
        if is_asked(field) and value:
            told.append(f"{field}: {', '.join(map(str, values))}")
    return "; ".join(told)


def _texts_tell(evidence: Evidence, named: set[str]) -> bool:
    """Whether a sentence says who wrote what is named, or when that appeared."""
    question = evidence.question
    pattern = _MADE if asks_name(question) else _APPEARED
    for passage in evidence.context.passages:
        for sentence in passage.sentences:
            if not (pattern.search(sentence.text) and fits(question, sentence.text)):
                continue
            if named <= stems(titled(passage.title, sentence.text_in_place)):
                return True
    return False
