"""Trial mutations: small faults put into the code, each of which a test should find.

`python tests/mutations.py` copies the checkout, puts in one fault at a time, runs the
tests named with it, and prints which faults were caught. `python tests/mutations.py 3 7`
tries these only. All of them take about half an hour; they are not part of the suite.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("dataflows/headrace")
TIMEOUT_S = 600
_NO_CACHE = ("-p", "no:cacheprovider")


@dataclass(frozen=True)
class Mutation:
    """A fault: in `file`, `before` (there once) becomes `after`; `tests` should fail."""

    file: str
    before: str
    after: str
    tests: str


FILTERING = "question/filtering.py"
DATES = "question/date_ranges.py"
EXPANSION = "question/expansion.py"
DECOMPOSITION = "question/decomposition.py"
PIECES = "context/pieces.py"
EXTRACTION = "answer/extraction.py"
QUOTING = "answer/quoting/"
CITATIONS = "answer/citations.py"
COMPARING = "answer/claims/comparing.py"
NEGATIONS = "answer/claims/negations.py"
STORING = "ingest/storing.py"
CLAIMS = "ingest/finding/claims.py"
TENANT = "resources/postgres/tenant_database.py"
LOGINS = "resources/postgres/tenants"
SERVED = "resources/models/openai_api"
ASKED = "resources/models/openai_api"
TOKENS = f"{LOGINS}/tokens.py"
ACCESS = "service/test_access.py"
LIMITS = "service/test_limits.py"

MUTATIONS = (
    # How a question is understood.
    Mutation(
        FILTERING, "is_of_several = wanted > 1 and", "is_of_several = wanted > 9 and", "question"
    ),
    Mutation(FILTERING, "_RELIABLE = 0.9", "_RELIABLE = 0.6", "question"),
    Mutation(FILTERING, "relaxed.append(kept.pop())", "kept.pop()", "question"),
    Mutation(FILTERING, "and not condition.negated:", "and True:", "question"),
    Mutation(
        FILTERING, "if not topic:\n        return True", "if True:\n        return True", "question"
    ),
    Mutation(FILTERING, "least - 1, -1)", "0, -1)", "question"),
    Mutation(FILTERING, "replace(settled, today=today)", "settled", "question"),
    Mutation("question/knowledge.py", "_MOST_SHARED = 0.5", "_MOST_SHARED = 0.1", "question"),
    Mutation(DATES, 'if groups.get("appeared") or groups.get("done") or', "if", "question"),
    Mutation(DATES, "or _is_of_name(groups, bounds)", "", "question"),
    Mutation("metadata/periods.py", "return fiscal or found or", "return found or", "metadata"),
    Mutation("text/abbreviations.py", "text = prose_of(text)", "", "question"),
    Mutation(EXPANSION, "_CLEAR = 0.75", "_CLEAR = 0.6", "question"),
    Mutation(EXPANSION, "if related[closest]:", "if False:", "question"),
    Mutation(DECOMPOSITION, "_TOPIC_WEIGHT = 0.5", "_TOPIC_WEIGHT = 1.5", "question"),
    Mutation(DECOMPOSITION, 'or "follow-up" in kinds', "", "question"),
    Mutation("text/asking/following.py", "_FEW_WORDS = 3", "_FEW_WORDS = 2", "question"),
    Mutation("text/asking/following.py", "capitals > 1", "capitals > 0", "text"),
    Mutation("text/asking/following.py", "*before.topic])", "])", "text"),
    Mutation("text/asking/courtesies.py", "words[start] not in _BESIDE", "False", "text"),
    Mutation("text/asking/languages.py", "_LEAST_LEAD = 0.2", "_LEAST_LEAD = 0", "text"),
    Mutation("ingest/languages.py", "language_of(text)) == found", "found) == found", "ingest"),
    Mutation("text/asking/pasted.py", "if is_source and line", "if line", "text"),
    Mutation(
        "question/spellings/likelihood.py", "slip: float = 7.0", "slip: float = 2.0", "question"
    ),
    Mutation(
        "question/spellings/likelihood.py",
        "HASTY_FREQUENCY = 1e-4",
        "HASTY_FREQUENCY = 1.0",
        "question/test_spelling.py",
    ),
    Mutation(
        "ingest/readers/kinds/tabular/separated.py",
        "if is_at_end:",
        "if False:",
        "ingest/readers/kinds/tabular",
    ),
    # Searches, fusion, reranking.
    Mutation("rerank/spoken.py", "_OTHER_SHARE = 0.9", "_OTHER_SHARE = 1.0", "rerank"),
    Mutation("search/fusion.py", "_UNFOUND_SHARE = 0.7", "_UNFOUND_SHARE = 0.0", "search"),
    Mutation("search/fusion.py", "if number == main else 0.0", "", "search"),
    Mutation("search/fusion.py", "_ORDER_SHARE = 0.001", "_ORDER_SHARE = 0.0", "search"),
    Mutation("search/linking.py", "_MOST_NAMED = 6", "_MOST_NAMED = 60", "search"),
    Mutation("search/linking.py", "elif score > scores[chunk.chunk_id]:", "elif True:", "search"),
    Mutation("search/linking.py", "fused_hits), min)", "fused_hits), max)", "search"),
    Mutation("search/scoring.py", "B = 0.6", "B = 0.0", "search"),
    Mutation("search/kept_chunks.py", "if len(chunks) == len(chunk_ids):", "if True:", "search"),
    Mutation("search/semantic.py", 'run(database, "semantic_hits_exact", short)', "pass", "search"),
    Mutation("rerank/placing.py", "_NEIGHBOUR_WEIGHT = 0.25", "_NEIGHBOUR_WEIGHT = 0.0", "rerank"),
    Mutation("rerank/reranking.py", "if score > best_scores[number]:", "if not score:", "rerank"),
    Mutation("rerank/placing.py", "_COMPARED_TEXTS = 50", "_COMPARED_TEXTS = 100", "rerank"),
    # The context.
    Mutation(
        "context/filling.py",
        "abs(one.ordinal - other.ordinal) <= 1",
        "one.ordinal == other.ordinal",
        "context",
    ),
    Mutation(PIECES, "place = min(place, other)", "place = other", "context"),
    Mutation(PIECES, "while made.tokens > self.budget:", "while False:", "context"),
    Mutation("context/selection.py", "np.square(relevances)", "relevances", "context"),
    # The answer.
    Mutation(EXTRACTION, "scores[:, 0] = scores[:, 1:].min(axis=1)", "pass", "answer"),
    Mutation(QUOTING + "shown.py", "if asks_name(question) and is_name", "if is_name", "answer"),
    Mutation(QUOTING + "composing.py", ">= _LEADING_SCORE or not taken", "> -9", "answer"),
    Mutation(QUOTING + "evidence.py", "_LATER_PASSAGE = 0.25", "_LATER_PASSAGE = 0.0", "answer"),
    Mutation(QUOTING + "evidence.py", "return held <= self.held(other)", "return True", "answer"),
    Mutation(CITATIONS, "<= _MOST_GAP:", "<= 10**9:", "answer"),
    Mutation(
        CITATIONS, "if (known.document_id, known.start, known.end) == place:", "if False:", "answer"
    ),
    Mutation("answer/signs/names.py", "CODE_WEIGHT = 3", "CODE_WEIGHT = 1", "answer"),
    Mutation("answer/verdicts.py", "_SURE = 0.35", "_SURE = 0.9", "answer"),
    Mutation(
        "answer/signs/names.py", "if not any(map(_DATED.search, titles)):", "if True:", "answer"
    ),
    Mutation("answer/answerability.py", '== "sub-question"', '== "topic"', "answer"),
    Mutation("answer/signs/scattered.py", "_APART = 1.25", "_APART = 0.0", "answer"),
    Mutation("answer/answerability.py", "_USUAL_LEAD = 0.15", "_USUAL_LEAD = 0.5", "answer"),
    Mutation("answer/answerability.py", "_UNTOLD = 0.5", "_UNTOLD = 0.0", "answer"),
    Mutation(QUOTING + "filling.py", "_FURTHER_SHARE = 0.5", "_FURTHER_SHARE = 0.0", "answer"),
    Mutation("answer/signs/unlike.py", "_NEAR = 0.6", "_NEAR = 0.0", "answer"),
    Mutation("answer/answerability.py", "_AS_CHUNK = 0.1", "_AS_CHUNK = 0.3", "answer"),
    Mutation("answer/answerability.py", "_FEW_CHUNKS = 20", "_FEW_CHUNKS = 10", "answer"),
    Mutation("answer/answerability.py", "_MOST_HELD = 7", "_MOST_HELD = 70", "answer"),
    Mutation(COMPARING, "rel_tol=1e-6", "rel_tol=0.5", "answer/claims"),
    Mutation(
        COMPARING,
        "if any(_same(quantity, one, unit, is_rounded) for one in alike):",
        "if alike:",
        "answer/claims",
    ),
    Mutation(NEGATIONS, "_SHARED_WORDS = 0.75", "_SHARED_WORDS = 1.1", "answer/claims"),
    Mutation("answer/writing.py", "or begun.startswith(NO_ANSWER)", "", "answer"),
    # Documents.
    Mutation(STORING, "kept[chunk_ids.pop(0)] = chunk", "kept[chunk_ids[0]] = chunk", "ingest"),
    Mutation(
        "ingest/cutting/splitting.py",
        "return tokens - tokens % _STEP_TOKENS",
        "return tokens + 8",
        "ingest",
    ),
    Mutation(STORING, "computed -= embedded", "pass", "ingest/test_identity.py"),
    Mutation(CLAIMS, "or _is_gone(holder):", "or True:", "ingest/test_identity.py"),
    Mutation(CLAIMS, "document_id=kept[0]", "title='x'", "ingest/test_identity.py"),
    Mutation(CLAIMS, " and _is_gone(source):", ":", "ingest/test_identity.py"),
    Mutation(
        "ingest/finding/stamps.py", "found.st_ctime_ns, found.st_ino", "0", "ingest/test_stamps.py"
    ),
    Mutation("ingest/pruning.py", "if source in failed or _file", "if False and _file", "ingest"),
    Mutation(
        "ingest/pruning.py",
        'source.rstrip("/") or source',
        "source",
        "operations/test_documents.py",
    ),
    Mutation(
        "commands/documents.py",
        "if not args.yes and sys.stdin.isatty()",
        "if sys.stdin.isatty()",
        "commands/test_documents.py",
    ),
    Mutation("types/drawing.py", "if chunk.end > start]", "]", "commands/test_documents.py"),
    Mutation("types/drawing.py", "if chunk.start == piece.start:", "if True:", "types"),
    Mutation("types/marking.py", "start <= merged[-1][1]:", "start < merged[-1][1] - 9:", "types"),
    Mutation("types/moves.py", "if old and new:", "if old or new:", "types"),
    # The doors: batch, the Hamilton UI, asyncio.
    Mutation(
        "commands/batching/questions.py",
        "return bool(written.error) and retry_failed",
        "return bool(written.error)",
        "commands/test_batch.py",
    ),
    Mutation(
        "commands/batching/answers_file.py",
        "if written.error and self.lines.get(name) == written:",
        "if False:",
        "commands/batching",
    ),
    Mutation(
        "commands/batching/answering.py",
        "running[0] if in_order",
        "running[-1] if in_order",
        "commands/test_batch.py",
    ),
    Mutation("arrows.py", "if one not in through", "if True", "test_arrows.py"),
    Mutation(
        "async_pipeline.py",
        "            caller.leave()",
        "            pass",
        "test_async_pipeline.py",
    ),
    Mutation("text/words.py", "= math.fsum(weights[word]", "= sum(weights[word]", "text"),
    # What nodes are given, and how they run.
    Mutation(
        "resources/postgres/sessions/faults.py",
        '("08", "57P")',
        '("08", "99P")',
        "resources/postgres/sessions/test_pool.py",
    ),
    # Logins of tenants, and a tenant in a file.
    Mutation(
        "resources/postgres/tenants/views.py",
        "FROM {table} WHERE tenant_id = {schema}.login_tenant()",
        "FROM {table}",
        LOGINS,
    ),
    Mutation(
        "resources/postgres/tenants/blockers.py",
        "JOIN tenant_logins l ON l.role",
        "JOIN tenant_logins l ON l.tenant",
        LOGINS,
    ),
    Mutation(
        "resources/postgres/tenants/rights.py",
        "if schemas := _open_schemas(connection):",
        "if schemas := []:",
        LOGINS,
    ),
    Mutation(
        "resources/postgres/tenants/rights.py",
        "connection.execute(_CREATE_TRIGGER)",
        "pass",
        LOGINS,
    ),
    Mutation(
        "operations/tenant_files.py",
        "line.value | expected == line.value",
        "True",
        "operations/test_tenant_files.py",
    ),
    Mutation(
        "operations/tenant_import.py",
        "if ids[number] in ids[:number]:",
        "if False:",
        "operations/test_tenant_files.py",
    ),
    Mutation(TENANT, "ISOLATION LEVEL REPEATABLE READ, ", "", "resources/postgres search"),
    Mutation(
        "resources/models/message_streams.py",
        "block_index - 1",
        "block_index",
        "resources/models answer",
    ),
    Mutation(
        f"{SERVED}/numbered_sentences.py", "if not 0 < number <=", "if not 0 <= number <=", ASKED
    ),
    Mutation(
        f"{SERVED}/embedding_replies.py", "    return vectors / norms", "    return vectors", ASKED
    ),
    Mutation(f"{SERVED}/embedding_replies.py", "if not np.isfinite(norms).all() or", "if", ASKED),
    Mutation(f"{SERVED}/served_encoder.py", "extra_body=self._options", "extra_body={}", ASKED),
    Mutation(
        "execution/fingerprints.py",
        "digest.update(class_code(type(part)).encode())",
        "pass",
        "execution",
    ),
    Mutation(
        "execution/planning.py",
        "order.insert(max(places, default=-1) + 1, name)",
        "order.append(name)",
        "execution",
    ),
    # The service.
    Mutation(TOKENS, "if is_right and is_valid else", "if is_right else", ACCESS),
    Mutation(TOKENS, "if is_right and is_valid else", "if is_valid else", ACCESS),
    Mutation("service/access.py", "if is_foreign or not is_loopback(host):", "if 0:", ACCESS),
    Mutation("service/access.py", "if not holder.may(wanted):", "if False:", ACCESS),
    Mutation("service/routes/asking.py", "if not node.user_defined", "if True", "service"),
    Mutation("service/routes/asking.py", "or name in _FIXED:", "or False:", "service"),
    Mutation("service/work.py", ">= self._options.at_once:", "< 0:", LIMITS),
    Mutation("service/work.py", "pass\n        caller.leave()", "pass", LIMITS),
    Mutation("service/server.py", "TCP_NODELAY, 1", "TCP_NODELAY, 0", "service/test_process.py"),
    Mutation("execution/concurrent.py", "        check_caller()\n", "", "test_callers.py"),
)


def caught(mutation: Mutation, checkout: Path) -> bool:
    """Whether the tests fail with this fault in the copied checkout."""
    path = checkout / PACKAGE / mutation.file
    source = path.read_text(encoding="utf-8")
    if source.count(mutation.before) != 1:
        raise SystemExit(
            f"{mutation.file} has {mutation.before!r} {source.count(mutation.before)} times"
        )
    path.write_text(source.replace(mutation.before, mutation.after), encoding="utf-8")
    places = [f"tests/{folder}" for folder in mutation.tests.split()]
    paths = f"{checkout / 'dataflows'}{os.pathsep}{checkout / 'tests'}"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", *_NO_CACHE, *places]
    environment = os.environ | {"PYTHONPATH": paths}
    try:
        done = subprocess.run(
            command, cwd=checkout, env=environment, capture_output=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(source, encoding="utf-8")
    return done.returncode == 1


def main(numbers: list[int]) -> int:
    """Tries the mutations; prints each with whether it was caught."""
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        shutil.copytree(
            ROOT, checkout, ignore=shutil.ignore_patterns(".git", "*.egg-info", ".venv")
        )
        for number in numbers:
            mutation = MUTATIONS[number - 1]
            is_caught = caught(mutation, checkout)
            found += is_caught
            word = "caught" if is_caught else "MISSED"
            print(f"{number:2} {word}  {mutation.file}: {mutation.before}", flush=True)
    print(f"{found} of {len(numbers)} caught")
    return 0


if __name__ == "__main__":
    sys.exit(main([int(number) for number in sys.argv[1:]] or list(range(1, len(MUTATIONS) + 1))))
