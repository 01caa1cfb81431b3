"""The language of a question, told by its function words or its script.

A question has too few letters for a statistical model, but hardly any has no function
word. Languages that share a script are told apart by words that few others have.
"""

import re
from collections.abc import Sequence

from headrace.text.folding import folded

#: Function words, by PostgreSQL's name of the language. A word that several languages
#: have counts for each of them.
_FUNCTION_WORDS = {
    "english": (
        "a an and are as at be by can could did do does for from had has have how i in is "
        "it its many me much my not of on or our should so that the their there these they "
        "this to was we were what when where which who whom whose why will with would you "
        "your"
    ),
    "german": (
        "aber als am an auf aus bei bin bis das dass dem den der des die dies diese du "
        "durch ein eine einem einen einer eines er es für gegen gibt habe haben hat ich ihr "
        "im in ist kann kein keine können lang lange man mein mich mir mit muss nach nicht "
        "oder ohne sich sie sind soll um und uns unter viel viele vom von vor wann war "
        "waren warum was welche welchem welchen welcher welches wenn wer werden wie wieso "
        "wir wird wo woher wurde wurden zu zum zur über"
    ),
    "french": (
        "au aux avec ce ces cette combien comment dans de des du elle en est et il ils je "
        "la le les leur ma mais mes mon ne nous on ou où par pas pour pourquoi qu quand que "
        "quel quelle quelles quels qui quoi sa sans se ses son sont sur ta tu un une vous y "
        "à"
    ),
    "spanish": (
        "a al como con cuál cuáles cuándo cuánto cuántos cómo de del dónde el ella en es "
        "está están fue hay la las lo los mi no o para pero por puede puedo que quién "
        "quiénes qué se ser si sin son su sus tiene tu un una y yo"
    ),
    "italian": (
        "a al alla che chi come con cosa cui da dal dalla dei del della delle di dove e gli "
        "ha ho i il in io la le lo ma mi nel nella non o per perché più può qual quale "
        "quali quando quanti quanto se si sono su tra un una uno è"
    ),
    "portuguese": (
        "a ao aos as com como da das de do dos e ela ele em está foi há isso mais mas meu "
        "na nas no nos não o onde os ou para pela pelo por porque posso quais qual quando "
        "quanto quantos que quem se sem ser seu sua são tem um uma você à é"
    ),
    "dutch": (
        "aan als bij dan dat de deze die dit door een en er haar heb heeft het hij hoe "
        "hoeveel ik in is je kan kunnen maar met mijn naar niet of om ook op over te tot "
        "uit van veel voor waar waarom wanneer was wat we welke wie worden wordt zijn"
    ),
    "swedish": (
        "att av de den det du eller en ett finns från för har hur i inte jag kan kommer man "
        "med men mig min mycket många när och om på ska som så till under vad var varför "
        "vart vem vi vilka vilken vilket är"
    ),
}
_WORDS = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
#: Scripts that one language, or hardly any other, is written in.
_SCRIPTS = {
    "russian": re.compile("[\u0400-\u04ff]"),
    "greek": re.compile("[\u0370-\u03ff]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "hindi": re.compile("[\u0900-\u097f]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
    "korean": re.compile("[\uac00-\ud7af]"),
    "japanese": re.compile("[\u3040-\u30ff]"),
    "chinese": re.compile("[\u4e00-\u9fff]"),
}
#: Languages of which PostgreSQL has no text search configuration here.
_SIMPLE = frozenset(("hebrew", "hindi", "thai", "korean", "japanese", "chinese"))
_WORD = re.compile(r"[^\W\d_]+")
#: Words of a text that tell its language.
_READ_WORDS = 200
_READ_CHARACTERS = 4000
#: A language needs this many function words, and this many more than the next.
_LEAST_WORDS = 2
_LEAST_LEAD = 1


def language_of(text: str) -> str:
    """The language of a question, such as "german"; "" where that is not clear.

    Example: "Wie lange dauert die Elternzeit?" -> "german".
    """
    text = folded(text[:_READ_CHARACTERS]).lower()
    letters = sum(map(str.isalpha, text))
    for language, script in _SCRIPTS.items():
        if 2 * len(script.findall(text)) > letters > 0:
            return language
    if re.search("[\u3040-\u30ff]", text):
        return "japanese"
    words = _WORD.findall(text)[:_READ_WORDS]
    found = {language: sum(map(known.__contains__, words)) for language, known in _WORDS.items()}
    first, second, *_ = sorted(found, key=found.__getitem__, reverse=True)
    is_clear = found[first] >= _LEAST_WORDS and found[first] - found[second] >= _LEAST_LEAD
    return first if is_clear else ""


def is_foreign(language: str, of_documents: Sequence[str]) -> bool:
    """Whether documents in these text search configurations are in other languages.

    False where the language is not known.
    """
    configuration = "simple" if language in _SIMPLE else language
    return bool(language) and configuration not in of_documents
