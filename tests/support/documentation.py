"""The documentation as the tests read it, and its tables of settings.

`python tests/support/documentation.py` writes the tables into dataflows/README.md anew.
"""

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace.settings import GROUPS, PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "dataflows" / "README.md"
#: What stands before and after the tables of settings.
BEGIN = "<!-- settings -->\n"
END = "<!-- /settings -->"
RENEW = "renew the tables of settings with: python tests/support/documentation.py"
FOLDERS = ("dataflows", "notebooks", "sql", "tests")

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
#: What ends a command in a shell: a pipe, a redirection, another command, a comment.
_SHELL = ("|", ">", "&&", ";", "#", "&")
_WRITTEN_DEFAULTS = {
    "data_dir": "the system's folder for user data",
    "embeddings_models": "those of well-known models",
    "prices": "those of Claude Haiku, Sonnet and Opus",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}, {self.text.partition(chr(10))[0]}"


def pages() -> list[Path]:
    """Every page of the documentation."""
    found = [*ROOT.glob("*.md")]
    for folder in FOLDERS:
        found += (ROOT / folder).rglob("*.md")
    return sorted(found)


def readmes() -> list[Path]:
    """The pages that say how things are now; a changelog says how they were."""
    return [page for page in pages() if page.name == "README.md"]


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks of a page in these languages, or in any."""
    found = []
    for _, language, text in _FENCE.findall(page.read_text(encoding="utf-8")):
        if not languages or language in languages:
            found.append(Block(page, language, textwrap.dedent(text)))
    return found


def all_blocks(language: str) -> list[Block]:
    """The fenced blocks of all READMEs in this language."""
    found = []
    for page in readmes():
        found += blocks(page, language)
    return found


def prose(page: Path) -> str:
    """A page without its fenced blocks; its lines keep their numbers."""
    text = page.read_text(encoding="utf-8")
    return _FENCE.sub(lambda block: "\n" * block.group().count("\n"), text)


def relative_links(page: Path) -> list[str]:
    """The links of a page that lead to this project."""
    links = _LINK.findall(prose(page))
    return [link for link in links if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page in links."""
    found: set[str] = set()
    for heading in _HEADING.findall(prose(page)):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\s-]", "", words).strip().replace(" ", "-")
        number = 1
        while anchor in found:
            anchor = f"{anchor.removesuffix(f'-{number - 1}')}-{number}"
            number += 1
        found.add(anchor)
    return found


def command_lines(page: Path) -> Iterator[list[str]]:
    """The arguments of each `run.py` line in a page's blocks of shell."""
    for block in blocks(page, "sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            before, program, rest = line.partition("run.py ")
            if program and "#" not in before:
                yield _arguments(rest)


def mentioned_commands(page: Path) -> Iterator[list[str]]:
    """The arguments of each `run.py` line in a page's prose; they may be incomplete."""
    for written in _INLINE.findall(prose(page)):
        _, program, rest = " ".join(written.split()).partition("run.py ")
        if program:
            yield _arguments(rest)


def _arguments(rest: str) -> list[str]:
    """The arguments in the rest of a line, up to what the shell would take."""
    words = shlex.split(rest, comments=True)
    for number, word in enumerate(words):
        if word in _SHELL:
            return words[:number]
    return words


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return "DATABASE_URL" if name == "database_url" else f"{PREFIX}{name.upper()}"


def settings_tables() -> str:
    """The tables of settings, one for each group."""
    parts = []
    for group, names in GROUPS.items():
        lines = [f"### {group.capitalize()}", "", "| variable | default | what it is |"]
        lines.append("|---|---|---|")
        for name in names:
            field = Settings.model_fields[name]
            default = _WRITTEN_DEFAULTS.get(name) or _shown(field.default)
            lines.append(f"| `{variable_of(name)}` | {default} | {field.description} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _shown(default: Any) -> str:
    """A default as it is set; "none" for nothing."""
    if default is None or default == ():
        return "none"
    if isinstance(default, tuple):
        return " ".join(str(part) for part in default)
    return str(default)


def with_tables(text: str) -> str:
    """A page with the present tables between its markers."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{MAP} has no lines {BEGIN.strip()} and {END}")
    return f"{before}{BEGIN}\n{settings_tables()}\n{END}{after}"


if __name__ == "__main__":
    MAP.write_text(with_tables(MAP.read_text(encoding="utf-8")), encoding="utf-8")
