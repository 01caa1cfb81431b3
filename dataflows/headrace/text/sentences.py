"""The sentences of a text, with their places in it."""

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from itertools import pairwise

# The package is compiled, and comes without type stubs.
from sentencex import get_sentence_boundaries  # pyright: ignore[reportAttributeAccessIssue]

#: Characters. A longer "sentence" is a table or code, and is cut at its lines, or it is
#: one of a law, and is cut in about equal parts.
LONG = 600
#: Where a long line is cut: after a part of a sentence if possible, or between words.
_CUTS = ("; ", "；", ": ", "：", ", ", "，", "、", " ")
#: Characters that sentencex reads at a time. Its time grows with their square where
#: quotation marks are not closed.
_WINDOW = 2000
#: A question reads a chunk two or three times: to find its best sentence, to cut the
#: context, to quote. Several questions at a time read about as many chunks.
_KEPT_TEXTS = 256
#: A line without punctuation is one sentence.
_PLAIN_LINE = re.compile(r"[\w #*+`~|=-]*\n?")
#: The end of a line before one that begins a block: a list item, heading, quotation or
#: directive, another meaning of a term (": what it is"), where a link leads ("[guide]:
#: /docs"), or a row of a table ("a | b", "Depot: Verwood; Fee: 155"). Each pattern is
#: tried on texts that have the sign.
_NEW_BLOCKS = {
    "\n": re.compile(r"\n(?=[^\S\n]*(?:[-*+•]\s|\d{1,3}[.)]\s|#{1,6}\s|[|>]|\.\. |```|:\w+:))"),
    "\n: ": re.compile(r"(?m)^:[ \t][^\n]*\n(?=:[ \t])"),
    "]: ": re.compile(r"\n(?=\[[^][\n]{1,200}\]: )"),
    "|": re.compile(r"\n(?=[^\n|]*[ \t]\|[ \t])"),
    ";": re.compile(r"\n(?=[^\n:;]{1,60}: [^\n;]{1,200}; [^\n:;]{1,60}: )"),
}
#: The line of hyphens below the names of a table's columns, whose rows may have no
#: blanks at their bars.
_TABLE_RULE = re.compile(r"(?m)^[ \t]*+\|?+(?:[ \t]*+:?-++:?[ \t]*+\|)++[ \t]*+:?-*+:?[ \t]*+\n")
#: The number of a list item, alone.
_MARK = re.compile(r"\s*\d{1,3}[.)]\s*")
#: A full stop with nothing after it, and what goes on with a word: "./main".
_STOP = re.compile(r"[.!?]\Z")
_GOES_ON = re.compile(r"[a-z_/\\]")
#: The sign before a picture, cut off as if it ended a sentence: "!", "[map](map.png)".
_PICTURE_SIGN = re.compile(r"!\Z")
_PICTURE = re.compile(r"\[[^][\n]*\]\(")
#: The end of bold or italic text, cut off after its full stop: "**Stop it.", "**".
_EMPHASIS_END = re.compile(r"[*_]{1,3}(?=\s|\Z)")
#: Words that tell a language, each more frequent in it than in the others.
_FREQUENT_WORDS = {
    "en": (" the ", " of ", " and ", " is ", " to "),
    "de": (" der ", " die ", " und ", " das ", " ist "),
    "es": (" el ", " los ", " las ", " del ", " una "),
    "fr": (" le ", " les ", " des ", " est ", " une "),
    "it": (" il ", " che ", " di ", " della ", " gli "),
    "nl": (" het ", " een ", " van ", " niet ", " zijn "),
    "pt": (" uma ", " não ", " dos ", " da ", " em "),
}
_FEWEST_WORDS = 2
#: sentencex cuts French at "M." by its rules for French, not by those for English.
_RULES = {"fr": "en"}
#: The end of a text that the rest of a sentence follows: an ordinal as in "des 18.
#: Jahrhunderts", "J.-C.", "av. J.-C.".
_SHORTENED = {
    "de": re.compile(
        r"\b(?:[Dd](?:er|ie|as|es|em|en)|[Ii]m|[Aa]m|[Zz]u[mr]|[Vv]om|[Bb]eim|[Ii]ns"
        r"|\w*ein(?:e[mnrs]?)?)\s\d{1,2}\.\s*\Z"
    ),
    "fr": re.compile(r"(?<![\w.])(?:av|apr|\w\.-\w)\.\s*\Z"),
}
#: sentencex ends no German sentence before a number, which may follow an abbreviation:
#: "Nr. 5", "ca. 4 kg". These have few letters.
_BEFORE_NUMBER = re.compile(r"[a-zäöüß]{5}\.\s+(?=\d)")
_NUMBER = re.compile(r"\b\d{1,2}\.\s*\Z")
_CENTURY = re.compile(r"Jahr(?:hundert|tausend)")
_FULL_STOP = re.compile(r"\.\s*\Z")
_BLANK_LINE = re.compile(r"\n(?:[ \t]*\n)+")
#: A heading, with # or underlined: the block ends with it.
_HEADING = re.compile(r"(?m)^#{1,6}\s[^\n]*\n|^[^\n]+\n[=~^*\-]{3,}[ \t]*\n")
#: White space beyond ASCII, and its replacement: sentencex panics at "B\u00a0.".
_PLAIN_SPACES = dict.fromkeys(
    map(ord, "\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000"), " "
) | dict.fromkeys(range(0x2000, 0x200B), " ")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """The (start, end) offsets of each sentence, in order.

    The spans have no white space at their ends. Together they hold all visible text.
    A heading, list item or table row is never joined with the lines around it. What
    does not end a sentence ("am 18. Mai") depends on the text's language, which its
    most frequent words show.

    Args:
        text: plain text or Markdown; may be empty.
    """
    return list(_spans(text))


