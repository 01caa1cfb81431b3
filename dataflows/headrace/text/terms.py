"""Text as the keyword search reads it, in documents and questions alike.

PostgreSQL's parser stems words and drops stop words. But it takes "and/or" for the name
of a file, the 4 of "GPT-4" for minus four, "end.Next" for the name of a host, and a
whole Chinese sentence for one word. So it is given a text with spaces between the words
and with plain letters.
"""

import re
from dataclasses import dataclass

from headrace.text.folding import folded

#: Characters of writing without spaces between words: Thai, Lao, Khmer, Japanese,
#: Chinese; and Korean, which puts its spaces elsewhere.
_UNSPACED = (
    "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
)
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
#: What joins the parts of a name: "snake_case", "CVE-2024-3094", "and/or", "end.Next".
#: Numbers stay whole: "3.11.7", "2,5".
_JOINT = re.compile(r"[-_/:@](?<=[^\W_].)(?=[^\W_])|\.(?<=[^\W\d_]{2}.)(?=[^\W\d_]{2})")
_COMPOUND = re.compile(r"[\w/:@.-]+")
#: "v4.6.8", which is the version 4.6.8.
_VERSION = re.compile(r"(?<!\w)[vV](\d+(?:\.\d+)+)")
#: The signs of "C++" and "F#": PostgreSQL would drop them and read the letter alone.
_SIGNED = re.compile(r"(?:\+\+(?<=\b[^\W\d_]\+\+)|#(?<=\b[^\W\d_]#))(?!\w)")
_SIGNS = {"++": "plusplus", "#": "sharp"}
_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»')
#: Excluded words stand at the end only. In the middle of a sentence, such a hyphen has
#: lost the word before it: "resource -limited settings".
_EXCLUSION = re.compile(r'(?<!\s)\s+-(?:[^\W\d_][\w.+#/-]*|"[^"]+"|“[^“”]+”)(?!\S)')
#: If there are more quoted phrases, none counts: no chunk would have them all.
_MOST_PHRASES = 16
#: An option of a command, which excludes no word: "docker run -it", "tar -xzf".
_OPTION = re.compile(r"\s*-(?:[a-z]{1,2}|[bcdfghjklmnpqrstvwxz]{3,4})")
_EXCLUDED = re.compile(r"-(?:[\"“]([^\"“”]+)[\"”]|(\S+))")


@dataclass(frozen=True)
class Asked:
    """A question with what its syntax asks for.

    `text` is the question without what it excludes, `phrases` are the quoted phrases of
    two words or more, `excluded` the words and phrases that no hit may have.
    """

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def read_syntax(question: str) -> Asked:
    """Reads quotation marks, and hyphens before words at the end of a question.

    Example: 'speed of a "big cat" -car -"sports club"' -> text 'speed of a "big cat"',
    phrases ("big cat",), excluded ("car", "sports club").
    """
    text, tail = _without_exclusions(question)
    phrases: dict[str, None] = {}
    for quoted in _QUOTED.findall(text):
        phrase = "".join(quoted).strip()
        if len(phrase.split()) > 1:
            phrases[phrase] = None
    if len(phrases) > _MOST_PHRASES:
        phrases = {}
    excluded = dict.fromkeys(phrase or word for phrase, word in _EXCLUDED.findall(tail))
    return Asked(text, tuple(phrases), tuple(excluded))


def _without_exclusions(question: str) -> tuple[str, str]:
    """The question and the exclusions at its end; a question is never these alone."""
    start = end = len(question.rstrip())
    for match in reversed(list(_EXCLUSION.finditer(question))):
        if match.end() != start or _OPTION.fullmatch(match.group()):
            break
        start = match.start()
    if start == end or not any(map(str.isalnum, question[:start])):
        return question, ""
    return question[:start], question[start:]


def spaced(text: str) -> str:
    """A text with spaces between its words, and with plain letters.

    Compounds are cut into their parts. Writing without spaces is cut into overlapping
    pairs of characters.
    Example: "GPT-4 and/or 東京都" -> "GPT 4 and or  東京 京都 ".
    """
    return _apart(folded(text))


def in_pairs(text: str) -> str:
    """A text in which writing without spaces is cut into overlapping character pairs.

    Example: "in 東京都" -> "in  東京 京都 ".
    """
    return text if text.isascii() else _UNSPACED_RUN.sub(_character_pairs, text)


def without_unspaced(text: str) -> str:
    """A text without the parts that are written without spaces: only codes remain.

    Example: "AS-278期间" -> "AS-278 ".
    """
    return text if text.isascii() else _UNSPACED_RUN.sub(" ", text)


def _apart(text: str) -> str:
    text = _SIGNED.sub(lambda match: _SIGNS[match.group()], text)
    return in_pairs(_JOINT.sub(" ", text))


def searched(text: str) -> str:
    """`spaced`, then each compound as one word, and each version without its "v".

    So "GPT-4" in a document is found by "GPT-4", "GPT 4" and "GPT4".
    Example: "GPT-4 and snake_case" -> "GPT 4 and snake case\\nGPT4 snakecase".
    """
    text = folded(text)
    whole = _VERSION.findall(text)
    if _JOINT.search(text):
        whole += [_JOINT.sub("", run) for run in _COMPOUND.findall(text) if _JOINT.search(run)]
    return f"{_apart(text)}\n{' '.join(whole)}" if whole else _apart(text)


def _character_pairs(match: re.Match[str]) -> str:
    """The overlapping pairs of neighbours in a run: "東京都" -> " 東京 京都 "."""
    run = match.group()
    if len(run) == 1:
        return f" {run} "
    return f" {' '.join(map(''.join, zip(run, run[1:], strict=False)))} "
