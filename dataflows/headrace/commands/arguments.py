"""Arguments that several commands take, and what they mean."""

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, get_origin

from headrace.errors import QuestionError, SettingsError, SourceError, did_you_mean
from headrace.execution.arguments import checked_tenant
from headrace.execution.modules import load_module
from headrace.metadata.filters import parse_filters
from headrace.settings import PREFIX, Settings, load_settings
from headrace.types import Filter

_CONDITIONS = "FIELD=VALUE, FIELD!=VALUE, FIELD=FROM..BEFORE, FIELD? and !FIELD"


def add_settings(parser: argparse.ArgumentParser) -> None:
    """--set NAME=VALUE, read by `settings_of`."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE[,NAME=VALUE]",
        dest="choices",
        help="settings for this run, which go before HEADRACE_* and headrace.toml; for example "
        "--set keyword=ts_rank,token_budget=1000, or --set @FILE",
    )


def settings_of(args: argparse.Namespace, over: Sequence[str] = (), **usual: Any) -> Settings:
    """The settings of a run.

    Args:
        over: more of what --set takes, which goes before --set.
        usual: the command's own defaults, which --set goes before.
    Raises SettingsError that names each wrong setting.
    """
    choices: dict[str, Any] = dict(usual)
    for group in [*args.choices, *over]:
        for pair in _pairs(group):
            name, value = _setting(pair)
            choices[name] = value
    return load_settings(**choices)


def add_tenant(parser: argparse.ArgumentParser) -> None:
    """--tenant T, read by `tenant_of`."""
    parser.add_argument(
        "--tenant",
        metavar="T",
        help="whose documents: no tenant sees another's (default: the setting tenant)",
    )


def tenant_of(args: argparse.Namespace, settings: Settings) -> str:
    """The tenant of --tenant, or else of the settings.

    Raises SettingsError when there is none, QuestionError for what cannot be one.
    """
    tenant = settings.tenant if args.tenant is None else args.tenant
    if tenant is None or not tenant.strip():
        raise SettingsError(
            "no tenant was named: give --tenant T, or set HEADRACE_TENANT (in headrace.toml: "
            'tenant = "T")'
        )
    return checked_tenant(tenant)


def add_modules(parser: argparse.ArgumentParser) -> None:
    """--module FILE.py, which may be given several times; read by `modules_of`."""
    parser.add_argument(
        "--module",
        action="append",
        default=[],
        type=Path,
        metavar="FILE.py",
        dest="modules",
        help="your own stages: the functions of this file join the graph and replace nodes of "
        "the same name; may be given several times",
    )


def modules_of(paths: Iterable[Path]) -> list[ModuleType]:
    """The modules in these files.

    Raises SettingsError for a file that is not there or cannot be imported.
    """
    return [load_module(path) for path in paths]


def add_track(parser: argparse.ArgumentParser) -> None:
    """--track, which `Pipeline.open(track=...)` takes."""
    parser.add_argument(
        "--track",
        action="store_true",
        help="send the run to the Hamilton UI (run.py ui): a second at the start, a few ms for "
        "each question",
    )


def add_json(parser: argparse.ArgumentParser, text: str = "write the report here") -> None:
    """--json FILE, checked by `check_writable`."""
    parser.add_argument("--json", type=Path, metavar="FILE", help=text)


def add_listing(parser: argparse.ArgumentParser) -> None:
    """--tenant, --json and --set of a command that shows what is stored."""
    add_tenant(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_settings(parser)


def check_writable(path: Path | None) -> None:
    """Raises SourceError when a file could not be written at the end of a long run."""
    if path is None:
        return
    folder = path.resolve().parent
    if path.is_dir():
        raise SourceError(f"{path} cannot be written: it is a folder")
    if not folder.is_dir():
        raise SourceError(f"{path} cannot be written: there is no folder {folder}")


def check_known(argument: str, given: str, known: Sequence[str]) -> None:
    """Raises SettingsError for a name that an argument does not take."""
    if given not in known:
        raise SettingsError(f"unknown {argument} {given}{did_you_mean(given, known)}")


def add_filter(parser: argparse.ArgumentParser) -> None:
    """--filter, read by `filters_of`."""
    parser.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="CONDITION",
        help="only documents that meet it: FIELD=VALUE (given twice: either); "
        "FIELD=FROM..BEFORE for dates and numbers, at least FROM and below BEFORE, either of "
        "which may be left out; FIELD? if they have the field; FIELD!=VALUE, "
        "FIELD!=FROM..BEFORE and !FIELD for the opposites. run.py facets shows the fields and "
        "their values",
    )


def filters_of(conditions: Sequence[str]) -> tuple[Filter, ...]:
    """The filters that --filter was given; a document has to meet them all.

    The values given for one field with = become one filter, and so do those with !=.

    Raises QuestionError that says what is wrong.
    """
    values: dict[tuple[str, bool], list[str]] = {}
    wanted: list[dict[str, Any]] = []
    for condition in conditions:
        name, equals, value = (part.strip() for part in condition.partition("="))
        is_negated = bool(equals) and name.endswith("!")
        field = name[:-1].strip() if is_negated else name
        if not equals:
            wanted.append(_existence(condition.strip()))
        elif ".." in value:
            wanted.append({field: _perhaps_not(_range(value), is_negated)})
        else:
            values.setdefault((field, is_negated), []).append(value)
    for (field, is_negated), given in values.items():
        wanted.append({field: _perhaps_not(given, is_negated)})
    filters: list[Filter] = []
    for condition in wanted:
        filters += parse_filters(condition)
    return tuple(filters)


def add_today(parser: argparse.ArgumentParser) -> None:
    """--today, the day that relative dates count from."""
    parser.add_argument(
        "--today",
        type=day,
        metavar="DATE",
        help='the day that "last year" counts from; otherwise the current day',
    )


def day(text: str) -> date:
    """An argparse type: a date like 2026-01-31."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-01-31") from None


