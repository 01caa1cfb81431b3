"""Arguments that several commands take, and what they mean."""

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, get_origin

from headrace.errors import QuestionError, SettingsError, SourceError
from headrace.metadata.filters import parse_filters
from headrace.settings import Settings, load_settings
from headrace.types import Filter


def add_settings(parser: argparse.ArgumentParser) -> None:
    """--set NAME=VALUE, read by `settings_of`."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE[,NAME=VALUE]",
        dest="choices",
        help="settings for this run, over the environment's HEADRACE_*; e.g. --set keyword=ts_rank,token_budget=1000, or --set @FILE",
    )


def add_tenant(parser: argparse.ArgumentParser) -> None:
    """--tenant T, required."""
    parser.add_argument(
        "--tenant",
        required=True,
        metavar="T",
        help="whose documents: tenants never see each other's",
    )


def add_track(parser: argparse.ArgumentParser) -> None:
    """--track, which `Pipeline.open(track=...)` takes."""
    parser.add_argument(
        "--track",
        action="store_true",
        help="send the run to the Hamilton UI (run.py ui): a second at the start, a few ms a question",
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """The collections to measure on, and which of their questions."""
    parser.add_argument(
        "collections",
        nargs="+",
        type=Path,
        metavar="COLLECTION",
        help="a folder with corpus.jsonl.gz, queries.jsonl.gz, qrels.tsv",
    )
    parser.add_argument(
        "--queries",
        metavar="FILE",
        help="another file of questions under the same judgements, in the folder or here",
    )
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="only N questions of each collection, drawn at random",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="which N (default %(default)s)"
    )
    parser.add_argument(
        "--answers",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="go on to the answer, or stop at the context; by default answers are made where the collection can judge them",
    )


def check_writable(path: Path | None) -> None:
    """Raises SourceError when a file could not be written at the end of a long run."""
    if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
        raise SourceError(
            f"{path} cannot be written: "
            + ("it is a folder" if path.is_dir() else f"there is no folder {path.resolve().parent}")
        )


def settings_of(args: argparse.Namespace, over: Sequence[str] = (), **usual: Any) -> Settings:
    """The settings that --set and the environment make; `usual` are a command's own, which --set goes before, and `over` goes before --set."""
    pairs = [pair for group in [*args.choices, *over] for pair in _pairs(group)]
    choices = dict(_pair(pair) for pair in pairs)
    return load_settings(**usual | {name: _value(name, text) for name, text in choices.items()})


def unknown(argument: str, given: str, known: Iterable[str]) -> SettingsError:
    """The error for a name that an argument does not take."""
    return SettingsError(f"{argument} {given}: unknown; there are: {', '.join(known)}")


def add_filter(parser: argparse.ArgumentParser) -> None:
    """--filter, read by `filters_of`."""
    parser.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="CONDITION",
        help="only documents that meet it: FIELD=VALUE (given twice: either), FIELD=FROM..BEFORE for dates and numbers, from FROM to below BEFORE, "
        "either may be left out; FIELD? if they have the field; FIELD!=VALUE, FIELD!=FROM..BEFORE and !FIELD for the opposites. "
        "run.py facets shows the fields and values there are",
    )


def filters_of(conditions: list[str]) -> tuple[Filter, ...]:
    """The filters that --filter was given, all to be met; the values that one field = or != are one filter. QuestionError says what is wrong."""
    values: dict[tuple[str, bool], list[str]] = {}
    wanted: list[dict[str, Any]] = []
    for text in conditions:
        name, equals, value = (part.strip() for part in text.partition("="))
        field, negated = (
            (name[:-1].strip(), True) if equals and name.endswith("!") else (name, False)
        )
        if not equals:
            wanted.append(_existence(text))
        elif ".." in value:
            ends = {
                key: end
                for key, end in zip(("from", "before"), value.split("..", 1), strict=True)
                if end
            }
            wanted.append({field: {"not": ends} if negated else ends})
        else:
            values.setdefault((field, negated), []).append(value)
    wanted += [
        {field: {"not": given} if negated else given} for (field, negated), given in values.items()
    ]
    return tuple(condition for filters in wanted for condition in parse_filters(filters))


def _existence(text: str) -> dict[str, Any]:
    text = text.strip()
    if len(text) > 1 and (text.endswith("?") != text.startswith("!")):
        return {text.removeprefix("!").removesuffix("?").strip(): {"exists": text.endswith("?")}}
    raise QuestionError(
        f"--filter {text!r}: possible are FIELD=VALUE, FIELD!=VALUE, FIELD=FROM..BEFORE, FIELD? and !FIELD"
    )


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
    return [
        _unprefixed(line) for line in lines if line.strip() and not line.lstrip().startswith("#")
    ]


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