@lru_cache(maxsize=_KEPT_TEXTS)
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    spans = []
    rows = set(_rows(text)) if "|" in text else set()
    for block in _blocks(text, rows):
        for start, end in [block] if block in rows else _sentences(text, *block):
            if end - start <= LONG or _is_row(text[start:end]):
                spans += _stripped(text, start, end)
                continue
            for line in _lines(text, start, end):
                spans += _stripped(text, *line)
    return tuple(spans)


@lru_cache(maxsize=1)
def _language(text: str) -> str:
    """The ISO 639-1 code of a text's language, among those with rules of their own.

    English, unless words of another one are more frequent.
    """
    if text.count(" the ") >= _FEWEST_WORDS:
        return "en"
    counts = {}
    for language, words in _FREQUENT_WORDS.items():
        counts[language] = sum(map(text.count, words))
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= _FEWEST_WORDS else "en"


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The (start, end) of each sentence of a block.

    A long block is read in windows. The last sentence of a window may continue after
    it, so it begins the next one.
    """
    block = text[start:end]
    if _is_one(block) or _is_row(block):
        yield start, end
        return
    if not block.isascii():
        block = block.translate(_PLAIN_SPACES)
    language = _language(text)
    read = 0
    while read < len(block):
        window = block[read : _window_end(block, read)]
        found = get_sentence_boundaries(_RULES.get(language, language), window)
        if language == "de":
            found = _cut_before_numbers(found)
        found = _whole(found, language)
        if len(found) > 1 and read + len(window) < len(block):
            found.pop()
        for sentence in found:
            yield start + read + sentence["start_index"], start + read + sentence["end_index"]
        read += found[-1]["end_index"] if found else len(window)


def _window_end(block: str, start: int) -> int:
    """The end of a window, between two words where it can be."""
    end = start + _WINDOW
    space = block.rfind(" ", end - _WINDOW // 2, end) if end < len(block) else -1
    return space + 1 if space > 0 else min(end, len(block))


def _is_one(block: str) -> bool:
    """Whether a block is one sentence for certain, which most are.

    In ASCII, no sentence ends before a full stop, a question or an exclamation mark.
    """
    if not block.isascii() or len(block) > _WINDOW:
        return _PLAIN_LINE.fullmatch(block) is not None
    inner = block.rstrip().rstrip(".!?")
    return not ("." in inner or "!" in inner or "?" in inner or "\r" in inner)


def _is_row(block: str) -> bool:
    """Whether a block is a row of a table, whose cells may hold several sentences.

    Blanks that only fill its columns are not counted.
    """
    line = block.strip()
    if " | " not in line or "\n" in line:
        return False
    return len(line) <= LONG or len(" ".join(line.split())) <= LONG


def _cut_before_numbers(found: list[dict]) -> list[dict]:
    """German sentences, cut before a number that begins another one.

    Example: "Er schlief. 1960 kam er." -> "Er schlief. ", "1960 kam er."
    """
    parts = []
    for sentence in found:
        start, text = sentence["start_index"], sentence["text"]
        places = [0, *(match.end() for match in _BEFORE_NUMBER.finditer(text)), len(text)]
        for first, last in pairwise(places):
            place = {"start_index": start + first, "end_index": start + last}
            parts.append({**sentence, "text": text[first:last], **place})
    return parts


def _whole(found: list[dict], language: str) -> list[dict]:
    """The sentences of a window, rejoined where sentencex cut one in two.

    Example: "Run .", "/main now." -> "Run ./main now."
    """
    if len(found) == 1:
        return found
    joined: list[dict] = []
    for sentence in _with_marks(found):
        if joined and _is_cut_off(joined[-1]["text"], sentence["text"], language):
            sentence = {**sentence, "start_index": joined.pop()["start_index"]}
        joined.append(sentence)
    return joined


def _with_marks(found: list[dict]) -> Iterator[dict]:
    """The sentences, each with the marks that end bold or italic text in it.

    Example: "**Stop it.", "** Then wait." -> "**Stop it.**", " Then wait."
    """
    followed: list[dict] = [*found, {"text": ""}]
    moved = 0
    for sentence, after in pairwise(followed):
        is_apart = sentence["text"][-1:].isspace()
        mark = None if is_apart else _EMPHASIS_END.match(after["text"])
        taken = mark.end() if mark else 0
        text = sentence["text"][moved:] + after["text"][:taken]
        start, end = sentence["start_index"] + moved, sentence["end_index"] + taken
        if text:
            yield {**sentence, "text": text, "start_index": start, "end_index": end}
        moved = taken


def _is_cut_off(before: str, sentence: str, language: str) -> bool:
    """Whether a sentence is the rest of the one before it.

    It is after the number of an item, a full stop in a word, the sign of a picture, or
    an abbreviation or ordinal of another language than English.
    """
    if _MARK.fullmatch(before) or (_STOP.search(before) and _GOES_ON.match(sentence)):
        return True
    if _PICTURE_SIGN.search(before) and _PICTURE.match(sentence):
        return True
    if language == "en":
        return False
    is_short = language in _SHORTENED and _SHORTENED[language].search(before)
    is_century = language == "de" and _NUMBER.search(before) and _CENTURY.match(sentence)
    return bool(is_short or is_century or (_FULL_STOP.search(before) and sentence[:1].islower()))


def _blocks(text: str, rows: Set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The (start, end) of each paragraph, heading, list item and row of a table.

    No sentence continues from one into the next.
    """
    if "\n" not in text:
        return iter([(0, len(text))] if text else [])
    cuts = {0, len(text)}
    new_blocks = [pattern for sign, pattern in _NEW_BLOCKS.items() if sign in text]
    for pattern in (_BLANK_LINE, _HEADING, *new_blocks):
        cuts.update(match.end() for match in pattern.finditer(text))
    edges = sorted(cuts.union(*rows))
    return zip(edges, edges[1:], strict=False)


def _rows(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) of each row of a table, below the line of hyphens."""
    for rule in _TABLE_RULE.finditer(text):
        start = rule.end()
        while "|" in text[start : (end := text.find("\n", start) + 1 or len(text))]:
            yield start, end
            start = end


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines of a text that is too long to be a sentence; too long ones are cut."""
    for line in re.finditer(r"[^\n]+", text[start:end]):
        first, stop = start + line.start(), start + line.end()
        while stop - first > LONG:
            cut = _cut(text, first, stop)
            yield first, cut
            first = cut
        yield first, stop


def _cut(text: str, start: int, end: int) -> int:
    """Where the first of several about equal parts of a line ends."""
    share = (end - start) // -(-(end - start) // LONG)
    least, most = start + share // 2, start + min(LONG, share + share // 4)
    for sign in _CUTS:
        place = text.rfind(sign, least, most)
        if place >= 0:
            return place + len(sign)
    return start + LONG


def _stripped(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The span without white space at its ends; [] if there is nothing else in it."""
    piece = text[start:end]
    inner = piece.strip()
    if not inner:
        return []
    start += piece.index(inner)
    return [(start, start + len(inner))]
