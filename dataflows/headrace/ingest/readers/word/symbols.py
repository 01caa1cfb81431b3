"""Characters of symbol fonts, whose codes are those of other characters."""

_GREEK_CAPITALS = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_GREEK = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
#: Symbol fonts are also found at these codes and above.
_PRIVATE = 0xF000
_SYMBOL = {
    **{ord("A") + place: letter for place, letter in enumerate(_GREEK_CAPITALS)},
    **{ord("a") + place: letter for place, letter in enumerate(_GREEK)},
    0x22: "∀",
    0x24: "∃",
    0xA2: "′",
    0xA3: "≤",
    0xA5: "∞",
    0xAB: "↔",
    0xAC: "←",
    0xAD: "↑",
    0xAE: "→",
    0xAF: "↓",
    0xB0: "°",
    0xB1: "±",
    0xB2: "″",
    0xB3: "≥",
    0xB4: "×",
    0xB5: "∝",
    0xB6: "∂",
    0xB7: "•",
    0xB8: "÷",
    0xB9: "≠",
    0xBA: "≡",
    0xBB: "≈",
    0xBC: "…",
    0xC6: "∅",
    0xC7: "∩",
    0xC8: "∪",
    0xCC: "⊂",
    0xCE: "∈",
    0xD1: "∇",
    0xD2: "®",
    0xD3: "©",
    0xD4: "™",
    0xD5: "∏",
    0xD6: "√",
    0xD7: "⋅",
    0xD8: "¬",
    0xD9: "∧",
    0xDA: "∨",
    0xDB: "⇔",
    0xDE: "⇒",
    0xE5: "∑",
    0xF2: "∫",
}
_WINGDINGS = {
    0x21: "✏",
    0x28: "☎",
    0x2A: "✉",
    0x4A: "☺",
    0x4C: "☹",
    0x6C: "●",
    0x6E: "■",
    0x6F: "☐",
    0x71: "☐",
    0x76: "❖",
    0x78: "☒",
    0x9F: "•",
    0xA1: "○",
    0xA4: "◉",
    0xA7: "▪",
    0xA8: "☐",
    0xAB: "★",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE8: "→",
    0xF0: "⇨",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}
_WINGDINGS_2 = {
    0x4F: "✗",
    0x50: "✓",
    0x51: "☒",
    0x52: "☑",
    0x53: "☒",
    0x54: "☒",
    0x96: "●",
    0xA3: "☐",
}
_WEBDINGS = {0x61: "✓", 0x63: "☐", 0x72: "✗"}
_FONTS = {
    "symbol": _SYMBOL,
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "webdings": _WEBDINGS,
}


def shown_in(font: str, text: str) -> str:
    """A text as a font shows it; one of a font that is not for symbols stays.

    Example: "þ" in Wingdings is "☑".
    """
    signs = _FONTS.get(font.lower())
    if signs is None:
        return text
    return "".join(_sign(ord(character), signs) for character in text)


def symbol(font: str, code: str) -> str:
    """A symbol by its code, which is hexadecimal; "" when it is unknown."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    shown = shown_in(font, chr(number)) if number < 0x110000 else ""
    return "" if shown and _PRIVATE <= ord(shown) <= _PRIVATE + 0xFF else shown


def _sign(number: int, signs: dict[int, str]) -> str:
    code = number - _PRIVATE if _PRIVATE <= number <= _PRIVATE + 0xFF else number
    return signs.get(code, chr(number if code != number and code < 0x20 else code))
