"""Greetings, thanks, farewells and assent: messages that ask nothing."""

import re

from headrace.text.folding import folded

#: The phrases, by language and kind.
_SAID = {
    "english": {
        "greeting": "hello|hi|hey|howdy|greetings|good morning|good afternoon|good evening|good day"
        "|how are you|how is it going|hows it going|nice to meet you",
        "thanks": "thanks|thank you|thank|thx|ty|cheers|much appreciated",
        "farewell": "bye|goodbye|good bye|bye bye|see you|see ya|good night|that is all|thats all"
        "|that was all|that will be all|that will do|thatll do|that is it|thats it|nothing else"
        "|nothing more|no more questions|no further questions|never mind|have a nice day"
        "|have a good day",
        "assent": "ok|okay|alright|all right|got it|i see|understood|makes sense|great|perfect"
        "|excellent|awesome|cool|super|that helps|that helped|this helped|very helpful"
        "|i have everything i need|i have all i need|that is all i need|thats all i need",
    },
    "german": {
        "greeting": "hallo|moin|servus|guten morgen|guten tag|guten abend|grüß gott|grüezi"
        "|wie geht es dir|wie geht es ihnen|wie gehts",
        "thanks": "danke|dankeschön|danke schön|vielen dank|besten dank|herzlichen dank",
        "farewell": "tschüss|tschüs|auf wiedersehen|bis bald|bis dann|gute nacht|das wars"
        "|das war es|das ist alles|das war alles|das reicht|sonst nichts|keine weiteren fragen"
        "|schönen tag|schönen abend",
        "assent": "alles klar|verstanden|verstehe|perfekt|prima|klasse|in ordnung|passt"
        "|das hilft mir|das hilft|das hat geholfen|das hat mir geholfen|sehr hilfreich",
    },
    "french": {
        "greeting": "bonjour|bonsoir|salut|coucou|comment allez vous|ça va|comment ça va",
        "thanks": "merci",
        "farewell": "au revoir|à bientôt|bonne journée|bonne soirée|bonne nuit|c est tout",
        "assent": "d accord|parfait|très bien|compris",
    },
    "spanish": {
        "greeting": "hola|buenos días|buenas tardes|buenas noches|buenas|qué tal",
        "thanks": "gracias",
        "farewell": "adiós|hasta luego|hasta pronto|eso es todo",
        "assent": "vale|perfecto|entendido|de acuerdo",
    },
    "italian": {
        "greeting": "ciao|salve|buongiorno|buonasera",
        "thanks": "grazie",
        "farewell": "arrivederci|a presto|è tutto",
        "assent": "va bene|perfetto|capito",
    },
    "portuguese": {
        "greeting": "olá|oi|bom dia|boa tarde|boa noite",
        "thanks": "obrigado|obrigada",
        "farewell": "tchau|até logo|é tudo",
        "assent": "tudo bem|perfeito|entendi",
    },
    "dutch": {
        "greeting": "hoi|goedemorgen|goedemiddag|goedenavond|goedendag",
        "thanks": "bedankt|dank je|dank u|dank je wel|dank u wel",
        "farewell": "doei|tot ziens|dat is alles|dat was het",
        "assent": "begrepen|prima|oké",
    },
}
#: Words that go with these phrases.
_BESIDE = frozenset(
    (
        "a again all and answer answers dear everyone folks for help i info information is it lot "
        "mate me much my no now oh quick really so team that the there this to today very was "
        "well you your yes aber antwort auch das deine die dir erstmal euch für hilfe ihre ihnen "
        "ja nein nun noch schön sehr super und war zusammen à aide beaucoup bien et merci mille "
        "non oui pour tous tout votre ayuda mil muchas muy por su sí todos tu y aiuto e molto per "
        "tanto tutti ajuda muito muita obrigado pela heel je ook u voor wel"
    ).split()
)
#: If a text has several kinds, the first is meant: "Hi, and thanks!" is thanks.
_KINDS = ("thanks", "farewell", "greeting", "assent")
_MOST_WORDS = 12
_MOST_CHARACTERS = 120
_LONGEST_PHRASE = 5
#: A single word of up to this many capitals is an abbreviation: "HI".
_ABBREVIATION = 3
_APOSTROPHE = re.compile(r"(?<=\w)['’`](?=s\b)")
_WORD = re.compile(r"\w+")
#: What may end a greeting before a question.
_SENTENCE_END = re.compile(r"[.,;:!?]+(?:\s+|$)")


def _phrases() -> dict[tuple[str, ...], tuple[str, str]]:
    """Kind and language of each phrase, by its words."""
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for language, by_kind in _SAID.items():
        for kind, phrases in by_kind.items():
            for phrase in phrases.split("|"):
                found.setdefault(tuple(phrase.split()), (kind, language))
    return found


_PHRASES = _phrases()


def courtesy_in(text: str) -> tuple[str, str]:
    """The kind and language of a text that greets, thanks, takes leave or assents.

    All of its words must belong to such phrases or go with them: "Thank you so much for
    your help!" is thanks, "Thanks, and in Norway?" is a question.

    Returns:
        "greeting", "thanks", "farewell" or "assent", and "english" or another language;
        ("", "") for any other text.
    """
    if len(text) > _MOST_CHARACTERS:
        return "", ""
    words = _WORD.findall(_APOSTROPHE.sub("", folded(text).lower()))
    is_abbreviation = len(words) == 1 and text.isupper() and len(words[0]) <= _ABBREVIATION
    if not 0 < len(words) <= _MOST_WORDS or is_abbreviation:
        return "", ""
    languages: dict[str, str] = {}
    start = 0
    while start < len(words):
        length = _phrase_length(words, start)
        if length:
            kind, language = _PHRASES[tuple(words[start : start + length])]
            languages.setdefault(kind, language)
        elif words[start] not in _BESIDE:
            return "", ""
        start += max(length, 1)
    for kind in _KINDS:
        if kind in languages:
            return kind, languages[kind]
    return "", ""


def without_courtesy(text: str) -> str:
    """A question without the greeting or thanks before it.

    Example: "Thanks! And in Norway?" -> "And in Norway?".
    """
    end = _SENTENCE_END.search(text, 0, _MOST_CHARACTERS)
    while end and courtesy_in(text[: end.start()])[0]:
        rest = text[end.end() :].strip()
        if not any(map(str.isalnum, rest)):
            break
        text = rest
        end = _SENTENCE_END.search(text, 0, _MOST_CHARACTERS)
    return text


def _phrase_length(words: list[str], start: int) -> int:
    """The number of words of the longest phrase that begins at `start`; 0 for none."""
    for length in range(_LONGEST_PHRASE, 0, -1):
        if tuple(words[start : start + length]) in _PHRASES:
            return length
    return 0
