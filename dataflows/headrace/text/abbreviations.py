"""Abbreviations that a text defines itself.

Three forms are read: "reciprocal rank fusion (RRF)", "RRF (reciprocal rank fusion)"
and "(reciprocal rank fusion, RRF)".

After Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions
in biomedical text" (PSB 2003). Their algorithm takes the shortest run of words that
holds the letters of the short form in order. Here every run gets a score, in the
spirit of the strategies of Ab3P (Sohn et al., BMC Bioinformatics 2008): letters that
begin words count most, and words without a letter count against the run
(DECISIONS.md, "abbreviation scores").
"""

import re
from collections.abc import Iterator, Sequence

from headrace.text.function_words import FUNCTION_WORDS, LINKING_WORDS
from headrace.text.markup.prose import prose_of

_OPENING = "(["
_CLOSING = ")]"
_LIST_MARK = re.compile(r"i{1,3}|iv|vi{0,3}|ix|x|[a-h]")
_MEASURE = re.compile(r"\s\d|%|/(?:[mnk]?g|m?l|min|h|s|day|kg|mol)\b")
#: A measured value in brackets: "r2 = 0.9". Each character is read once.
_MEASURED_VALUE = re.compile(r"[^\sa-z\d]*[a-z\d][^\s=<>]*\s*[=<>]")
#: "GLUT 4" looks like a measure, but is a name with its number.
_NUMBERED_NAME = re.compile(r"[A-Z]+ [IVX\d]{1,3}")
#: A short form may begin with a number: "5-HT", "2D".
_NUMBER_FIRST = re.compile(r"\d{1,2}-?[A-Z][\w-]*")
#: A capitalised word, a word in small letters, a name's initial, two words, "3 mm".
_NO_SHORT_FORM = re.compile(
    r"[A-Z][a-z]{2,}(\s.{2,})?|[a-z]{5,}(\s.*)?|\w+\.|[a-z]+\s[a-z]+"
    r"|\d+[a-z]{1,3}|[\d.,%]+\s*\w{1,3}"
)
#: A name of a file, a ticket, and a name in code: "setup.py", "TIKA-1919",
#: "FileStorage", "[Attr]".
_NAME_IN_CODE = re.compile(r"\S*\.[a-z]{2,}|[A-Za-z]+-\d{3,}|(?:[A-Z][a-z]{2,}){2,}\d*|\[[\w.]+\]")
#: "e.g.", "i.e.", "p.m."
_POINTED = re.compile(r"(?:[a-z]\.)+[a-z]?\.?")
#: What no long form has: marks of code and markup, addresses, assignments.
_MARKUP = re.compile(r"[`|{}<>\\#_]|://|\*\*|\s[=+*]\s|[\w)]\(\)|\s-\s|=\s*$|^:|\w{2,}\.\w+\.\w")
_CLAUSE_END = re.compile(
    r"[.!?]\s+(?=[A-Z])|[;:]\s|\n\s*\n|(?:^|\n)\s*(?:[-+*#\u2022]+|\d{1,3}[.)])\s"
)
#: What parts a bracket: "(MRR; see below)", "(MRR or mean rank)", "(MRR = mean rank)".
_PART_GAP = re.compile(r"[;,]\s+|(?<!\s)\s+or\s+|(?<!\s)\s*=\s*|:\s")
_TWO_SHORT_FORMS = re.compile(r"(\S+) and (\S+)")
#: Characters before a bracket in which its long form is looked for.
_LOOK_BACK = 300
#: Characters of a bracket that are read.
_LOOK_INTO = 300
#: Brackets within more brackets than this define nothing.
_DEEPEST = 20
_MOST_LETTERS = 20

# The weights of the score (DECISIONS.md, "abbreviation scores").
#: What a letter counts for at the start of a word.
_WORD_START = 3.0
#: At the start of a later part of a word, unless it is a capital: the c of
#: "short-circuit", but not the S of "Server-Sent".
_PART_START = 2.0
#: Anywhere else in a word.
_INSIDE = 1.0
#: What it costs if the first letter taken from a word is inside it.
_LATE = 1.5
#: What a word costs of which no letter is taken, and a function word of that kind.
_UNTOUCHED = 2.0
_UNTOUCHED_LINKING_WORD = 0.2
#: What a digit costs that no word holds: "nitrous oxide (N2O)".
_MISSING_DIGIT = 0.5
#: Score per letter below which a run is refused.
_LEAST_SCORE = 1.05
#: Score per letter up to which words in another order are preferred. A short form that
#: looks like a word is refused below it.
_WEAK_SCORE = 2.0


def find_definitions(text: str) -> list[tuple[str, str]]:
    """The (short form, long form) pairs that a text defines, in order, each once.

    Only its prose is read: no code, no addresses of links.
    Example: "the mean reciprocal rank (MRR) of" -> [("MRR", "mean reciprocal rank")].
    """
    text = prose_of(text)
    found: dict[tuple[str, str], None] = {}
    for start, end in _brackets(text):
        inside = text[start + 1 : min(end, start + 1 + _LOOK_INTO)]
        if _may_define(inside):
            before = _clause(text[max(0, start - _LOOK_BACK) : start])
            found |= dict.fromkeys(_definitions(before, inside))
    return list(found)


