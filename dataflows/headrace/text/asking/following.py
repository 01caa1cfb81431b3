"""How a follow-up question depends on the turns before it, and what it takes from them.

A follow-up is of one of two kinds. A fragment has no verb: "And in Finland?" It asks
the question before it once more, about something else. A question that refers back has
a pronoun, or says too little: "When was it built?" It is a new question about the topic
of the turns before it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headrace.text.asking.languages import language_of
from headrace.text.phrases import content_words

#: Turns further back say nothing of the topic.
_MOST_TURNS = 6
#: Words of the topic that a question is searched for with, the latest first.
_MOST_TOPIC_WORDS = 12
#: A pronoun only counts among this many words at the beginning of a question.
_OPENING_WORDS = 8
#: A question of up to this many words leans on the turn before it.
_FEW_WORDS = 3
#: A fragment has at most this many words.
_FRAGMENT_WORDS = 6
#: A fragment replaces at most this many words after a preposition.
_PHRASE_WORDS = 3
#: Characters of an earlier question that are read.
_READ_CHARACTERS = 1000
#: Characters of an answer that are read for names, and how many of these count.
_READ_ANSWER = 120
_MOST_NAMES = 4

_QUESTION_WORDS = (
    "what which who whom whose when where why how was welche welcher welches welchen welchem wer "
    "wen wem wessen wann wo woher wohin warum wieso weshalb wie wieviel wieviele"
).split()
_VERBS = (
    "is are was were do does did can could should will would has have had may must ist sind war "
    "waren kann können darf dürfen muss müssen soll sollen wird werden hat haben gibt"
).split()
_PREPOSITIONS = (
    "in on at for with without by from under during to of as für mit ohne bei von unter während "
    "an am im beim auf zu zum zur als ab nach"
).split()
#: Words that begin questions and say nothing of their topic.
_ASKING = frozenset([*_QUESTION_WORDS, *_VERBS])

_CONTINUES = re.compile(
    r"(?:(?:ok|okay|yes|no|well|ja|nein|gut)\b[\s,.]*)?"
    r"(?:(?:and |but )?(?:what|how) about|(?:und |aber )?(?:was ist|wie ist es|wie sieht es) mit"
    r"|and|but|or|also|so|then|really|why not|(?:the )?same|und|oder|aber|auch|dann|et|y|pero|mais"
    r")\b"
    r"[\s,]*",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"\b(?:its?|they|them|theirs?|he|she|him|hers?|his|that|those|these|this|the same"
    r"|which ones?|the former|the latter"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )there"
    r"|er|ihn|ihm|ihre?[mnrs]?|seine?[mnrs]?|diese?[mnrs]?|jene?[mnrs]?|deren|dessen"
    r"|davon|dafür|damit|dazu|darin|daran|darauf|dabei|dagegen|dort|(?-i:es|sie))\b"
    # Before these "das" is no article.
    r"|\bdas(?=\s+(?:auch|noch|dann|nicht|alles|so|denn|in|im|für|bei|mit|von|ab)\b)",
    re.IGNORECASE,
)
#: These refer back at the end of a question. Elsewhere they are articles or others.
_LAST_WORDS = frozenset("das dies die der den dem one ones eine einen einer then dann".split())
#: In "How long does it take to ..." and "Is it possible to ...", "it" refers to
#: nothing.
_EXPLETIVE = re.compile(
    r"\bit\s+(?:(?:is|was)\s+)?(?:takes?|costs?|possible|necessary|allowed|required|safe)\b"
    r"(?=[^?]{0,40}?\s(?:to|that|if)\s)",
    re.IGNORECASE,
)
_BEGINS_QUESTION = re.compile(
    rf"(?:(?:{'|'.join(_PREPOSITIONS)})\s+)?(?:{'|'.join([*_QUESTION_WORDS, *_VERBS])})\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(rf"\b(?:{'|'.join(_PREPOSITIONS)})\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(?:the|an?|der|die|das|den|dem|des|eine?[mnrs]?)\s+", re.IGNORECASE)
#: "The other one" says that something is replaced, and not by what.
_PLACEHOLDER = re.compile(r"\b(?:ones?|others?|else|andere[mnrs]?)\b", re.IGNORECASE)
_NAME_ASKED = re.compile(r"\b(?:who|whom|whose|where|wer|wem|wen|wessen|wo)\b", re.IGNORECASE)
_CITED = re.compile(r"\[\d+\]")
_WORD = re.compile(r"[^\W_](?:[\w.+#/&'’-]*[\w+#])?")


@dataclass(frozen=True, slots=True)
class Following:
    """A question with what it takes from the turns before it.

    Attributes:
        asked: the question itself; of a fragment, the question that it asks.
        topic: words of earlier turns that say what it is about, the latest first.
        base: the question without a fragment that was put at its end.
    """

    asked: str
    topic: tuple[str, ...] = ()
    base: str = ""

    @property
    def text(self) -> str:
        """The topic and the question, as one text.

        After a topic, the question loses an "and" at its beginning, which would
        separate the two, and its first word has a small letter: it is hardly ever a
        name.
        """
        if not self.topic:
            return self.asked
        continues = _CONTINUES.match(self.asked)
        question = self.asked[continues.end() :] if continues else self.asked
        first, space, rest = (question or self.asked).partition(" ")
        if first.istitle():
            first = first.lower()
        return " ".join([*reversed(self.topic), f"{first}{space}{rest}"])


def following(question: str, asked_before: Sequence[str], answer: str = "") -> Following:
    """A question with what it takes from those that were asked before it.

    Each question is read after the one before it, so a topic is carried over several
    turns, until a question that leans on none. Where the one before it asked for a
    person or a place, a question that refers back may mean what the answer named.

    Args:
        asked_before: the user's questions, oldest first.
        answer: what the last of them was answered with.
    """
    before = _last(asked_before)
    found = _after(before, question)
    if before is None or not found.topic or not _NAME_ASKED.search(before.asked):
        return found
    known = content_words(" ".join([found.text, before.asked]))
    names = [name for name in _names_in(answer) if name.lower() not in known]
    topic = [*reversed(names[:_MOST_NAMES]), *found.topic]
    return Following(found.asked, tuple(topic[:_MOST_TOPIC_WORDS]), found.base)


def fragment_words(question: str) -> list[str]:
    """The words of a fragment that continues the question before it.

    Example: "And in Finland?" -> ["finland"]; [] for any other question.
    """
    is_continued = _CONTINUES.match(question)
    return content_words(_fragment(question)) if is_continued else []


def _names_in(answer: str) -> list[str]:
    """The words with capitals or digits of an answer's first sentences."""
    words = _WORD.findall(_CITED.sub(" ", answer[:_READ_ANSWER]))
    return [word for word in words if _shape(word) not in ("", "number")]