def _existence(text: str) -> dict[str, Any]:
    """The filter of FIELD? or !FIELD."""
    if len(text) > 1 and text.endswith("?") != text.startswith("!"):
        return {text.removeprefix("!").removesuffix("?").strip(): {"exists": text.endswith("?")}}
    raise QuestionError(f"--filter {text!r}: it takes {_CONDITIONS}")


def _range(value: str) -> dict[str, str]:
    """The ends of FROM..BEFORE that are given."""
    low, _, high = value.partition("..")
    return {name: end for name, end in (("from", low), ("before", high)) if end}


def _perhaps_not(condition: Any, is_negated: bool) -> Any:
    return {"not": condition} if is_negated else condition


def _pairs(group: str) -> list[str]:
    """The NAME=VALUE pairs of --set: those between commas, or those of a file, @FILE.

    A file has one pair or one HEADRACE_NAME=VALUE a line; # begins a comment line.
    """
    if not group.startswith("@"):
        return [pair for pair in group.split(",") if pair.strip()]
    try:
        lines = Path(group[1:]).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"reading the settings {group[1:]} failed: {error}") from None
    written = [line.strip() for line in lines]
    return [_unprefixed(line) for line in written if line and not line.startswith("#")]


def _unprefixed(line: str) -> str:
    name, equals, value = line.partition("=")
    return f"{name.strip().removeprefix(PREFIX).lower()}{equals}{value}"


def _setting(pair: str) -> tuple[str, Any]:
    """A setting's name and value.

    The value is JSON for a setting that is a mapping, else text.
    """
    name, equals, value = (part.strip() for part in pair.partition("="))
    if not equals or not name:
        raise SettingsError(f"{pair!r} is not of the form NAME=VALUE")
    field = Settings.model_fields.get(name)
    if field is None or get_origin(field.annotation) is not dict:
        return name, value
    try:
        return name, json.loads(value)
    except ValueError as error:
        raise SettingsError(f"setting {name} = {value!r}: it takes JSON: {error}") from None