def _may_define(inside: str) -> bool:
    """Whether the text in a bracket may be a short form or hold a long one."""
    return len(inside.split(maxsplit=1)) > 1 or _is_short(_PART_GAP.split(inside)[0].strip())


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """The (opening, closing) offsets of the brackets that may hold a definition.

    A bracket must close in the paragraph in which it opens. White space or another
    bracket must stand before it.
    """
    open_at: list[int] = []
    for match in re.finditer(r"[()\[\]]|\n\s*\n", text):
        mark = match.group()
        if mark in _OPENING:
            open_at.append(match.start())
        elif mark not in _CLOSING:
            open_at.clear()
        elif open_at:
            start = open_at.pop()
            if len(open_at) > _DEEPEST:
                continue
            if start == 0 or text[start - 1].isspace() or text[start - 1] in _OPENING:
                yield start, match.start()


def _clause(text: str) -> str:
    """The last clause of a text.

    It begins after the last sentence, colon or semicolon, and after the last bracket
    that is still open.
    """
    text = _CLAUSE_END.split(text)[-1].rstrip()
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] in _CLOSING) - (text[place] in _OPENING)
        if depth < 0:
            return text[place + 1 :]
    return text


def _definitions(before: str, inside: str) -> list[tuple[str, str]]:
    """The (short form, long form) pairs of one bracket.

    Args:
        before: the clause that ends at the bracket.
        inside: the text between the brackets.
    Returns:
        One pair, or two with the same long form, as from "partial least squares (PLS-1
        and PLS-2)", or none.
    """
    if _MEASURED_VALUE.match(inside):
        return []
    parts = [part.strip() for part in _PART_GAP.split(inside)]
    two = _TWO_SHORT_FORMS.fullmatch(parts[0])
    if two and all(_is_short(short, least=2) for short in two.groups()):
        return _shared_definition(before, *two.groups())
    if before and _is_short(parts[0]):
        long = _long_form(parts[0], before)
        if long:
            return [(parts[0], long)]
    if len(parts) == 2 and _is_short(parts[1], least=2) and _is_whole(parts[1], parts[0]):
        return [(parts[1], parts[0])]
    short = before.rpartition(" ")[2].strip("\"'")
    if short and _is_short(short, least=2):
        long = re.split(r";\s", inside)[0].strip()
        if _is_whole(short, long):
            return [(short, long)]
    return []


def _shared_definition(before: str, first: str, second: str) -> list[tuple[str, str]]:
    """The pairs of two short forms with one long form; [] when it is not the same."""
    long = _long_form(first, before)
    if not long or _long_form(second, before) != long:
        return []
    return [(first, long), (second, long)]


def _is_short(text: str, least: int = 1) -> bool:
    """Whether a text may be a short form: no word, number, measure or list mark.

    Args:
        text: at most two words.
        least: the number of letters and digits that it must have.
    """
    count = sum(map(str.isalnum, text))
    if not least <= count <= _MOST_LETTERS or len(text.split()) > 2:
        return False
    if not any(map(str.isalpha, text)):
        return False
    if count == 1:
        return len(text) == 1 and text.isupper()
    if not _begins_like_short_form(text) or _NO_SHORT_FORM.fullmatch(text):
        return False
    if _NAME_IN_CODE.fullmatch(text) or _POINTED.fullmatch(text) or _MARKUP.search(text):
        return False
    first = text.split()[0]
    if first.islower() and first in FUNCTION_WORDS:
        return False
    if _MEASURE.search(text) and not _NUMBERED_NAME.fullmatch(text):
        return False
    if any(character.isupper() or character.isdigit() for character in text):
        return True
    return count <= 4 and not _LIST_MARK.fullmatch(text)


def _begins_like_short_form(text: str) -> bool:
    if text[0].isdigit():
        return _NUMBER_FIRST.fullmatch(text) is not None
    return text[0].isalnum() or text[0] in "([."


def _is_whole(short: str, long: str) -> bool:
    """Whether all of `long`, several words, is the long form."""
    return len(long.split()) > 1 and _long_form(short, long) == long


def _long_form(short: str, before: str) -> str | None:
    """The run of words at the end of `before` with the best score for a short form.

    Returns:
        The shortest of the runs with that score; None when no run scores enough.
    """
    letters = [character.lower() for character in short if character.isalnum()]
    words = list(re.finditer(r"\S+", before))
    if not words:
        return None
    if len(letters) == 1:
        word = words[-1].group()
        is_long = len(word) > 3 and word.isalpha() and word[0].lower() == letters[0]
        is_long = is_long and word.lower() != "copyright"
        return word if is_long else None
    # Schwartz & Hearst look at min(n + 5, 2n) words for n letters.
    nearby = words[-min(len(letters) + 5, 2 * len(letters) + 1) :]
    looks_like_word = short.islower() and short.isalpha()
    start = _best_start(letters, nearby, looks_like_word)
    if start is None:
        return None
    long = " ".join(before[start:].strip(" \"'“”‘’").split())
    holds_short = short.lower() in re.findall(r"\w+", long.lower())
    if len(long) <= len(short) or holds_short or not _is_balanced(long):
        return None
    is_level = len(letters) == 2 and letters[1].isdigit() and " " not in long
    if is_level or _MARKUP.search(long) or long.lower() == f"{short.lower()}s":
        return None
    return long