def topic_of(asked: Sequence[str]) -> list[str]:
    """What questions were about: words of theirs, in the order of the questions.

    Args:
        asked: oldest first.
    """
    last = _last(asked)
    words = list(_topic(last)) if last else []
    return words[:_MOST_TOPIC_WORDS][::-1]


def _last(asked: Sequence[str]) -> Following | None:
    """The last question, with what it takes from those before it; None for none."""
    last: Following | None = None
    for question in asked[-_MOST_TURNS:]:
        last = _after(last, question[:_READ_CHARACTERS])
    return last


def _after(before: Following | None, question: str) -> Following:
    """A question after the one before it."""
    if before is None:
        return Following(question)
    fragment = _fragment(question)
    if fragment:
        asked = _with_replaced(before.asked, fragment)
        if asked:
            return Following(asked, before.topic)
        base = before.base or before.asked
        return Following(f"{base.rstrip(' ?!.')} {fragment}?", before.topic, base)
    if not _leans(question):
        return Following(question)
    own = content_words(question)
    topic = [word for word in _topic(before) if word.lower() not in own]
    return Following(question, tuple(topic[:_MOST_TOPIC_WORDS]))


def _topic(before: Following) -> dict[str, None]:
    """The words that say what a question is about, those of earlier turns last.

    In German these are the nouns, which have capitals.
    """
    wanted = {word for word in content_words(before.asked) if word not in _ASKING}
    own = [word for word in _WORD.findall(before.asked) if word.lower() in wanted]
    if language_of(before.asked) == "german":
        own = [word for word in own if not word.islower()] or own
    return dict.fromkeys([*reversed(own), *before.topic])


def _leans(question: str) -> bool:
    """Whether a question refers back, continues another, or says too little."""
    words = question.rstrip(" ?!.").split()
    if _CONTINUES.match(question) or len(words) <= _FEW_WORDS:
        return True
    return _refers(question) or words[-1].lower() in _LAST_WORDS


