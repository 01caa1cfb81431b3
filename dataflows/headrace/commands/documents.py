"""Lists a tenant's documents, shows one with its chunks, or removes some.

  run.py documents --tenant acme                     id, title, chunks, language, when
                                                     it was stored, and its source
  run.py documents --tenant acme --filter author=Ada --source /srv/docs/
                                                     only Ada's, from sources that
                                                     begin like this
  run.py documents --tenant acme --limit 20 --after /srv/docs/m.md
                                                     the next 20
  run.py documents show docs/warranty.md --tenant acme
                                                     its text, and where chunks begin
  run.py documents remove docs/old.md 8731 --tenant acme
  run.py documents remove --source s3://bucket/old/ --tenant acme
  run.py documents remove --all --tenant acme --yes

A document is named by its id, or by the path of its file. With --json, a list is one
JSON object: {"documents": [...], "more"}. In the text of a document, what two chunks
share is in colour, and what is in no chunk is dim. On a terminal, remove asks first.

Exit code 0 when it is done, 1 when some of what is to be removed was not found (each is
named) or the answer was no, 2 when there is no such document or tenant.
"""

import argparse
import dataclasses
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from headrace.commands import arguments, output
from headrace.commands.characters import json_line
from headrace.commands.tenant_hints import check_tenant
from headrace.errors import QuestionError
from headrace.ingest.readers.files import stored_name
from headrace.metadata.documents import listed
from headrace.pipeline import Pipeline
from headrace.types import Chunk, Outcome, StoredDocument
from headrace.types.drawing import pieces

#: So many are removed before the bar moves.
_REMOVED_TOGETHER = 50
_LISTED = 100
#: Longer lists of removed documents are counted only.
_NAMED = 20
#: Arguments that may come before the action or after it.
_BEFORE_ACTIONS = ("tenant", "json", "choices", "source")
_MOMENT = "%Y-%m-%d %H:%M"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_listing(parser)
    arguments.add_filter(parser)
    _add_source(parser)
    parser.add_argument(
        "--limit", type=int, default=_LISTED, metavar="N", help="at most N (default %(default)s)"
    )
    parser.add_argument("--after", default="", metavar="ID", help="begin after this document")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    show = actions.add_parser("show", help="show a document's text and chunks", allow_abbrev=False)
    show.add_argument("id", metavar="ID", help="its id, or the path of its file")
    remove = actions.add_parser(
        "remove", help="remove documents with everything made of them", allow_abbrev=False
    )
    remove.add_argument("ids", nargs="*", default=[], metavar="ID", help="ids, or paths of files")
    _add_source(remove)
    remove.add_argument("--all", action="store_true", help="all documents of the tenant")
    remove.add_argument("--yes", action="store_true", help="do not ask")
    for action in (show, remove):
        arguments.add_listing(action)
        for argument in action._actions:
            if argument.dest in _BEFORE_ACTIONS:
                argument.default = argparse.SUPPRESS


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source", metavar="PREFIX", help="only documents whose source begins like this"
    )


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    tenant = arguments.tenant_of(args, settings)
    actions = {None: _list, "show": _show, "remove": _remove}
    with Pipeline.open(settings) as rag:
        check_tenant(rag, tenant)
        return actions[args.action](rag, tenant, args)


def _list(rag: Pipeline, tenant: str, args: argparse.Namespace) -> int:
    found = listed(
        rag.database.for_tenant(tenant),
        arguments.filters_of(args.filter),
        source=_beginning(rag, tenant, args.source),
        after=args.after,
        limit=args.limit,
    )
    if args.json:
        documents = [_shown(document) for document in found.documents]
        print(json_line({"documents": documents, "more": found.more}))
        return 0
    if not found.documents:
        holds = check_tenant(rag, tenant)
        output.say("No document is like that." if holds else f'"{tenant}" holds no documents.')
        return 0
    rows: list[tuple[str, ...]] = []
    for one in found.documents:
        stored = one.stored_at.astimezone().strftime(_MOMENT)
        source = "" if one.source == one.document_id else one.source
        rows.append(
            (one.document_id, one.title, f"{one.chunk_count:,}", one.language, stored, source)
        )
    columns = ("document", "title", "chunks", "language", "stored", "source, if it differs")
    output.console.print(output.table(columns, rows, numbers=("chunks",)))
    if found.more:
        last = shlex.quote(found.documents[-1].document_id)
        output.say(f"{found.more:,} more: --after {last}, or --limit N", style="yellow")
    return 0


def _show(rag: Pipeline, tenant: str, args: argparse.Namespace) -> int:
    document = rag.document(_id_of(rag, tenant, args.id), tenant)
    if args.json:
        print(json_line(_shown(document, whole=True)))
        return 0
    output.say(document.title or document.document_id, style="bold")
    stored = document.stored_at.astimezone().strftime(_MOMENT)
    facts = {
        "document": document.document_id,
        "source": document.source,
        "language": document.language,
        "stored": stored,
        "chunks": document.chunk_count,
        **document.metadata,
    }
    for name, value in facts.items():
        output.say(f"{name}: {value}", style="dim", indent=2)
    _print_text(document)
    return 0