def _best_start(
    letters: Sequence[str], words: Sequence[re.Match[str]], looks_like_word: bool
) -> int | None:
    """The offset of the run with the best score; None when no run scores enough.

    A short form that looks like a word needs a higher score than others.
    """
    texts = [word.group() for word in words]
    valued = [_valued(text) for text in texts]
    score, first = float("-inf"), len(words) - 1
    for number in range(len(words) - 1, -1, -1):
        if not _begins(letters[0], valued[number]):
            continue
        longer = _score(letters, texts[number:], valued[number:])
        if longer > score:
            score, first = longer, number
    if (
        score <= _WEAK_SCORE * len(letters)
        and letters[0].isalpha()
        and not looks_like_word
        and _in_another_order(letters, texts[-len(letters) :])
    ):
        return words[-len(letters)].start()
    least = _WEAK_SCORE if looks_like_word else _LEAST_SCORE
    return words[first].start() if score >= least * len(letters) else None


def _in_another_order(letters: Sequence[str], words: Sequence[str]) -> bool:
    """Whether two or three words begin with the letters, in any order.

    Examples: "myotonic dystrophy (DM)", "ambient temperature (T(a))".
    """
    if len(words) != len(letters) or len(letters) not in (2, 3):
        return False
    if not all(len(word) > 2 and word.isalpha() for word in words):
        return False
    return sorted(word[0].lower() for word in words) == sorted(letters)


#: The letters and digits of a word, each with its value by its place.
_Valued = Sequence[tuple[str, float]]


def _begins(letter: str, word: _Valued) -> bool:
    """Whether a letter begins a part of a word, as the first of a run must."""
    return any(character == letter and value != _INSIDE for character, value in word)


def _score(letters: Sequence[str], words: Sequence[str], valued: Sequence[_Valued]) -> float:
    """How well the letters are found in the words, in order.

    Args:
        valued: the letters of each word.
    Returns:
        The best sum over all ways to find them; -inf when there is none. The first
        letter must begin a part of the first word, which is not a function word.
    """
    has_bracket = any(word[0] in _OPENING and word[-1] in f"{_CLOSING}," for word in words)
    if has_bracket or words[0].lower() in LINKING_WORDS:
        return float("-inf")
    best = {0: 0.0}  # the number of letters found so far -> the best score
    for number, word in enumerate(words):
        after = _found_in(letters, valued[number], best, is_first=number == 0)
        if number:
            cost = _UNTOUCHED_LINKING_WORD if word.lower() in LINKING_WORDS else _UNTOUCHED
            _keep_higher(after, {count: score - cost for count, score in best.items()})
        for count in sorted(after):
            if count < len(letters) and letters[count].isdigit():
                _keep_higher(after, {count + 1: after[count] - _MISSING_DIGIT})
        best = after
    return best.get(len(letters), float("-inf"))


def _found_in(
    letters: Sequence[str], word: _Valued, found: dict[int, float], is_first: bool
) -> dict[int, float]:
    """The best scores by letters found, after a word that gives at least one letter."""
    after: dict[int, float] = {}
    for begun, score in found.items():
        reached = {begun: score}
        for character, value in word:
            if character not in letters:
                continue
            for count, so_far in list(reached.items()):
                if count == len(letters) or letters[count] != character:
                    continue
                if is_first and count == 0 and value == _INSIDE:
                    continue
                cost = _LATE if count == begun and value == _INSIDE else 0.0
                _keep_higher(reached, {count + 1: so_far + value - cost})
        del reached[begun]
        _keep_higher(after, reached)
    return after


def _valued(word: str) -> list[tuple[str, float]]:
    """The letters and digits of a word, each with its value by its place."""
    valued: list[tuple[str, float]] = []
    lower = word.lower()
    for place, character in enumerate(lower):
        if not character.isalnum():
            continue
        previous = lower[place - 1 : place]
        begins = not previous.isalnum() or (character.isalpha() and previous.isdigit())
        if not begins:
            valued.append((character, _INSIDE))
        elif any(map(str.isalpha, lower[:place])) and not word[place].isupper():
            valued.append((character, _PART_START))
        else:
            valued.append((character, _WORD_START))
    return valued


def _keep_higher(scores: dict[int, float], others: dict[int, float]) -> None:
    """Raises each score to that of `others`, where that is higher or the only one."""
    for count, score in others.items():
        scores[count] = max(score, scores.get(count, score))


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth < 0:
            return False
    return depth == 0
