"""Glossary files: abbreviations with their long forms, as CSV or YAML."""

import csv
from pathlib import Path

import yaml

from headrace.errors import SourceError

#: Names of the column of short forms, in a first line that names the columns.
_SHORT = {
    "short",
    "short form",
    "abbreviation",
    "abbr",
    "acronym",
    "term",
    "kurzform",
    "abkürzung",
}
#: Names of the column of long forms.
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
    """The (short form, long form) pairs of a file, in order.

    A CSV or TSV file has two columns; a first line that names them, such as
    "abbreviation,meaning", is not a pair. A YAML file maps short forms to long forms,
    "RRF: reciprocal rank fusion", or to lists of long forms.

    Raises:
        SourceError: the file cannot be read, or a line is wrong; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"reading the glossary {path} failed: {reason}") from None
    if path.suffix.lower() in (".yaml", ".yml"):
        return _yaml_pairs(path, text)
    return _csv_pairs(path, text)


def _csv_pairs(path: Path, text: str) -> list[tuple[str, str]]:
    first_line = text.partition("\n")[0]
    has_tabs = path.suffix.lower() == ".tsv" or "\t" in first_line
    delimiter = "\t" if has_tabs else ","
    pairs = []
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            line = delimiter.join(row)
            raise SourceError(
                f'glossary {path}, line {number}: "{line}" is not a short form and a long form'
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
    pairs = []
    for short, given in content.items():
        for long in given if isinstance(given, list) else [given]:
            pairs.append((str(short), str(long)))
    return pairs
