"""Numbers written as words, English and German: "twenty-five", "fünfzigste"."""

from collections.abc import Iterator

_ENGLISH_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_GERMAN_UNITS = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn"
).split()
_GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()

#: What multiplies the number before it.
MULTIPLIERS = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "mn": 1e6,
    "mln": 1e6,
    "mio": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
    "tn": 1e12,
    "dozen": 12.0,
    "dutzend": 12.0,
    "hundert": 1e2,
    "tausend": 1e3,
    "tsd": 1e3,
    "millionen": 1e6,
    "milliarde": 1e9,
    "milliarden": 1e9,
    "mrd": 1e9,
    "billionen": 1e12,
    "lakh": 1e5,
    "crore": 1e7,
}
#: Parts of a whole, and how often; "third" and "quarter" may mean something else.
FRACTIONS = {
    "half": 1 / 2,
    "halves": 1 / 2,
    "hälfte": 1 / 2,
    "thirds": 1 / 3,
    "drittel": 1 / 3,
    "quarters": 1 / 4,
    "viertel": 1 / 4,
    "fifths": 1 / 5,
}
#: How often.
TIMES = {
    "twice": 2,
    "thrice": 3,
    "zweimal": 2,
    "dreimal": 3,
}
_IRREGULAR_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fifth": 5,
    "eighth": 8,
    "ninth": 9,
    "twelfth": 12,
}
_GERMAN_ENDINGS = ("e", "er", "es", "en", "em")


def _english() -> Iterator[tuple[str, int]]:
    yield from zip(_ENGLISH_UNITS, range(20), strict=True)
    for ten, word in enumerate(_ENGLISH_TENS, start=2):
        yield word, 10 * ten
        for unit in range(1, 10):
            yield f"{word}-{_ENGLISH_UNITS[unit]}", 10 * ten + unit


def _german() -> Iterator[tuple[str, int]]:
    yield from zip(_GERMAN_UNITS, range(20), strict=True)
    for ten, word in enumerate(_GERMAN_TENS, start=2):
        yield word, 10 * ten
        yield f"einund{word}", 10 * ten + 1
        for unit in range(2, 10):
            yield f"{_GERMAN_UNITS[unit]}und{word}", 10 * ten + unit


def _english_ordinals() -> Iterator[tuple[str, int]]:
    for word, value in _english():
        stem, _, last = word.rpartition("-")
        lead = f"{stem}-" if stem else ""
        for ordinal, irregular in _IRREGULAR_ORDINALS.items():
            if last == _ENGLISH_UNITS[irregular]:
                yield lead + ordinal, value
        if last.endswith("y"):
            yield f"{word[:-1]}ieth", value
        yield f"{word}th", value


def _german_ordinals() -> Iterator[tuple[str, int]]:
    for word, value in (*_german(), ("dritt", 3)):
        stem = word if value == 3 else f"{word}{'st' if value >= 20 else 't'}"
        for ending in _GERMAN_ENDINGS:
            yield stem + ending, value


#: The value of each word.
CARDINALS = {**dict(_german()), **dict(_english()), **TIMES}
ORDINALS = {**dict(_german_ordinals()), **dict(_english_ordinals())}
