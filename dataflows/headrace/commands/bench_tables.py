"""What `run.py bench` prints of its reports, which its help describes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from headrace.commands import output
from headrace.measuring.cluster import kills as cluster_kills
from headrace.measuring.kills.check import KINDS
from headrace.measuring.speed.benchmark import ASKERS
from headrace.measuring.stalls.run import KINDS as STALLS_KINDS

Report = dict[str, Any]


class _Claim(NamedTuple):
    """Milliseconds usually claimed for this architecture."""

    p50: int
    p99: int


CLAIMED = {
    "question_embedding": _Claim(25, 80),
    "hybrid_retrieval": _Claim(12, 35),
    "reranking": _Claim(45, 120),
}
#: What is printed for nodes and groups of nodes; any other node is shown by its name.
_STAGES = {
    "understanding": "understanding",
    "question_embedding": "question embedding (while it is understood)",
    "query_embeddings": "query embedding (of other texts)",
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
    "recall_at_20": "recall@20 of semantic search, the lowest of all sizes: {value:.3f} "
    "(at least {bar})",
    "million_p50_ms": "both searches of a million chunks, p50: {value:.1f} ms (at most {bar:g})",
    "million_p99_ms": "both searches of a million chunks, p99: {value:.1f} ms (at most {bar:g})",
    "million_growth": "p50 as a multiple of that of 10,000 chunks: {value:.2f} (at most {bar:g})",
    "errors_or_wrong_answers": "errors, and answers other than those by hand or alone: {value}",
}
_WORDS_BARS = {
    "p50_ms": "p50 of questions: {value:.2f} ms (at most {bar:g})",
    "p99_ms": "p99 of questions: {value:.2f} ms (at most {bar:g})",
}
_RERANKER_BARS = {
    "ratio": "as a multiple of the faster of the two: {value:.3f} (at most {bar:g})",
    "deadline_p99_ms": "p99 of a call with a deadline: {value:.1f} ms (at most {bar:g})",
    "apart": "scores of the stored weights from sentence-transformers': {value:.1e} "
    "(at most {bar:g})",
}
_CLUSTER_BARS = {
    "errors_or_wrong_answers": "tables and answers other than the usual ones: {value}",
    "wall_ratio": "ingest, as a multiple of the usual one: {value:.3f} (at most {bar:g})",
    "growth_mb": "the driver's memory at its end, above that at a quarter: {value:,.0f} MB "
    "(at most {bar:g})",
    "speedup": "four workers that wait, as a multiple of one: {value:.2f} (at least {bar:g})",
}
_WORDS_KINDS = {
    "questions": "questions, a slip in every eighth",
    "misspelt": "a slip in every third longer word",
}
_RERANKER_WAYS = {
    "ours": "ours",
    "batch": "ONNX Runtime alone, one padded batch",
    "pairs": "ONNX Runtime alone, pair by pair",
}


def print_report(report: Report) -> None:
    """Prints the stages of the smallest size, throughput, growth and the bars."""
    output.say(f"\n{report['chunks']:,} chunks, milliseconds a question", style="bold")
    columns = ("stage", "p50", "p99", "by hand p50", "claimed p50", "claimed p99")
    output.console.print(output.table(columns, _stage_rows(report), numbers=columns[1:]))
    _print_throughput(report)
    server_mb = report["server_memory_mb"]
    server = f", the embedded server {server_mb:,.0f} MB" if server_mb else ""
    output.say(
        f"\ningestion: {report['ingest_chunks_per_s']:,} chunks/s with embedding, "
        f"{report['ingest_stored_chunks_per_s']:,} chunks/s with vectors given; "
        f"memory: {report['memory_mb']:,.0f} MB at most{server}"
    )
    if len(report["scale"]) > 1:
        _print_growth(report["scale"])
    output.say()
    for note in report["notes"]:
        output.say(f"note: {note}", style="yellow")
    _print_bars(report, _BARS)


def print_words(report: Report) -> None:
    """Prints what understanding takes, and the bars."""
    words = f"{report['words']:,} different words in the documents"
    output.say(f"\nunderstanding, {words}, milliseconds a question", style="bold")
    rows = [(told, *_two_places(report[kind])) for kind, told in _WORDS_KINDS.items()]
    output.console.print(output.table(("asked", "p50", "p99"), rows, numbers=("p50", "p99")))
    output.say()
    _print_bars(report, _WORDS_BARS)


def print_reranker(report: Report) -> None:
    """Prints what reading takes each way, how the deadline was kept, and the bars."""
    read = f"{report['texts']} texts, {report['reranker']} ({report['precision']})"
    output.say(f"\n{read}, milliseconds a question", style="bold")
    rows = []
    for way, told in _RERANKER_WAYS.items():
        rows.append((told, f"{report[way]['p50_ms']:.1f}", f"{report[way]['p99_ms']:.1f}"))
    output.console.print(output.table(("read", "p50", "p99"), rows, numbers=("p50", "p99")))
    held = report["deadline"]
    output.say(
        f"\n{held['askers']} at once, {held['deadline_ms']:g} ms each: "
        f"{held['scored']:.0%} of the texts scored, p50 {held['p50_ms']:.1f} ms"
    )
    near = report["from_stored"]
    if near:
        output.say(
            f"whole numbers beside the weights as stored: correlation {near['correlation']:.4f}, "
            f"{near['same_of_ten']:.0%} of the ten best the same"
        )
    if report["apart"] is None:
        output.say(
            "not compared with sentence-transformers: it is not installed, or has no weights "
            "(safetensors) here",
            style="yellow",
        )
    output.say()
    _print_bars(report, _RERANKER_BARS)


def print_cluster(report: Report) -> None:
    """Prints what the usual commands and those of a cluster take, and the bars."""
    held = f"{report['documents']:,} documents, {report['chunks']:,} chunks"
    output.say(f"\n{held}, {report['questions']:,} questions", style="bold")
    columns = ("seconds", "memory MB", "growth MB")
    rows = []
    for command in ("ingest", "batch"):
        for way, took in report[command].items():
            told = "usual" if way == "usual" else f"{report['workers']} workers"
            if turns := took.get("turns_s"):
                told += f" (in turn {' and '.join(f'{one:,.1f}' for one in turns)})"
            figures = (f"{took[name]:,.1f}" for name in ("s", "memory_mb", "growth_mb"))
            rows.append((f"{command}, {told}", *figures))
    for workers, took in report["waiting"].items():
        told = f"{took['chunks']:,} chunks, {took['chunks_per_s']:,.1f} a second"
        rows.append((f"waiting, {workers} workers", told, "", ""))
    output.console.print(output.table(("command", *columns), rows, numbers=columns))
    for table in report["differing"]:
        output.say(f"{table} are not those of the usual ingest", style="red")
    for line in report["other_lines"]:
        said = f"other {', '.join(line['fields'])}" if line["fields"] else f"{line['lines']}"
        output.say(f"question {line['id']}: {said}", style="red")
    output.say()
    _print_bars(report, _CLUSTER_BARS)


def print_kills(report: Report) -> None:
    """Prints what was killed, what was interrupted by it, and every violation."""
    if "operations" not in report:
        for line in _cluster_kills_lines(report):
            output.say(line)
        _print_violations(
            report, cluster_kills.KINDS, "nothing lost, nothing doubled, nothing half visible"
        )
        return
    for line in _kills_lines(report):
        output.say(line)
    _print_violations(report, KINDS, "nothing lost, nothing doubled, nothing half visible")


def print_stalls(report: Report) -> None:
    """Prints the kills and stalls, what became of the calls, and every violation."""
    for line in _stalls_lines(report):
        output.say(line)
    _print_violations(
        report,
        STALLS_KINDS,
        "nothing lost, doubled, wrong or foreign, no untyped error, every question in its time",
    )


def _print_violations(report: Report, kinds: dict[str, str], sound: str) -> None:
    output.say()
    rows = [(report["violations"][kind], kind, meaning) for kind, meaning in kinds.items()]
    output.console.print(output.table(("found", "violation", "meaning"), rows, numbers=("found",)))
    for example in report["examples"]:
        output.say(example, style="red", indent=2)
    harm = sum(report["violations"].values())
    told = f"{harm:,} violations" if harm else sound
    output.say(f"\n{told}", style="red" if harm else "green")
    _print_end(report)


def _cluster_kills_lines(report: Report) -> list[str]:
    killed = ", ".join(f"{count} {victim}s" for victim, count in report["kills"].items())
    return [
        f"kill -9 of {killed}: {report['kills_of_ingest']} during ingest, "
        f"{report['kills_of_batch']} during batch",
        f"{report['commands']} commands in {report['turns']} turns; {report['documents']:,} "
        f"documents and {report['questions']:,} questions compared with those of a run without "
        f"a cluster; {report['looks']:,} looks at documents meanwhile",
    ]


def _stalls_lines(report: Report) -> list[str]:
    asked = report["asked"]
    limits = report["limits_s"]
    times = report["question_ms"]
    beyond_s = report["beyond_limit_s"]
    worst = f"{abs(beyond_s):.2f} s {'beyond' if beyond_s > 0 else 'within'} the limit"
    return [
        f"kills: {_counted(report['kills'])}; {asked['kills']} were asked for",
        f"stalls: {_counted(report['stalls'])}; {asked['stalls']} were asked for, "
        f"{report['stalls_beyond_limit']} took longer than a question may",
        f"questions of {report['threads']} threads: {_counted(report['questions'])}; "
        f"p50 {times['p50_ms']:,.0f} ms, the longest {times['p100_ms']:,.0f} ms, {worst} of "
        f"{limits['question_timeout_s']:g} s; the next answer at most "
        f"{report['recovery_s']:.2f} s after a trouble",
        f"changes: {_counted(report['changes'])}; the longest {report['longest_change_s']:.1f} s, "
        f"{limits['ingest_timeout_s']:g} s for each transaction",
        f"refused by: {_counted(report['refusals']) or 'none'}",
        f"documents checked: {report['checked_documents']:,}",
    ]


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _kills_lines(report: Report) -> list[str]:
    killed = report["kills"]
    operations = report["operations"]
    interrupted = report["interrupted"]
    done = _counted(operations)
    return [
        f"kill -9: {killed['client']} of the client, {killed['server']} of the whole server, "
        f"{killed['postmaster']} of its first process alone, {killed['backend']} of one of its "
        f"backends; {report['asked_kills']} were asked for",
        f"calls that returned: {sum(operations.values()):,} ({done}); "
        f"searches beside them: {report['searches']:,}",
        f"calls that were interrupted: {interrupted['whole']} found done, "
        f"{interrupted['absent']} not done at all, {interrupted['partly']} done for some of "
        f"their documents, {interrupted['questions']} questions; of their documents "
        f"{interrupted['documents_whole']} are wholly as after the call, "
        f"{interrupted['documents_absent']} wholly as before it",
        f"documents checked: {report['checked_documents']:,}; searches by meaning and by words "
        "that, a moment apart, showed a document in two versions, each of them whole (counted, "
        f"no violation): {report['searches_of_two_moments']}",
    ]


def _print_bars(report: Report, texts: dict[str, str]) -> None:
    """Prints whether each bar is met, and the end of a report."""
    for name, bar in report["bars"].items():
        state = "met   " if bar["met"] else "MISSED"
        output.say(f"{state} {texts[name].format(**bar)}", style="green" if bar["met"] else "red")
    _print_end(report)


def _print_end(report: Report) -> None:
    output.say(f"seed {report['seed']}, {report['wall_s']:,} s", style="dim")


def _stage_rows(report: Report) -> list[tuple[Any, ...]]:
    measured = {**report["stages"], **report["groups"]}
    if report["settings"]["reranking"] == "off":
        measured["reranking"] = None
    rows = []
    for name in map(str, report["shown"]):
        told = _STAGES.get(name, name.replace("_", " "))
        rows.append(_stage_row(told, measured[name], CLAIMED.get(name)))
    rows.append(_stage_row("total without generation", report["total"]))
    rows.append(_stage_row("total, understanding off", report["total_without_understanding"]))
    generation = report["generation"]
    rows.append(_stage_row(f"generation ({generation['kind']})", generation))
    return rows


def _stage_row(
    told: str, figures: dict[str, Any] | None, claim: _Claim | None = None
) -> tuple[Any, ...]:
    claimed = claim or ("", "")
    if figures is None:
        return (told, "not measured", "", "", *claimed)
    by_hand = figures.get("floor_p50_ms")
    return (told, *_two_places(figures), "" if by_hand is None else f"{by_hand:.2f}", *claimed)


def _two_places(figures: dict[str, Any]) -> tuple[str, str]:
    return f"{figures['p50_ms']:.2f}", f"{figures['p99_ms']:.2f}"


def _print_throughput(report: Report) -> None:
    rates = report["throughput"]
    rows = []
    for count in ASKERS:
        ours = rates[str(count)]
        floor = rates[f"floor_{count}"]
        rows.append((count, f"{ours:.1f}", f"{floor:.1f}", _share(ours, floor)))
    columns = ("askers at once", "questions/s", "by hand", "share")
    output.say()
    output.console.print(output.table(columns, rows, numbers=columns))
    output.say(f"processor time of an answer: {_processor(report['processor'])}")


def _processor(took: Mapping[str, float | None]) -> str:
    server = "the server's not known"
    if took["server_ms"] is not None:
        server = f"{took['server_ms']:.1f} ms of the server"
    by_hand = f"by hand {took['floor_ms']:.1f} ms"
    return f"{took['client_ms']:.1f} ms of this process, {server}; {by_hand}"


def _print_growth(scales: dict[str, Report]) -> None:
    output.say("\ngrowth, milliseconds (p50 where not said); off: understanding off", style="bold")
    rows = [_growth_row(report) for report in scales.values()]
    columns = tuple(rows[0])
    values = [tuple(row.values()) for row in rows]
    output.console.print(output.table(columns, values, numbers=columns))


def _growth_row(report: Report) -> dict[str, str]:
    """What there is to say of one size, by column."""
    total = report["total"]
    embedding = report["stages"]["question_embedding"]
    hybrid = report["groups"]["hybrid_retrieval"]
    rates = report["throughput"]
    return {
        "chunks": f"{report['chunks']:,}",
        "embed": f"{embedding['p50_ms']:.1f}",
        "hybrid": f"{hybrid['p50_ms']:.1f}",
        "recall": f"{report['recall_at_20']:.3f}",
        "total p50": f"{total['p50_ms']:.1f}",
        "p99": f"{total['p99_ms']:.1f}",
        "by hand": f"{total['floor_p50_ms']:.1f}",
        "ratio": str(total["ratio"]),
        "ratio (off)": str(report["total_without_understanding"]["ratio"]),
        "own ms": f"{report['overhead_us'] / 1000:.2f}",
        "8 askers/s": f"{rates['8']:.1f}",
        "share": _share(rates["8"], rates["floor_8"]),
        "CPU ms": f"{report['processor']['ms']:.1f}",
        "stored/s": f"{report['ingest_stored_chunks_per_s']:.0f}",
        "MB": f"{report['memory_mb']:,.0f}",
        "server MB": f"{report['server_memory_mb'] or 0:,.0f}",
    }


def _share(ours: float, floor: float) -> str:
    return f"{ours / floor:.2f}" if floor else ""
