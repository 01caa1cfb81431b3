"""Which labelled questions a command measures on."""

import argparse
from pathlib import Path

from headrace.errors import SourceError
from headrace.measuring.quality.run import Selection


def add_selection(parser: argparse.ArgumentParser) -> None:
    """The collections, and which of their questions; read by `selection_of`."""
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
        help="go on to the answer, or stop at the context; by default answers are made where "
        "the collection can judge them",
    )


def selection_of(args: argparse.Namespace) -> Selection:
    """Which questions the arguments choose.

    Raises SourceError for a limit below 1.
    """
    if args.limit is not None and args.limit < 1:
        raise SourceError(f"--limit {args.limit}: at least 1 question is needed")
    return Selection(args.queries, args.limit, args.seed, args.answers)
