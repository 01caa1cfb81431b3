"""Measures how fast the dataflow is, stage by stage, beside the same work by hand.

  run.py bench --quick              a minute: 1,000 chunks, 100 questions
  run.py bench --json bench.json    everything: 1,000, 10,000 and 100,000 chunks, 300
                                    questions at each size
  run.py bench --scale 1000000      a long run, up to a million chunks
  run.py bench --module stages.py   with stages of your own beside ours by hand
  run.py bench --words              understanding alone, where the documents have
                                    200,000 different words
  run.py bench --reranker           the cross-encoder alone, beside ONNX Runtime with
                                    nothing around it
  run.py bench --kills              no speed: kill -9 of client and server at 50 random
                                    moments, and what is lost by it
  run.py bench --stalls             no speed: PostgreSQL killed 50 times and stalled 50
                                    times in 5 minutes, and what becomes of every call
  run.py bench --cluster            ingest and batch by two workers of a Ray cluster,
                                    beside the usual ones; one worker and four with an
                                    encoder that only waits (extra scale)
  run.py bench --kills 20 --of worker
                                    no speed: kill -9 of workers, drivers or raylets of
                                    a cluster, and what is lost by it

The documents are made of real sentences and their vectors
(measuring/speed/workload.py). "By hand" is the floor: the same SQL, models and stages
without the dataflow (measuring/speed/floor.py), asked the same questions in turns.
Everything is stored in a temporary embedded database or, with DATABASE_URL, for tenants
made for the run; both are removed afterwards. Reranking is measured where its weights
are installed, without a deadline unless --set rerank_deadline_s gives one; --set
reranking=off leaves it out.
With --module, "by hand" is still our stages, and may find something else.

The JSON:

  version                     1
  stages                      {NODE: {p50_ms, p99_ms, floor_p50_ms}}; floor_p50_ms is
                              null where the floor has no such stage
  groups                      {understanding, hybrid_retrieval, reranking: the same};
                              hybrid_retrieval is the longer search and the fusion
  shown                       which of them the table shows, in its order
  total                       {p50_ms, p99_ms, floor_p50_ms, floor_p99_ms, ratio},
                              without generation; the ratio is that of the p50
  total_without_understanding the same
  overhead_us                 median of the paired differences
  differs_from_floor          questions for which the two found something else
  recall_at_20                the share of the 20 nearest chunks that are among the
                              first 20 hits of semantic search, of 100 questions
  throughput                  {"1", "2", "4", "8", "floor_1", ...}: answers a second
                              with this many askers
  processor                   {client_ms, server_ms, ms, floor_ms}: processor time of an
                              answer, of this process and of the embedded server (null
                              without one), over all askers; ms is their sum
  throughput_errors           number of errors
  throughput_wrong            number of wrong answers
  ingest_chunks_per_s         with embedding
  ingest_stored_chunks_per_s  with vectors given
  memory_mb                   the most that this process held
  server_memory_mb            of the embedded server; null without one
  generation                  {kind, questions, p50_ms, p99_ms}
  scale                       {"1000": {everything above that depends on the number of
                              chunks, chunks, documents}, ...}
  bars                        {NAME: {value, bar, met}}
  notes, settings, environment, seed, wall_s

What is outside of "scale" is of the smallest size. Of the bars, "recall_at_20" is the
lowest of all sizes, and those of a million are there if that was measured.

With --words, a tenant of a temporary embedded database gets documents of N made words
beside real ones (measuring/speed/vocabulary.py). The nodes of understanding are timed
on the benchmark's questions, a slip of the pen in every eighth, and on the same
questions with a slip in every third longer word. The JSON:

  version                     1
  words, asked_words          different words held, and asked for
  documents, asked            numbers of documents and questions
  questions, misspelt         {p50_ms, p99_ms} each
  bars                        of "questions": {NAME: {value, bar, met}}
  environment, seed, wall_s

With --reranker, 20 real texts are read with each of N questions: by the reranker, and
by ONNX Runtime alone, which is given the same pairs as arrays, in one padded batch on
all threads and pair by pair (measuring/speed/cross_encoding.py). Then 8 ask at once
with the deadline of the settings. It needs weights in ONNX (HEADRACE_RERANKER). The
JSON:

  version                     1
  reranker, precision, threads, questions, texts
  ours, batch, pairs          {p50_ms, p99_ms} each
  ratio                       ours to the faster of the two
  deadline                    {deadline_ms, askers, p50_ms, p99_ms, scored}: times are
                              of a call, scored is a share of the texts
  from_stored                 {correlation, same_of_ten}: whole numbers beside the
                              weights as stored (null where those are used); same_of_ten
                              is the share of the ten best of 20
  apart                       largest difference of a score, with the weights as stored,
                              from that of sentence-transformers; null without it or
                              its weights
  bars                        {NAME: {value, bar, met}}
  environment, seed, wall_s

With --kills, a process ingests, updates, removes and asks without end, in two tenants
of a temporary embedded database, while another one searches (measuring/kills/run.py).
It ingests documents, and folders in which files of every kind that is read are written,
changed, renamed and removed.
At random moments, drawn by --seed, something is killed: half the time the first process
(client), else PostgreSQL with all its processes (server), its first process alone
(postmaster), or one that serves a connection (backend). Then everything is opened again
and checked: nothing lost, nothing doubled, nothing half visible. The run ends early
when the database is no longer sound. The JSON:

  version                     1
  kills                       {client, server, postmaster, backend}: numbers
  asked_kills                 number asked for
  operations                  that returned: {ingest, update, rewrite, many, remove,
                              files, question}
  searches                    of the reader
  interrupted                 calls that were under way, by what was found of their
                              documents: {whole, absent, partly, questions,
                              documents_whole, documents_absent}; partly: each document
                              is whole or absent
  between_calls               writers that were between two calls
  checked_documents           number
  searches_of_two_moments     searches of the reader whose two arms showed a document in
                              two versions, each whole: each arm is of one moment, one
                              a little later than the other
  violations                  {KIND: count}
  examples, environment, seed, wall_s

With --of, a cluster of two nodes of this machine ingests and answers a batch, and its
workers, the command (driver) or the first process of a node (raylet) are killed
(measuring/cluster/kills.py). Rows and answers are compared with those of a run without
a cluster after every turn, and documents are looked at meanwhile. The run ends early
when something is wrong. The JSON:

  version                     1
  kills                       {VICTIM: number}
  asked_kills                 number asked for
  turns, commands             commands that were started; more than turns: again
  kills_of_ingest, kills_of_batch, looks, documents, questions    numbers
  violations                  {KIND: count}
  examples, environment, seed, wall_s

With --cluster, N files of a chunk are stored by the command ingest, as usual and by two
workers of a cluster of this machine, twice in each way, in turns; then questions are
answered in both ways (measuring/cluster/speed.py). Times are of the whole commands,
with the start of Ray. Then documents are stored by one worker and by four, with an
encoder that waits 20 ms for each chunk, as for a model elsewhere. The JSON:

  version                     2
  documents, chunks, workers, questions       numbers
  ingest, batch               {usual, cluster: {s, memory_mb, growth_mb}}: of the
                              command's own process; growth_mb is from a quarter of its
                              time to its end. An ingest also has turns_s, and s is
                              their mean
  rows                        {TABLE: [number, checksum]} of the usual ingest
  differing                   tables of which the cluster stored others
  other_lines                 questions that have another answer, none or two:
                              {id, lines: {usual, cluster: number}, fields: differing}
  waiting                     {"1", "4": {chunks, chunks_per_s}}
  bars                        {NAME: {value, bar, met}}
  environment, seed, wall_s

With --stalls, 16 threads of a process ask, stream, search, ingest, update and remove
without end, in four tenants of a temporary embedded database, through a proxy of the
run (measuring/stalls/run.py). Spread over --seconds, in an order drawn by --seed,
PostgreSQL is killed --kills times and started again, and stalled N times for shorter
or longer than a question may wait: 3 s, a transaction of an ingest 6 s, unless --set
question_timeout_s and ingest_timeout_s say. Each call is judged, and in the end what is
stored is checked as with --kills. The machine should do nothing else: a question's time
includes waiting for a processor. The JSON:

  version                     1
  threads                     number
  kills                       {backend, postmaster, server, shutdown, session}: numbers
  stalls                      {lock, halt, cut, closed}: numbers
  asked                       {kills, stalls}: numbers asked for
  stalls_beyond_limit         those longer than a question may wait
  questions, changes          calls: {answered, refused, neither}
  refusals                    {CLASS of the error: count}
  question_ms                 {p50_ms, p99_ms, p100_ms}
  beyond_limit_s              of the longest question; below 0 within the limit
  recovery_s                  longest time from the end of a trouble to an answer
  longest_change_s            of a call that stores or removes, of several transactions
  checked_documents           number
  limits_s                    {question_timeout_s, ingest_timeout_s}
  violations                  {KIND: count}
  examples, environment, seed, wall_s

Exit code 0, or 1 when an answer was an error or wrong, or a kill or stall did harm.
Speed alone never fails a run.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headrace.commands import arguments, interruption, output
from headrace.commands.bench_tables import (
    print_cluster,
    print_kills,
    print_report,
    print_reranker,
    print_stalls,
    print_words,
)
from headrace.errors import SettingsError
from headrace.measuring.cluster import kills as cluster_kills
from headrace.measuring.cluster import speed as cluster_speed
from headrace.measuring.kills import run as kills
from headrace.measuring.speed import cross_encoding, vocabulary
from headrace.measuring.speed.benchmark import measure
from headrace.measuring.speed.plan import plan_for
from headrace.measuring.stalls import run as stalls
from headrace.settings import Settings
from headrace.types import Progress

_NO_DEADLINE_S = 3600.0
_SECONDS = 300.0
_KILLS = 50

Report = dict[str, Any]


def _killed(settings: Settings, args: argparse.Namespace, progress: Progress) -> Report:
    if args.of is not None:
        return cluster_kills.measure(settings, args.of, args.kills, args.seed, progress)
    return kills.measure(settings, args.kills, args.seed, progress)


def _stalled(settings: Settings, args: argparse.Namespace, progress: Progress) -> Report:
    number = _KILLS if args.kills is None else args.kills
    seconds = _SECONDS if args.seconds is None else args.seconds
    return stalls.measure(settings, stalls.Plan(number, args.stalls, seconds), args.seed, progress)


def _with_words(settings: Settings, args: argparse.Namespace, progress: Progress) -> Report:
    return vocabulary.measure(settings, args.words, args.seed, progress)


def _reranked(settings: Settings, args: argparse.Namespace, progress: Progress) -> Report:
    return cross_encoding.measure(settings, args.reranker, args.seed, progress)


def _on_a_cluster(settings: Settings, args: argparse.Namespace, progress: Progress) -> Report:
    return cluster_speed.measure(settings, args.cluster, args.seed, progress)


@dataclass(frozen=True)
class _Part:
    """Something that is measured by itself, how its report is printed, its settings."""

    measure: Callable[[Settings, argparse.Namespace, Progress], Report]
    show: Callable[[Report], None]
    usual: Mapping[str, Any] = field(default_factory=dict)


_PARTS = {
    "kills": _Part(_killed, print_kills),
    "stalls": _Part(_stalled, print_stalls, stalls.LIMITS),
    "words": _Part(_with_words, print_words),
    "reranker": _Part(_reranked, print_reranker),
    "cluster": _Part(_on_a_cluster, print_cluster),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_sizes(parser)
    _add_parts(parser)
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="which documents, questions and moments are drawn (default %(default)s)",
    )
    arguments.add_modules(parser)
    arguments.add_settings(parser)


def _add_sizes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quick", action="store_true", help="1,000 chunks and few questions: under a minute"
    )
    arguments.add_json(parser)
    parser.add_argument(
        "--scale",
        type=int,
        metavar="N",
        help="the largest number of chunks (default 100,000; with --quick 1,000, and none smaller)",
    )


def _add_parts(parser: argparse.ArgumentParser) -> None:
    _add_part(
        parser,
        "--kills",
        _KILLS,
        "instead of measuring, kill client and server N times (default %(const)s) and check what "
        "is stored; with --stalls, kill the server N times beside them",
    )
    parser.add_argument(
        "--of",
        choices=cluster_kills.VICTIMS,
        help="--kills of a part of a Ray cluster, during ingest and batch with --executor ray",
    )
    _add_part(
        parser,
        "--stalls",
        50,
        "instead of measuring, kill and stall PostgreSQL N times (default %(const)s) under load, "
        "and judge every call",
    )
    seconds = f"how long --stalls takes at least (default {_SECONDS:g})"
    parser.add_argument("--seconds", type=float, metavar="S", help=seconds)
    _add_part(
        parser,
        "--words",
        vocabulary.WORDS,
        "only understanding, with N different words in the documents (default %(const)s)",
    )
    _add_part(
        parser,
        "--reranker",
        cross_encoding.QUESTIONS,
        "only the cross-encoder, with N questions (default %(const)s)",
    )
    _add_part(
        parser,
        "--cluster",
        cluster_speed.DOCUMENTS,
        "only ingest and batch on a Ray cluster, with N documents (default %(const)s)",
    )


def _add_part(parser: argparse.ArgumentParser, option: str, usual: int, text: str) -> None:
    parser.add_argument(option, type=int, nargs="?", const=usual, metavar="N", help=text)


def run(args: argparse.Namespace) -> int:
    alone = _alone(args)
    usual: dict[str, Any] = {"download_models": False}
    if not alone:
        usual["rerank_deadline_s"] = _NO_DEADLINE_S
    for name in alone:
        usual |= _PARTS[name].usual
    settings = arguments.settings_of(args, **usual)
    arguments.check_writable(args.json)
    if alone and (len(alone) > 1 or args.quick or args.scale is not None or args.modules):
        raise SettingsError(
            "--kills, --stalls, --words, --reranker and --cluster each measure one thing: leave "
            "out the others, --quick, --scale and --module"
        )
    if args.of is not None and args.kills is None:
        raise SettingsError("--of says which part of a cluster --kills ends: name --kills too")
    if args.seconds is not None and args.stalls is None:
        raise SettingsError("--seconds is how long --stalls takes: name --stalls too")
    with output.progress() as bar:
        progress = output.steps(bar)
        if alone:
            interruption.end_calmly_on_ctrl_c()  # their processes are ended, too
            part = _PARTS[alone[0]]
            show = part.show
            report = part.measure(settings, args, progress)
        else:
            show = print_report
            plan = plan_for(args.quick, args.scale, args.seed)
            report = measure(settings, plan, progress, arguments.modules_of(args.modules))
    show(report)
    output.write_json(args.json, report)
    return 1 if _did_harm(report) else 0


def _alone(args: argparse.Namespace) -> list[str]:
    """Which parts are measured by themselves; beside --stalls, --kills is a number."""
    named = [name for name in _PARTS if getattr(args, name) is not None]
    return [name for name in named if name != "kills" or "stalls" not in named]


def _did_harm(report: Report) -> bool:
    """Whether an answer was an error or wrong, or a kill or stall did harm."""
    bars = report.get("bars", {})
    had_errors = "errors_or_wrong_answers" in bars and not bars["errors_or_wrong_answers"]["met"]
    return had_errors or any(report.get("violations", {}).values())
