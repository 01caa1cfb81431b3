"""Words that carry little meaning."""

from functools import cache
from importlib.resources import files

#: Articles, prepositions and conjunctions, which abbreviations skip.
LINKING_WORDS = frozenset(
    "a an and as at between by for from in into of on or over per the to under via with within "
    "without".split()
)
_ENGLISH_WORDS = frozenset(
    "about any are be been but can could did do does had has have having he her him his how i "
    "if is it its me my our she should so than that their them then there these they this those "
    "was we were what when where which who whom whose why will would you your".split()
)
#: Words of a question that few answers repeat. A name may have one: "Theresa May".
_VAGUE_WORDS = frozenset("many may much some".split())
_NEGATIONS = frozenset(("no", "not"))
_GERMAN_WORDS = frozenset(
    "auf das dem den der des die ein eine einer eines er es für ich ihm ihn ihr im ist mir mit "
    "oder sie sind und uns vom von war wer wie wir wo zu zum zur".split()
)

#: No name begins or ends with one of these; it may have one inside: "bank of oslo".
FUNCTION_WORDS = LINKING_WORDS | _ENGLISH_WORDS | _NEGATIONS | _GERMAN_WORDS
#: Words that do not say what a text is about. German ones are left out: "die" and "war"
#: are also words of English texts.
EMPTY_WORDS = LINKING_WORDS | _ENGLISH_WORDS | _VAGUE_WORDS

#: Question words, with their verbs and pronouns, that are not among PostgreSQL's stop
#: words, or are of languages for which it has none.
_ASKING_WORDS = {
    "english": (
        "also although among anyone cannot could ever has however into may many might much must "
        "per please really shall show since someone still upon us use used via whether whose "
        "within without would yet"
    ),
    "german": (
        "bitte brauche darf dauert dürfen finde funktioniert gibt geht gilt heisst heißt kannst "
        "könnt kostet läuft liegt möchte muß müssen sollen sollten wann warum wem wen wer weshalb "
        "wessen wieso wieviel wieviele viele wofür woher wohin womit woran wovon wozu wurde "
        "wurden beim zeig zeige bedeutet bewirkt braucht bringt eigentlich erklär erkläre etwa "
        "gehört gelten hätte lohnt lässt müsste nenne passiert reicht wäre weswegen wobei wodurch "
        "wonach worauf worin worum worüber überhaupt"
    ),
    "french": (
        "cela chez combien comment coûte donc dois doit est-ce faire fait faut ils les elles "
        "mettre où peut peuvent peux plus pourquoi puis quand quel quelle quelles quels quelqu "
        "quoi si sont sans sous trouve vers y dont afin après aussi auquel avoir chaque devrait "
        "dire doivent existe jamais laquelle lequel lesquelles lesquels lors lorsque non oui "
        "pourrait savoir selon sert signifie toujours très veulent veut voir être"
    ),
    "spanish": (
        "adónde así cada cuando cuanta cuantas cuanto cuantos cuesta cuál cuáles cuándo cuánta "
        "cuántas cuánto cuántos cómo debo dónde puede pueden puedes puedo quién quiénes se si "
        "según sirve conviene debe deben debería deberían dime existe existen explícame hace "
        "hacen hacer hago mientras ocurre pasa podría podrían significa sería tras"
    ),
    "italian": (
        "può posso puoi possono devo deve quando qual quali cosa cos dove dov quanta costa "
        "fare senza chiunque si sono conviene dire esiste significa"
    ),
    "portuguese": (
        "cadê onde qual quais quanta quantas quanto quantos posso pode podem preciso fazer faço "
        "custa devo deve porque porquê quê há sobre às nas nos existe existem significa"
    ),
    "dutch": (
        "hoeveel kunt kunnen mag moeten waar waarom wanneer waarvoor welk welke werkt wij zijn "
        "staat staan kost hoelang graag jouw"
    ),
    "swedish": (
        "finns fungerar gör hur kan kostar kommer många mycket måste när ska skulle var varför "
        "vart vem vilka vilken vilket"
    ),
    "danish": "hvad hvem hvilke hvilken hvilket hvor hvordan hvorfor hvornår kan koster må",
    "norwegian": "hva hvem hvilke hvilken hvilket hvor hvordan hvorfor når kan koster må",
    "finnish": "kuinka miten miksi milloin missä mikä mitkä montako paljonko voiko voinko onko",
    "hungarian": "hogyan hol hány kell lehet mennyi mennyibe miért mikor melyik van vannak",
    "turkish": "hangi kaç kimin nedir nerededir nasıl midir mıdır var yok ne",
    "russian": "где зачем как какая какие какой когда кто куда нужно откуда почему сколько что",
    "chinese": (
        "什么 是什么 什么是 为什么 什么时候 什么意思 为何 怎么 怎么样 怎样 如何 哪些 有哪些 哪个 "
        "哪一个 哪里 哪儿 哪种 多少 多久 多大 几个 谁 是谁 何时 何处 请问 能否 是否 吗 呢"
    ),
    "japanese": (
        "とは とは何ですか 何ですか 何でしたか ですか でしたか ますか ましたか ありますか なぜ "
        "いつ どこ どの どのように どうやって どうすれば どんな どれ 誰 いくつ いくら "
        "教えてください"
    ),
    "polish": (
        "a co czy dlaczego dla do gdzie i ile jak jaka jaki jakie jest kiedy kto które który która "
        "ma można na nie o od po są się to w we z za ze że"
    ),
}


@cache
def stop_words() -> dict[str, frozenset[str]]:
    """The stop words of each language, by PostgreSQL's name for it.

    They are those that PostgreSQL's text search drops, and the words that questions are
    asked with.
    """
    found: dict[str, set[str]] = {}
    for language, lines in listed_by_language("headrace.text", "stop_words.txt").items():
        found[language] = set(" ".join(lines).split())
    for language, words in _ASKING_WORDS.items():
        found.setdefault(language, set()).update(words.split())
    return {language: frozenset(words) for language, words in found.items()}


def listed_by_language(package: str, name: str) -> dict[str, list[str]]:
    """The lines that a file of a package has for each language.

    A line that ends in a colon begins a language. Empty lines, and those that begin
    with "#", are left out.
    """
    found: dict[str, list[str]] = {}
    language = ""
    for line in files(package).joinpath(name).read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.endswith(":"):
            language = line[:-1]
        else:
            found.setdefault(language, []).append(line)
    return found
