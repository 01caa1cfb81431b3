"""The chunks that hold the codes of a question come first."""

import re
from collections.abc import Sequence

from headrace.text.folding import folded
from headrace.text.words import VERSION_MARK, operators, stems
from headrace.types import Hit

_TOKEN = re.compile(r"(?:(?<![\w-])--(?=[^\W\d_]))?\w+(?:[._/-]\w+)*")
#: "hnsw.ef_search" is the "ef_search" of "hnsw".
_MEMBERS = re.compile(r"\.(?=[^\W\d_])")
#: A version, digits joined to letters, a name or an option of code, an operator:
#: "0.5.1", "PST-1044", "ef_2", "ef_search", "--pk", "<=>".
_CODE = re.compile(
    r"(?=[^\d]*\d)(?:\d+(?:\.\d+)+|\w*[^\W\d_]\w*[._/-]\w[\w._/-]*|[a-z]{2,}\d{2,})"
    r"|[^\W_]\w*_\w[\w.]*|--\w[\w-]*|\W+"
)
_DECIMAL = re.compile(r"\d+\.\d+")
#: A code that more chunks hold than this names none of them, unless it is all that the
#: question is about.
_MOST_HOLDING = 6
_FEW_WORDS = 1
#: At most this many of these come first.
_MOST_LIFTED = 3


def with_codes_first(hits: Sequence[Hit], question: str) -> list[Hit]:
    """The hits, those first that hold all codes and versions of the question.

    A keyword search counts a rare word more than a common one, but a code is all that
    a question like "What is new in Sluice 0.5.1?" is about. Where headings have the
    codes, only chunks under these count; "2.9" may be any number where no heading has
    it. Of several, those come first that hold more of the question's words, with their
    title and source.

    Returns:
        The same chunks, best first. Score and rank are those of the place.
    """
    codes = codes_of(question)
    if not codes:
        return list(hits)
    words = stems(question)
    holding, headed = [], []
    for index, hit in enumerate(hits):
        text = hit.chunk.text_in_place
        if not codes <= _tokens(text):
            continue
        held = words & stems(f"{hit.chunk.title} {hit.chunk.source} {text}")
        holding.append((-len(held), index))
        headings = [line for line in text.split("\n") if line.startswith("#")]
        if codes <= _tokens("\n".join(headings)):
            headed.append((-len(held), index))
    is_decimal = all(map(_DECIMAL.fullmatch, codes))
    named = headed if is_decimal else headed or holding
    if len(named) > _MOST_HOLDING and not _is_subject(codes, question):
        return list(hits)
    first = [index for _, index in sorted(named)[:_MOST_LIFTED]]
    others = [index for index in range(len(hits)) if index not in first]
    order = [*first, *others]
    places = zip(hits, order, strict=True)
    return [hits[index]._replace(score=place.score, rank=place.rank) for place, index in places]


def _is_subject(codes: set[str], question: str) -> bool:
    """Whether a question is about its codes and little else.

    It has hardly a word beside them ("What does --pk do?"), or they are operators,
    which no keyword search has looked for.
    """
    others = stems(question) - stems(" ".join(codes))
    return len(others) <= _FEW_WORDS or bool(operators(question))


def codes_of(question: str) -> set[str]:
    """The codes, versions, options and operators of a question.

    Example: "What does --pk do in 0.5.1?" -> {"--pk", "0.5.1"}.
    """
    return {token for token in _tokens(question) if _CODE.fullmatch(token)}


def _tokens(text: str) -> set[str]:
    text = folded(text).lower()
    found = {VERSION_MARK.sub("", token) for token in _TOKEN.findall(text)}
    for token in [token for token in found if "." in token]:
        found.update(_MEMBERS.split(token))
    return found | operators(text)
