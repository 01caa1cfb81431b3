"""DECISIONS.md: what the code names is there, and what it names is in the code."""

import re

import pytest

from support.places import ROOT

PACKAGE = ROOT / "dataflows" / "headrace"
DECISIONS = PACKAGE / "measuring" / "DECISIONS.md"
FIELDS = ["constant", "value", "tried", "measured on", "command", "commit"]
#: A line end, and what a comment in Python or SQL has at the beginning of the next.
_LINE_END = re.compile(r"\s*\n\s*(?:#:?|--)?\s*")
_NAMED = re.compile(r'DECISIONS\.md, "([^"]+)"')


def sections() -> dict[str, dict[str, str]]:
    """Title -> field -> text."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"^### ", DECISIONS.read_text(encoding="utf-8"), flags=re.M)[1:]:
        title, _, text = section.partition("\n")
        assert title not in found, f"{title} is there twice"
        text = re.split(r"^## ", text, flags=re.M)[0]
        items = re.findall(r"^- ([a-z ]+): (.+(?:\n  .+)*)", text, flags=re.M)
        found[title] = {name: " ".join(value.split()) for name, value in items}
    return found


SECTIONS = sections()


def named_titles() -> dict[str, str]:
    """Title -> the file that names it."""
    titles = {}
    for folder in (ROOT / "dataflows", ROOT / "sql"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".sql", ".md") and path != DECISIONS:
                text = _LINE_END.sub(" ", path.read_text(encoding="utf-8"))
                for title in _NAMED.findall(text):
                    titles[title] = str(path.relative_to(ROOT))
    return titles


def test_every_decision_that_the_code_names_has_its_section():
    named = named_titles()
    assert len(named) > 20
    missing = {title: path for title, path in named.items() if title not in SECTIONS}
    assert not missing


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_says_what_was_decided_and_on_what_grounds(title):
    assert list(SECTIONS[title]) == FIELDS


@pytest.mark.parametrize("title", SECTIONS)
def test_the_constants_of_a_section_are_in_the_code(title):
    quoted = re.findall(r"`([^`]+)`", SECTIONS[title]["constant"])
    texts = [(PACKAGE / "settings.py").read_text(encoding="utf-8")]
    names = []
    for name in quoted:
        if "/" in name:
            path = ROOT / name if name.startswith("sql/") else PACKAGE / name
            assert path.is_file(), name
            texts.append(path.read_text(encoding="utf-8"))
        elif re.fullmatch(r"[\w.]+", name):
            names.append(name.split(".")[-1])
    missing = [name for name in names if not any(name in text for text in texts)]
    assert not missing
