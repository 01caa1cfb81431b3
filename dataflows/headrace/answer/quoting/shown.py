"""A part of the answer as it is shown."""

import re
from collections.abc import Sequence

from headrace.answer.quoting.evidence import Evidence, place_of, said, said_together
from headrace.answer.quoting.extending import items_left
from headrace.answer.quoting.sentences.identifiers import held_identifiers, identifiers
from headrace.answer.quoting.stretches import Stretch
from headrace.text.answer_types import asks_name, fits, fits_place
from headrace.text.markup.readable import readable
from headrace.text.sentences import LONG
from headrace.text.words import stems
from headrace.types import CitedText, ScoredSentence, Sentence, SentenceRange

#: A heading that names a setting or an option: "MAX_PAGE_SIZE", "--dry-run".
_SETTING = re.compile(r"\w+_\w+(?:\.\w+)?|[\w.]+\.\w+_\w+|--\w[\w-]*")
#: A heading that may be the name of a person.
_PERSON = re.compile(r"[A-ZÀ-Þ][\w'’.-]+(?: [A-ZÀ-Þ][\w'’.-]+){1,3}")
#: "This feature" is what the heading names.
_NAMED_ABOVE = re.compile(
    r"\b(?:this\s+(?:feature|option|setting|command|field|parameter|flag|variable|method|mode"
    r"|function|tool|step|policy|section)"
    r"|diese[rsm]?\s+(?:funktion|option|einstellung|befehl|feld|schalter|variable|methode|modus"
    r"|werkzeug|schritt|regel|abschnitt))\b",
    re.IGNORECASE,
)
#: The end of a whole sentence, heading or row.
_ENDED = re.compile(r"[.!?:|。！？：…][\"'”’»)\]]*$")


def sentence_part(evidence: Evidence, one: ScoredSentence) -> CitedText:
    """One sentence as it is shown, with its place."""
    sentence = evidence.sentence(one)
    return CitedText(readable([said(sentence)]).strip(), (place_of(one, sentence),))


def stretch_part(evidence: Evidence, stretch: Stretch, label: str = "") -> CitedText:
    """A stretch as it is shown, with its place.

    Its heading comes before it if that has words of the question, or the date or the
    person asked for, that the stretch lacks, or if it is the name of a setting, or of
    what the stretch calls "this feature". So does the title of a page on one setting.

    Args:
        label: the title of its document, if others are quoted too. It stands in for a
            heading if it has words of the question that the stretch lacks, or a date
            that tells it from others.
    """
    passage = evidence.context.passages[stretch.passage]
    sentences = passage.sentences[stretch.first : stretch.last]
    quote = " ".join(sentence.text for sentence in sentences)
    place = SentenceRange(stretch.passage, stretch.first, stretch.last, quote)
    text = readable(said_together(sentences))
    more = items_left(evidence, stretch)
    text = f"{text} (and {more} more)" if more else text
    if _goes_on(passage.sentences, stretch.first):
        text = f"… {text}"
    if _goes_on(passage.sentences, stretch.last):
        text = f"{text} …"
    frame = _frame(evidence, stretch, text)
    is_told = (stems(label) & evidence.asked) - stems(text) or label != passage.title
    if label and not frame and is_told:
        frame = label
    if frame:
        colon = "" if frame.endswith((".", "?", "!")) else ":"
        text = f"{frame}{colon}\n{text}" if "\n" in text else f"{frame}{colon} {text}"
    return CitedText(text, (place,))


def _goes_on(sentences: Sequence[Sentence], number: int) -> bool:
    """Whether a sentence is the rest of the one before it, which was too long."""
    if not 0 < number < len(sentences):
        return False
    before, rest = sentences[number - 1], sentences[number]
    is_next = before.chunk_id == rest.chunk_id and rest.start - before.end <= 1
    is_long = rest.end - before.start > LONG
    return is_next and is_long and not _ENDED.search(before.text)


def _frame(evidence: Evidence, stretch: Stretch, text: str) -> str:
    """The heading or the introduction that a stretch needs to be understood."""
    passage = evidence.context.passages[stretch.passage]
    sentence = passage.sentences[stretch.first]
    said_words = stems(text)
    question, lacks_kind = evidence.question, not fits(evidence.question, text)
    # A page on one option may have its name as a title alone: "--rate".
    titles = [passage.title] if _SETTING.fullmatch(passage.title) else []
    for frame in (*(sentence.headings[-1:] or titles), sentence.lead.split("\n")[0]):
        words = readable([frame]).strip().rstrip(":：")
        lacking = (stems(words) & evidence.asked) - said_words
        is_asked = lacks_kind and fits(question, words)
        # What is to be done may be told under its name alone: "caddy untrust".
        is_name = evidence.wants_steps or bool(_SETTING.fullmatch(words))
        is_name = is_name or bool(_NAMED_ABOVE.search(text))
        is_needed = lacking or is_asked or (is_name and words not in text)
        if words and is_needed and "|" not in words:
            return words
    lacked = identifiers(question) - held_identifiers(text)
    for heading in sentence.headings[-2::-1]:
        is_asked = lacks_kind and fits_place(question, heading)
        if is_asked or lacked & held_identifiers(heading):
            return readable([heading]).strip()
    return _person(question, (passage.title, *sentence.headings)[-1], said_words)


def _person(question: str, heading: str, said_words: set[str]) -> str:
    """A name over what is said of a person, if the question asks who; else "".

    Example: "Who speaks French?", "Cleo Marin" over "Speaks French." -> "Cleo Marin".
    """
    is_name = bool(_PERSON.fullmatch(heading)) and fits(question, heading)
    is_said = bool(stems(heading) & said_words)
    return heading if asks_name(question) and is_name and not is_said else ""
