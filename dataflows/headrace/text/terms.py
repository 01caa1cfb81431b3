"""Text as the keyword search reads it: what becomes a word of its own, in documents and questions alike.

PostgreSQL's parser stems and drops stop words, but takes "and/or" for the name of a file, the 4 of "GPT-4" for minus four, "end.Next" for
the name of a host and a whole Chinese sentence for one word. So it is given a text in which words stand apart.
"""

import re
from dataclasses import dataclass

#: Characters of writing that puts no spaces between words: Thai, Lao, Khmer, Japanese, Chinese, Korean (which puts them elsewhere).
_UNSPACED = (
    "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
)
_RUN = re.compile(f"[{_UNSPACED}]+")
#: What joins the parts of a name: "snake_case", "CVE-2024-3094", "and/or", "end.Next". "3.11.7" and "2,5" stay whole.
_JOINT = re.compile(r"[-_/:@](?<=[^\W_].)(?=[^\W_])|\.(?<=[^\W\d_]{2}.)(?=[^\W\d_]{2})")
#: "C++", "F#": a letter that PostgreSQL would read alone.
_SIGNED = re.compile(r"(?:\+\+(?<=\b[^\W\d_]\+\+)|#(?<=\b[^\W\d_]#))(?!\w)")
_SIGNS = {"++": "plusplus", "#": "sharp"}
_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»')
#: At the end only: in the middle of a sentence a hyphen is one that lost its word ("resource -limited settings").
_EXCLUDED = re.compile(r'(?:\s+-(?:[^\W\d_][\w.+#/-]*|"[^"]+"|“[^“”]+”))+\s*$')


@dataclass(frozen=True)
class Asked:
    """A question without what it excludes, the phrases it quotes, of two words and more, and what it excludes."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def read_syntax(question: str) -> Asked:
    """What quotation marks, and words with a hyphen in front at the end, ask for.

    Example: 'speed of a "big cat" -car -"sports club"' -> 'speed of a "big cat"', ("big cat",), ("car", "sports club").
    """
    match = _EXCLUDED.search(question)
    cut = (
        match.start()
        if match and any(map(str.isalnum, question[: match.start()]))
        else len(question)
    )
    text, tail = question[:cut], question[cut:]
    phrases = [
        phrase
        for quoted in _QUOTED.findall(text)
        if len((phrase := "".join(quoted).strip()).split()) > 1
    ]
    excluded = re.findall(r"-(?:[\"“]([^\"“”]+)[\"”]|(\S+))", tail)
    return Asked(text, tuple(phrases), tuple(phrase or word for phrase, word in excluded))


def spaced(text: str) -> str:
    """The text with its words apart: compounds in their parts, writing without spaces in pairs of neighbouring characters.

    Example: "GPT-4 and/or 東京都" -> "GPT 4 and or 東京 京都".
    """
    text = _SIGNED.sub(lambda match: _SIGNS[match.group()], text)
    return _RUN.sub(_pairs, _JOINT.sub(" ", text))


def searched(text: str) -> str:
    """`spaced`, and behind it each compound in one word: "GPT-4" is found by "GPT-4", "GPT 4" and "GPT4".

    Example: "GPT-4 and snake_case" -> "GPT 4 and snake case\\nGPT4 snakecase".
    """
    if not _JOINT.search(text):
        return spaced(text)
    compounds = [
        _JOINT.sub("", run) for run in re.findall(r"[\w/:@.-]+", text) if _JOINT.search(run)
    ]
    return f"{spaced(text)}\n{' '.join(compounds)}"


def _pairs(match: re.Match) -> str:
    run = match.group()
    return f" {run if len(run) == 1 else ' '.join(run[index : index + 2] for index in range(len(run) - 1))} "
