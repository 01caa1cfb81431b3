"""Arguments that several commands take, and what they mean."""

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, get_origin

from dataflows.errors import SettingsError, SourceError
from dataflows.settings import Settings, load_settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    """--set NAME=VALUE, read by `settings_of`."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE[,NAME=VALUE]", dest="choices",
        help="settings for this run, over the environment's HEADRACE_*; e.g. --set keyword=ts_rank,token_budget=1000, or --set @FILE",
    )  # fmt: skip


def add_tenant(parser: argparse.ArgumentParser) -> None:
    """--tenant T, required."""
    parser.add_argument("--tenant", required=True, metavar="T", help="whose documents: tenants never see each other's")


def add_track(parser: argparse.ArgumentParser) -> None:
    """--track, which `Pipeline.open(track=...)` takes."""
    parser.add_argument(
        "--track", action="store_true", help="send the run to the Hamilton UI (run.py ui): a second at the start, a few ms a question"
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """The collections to measure on, and which of their questions."""
    parser.add_argument("collections", nargs="+", type=Path, metavar="COLLECTION", help="a folder with corpus.jsonl.gz, queries.jsonl.gz, qrels.tsv")
    parser.add_argument("--queries", metavar="FILE", help="another file of questions under the same judgements, in the folder or here")
    parser.add_argument("--limit", type=int, metavar="N", help="only N questions of each collection, drawn at random")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which N (default %(default)s)")
    parser.add_argument(
        "--answers", action=argparse.BooleanOptionalAction, default=None,
        help="go on to the answer, or stop at the context; by default answers are made where the collection can judge them",
    )  # fmt: skip


def check_writable(path: Path | None) -> None:
    """Raises SourceError when a file could not be written at the end of a long run."""
    if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
        raise SourceError(f"{path} cannot be written: " + ("it is a folder" if path.is_dir() else f"there is no folder {path.resolve().parent}"))


def settings_of(args: argparse.Namespace, over: Sequence[str] = (), **usual: Any) -> Settings:
    """The settings that --set and the environment make; `usual` are a command's own, which --set goes before, and `over` goes before --set."""
    pairs = [pair for group in [*args.choices, *over] for pair in _pairs(group)]
    choices = dict(_pair(pair) for pair in pairs)
    return load_settings(**usual | {name: _value(name, text) for name, text in choices.items()})


def unknown(argument: str, given: str, known: Iterable[str]) -> SettingsError:
    """The error for a name that an argument does not take."""
    return SettingsError(f"{argument} {given}: unknown; there are: {', '.join(known)}")


def filters_of(pairs: list[str]) -> dict[str, Any]:
    """FIELD=VALUE, several for one field meaning any of them; FIELD=FROM..BEFORE for dates, either side may be empty."""
    filters: dict[str, Any] = {}
    for field, value in (_pair(pair) for pair in pairs):
        if ".." in value:
            low, _, high = value.partition("..")
            filters[field] = {name: day for name, day in (("from", low), ("before", high)) if day}
        else:
            filters.setdefault(field, []).append(value)
    return filters


def day(text: str) -> date:
    """An argparse type: a date like 2026-01-31."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-01-31") from None


def _pairs(group: str) -> list[str]:
    """NAME=VALUE pairs between commas, or those of a file, @FILE: a pair or a HEADRACE_NAME=VALUE a line, # before a remark."""
    if not group.startswith("@"):
        return [pair for pair in group.split(",") if pair.strip()]
    try:
        lines = Path(group[1:]).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"reading the settings {group[1:]} failed: {error}") from None
    return [_unprefixed(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _unprefixed(line: str) -> str:
    name, equals, value = line.partition("=")
    return f"{name.strip().removeprefix('HEADRACE_').lower()}{equals}{value}"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise SettingsError(f"{text!r} is not of the form NAME=VALUE")
    return name.strip(), value.strip()


def _value(name: str, text: str) -> Any:
    """JSON for the settings that are mappings; everything else is read by its own type."""
    field = Settings.model_fields.get(name)
    return json.loads(text) if field is not None and get_origin(field.annotation) is dict else text
