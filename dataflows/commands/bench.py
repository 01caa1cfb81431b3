"""Measures how fast the dataflow is, stage by stage, beside the same work done by hand, at 1,000, 10,000 and 100,000 chunks.

  run.py bench --quick                            a minute: 1,000 chunks, 100 questions
  run.py bench --json bench.json                  the whole: 300 questions at each size
  run.py bench --scale 1000000                    a long run, up to a million chunks
  run.py bench --words                            understanding alone, where the documents have 200,000 different words
  run.py bench --reranker                         the cross-encoder alone, beside ONNX Runtime with nothing around it
  run.py bench --kills                            no speed: kill -9 of client and server at 50 random moments, and what is lost by it

The documents are made of real text and real vectors (dataflows/measuring/workload.py). "By hand" is the floor: the same SQL, models and stages
without the dataflow (dataflows/measuring/floor.py), asked the same questions in turns. Stored is in a temporary embedded database, or, with
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
(dataflows/measuring/vocabulary.py), and the nodes of understanding are timed on the benchmark's questions, a slip of the pen in every eighth, and
on the same with a slip in every third longer word. Its JSON: {"version": 1, "words" (different ones held), "asked_words", "documents", "asked",
"questions" and "misspelt": {"p50_ms", "p99_ms"}, "bars" (of "questions"): {NAME: {"value", "bar", "met"}}, "environment", "seed", "wall_s"}.

With --reranker, 20 real texts are read with each of N questions: by the reranker, and by ONNX Runtime alone given the same pairs as arrays, in one
padded batch on all threads and pair by pair (dataflows/measuring/cross_encoding.py); then 8 ask at once with the deadline of the settings. Needs
weights in ONNX (HEADRACE_RERANKER). Its JSON: {"version": 1, "reranker", "precision", "threads", "questions", "texts", "ours", "batch" and "pairs":
{"p50_ms", "p99_ms"}, "ratio" (ours to the faster of the two), "deadline": {"deadline_ms", "askers", "p50_ms", "p99_ms" (of a call), "scored" (share
of the texts)}, "from_stored" (whole numbers beside the weights as stored, null where those are used): {"correlation", "same_of_ten" (share of the
ten best of 20)}, "apart" (largest difference of a score, weights as stored, from sentence-transformers'; null without it or its weights), "bars":
{NAME: {"value", "bar", "met"}}, "environment", "seed", "wall_s"}.

With --kills, a process ingests, updates, removes and asks without end, in two tenants of a temporary embedded database, while another one searches
(dataflows/measuring/kills.py). At random moments, drawn by --seed, one of four is killed: half the time the first process (client), else
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

from dataflows.commands import arguments, output
from dataflows.errors import SettingsError
from dataflows.measuring import cross_encoding, kills, vocabulary
from dataflows.measuring.benchmark import ASKERS, measure, plan_for

#: Figures usually claimed for this architecture, p50 and p99 in milliseconds.
CLAIMED = {"query_embeddings": (25, 80), "hybrid_retrieval": (12, 35), "reranking": (45, 120)}
_ROWS = {
    "understanding": "understanding", "query_embeddings": "query embedding", "semantic_hits": "semantic search", "keyword_hits": "keyword search",
    "fused_hits": "fusion", "hybrid_retrieval": "hybrid retrieval (longer search + fusion)", "passage_hits": "passages", "reranking": "rerank",
    "context": "context",
}  # fmt: skip
_BARS = {
    "total_ratio": "total, as a multiple of the same by hand: {value:.3f} (at most {bar})",
    "overhead_us": "the dataflow's own time: {value:,.0f} us a question (at most {bar:,})",
    "throughput_share": "8 askers, as a share of the same by hand: {value:.3f} (at least {bar})",
    "errors_or_wrong_answers": "errors, and answers other than those by hand or alone: {value}",
}
_NO_DEADLINE_S = 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="1,000 chunks and few questions: under a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here")
    parser.add_argument("--scale", type=int, metavar="N", help="the largest number of chunks (default 100,000; with --quick 1,000, and none smaller)")
    parser.add_argument(
        "--kills", type=int, nargs="?", const=50, metavar="N",
        help="instead of measuring, kill client and server N times (default %(const)s) and check what is stored",
    )  # fmt: skip
    parser.add_argument(
        "--words", type=int, nargs="?", const=vocabulary.WORDS, metavar="N",
        help="only understanding, with N different words in the documents (default %(const)s)",
    )  # fmt: skip
    parser.add_argument(
        "--reranker", type=int, nargs="?", const=cross_encoding.QUESTIONS, metavar="N",
        help="only the cross-encoder, with N questions (default %(const)s)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which documents, questions and moments are drawn (default %(default)s)")
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    alone = [name for name in _ALONE if getattr(args, name) is not None]
    settings = arguments.settings_of(args, download_models=False, **({} if alone else {"rerank_deadline_s": _NO_DEADLINE_S}))
    arguments.check_writable(args.json)
    if alone and (len(alone) > 1 or args.quick or args.scale is not None):
        raise SettingsError("--kills, --words and --reranker each measure one thing: leave out the others, --quick and --scale")
    with output.progress() as bar:
        if alone:
            measured, show = _ALONE[alone[0]]
            report = measured.measure(settings, getattr(args, alone[0]), args.seed, output.steps(bar))
        else:
            report, show = measure(settings, plan_for(args.quick, args.scale, args.seed), output.steps(bar)), print_report
    show(report)
    if args.json:
        args.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if _harm(report) else 0


def _harm(report: dict[str, Any]) -> bool:
    """Whether an answer was an error or a wrong one, or a kill did harm; what is only slow did none."""
    wrong = report.get("bars", {}).get("errors_or_wrong_answers", {"met": True})
    return not wrong["met"] or any(report.get("violations", {}).values())


def print_kills(report: dict[str, Any]) -> None:
    """How often what was killed, what was going on, and every kind of violation with its count."""
    killed, interrupted = report["kills"], report["interrupted"]
    done = ", ".join(f"{count:,} {kind}" for kind, count in report["operations"].items())
    lines = (
        f"kill -9: {killed['client']} of the client, {killed['server']} of the whole server, {killed['postmaster']} of its first process alone, "
        f"{killed['backend']} of one of its backends; asked for were {report['asked_kills']}",
        f"calls that returned: {sum(report['operations'].values()):,} ({done}); searches beside them: {report['searches']:,}",
        f"calls that were interrupted: {interrupted['whole']} found done, {interrupted['absent']} not done at all, {interrupted['partly']} done for "
        f"some of their documents, {interrupted['questions']} questions; of their documents {interrupted['documents_whole']} are wholly as after "
        f"the call, {interrupted['documents_absent']} wholly as before it",
        f"documents checked: {report['checked_documents']:,}; searches by meaning and by words that, a moment apart, showed a document in two "
        f"versions, each of them whole (counted, no violation): {report['searches_of_two_moments']}",
    )  # fmt: skip
    for line in lines:
        output.console.print(line, markup=False)
    output.console.print()
    rows = [(report["violations"][kind], kind, meaning) for kind, meaning in kills.KINDS.items()]
    output.console.print(output.table(("found", "violation", "meaning"), rows, numbers=("found",)))
    for example in report["examples"]:
        output.console.print(f"  {example}", style="red", markup=False)
    harm = sum(report["violations"].values())
    told = f"{harm:,} violations" if harm else "nothing lost, nothing doubled, nothing half visible"
    output.console.print(f"\n{told}", style="red" if harm else "green", markup=False)
    output.console.print(f"seed {report['seed']}, {report['wall_s']:,} s", style="dim")


def print_words(report: dict[str, Any]) -> None:
    """What understanding takes, and whether the bars are met."""
    told = {"questions": "questions, a slip in every eighth", "misspelt": "a slip in every third longer word"}
    rows = [(label, f"{report[kind]['p50_ms']:.2f}", f"{report[kind]['p99_ms']:.2f}") for kind, label in told.items()]
    output.console.print(f"\nunderstanding, {report['words']:,} different words in the documents, milliseconds a question", style="bold")
    output.console.print(output.table(("asked", "p50", "p99"), rows, numbers=("p50", "p99")))
    output.console.print()
    for name, bar in report["bars"].items():
        text = f"{'met   ' if bar['met'] else 'MISSED'} {name.removesuffix('_ms')} of questions: {bar['value']:.2f} ms (at most {bar['bar']:g})"
        output.console.print(text, style="green" if bar["met"] else "red", markup=False)
    output.console.print(f"seed {report['seed']}, {report['wall_s']:,} s", style="dim")


def print_reranker(report: dict[str, Any]) -> None:
    """What reading takes in each way, how calls with a deadline went, and whether the bars are met."""
    told = {"ours": "ours", "batch": "ONNX Runtime alone, one padded batch", "pairs": "ONNX Runtime alone, pair by pair"}
    rows = [(label, f"{report[way]['p50_ms']:.1f}", f"{report[way]['p99_ms']:.1f}") for way, label in told.items()]
    read = f"{report['texts']} texts, {report['reranker']} ({report['precision']})"
    output.console.print(f"\n{read}, milliseconds a question", style="bold", markup=False)
    output.console.print(output.table(("read", "p50", "p99"), rows, numbers=("p50", "p99")))
    held, near = report["deadline"], report["from_stored"]
    output.console.print(
        f"\n{held['askers']} at once, {held['deadline_ms']:g} ms each: {held['scored']:.0%} of the texts scored, p50 {held['p50_ms']:.1f} ms"
    )
    if near:
        output.console.print(
            f"whole numbers beside the weights as stored: correlation {near['correlation']:.4f}, {near['same_of_ten']:.0%} of the ten best the same"
        )
    if report["apart"] is None:
        output.console.print("not compared with sentence-transformers: it is not installed, or has no weights (safetensors) here", style="yellow")
    output.console.print()
    labels = {
        "ratio": "as a multiple of the faster of the two: {value:.3f}", "deadline_p99_ms": "p99 of a call with a deadline: {value:.1f} ms",
        "apart": "scores of the stored weights from sentence-transformers': {value:.1e}",
    }  # fmt: skip
    for name, bar in report["bars"].items():
        text = f"{'met   ' if bar['met'] else 'MISSED'} {labels[name].format(**bar)} (at most {bar['bar']:g})"
        output.console.print(text, style="green" if bar["met"] else "red", markup=False)
    output.console.print(f"seed {report['seed']}, {report['wall_s']:,} s", style="dim")


def print_report(report: dict[str, Any]) -> None:
    """The stages of the smallest size beside what is claimed, throughput, growth, and whether each bar is met."""
    output.console.print(f"\n{report['chunks']:,} chunks, milliseconds a question", style="bold")
    columns = ("stage", "p50", "p99", "by hand p50", "claimed p50", "claimed p99")
    output.console.print(output.table(columns, _stage_rows(report), numbers=columns[1:]))
    _print_throughput(report)
    output.console.print(
        f"\ningestion: {report['ingest_chunks_per_s']:,} chunks/s with embedding, {report['ingest_stored_chunks_per_s']:,} chunks/s vectors given; "
        f"memory: {report['memory_mb']:,.0f} MB at most" + _server(report), markup=False,
    )  # fmt: skip
    if len(report["scale"]) > 1:
        _print_growth(report["scale"])
    output.console.print()
    for note in report["notes"]:
        output.console.print(f"note: {note}", style="yellow", markup=False)
    for name, bar in report["bars"].items():
        told = _BARS[name].format(**bar)
        output.console.print(f"{'met   ' if bar['met'] else 'MISSED'} {told}", style="green" if bar["met"] else "red", markup=False)
    output.console.print(f"seed {report['seed']}, {report['wall_s']:,} s", style="dim")


def _stage_rows(report: dict[str, Any]) -> list[tuple]:
    measured = {**report["stages"], **report["groups"]}
    if report["settings"]["reranking"] == "off":
        measured["reranking"] = None
    rows = [_row(label, measured[name], CLAIMED.get(name, ("", ""))) for name, label in _ROWS.items()]
    rows.append(_row("total without generation", report["total"]))
    rows.append(_row("  the same, understanding off", report["total_without_understanding"]))
    return [*rows, _row(f"generation ({report['generation']['kind']})", report["generation"])]


def _row(label: str, figures: dict[str, Any] | None, claimed: tuple = ("", "")) -> tuple:
    if figures is None:
        return (label, "not measured", "", "", *claimed)
    by_hand = figures.get("floor_p50_ms")
    return (label, f"{figures['p50_ms']:.2f}", f"{figures['p99_ms']:.2f}", "" if by_hand is None else f"{by_hand:.2f}", *claimed)


def _print_throughput(report: dict[str, Any]) -> None:
    rates = report["throughput"]
    rows = [
        (count, f"{rates[str(count)]:.1f}", f"{rates[f'floor_{count}']:.1f}", _share(rates[str(count)], rates[f"floor_{count}"]))
        for count in ASKERS
    ]  # fmt: skip
    columns = ("askers at once", "questions/s", "by hand", "share")
    output.console.print()
    output.console.print(output.table(columns, rows, numbers=columns))


def _print_growth(scales: dict[str, Any]) -> None:
    names = ("chunks", "embed", "hybrid", "total p50", "p99", "by hand", "ratio", "ratio (off)", "own ms", "8 askers/s", "share", "stored/s", "MB",
             "server MB")  # fmt: skip
    rows = [
        (f"{found['chunks']:,}", *(f"{value:.1f}" for value in _growing(found)), found["total"]["ratio"],
         found["total_without_understanding"]["ratio"], f"{found['overhead_us'] / 1000:.2f}", f"{found['throughput']['8']:.1f}",
         _share(found["throughput"]["8"], found["throughput"]["floor_8"]), f"{found['ingest_stored_chunks_per_s']:.0f}",
         f"{found['memory_mb']:,.0f}", f"{found['server_memory_mb'] or 0:,.0f}")
        for found in scales.values()
    ]  # fmt: skip
    output.console.print("\ngrowth, milliseconds (p50 where not said); off: understanding off", style="bold")
    output.console.print(output.table(names, rows, numbers=names))


def _growing(found: dict[str, Any]) -> tuple[float, ...]:
    total = found["total"]
    embedding, hybrid = found["stages"]["query_embeddings"], found["groups"]["hybrid_retrieval"]
    return embedding["p50_ms"], hybrid["p50_ms"], total["p50_ms"], total["p99_ms"], total["floor_p50_ms"]


def _share(ours: float, floor: float) -> str:
    return f"{ours / floor:.2f}" if floor else ""


def _server(report: dict[str, Any]) -> str:
    return f", the embedded server {report['server_memory_mb']:,.0f} MB" if report["server_memory_mb"] else ""


#: What is measured by itself: option -> the module that measures it, and how it is shown.
_ALONE = {"kills": (kills, print_kills), "words": (vocabulary, print_words), "reranker": (cross_encoding, print_reranker)}
