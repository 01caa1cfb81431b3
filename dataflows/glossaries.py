"""Glossary files: abbreviations with their long forms, as CSV or YAML."""

import csv
from pathlib import Path

import yaml

from dataflows.errors import SourceError


def read_glossary(path: Path) -> list[tuple[str, str]]:
    """The (short form, long form) pairs of a file, in order: CSV or TSV with two columns, or YAML "RRF: reciprocal rank fusion"
    (a list of long forms where there are several).

    Raises SourceError that says which line is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"reading the glossary {path} failed: {error}") from None
    pairs = _yaml_pairs(path, text) if path.suffix.lower() in (".yaml", ".yml") else _csv_pairs(path, text)
    return [pair for pair in pairs if pair != ("short form", "long form")]


def _csv_pairs(path: Path, text: str) -> list[tuple[str, str]]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" or "\t" in text.partition("\n")[0] else ","
    pairs = []
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise SourceError(f'glossary {path}, line {number}: "{delimiter.join(row)}" is not a short form and a long form')
        pairs.append((cells[0], cells[1]))
    return pairs


def _yaml_pairs(path: Path, text: str) -> list[tuple[str, str]]:
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise SourceError(f"glossary {path} is not YAML: {error}") from None
    if not isinstance(content, dict):
        raise SourceError(f"glossary {path} is not a mapping of short forms to long forms")
    return [(str(short), str(long)) for short, longs in content.items() for long in (longs if isinstance(longs, list) else [longs])]
