"""What `run.py bench` prints of its reports."""

from typing import Any

from headrace.commands import output
from headrace.measuring.kills import kills
from headrace.measuring.speed.benchmark import ASKERS

#: Figures usually claimed for this architecture, p50 and p99 in milliseconds.
CLAIMED = {"query_embeddings": (25, 80), "hybrid_retrieval": (12, 35), "reranking": (45, 120)}
_ROWS = {
    "understanding": "understanding",
    "query_embeddings": "query embedding",
    "semantic_hits": "semantic search",
    "keyword_hits": "keyword search",
    "fused_hits": "fusion",
    "hybrid_retrieval": "hybrid retrieval (longer search + fusion)",
    "passage_hits": "passages",
    "reranking": "rerank",
    "context": "context",
}
_BARS = {
    "total_ratio": "total, as a multiple of the same by hand: {value:.3f} (at most {bar})",
    "overhead_us": "the dataflow's own time: {value:,.0f} us a question (at most {bar:,})",
    "throughput_share": "8 askers, as a share of the same by hand: {value:.3f} (at least {bar})",
    "errors_or_wrong_answers": "errors, and answers other than those by hand or alone: {value}",
}


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
    )
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
    told = {
        "questions": "questions, a slip in every eighth",
        "misspelt": "a slip in every third longer word",
    }
    rows = [
        (label, f"{report[kind]['p50_ms']:.2f}", f"{report[kind]['p99_ms']:.2f}")
        for kind, label in told.items()
    ]
    output.console.print(
        f"\nunderstanding, {report['words']:,} different words in the documents, milliseconds a question",
        style="bold",
    )
    output.console.print(output.table(("asked", "p50", "p99"), rows, numbers=("p50", "p99")))
    output.console.print()
    for name, bar in report["bars"].items():
        text = f"{'met   ' if bar['met'] else 'MISSED'} {name.removesuffix('_ms')} of questions: {bar['value']:.2f} ms (at most {bar['bar']:g})"
        output.console.print(text, style="green" if bar["met"] else "red", markup=False)
    output.console.print(f"seed {report['seed']}, {report['wall_s']:,} s", style="dim")


def print_reranker(report: dict[str, Any]) -> None:
    """What reading takes in each way, how calls with a deadline went, and whether the bars are met."""
    told = {
        "ours": "ours",
        "batch": "ONNX Runtime alone, one padded batch",
        "pairs": "ONNX Runtime alone, pair by pair",
    }
    rows = [
        (label, f"{report[way]['p50_ms']:.1f}", f"{report[way]['p99_ms']:.1f}")
        for way, label in told.items()
    ]
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
        output.console.print(
            "not compared with sentence-transformers: it is not installed, or has no weights (safetensors) here",
            style="yellow",
        )
    output.console.print()
    labels = {
        "ratio": "as a multiple of the faster of the two: {value:.3f}",
        "deadline_p99_ms": "p99 of a call with a deadline: {value:.1f} ms",
        "apart": "scores of the stored weights from sentence-transformers': {value:.1e}",
    }
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
        f"memory: {report['memory_mb']:,.0f} MB at most" + _server(report),
        markup=False,
    )
    if len(report["scale"]) > 1:
        _print_growth(report["scale"])
    output.console.print()
    for note in report["notes"]:
        output.console.print(f"note: {note}", style="yellow", markup=False)
    for name, bar in report["bars"].items():
        told = _BARS[name].format(**bar)
        output.console.print(
            f"{'met   ' if bar['met'] else 'MISSED'} {told}",
            style="green" if bar["met"] else "red",
            markup=False,
        )
    output.console.print(f"seed {report['seed']}, {report['wall_s']:,} s", style="dim")


def _stage_rows(report: dict[str, Any]) -> list[tuple]:
    measured = {**report["stages"], **report["groups"]}
    if report["settings"]["reranking"] == "off":
        measured["reranking"] = None
    rows = [
        _row(label, measured[name], CLAIMED.get(name, ("", ""))) for name, label in _ROWS.items()
    ]
    rows.append(_row("total without generation", report["total"]))
    rows.append(_row("  the same, understanding off", report["total_without_understanding"]))
    return [*rows, _row(f"generation ({report['generation']['kind']})", report["generation"])]


def _row(label: str, figures: dict[str, Any] | None, claimed: tuple = ("", "")) -> tuple:
    if figures is None:
        return (label, "not measured", "", "", *claimed)
    by_hand = figures.get("floor_p50_ms")
    return (
        label,
        f"{figures['p50_ms']:.2f}",
        f"{figures['p99_ms']:.2f}",
        "" if by_hand is None else f"{by_hand:.2f}",
        *claimed,
    )


def _print_throughput(report: dict[str, Any]) -> None:
    rates = report["throughput"]
    rows = [
        (
            count,
            f"{rates[str(count)]:.1f}",
            f"{rates[f'floor_{count}']:.1f}",
            _share(rates[str(count)], rates[f"floor_{count}"]),
        )
        for count in ASKERS
    ]
    columns = ("askers at once", "questions/s", "by hand", "share")
    output.console.print()
    output.console.print(output.table(columns, rows, numbers=columns))


def _print_growth(scales: dict[str, Any]) -> None:
    names = (
        "chunks",
        "embed",
        "hybrid",
        "total p50",
        "p99",
        "by hand",
        "ratio",
        "ratio (off)",
        "own ms",
        "8 askers/s",
        "share",
        "stored/s",
        "MB",
        "server MB",
    )
    rows = [
        (
            f"{found['chunks']:,}",
            *(f"{value:.1f}" for value in _growing(found)),
            found["total"]["ratio"],
            found["total_without_understanding"]["ratio"],
            f"{found['overhead_us'] / 1000:.2f}",
            f"{found['throughput']['8']:.1f}",
            _share(found["throughput"]["8"], found["throughput"]["floor_8"]),
            f"{found['ingest_stored_chunks_per_s']:.0f}",
            f"{found['memory_mb']:,.0f}",
            f"{found['server_memory_mb'] or 0:,.0f}",
        )
        for found in scales.values()
    ]
    output.console.print(
        "\ngrowth, milliseconds (p50 where not said); off: understanding off", style="bold"
    )
    output.console.print(output.table(names, rows, numbers=names))


def _growing(found: dict[str, Any]) -> tuple[float, ...]:
    total = found["total"]
    embedding, hybrid = found["stages"]["query_embeddings"], found["groups"]["hybrid_retrieval"]
    return (
        embedding["p50_ms"],
        hybrid["p50_ms"],
        total["p50_ms"],
        total["p99_ms"],
        total["floor_p50_ms"],
    )


def _share(ours: float, floor: float) -> str:
    return f"{ours / floor:.2f}" if floor else ""


def _server(report: dict[str, Any]) -> str:
    return (
        f", the embedded server {report['server_memory_mb']:,.0f} MB"
        if report["server_memory_mb"]
        else ""
    )