def _refers(text: str) -> bool:
    opening = " ".join(text.split(maxsplit=_OPENING_WORDS)[:_OPENING_WORDS])
    return bool(_REFERS_BACK.search(_EXPLETIVE.sub(" ", opening)))


# ---------------------------------------------------------------------------
# fragments


def _fragment(question: str) -> str:
    """What a question without a verb names: "And in Finland?" -> "in Finland".

    "" for a whole question.
    """
    continues = _CONTINUES.match(question)
    rest = question[continues.end() :] if continues else question
    rest = rest.strip(" ?!.,;:")
    is_marked = continues or _PREPOSITION.match(rest)
    most = _FRAGMENT_WORDS if is_marked else _FEW_WORDS
    if not rest or len(rest.split()) > most:
        return ""
    return "" if _BEGINS_QUESTION.match(rest) or _refers(rest) else rest


def _with_replaced(question: str, fragment: str) -> str:
    """A question asked once more, about what a fragment names.

    The fragment replaces the phrase after the same preposition, or the only phrase of
    its kind: a name for a name, a number for a number, a phrase for one with the same
    last word.

    Returns:
        The question; "" if the fragment replaces no phrase.
    Example: "When was the Aurora built?", "the Borealis" -> "When was the Borealis
        built?".
    """
    if _PLACEHOLDER.search(fragment):
        return ""
    put = fragment
    place = _behind_preposition(question, fragment)
    if place is None:
        preposition = _PREPOSITION.match(fragment)
        put = fragment[preposition.end() :] if preposition else fragment
        article = _ARTICLE.match(put)
        put = put[article.end() :] if article else put
        place = _alike(question, put, may_be_name=preposition is None)
    return f"{question[: place.start]}{put}{question[place.end :]}" if place else ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Characters `start` to before `end` of a question."""

    start: int
    end: int


def _behind_preposition(question: str, fragment: str) -> _Place | None:
    """The one phrase of a question that begins with the fragment's preposition."""
    preposition = _PREPOSITION.match(fragment)
    if preposition is None:
        return None
    pattern = rf"\b{re.escape(preposition.group().strip())}\s+"
    found = list(re.finditer(pattern, question, re.IGNORECASE))
    if len(found) != 1:
        return None
    article = _ARTICLE.match(question, found[0].end())
    first = article.end() if article else found[0].end()
    end = first
    for number, word in enumerate(_WORD.finditer(question, first)):
        is_next = not question[end : word.start()].strip()
        if number == _PHRASE_WORDS or not is_next or not _says_something(word.group()):
            break
        end = word.end()
    return _Place(found[0].start(), end) if end > first else None


def _alike(question: str, named: str, *, may_be_name: bool) -> _Place | None:
    """The one phrase of a question that is like a name, a number or a phrase."""
    words = _WORD.findall(named)
    found = list(_WORD.finditer(question))
    if not words or not found:
        return None
    for number, match in enumerate(found[1:], start=1):
        if len(words) > 1 and match.group().lower() == words[-1].lower():
            first = max(number - len(words) + 1, 1)
            return _Place(found[first].start(), match.end())
    shape = _shape(words[-1])
    is_wanted = shape and (may_be_name or shape != "name")
    alike = list(_runs_of(shape, found)) if is_wanted else []
    return alike[0] if len(alike) == 1 else None


def _runs_of(shape: str, words: Sequence[re.Match[str]]) -> Iterator[_Place]:
    """The runs of words of a shape. The first word has a capital anyway."""
    run: _Place | None = None
    for word in words[1:]:
        if _shape(word.group()) == shape:
            run = _Place(run.start if run else word.start(), word.end())
        elif run:
            yield run
            run = None
    if run:
        yield run


def _shape(word: str) -> str:
    """The look of a word: "number", "code", "capitals" or "name"; "" for any other."""
    if not _says_something(word):
        return ""
    if any(map(str.isdigit, word)):
        return "code" if any(map(str.isalpha, word)) else "number"
    capitals = sum(map(str.isupper, word))
    if capitals > 1:
        return "capitals"
    return "name" if word[0].isupper() else ""


def _says_something(word: str) -> bool:
    lower = word.lower()
    return lower not in _ASKING and lower not in _PREPOSITIONS and bool(content_words(word))
