"""Measures how fast the dataflow is, stage by stage, beside the same work done by hand, at 1,000, 10,000 and 100,000 chunks.

  run.py bench --quick                            a minute: 1,000 chunks, 100 questions
  run.py bench --json bench.json                  the whole: 300 questions at each size
  run.py bench --scale 1000000                    a long run, up to a million chunks
  run.py bench --words                            understanding alone, where the documents have 200,000 different words
  run.py bench --reranker                         the cross-encoder alone, beside ONNX Runtime with nothing around it
  run.py bench --kills                            no speed: kill -9 of client and server at 50 random moments, and what is lost by it

The documents are made of real text and real vectors (dataflows/headrace/measuring/speed/workload.py). "By hand" is the floor: the same SQL, models and stages
without the dataflow (dataflows/headrace/measuring/speed/floor.py), asked the same questions in turns. Stored is in a temporary embedded database, or, with
DATABASE_URL, for tenants of its own; both are gone afterwards. Reranking is measured where its weights are, without a deadline unless
--set rerank_deadline_s gives one; --set reranking=off leaves it out.

The JSON: {"version": 1, "stages": {NODE: {"p50_ms", "p99_ms", "floor_p50_ms" (null where the floor has no such stage)}}, "groups": {"understanding",
"hybrid_retrieval" (the longer search and the fusion), "reranking": the same keys}, "total" (without generation) and "total_without_understanding":
{"p50_ms", "p99_ms", "floor_p50_ms", "floor_p99_ms", "ratio" (of the p50)}, "overhead_us" (median of the paired differences), "differs_from_floor"
(questions for which the two found something else), "throughput": {"1", "2", "4", "8", "floor_1", ...: answers a second of so many askers},
"throughput_errors", "throughput_wrong", "ingest_chunks_per_s", "ingest_stored_chunks_per_s" (vectors given), "memory_mb" (most that this process
held), "server_memory_mb" (the embedded server's, else null), "generation": {"kind", "questions", "p50_ms", "p99_ms"}, "scale": {"1000": {all of
these that depend on the number of chunks, "chunks", "documents"}, ...}, "bars": {NAME: {"value", "bar", "met"}}, "notes", "settings",
"environment", "seed", "wall_s"}. What stands outside "scale" is of the smallest.

With --words, a tenant of a temporary embedded database gets documents of so many made words beside real ones
(dataflows/headrace/measuring/speed/vocabulary.py), and the nodes of understanding are timed on the benchmark's questions, a slip of the pen in every eighth, and
on the same with a slip in every third longer word. Its JSON: {"version": 1, "words" (different ones held), "asked_words", "documents", "asked",
"questions" and "misspelt": {"p50_ms", "p99_ms"}, "bars" (of "questions"): {NAME: {"value", "bar", "met"}}, "environment", "seed", "wall_s"}.

With --reranker, 20 real texts are read with each of N questions: by the reranker, and by ONNX Runtime alone given the same pairs as arrays, in one
padded batch on all threads and pair by pair (dataflows/headrace/measuring/speed/cross_encoding.py); then 8 ask at once with the deadline of the settings. Needs
weights in ONNX (HEADRACE_RERANKER). Its JSON: {"version": 1, "reranker", "precision", "threads", "questions", "texts", "ours", "batch" and "pairs":
{"p50_ms", "p99_ms"}, "ratio" (ours to the faster of the two), "deadline": {"deadline_ms", "askers", "p50_ms", "p99_ms" (of a call), "scored" (share
of the texts)}, "from_stored" (whole numbers beside the weights as stored, null where those are used): {"correlation", "same_of_ten" (share of the
ten best of 20)}, "apart" (largest difference of a score, weights as stored, from sentence-transformers'; null without it or its weights), "bars":
{NAME: {"value", "bar", "met"}}, "environment", "seed", "wall_s"}.

With --kills, a process ingests, updates, removes and asks without end, in two tenants of a temporary embedded database, while another one searches
(dataflows/headrace/measuring/kills/kills.py). At random moments, drawn by --seed, one of four is killed: half the time the first process (client), else
PostgreSQL with all its processes (server), its first process alone (postmaster), or one that serves a connection (backend). Then everything is
opened again and checked: nothing lost, nothing doubled, nothing half visible. The run ends early when the database is no longer sound. Its
JSON: {"version": 1, "kills": {"client", "server", "postmaster", "backend"}, "asked_kills", "operations" (that returned): {"ingest",
"update", "rewrite", "many", "remove", "question"}, "searches" (of the reader), "interrupted" (calls that were under way, by what was found
of their documents): {"whole", "absent", "partly" (each document whole or absent), "questions", "documents_whole", "documents_absent"},
"between_calls" (writers that were between two calls), "checked_documents", "searches_of_two_moments" (of the reader's, those whose two arms
showed a document in two versions, each whole: each arm is of one moment, one a little later than the other), "violations": {KIND: count},
"examples", "environment", "seed", "wall_s"}.

Exit code 0, or 1 when an answer was an error or a wrong one, or a kill did harm: what is only slow is said and no failure.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from headrace.commands import arguments, output
from headrace.commands.bench_tables import print_kills, print_report, print_reranker, print_words
from headrace.errors import SettingsError
from headrace.measuring.kills import kills
from headrace.measuring.speed import cross_encoding, vocabulary
from headrace.measuring.speed.benchmark import measure, plan_for

_NO_DEADLINE_S = 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quick", action="store_true", help="1,000 chunks and few questions: under a minute"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here")
    parser.add_argument(
        "--scale",
        type=int,
        metavar="N",
        help="the largest number of chunks (default 100,000; with --quick 1,000, and none smaller)",
    )
    parser.add_argument(
        "--kills",
        type=int,
        nargs="?",
        const=50,
        metavar="N",
        help="instead of measuring, kill client and server N times (default %(const)s) and check what is stored",
    )
    parser.add_argument(
        "--words",
        type=int,
        nargs="?",
        const=vocabulary.WORDS,
        metavar="N",
        help="only understanding, with N different words in the documents (default %(const)s)",
    )
    parser.add_argument(
        "--reranker",
        type=int,
        nargs="?",
        const=cross_encoding.QUESTIONS,
        metavar="N",
        help="only the cross-encoder, with N questions (default %(const)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="which documents, questions and moments are drawn (default %(default)s)",
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    alone = [name for name in _ALONE if getattr(args, name) is not None]
    settings = arguments.settings_of(
        args, download_models=False, **({} if alone else {"rerank_deadline_s": _NO_DEADLINE_S})
    )
    arguments.check_writable(args.json)
    if alone and (len(alone) > 1 or args.quick or args.scale is not None):
        raise SettingsError(
            "--kills, --words and --reranker each measure one thing: leave out the others, --quick and --scale"
        )
    with output.progress() as bar:
        if alone:
            measured, show = _ALONE[alone[0]]
            report = measured.measure(
                settings, getattr(args, alone[0]), args.seed, output.steps(bar)
            )
        else:
            report, show = (
                measure(settings, plan_for(args.quick, args.scale, args.seed), output.steps(bar)),
                print_report,
            )
    show(report)
    if args.json:
        args.json.write_text(
            json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return 1 if _harm(report) else 0


def _harm(report: dict[str, Any]) -> bool:
    """Whether an answer was an error or a wrong one, or a kill did harm; what is only slow did none."""
    wrong = report.get("bars", {}).get("errors_or_wrong_answers", {"met": True})
    return not wrong["met"] or any(report.get("violations", {}).values())


#: What is measured by itself: option -> the module that measures it, and how it is shown.
_ALONE = {
    "kills": (kills, print_kills),
    "words": (vocabulary, print_words),
    "reranker": (cross_encoding, print_reranker),
}
