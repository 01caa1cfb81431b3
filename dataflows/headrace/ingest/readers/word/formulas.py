"""Formulas on one line, such as "a/(b+1)"."""

from typing import Any

_SIGNS = {"sSup": "^", "sSub": "_"}


def formula(element: Any) -> str:
    """A formula, or a part of one, as text."""
    if element.tag == "t":
        return element.text or ""
    if element.tag == "f":
        return f"{_grouped(element.find('num'))}/{_grouped(element.find('den'))}"
    if element.tag in _SIGNS:
        script = element.find("sup" if element.tag == "sSup" else "sub")
        return _inside(element.find("e")) + _SIGNS[element.tag] + _grouped(script)
    if element.tag == "rad":
        return f"√{_grouped(element.find('e'))}"
    if element.tag in ("del", "moveFrom"):
        return ""
    return _inside(element)


def _inside(element: Any) -> str:
    return "".join(formula(child) for child in element) if element is not None else ""


def _grouped(element: Any) -> str:
    text = _inside(element)
    return text if text.isalnum() else f"({text})"