def _print_text(document: StoredDocument) -> None:
    """The whole text, with a line where a chunk begins."""
    starts: dict[int, list[Chunk]] = {}
    for chunk in document.chunks:
        starts.setdefault(chunk.start, []).append(chunk)
    for piece in pieces(document):
        for chunk in starts.get(piece.start, []):
            page = f", page {chunk.page}" if chunk.page else ""
            place = f"characters {chunk.start}-{chunk.end}"
            border = f"\n── {chunk.ordinal + 1}: chunk {chunk.chunk_id}{page}, {place} ──"
            output.say(border, style="bold green")
            if chunk.headings:
                output.say(f"   under {' > '.join(chunk.headings)}", style="green")
        text = (document.text or "")[piece.start : piece.end].strip("\n")
        if text.strip():
            output.say(text, style=("dim", "", "cyan")[min(len(piece.chunks), 2)])


def _remove(rag: Pipeline, tenant: str, args: argparse.Namespace) -> int:
    ids = [_id_of(rag, tenant, given) for given in args.ids]
    if args.all and (ids or args.source is not None):
        raise QuestionError("--all removes every document: name no others beside it")
    if args.filter or args.after or args.limit != _LISTED:
        raise QuestionError(
            "documents remove takes no --filter, --after and --limit, so nothing was removed: "
            "name ids, --source PREFIX or --all"
        )
    if args.source == "":
        raise QuestionError('--source "" is the beginning of every source: give --all')
    if args.source is not None or args.all:
        beginning = _beginning(rag, tenant, args.source)
        found = rag.documents(tenant, source=beginning)
        ids += [one.document_id for one in found]
        if not found:
            whose = "" if args.all else f" with a source that begins with {args.source}"
            raise QuestionError(f'tenant "{tenant}" holds no documents{whose}')
    elif not ids:
        raise QuestionError("name documents to remove: ids, --source PREFIX or --all")
    ids = list(dict.fromkeys(ids))
    if not args.yes and sys.stdin.isatty() and not _is_agreed(ids, tenant):
        output.complain("nothing was removed")
        return 1
    outcomes: list[Outcome] = []
    with output.progress() as bar:
        task = bar.add_task(f"removing from {tenant}", total=len(ids))
        for start in range(0, len(ids), _REMOVED_TOGETHER):
            block = ids[start : start + _REMOVED_TOGETHER]
            outcomes += rag.remove(tenant=tenant, ids=block)
            bar.advance(task, len(block))
    return _report(outcomes, as_json=args.json)


def _report(outcomes: Sequence[Outcome], as_json: bool) -> int:
    """Says what was removed and what was not found; the exit code."""
    removed = [outcome for outcome in outcomes if outcome.status == "removed"]
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if as_json:
        print(json_line([dataclasses.asdict(outcome) for outcome in outcomes]))
    else:
        for outcome in removed if len(removed) <= _NAMED else ():
            output.say(f"removed: {outcome.document_id}")
        output.say(f"{len(removed):,} removed, {len(failed):,} not found")
        for outcome in failed:
            output.say(f"not found: {outcome.reason}", style="red")
    if failed:
        return 1 if removed else 2
    return 0


def _is_agreed(ids: Sequence[str], tenant: str) -> bool:
    """Whether the person at the terminal agrees that these are removed."""
    for document_id in ids[:_NAMED]:
        output.complain(f"  {document_id}")
    if len(ids) > _NAMED:
        output.complain(f"  and {len(ids) - _NAMED:,} more")
    what = "this document" if len(ids) == 1 else f"these {len(ids):,} documents"
    output.complain(f'Remove {what} of "{tenant}"? [y/N]')
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _id_of(rag: Pipeline, tenant: str, given: str) -> str:
    """The id that is meant: what was given, or that of the file at this path."""
    database = rag.database.for_tenant(tenant)
    if database.query("stored_hashes", {"document_ids": [given]}):
        return given
    path = _absolute(given)
    stored = database.query("stored_sources", {"root": path})
    return next((document_id for document_id, source in stored if source == path), given)


def _beginning(rag: Pipeline, tenant: str, given: str | None) -> str:
    """How the sources that are meant begin: as given, or as the path that it is."""
    if not given or rag.documents(tenant, source=given, limit=1):
        return given or ""
    path = _absolute(given)
    return f"{path}/" if Path(given).is_dir() else path


def _absolute(given: str) -> str:
    return stored_name(Path(given).absolute())


def _shown(document: StoredDocument, *, whole: bool = False) -> dict[str, Any]:
    """A document as JSON; `whole`: with its text and chunks."""
    shown = dataclasses.asdict(document)
    shown["stored_at"] = document.stored_at.isoformat()
    text, page_starts, chunks = (shown.pop(name) for name in ("text", "page_starts", "chunks"))
    if whole:
        shown |= {"text": text, "page_starts": page_starts}
        shown["chunks"] = [chunk._asdict() for chunk in chunks]
    return shown
