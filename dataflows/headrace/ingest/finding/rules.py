"""Which names below a folder are passed over, and by which rule.

All rules are written as in a .gitignore file. The last one that matches decides, so a
later rule can undo an earlier one: `!venv/`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pathspec import GitIgnoreSpec

from headrace.errors import SettingsError, SourceError
from headrace.ingest.readers.files import is_file, is_there, opened

_HIDDEN = [".*"]
#: What other programs downloaded or generated: nobody's documents are in it.
_DEPENDENCIES = [
    ".git/",
    ".hg/",
    ".svn/",
    "node_modules/",
    "bower_components/",
    "site-packages/",
    "dist-packages/",
    ".venv/",
    "venv/",
    "__pycache__/",
    ".tox/",
    ".nox/",
    ".eggs/",
    ".gradle/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    ".ipynb_checkpoints/",
]
_DEPENDENCY_KIND = "of dependencies"
#: In the order in which they count.
_IGNORE_FILES = (".gitignore", ".headraceignore")
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """Patterns, the folder that they are relative to, and the kind of a match."""

    kind: str
    base: str
    patterns: GitIgnoreSpec

    def decision(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether a path below `base` is passed over; None: no pattern matches it."""
        name = path[len(self.base) :].lstrip("/") + "/" * is_folder
        return self.patterns.check_file(name).include


@dataclass(frozen=True)
class Selection:
    """What the user chose below the named folders.

    Attributes:
        include: patterns; only files that match one of them are read. () is all files.
        exclude: patterns of files and folders to pass over; they count after all
            others.
        follow_links: whether to follow links that lead out of what was named.
    Both kinds of patterns are written as in .gitignore, from the named folder.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_links: bool = False

    @cached_property
    def included(self) -> GitIgnoreSpec | None:
        return _checked_patterns("include", self.include) if self.include else None

    @cached_property
    def excluded(self) -> GitIgnoreSpec:
        return _checked_patterns("exclude", self.exclude)


def first_rules(folder: Path) -> list[Rule]:
    """The rules that hold for everything below a named folder.

    They are those of Headrace, and those of the ignore files above the folder, up to
    the top of its repository. The latter do not count if they would pass over the
    folder itself: it was named, so it is meant.
    """
    base = str(folder)
    rules = [
        Rule("hidden", base, _patterns(_HIDDEN)),
        Rule(_DEPENDENCY_KIND, base, _patterns(_DEPENDENCIES)),
    ]
    above = list(folder.parents)
    tops = [number for number, parent in enumerate(above) if is_there(parent / ".git")]
    is_top = is_there(folder / ".git")
    for parent in reversed(above[: tops[0] + 1] if tops and not is_top else []):
        for rule in rules_in(parent):
            if not rule.decision(base, is_folder=True):
                rules.append(rule)
    return rules


def rules_in(folder: Path) -> list[Rule]:
    """The rules of the ignore files in a folder.

    Raises:
        SourceError, OSError: one of them cannot be read.
    """
    rules = []
    for name in _IGNORE_FILES:
        path = folder / name
        if is_file(path):
            with opened(path) as file:
                lines = file.read(_MOST_BYTES).decode("utf-8-sig", "replace").splitlines()
            rules.append(Rule(f"in {name}", str(folder), _patterns(lines)))
    return rules


def kind_of(path: str, rules: Sequence[Rule], *, is_folder: bool) -> str | None:
    """The kind by which a path is passed over; None when no rule passes it over."""
    for rule in reversed(rules):
        decision = rule.decision(path, is_folder=is_folder)
        if decision is not None:
            return rule.kind if decision else None
    if is_folder and is_file(Path(path, "pyvenv.cfg")):
        return _DEPENDENCY_KIND
    return None


def _patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """The patterns of lines. As in Git, a line that is no pattern matches nothing."""
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _checked_patterns(option: str, patterns: Sequence[str]) -> GitIgnoreSpec:
    for pattern in patterns:
        if not pattern.strip() or not _is_pattern(pattern):
            raise SettingsError(
                f"{option}: {pattern!r} is no pattern: write it as in .gitignore, such as "
                '"*.log", "drafts/" or "!drafts/final.md"'
            )
    return GitIgnoreSpec.from_lines(patterns)


def unreadable_rules(fault: SourceError | OSError) -> str:
    """Why a folder is left out whose ignore file cannot be read."""
    reason = (fault.strerror or str(fault)) if isinstance(fault, OSError) else str(fault)
    return f"its .gitignore or .headraceignore cannot be read ({reason}), so nothing in it is"
