"""Units of measure: what kind of thing they count, and how they convert."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: what it measures, and how many of the kind's base unit it is."""

    kind: str
    size: float


#: Base units whose symbols take prefixes: "kg", "mL", "GB". Capitals count.
_SYMBOLS = {
    "g": Unit("mass", 1),
    "m": Unit("length", 1),
    "l": Unit("volume", 1),
    "L": Unit("volume", 1),
    "s": Unit("time", 1),
    "M": Unit("molarity", 1),
    "mol": Unit("amount", 1),
    "Hz": Unit("frequency", 1),
    "W": Unit("power", 1),
    "Wh": Unit("energy", 3600),
    "J": Unit("energy", 1),
    "cal": Unit("energy", 4.184),
    "V": Unit("voltage", 1),
    "Pa": Unit("pressure", 1),
    "eV": Unit("electronvolts", 1),
    "Da": Unit("daltons", 1),
    "Gy": Unit("dose", 1),
    "B": Unit("data", 8),
    "bit": Unit("data", 1),
    "bp": Unit("base pairs", 1),
}
_PREFIXES = {
    "T": 1e12,
    "G": 1e9,
    "M": 1e6,
    "k": 1e3,
    "K": 1e3,
    "h": 1e2,
    "d": 1e-1,
    "c": 1e-2,
    "m": 1e-3,
    "μ": 1e-6,
    "µ": 1e-6,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
}
#: The words that the symbols are written out as, and the words for their prefixes.
_WORDS = {
    "gram": "g",
    "gramm": "g",
    "gramme": "g",
    "meter": "m",
    "metre": "m",
    "liter": "l",
    "litre": "l",
    "second": "s",
    "sekunde": "s",
    "hertz": "Hz",
    "watt": "W",
    "joule": "J",
    "calorie": "cal",
    "volt": "V",
    "byte": "B",
    "bit": "bit",
    "mole": "mol",
    "pascal": "Pa",
    "dalton": "Da",
}
_PREFIX_WORDS = {
    "tera": 1e12,
    "giga": 1e9,
    "mega": 1e6,
    "kilo": 1e3,
    "centi": 1e-2,
    "zenti": 1e-2,
    "milli": 1e-3,
    "micro": 1e-6,
    "mikro": 1e-6,
    "nano": 1e-9,
}
_DAY = 86_400.0
_MONTH = "months"
#: All other units, by the words and symbols they are written as.
_OTHERS = {
    Unit("time", 1): "sec secs",
    Unit("time", 60): "minute min mins minuten",
    Unit("time", 3600): "hour hr hrs h stunde stunden std",
    Unit("time", _DAY): "day tag tage tagen werktage werktagen",
    Unit("time", 7 * _DAY): "week wk wks woche wochen",
    Unit("time", 14 * _DAY): "fortnight",
    Unit(_MONTH, 1): "month mo mos monat monate monaten",
    Unit(_MONTH, 12): "year yr yrs jahr jahre jahren",
    Unit(_MONTH, 120): "decade jahrzehnt jahrzehnte jahrzehnten",
    Unit(_MONTH, 1200): "century centuries jahrhundert jahrhunderte jahrhunderten",
    Unit("share", 0.01): "% percent percentage pct pc prozent",
    Unit("share", 0.001): "‰ permille promille",
    Unit("degrees", 1): "° degree grad",
    Unit("celsius", 1): "°c celsius",
    Unit("fahrenheit", 1): "°f fahrenheit",
    Unit("length", 1609.344): "mile mi meile meilen",
    Unit("length", 0.3048): "foot feet ft fuß",
    Unit("length", 0.0254): "inch inches zoll",
    Unit("length", 0.9144): "yard yd yds",
    Unit("mass", 1e6): "ton tonne tonnen",
    Unit("mass", 453.592): "lb lbs",
    Unit("mass", 28.3495): "ounce oz",
    Unit("area", 1e4): "hectare ha hektar",
    Unit("area", 4046.86): "acre",
    Unit("volume", 3.78541): "gallon",
    Unit("dollars", 1): "$ dollar usd",
    Unit("dollars", 0.01): "cent ¢",
    Unit("euros", 1): "€ euro eur",
    Unit("pounds", 1): "£ pound gbp pfund",
    Unit("yen", 1): "¥ yen jpy",
    Unit("francs", 1): "chf franc franken",
    Unit("rupees", 1): "₹ rupee inr",
    Unit("horsepower", 1): "hp horsepower",
    Unit("mmHg", 1): "mmhg",
    Unit("folds", 1): "fold x × times mal",
    Unit("decibels", 1): "db decibel",
    Unit("international units", 1): "iu",
    Unit("energy", 4184): "kcal",
    Unit("speed", 1 / 3.6): "kph kmh",
    Unit("speed", 0.44704): "mph",
}
#: The signs of currencies, which come before the number or after it.
CURRENCY_SIGNS = "$€£¥₹¢"


def _by_symbol() -> dict[str, Unit]:
    found = dict(_SYMBOLS)
    for symbol, unit in _SYMBOLS.items():
        for prefix, factor in _PREFIXES.items():
            found[prefix + symbol] = Unit(unit.kind, unit.size * factor)
    return found


def _by_word() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for unit, names in _OTHERS.items():
        for name in names.split():
            found[name] = unit
            found.setdefault(f"{name}s", unit)
    for word, symbol in _WORDS.items():
        unit = _SYMBOLS[symbol]
        for prefix, factor in (("", 1.0), *_PREFIX_WORDS.items()):
            for ending in ("", "s", "n"):
                found[prefix + word + ending] = Unit(unit.kind, unit.size * factor)
    return found


_BY_SYMBOL = _by_symbol()
_BY_WORD = _by_word()
_PER = "/"


def unit_of(word: str) -> Unit | None:
    """The unit that a word or symbol names: "weeks", "kg", "mg/kg"; None for others.

    Of a rate, the first unit's size counts, and all of it is the kind.
    """
    first, _, rest = word.partition(_PER)
    unit = _BY_SYMBOL.get(first) or _BY_WORD.get(first.lower())
    if unit is None or not rest:
        return unit
    per = [unit_of(part) or Unit(part.lower(), 1) for part in rest.split(_PER)[:3]]
    kinds = _PER.join(f"{one.size:g} {one.kind}" for one in per)
    return Unit(f"{unit.kind}/{kinds}", unit.size)
