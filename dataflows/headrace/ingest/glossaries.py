"""Glossary files: abbreviations with their long forms, as CSV or YAML."""

import csv
from pathlib import Path

import yaml

from headrace.errors import SourceError

#: What the columns of a file are called, where its first line says so.
_SHORT = {"short", "short form", "abbreviation", "abbr", "acronym", "term", "kurzform", "abkürzung"}
_LONG = {
    "long",
    "long form",
    "full form",
    "full name",
    "expansion",
    "meaning",
    "definition",
    "langform",
    "bedeutung",
}


def read_glossary(path: Path) -> list[tuple[str, str]]:
    """The (short form, long form) pairs of a file, in order: CSV or TSV with two columns (a first line that names them, "abbreviation,meaning",
    is no pair), or YAML "RRF: reciprocal rank fusion" (a list of long forms where there are several).

    Raises SourceError that says which line is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"reading the glossary {path} failed: {error}") from None
    return (
        _yaml_pairs(path, text)
        if path.suffix.lower() in (".yaml", ".yml")
        else _csv_pairs(path, text)
    )


def _csv_pairs(path: Path, text: str) -> list[tuple[str, str]]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" or "\t" in text.partition("\n")[0] else ","
    pairs = []
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise SourceError(
                f'glossary {path}, line {number}: "{delimiter.join(row)}" is not a short form and a long form'
            )
        pairs.append((cells[0], cells[1]))
    return pairs[1:] if pairs and _names_columns(*pairs[0]) else pairs


def _names_columns(short: str, long: str) -> bool:
    return short.lower().replace("_", " ") in _SHORT and long.lower().replace("_", " ") in _LONG


def _yaml_pairs(path: Path, text: str) -> list[tuple[str, str]]:
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise SourceError(f"glossary {path} is not YAML: {error}") from None
    if not isinstance(content, dict):
        raise SourceError(f"glossary {path} is not a mapping of short forms to long forms")
    return [
        (str(short), str(long))
        for short, longs in content.items()
        for long in (longs if isinstance(longs, list) else [longs])
    ]
