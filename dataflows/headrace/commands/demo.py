"""Asks three real questions about documents that are on every machine: the descriptions of the Python packages installed here.

Two are answered with citations, one compound and one under a filter; the third is answered by nothing here and declined. It needs no key,
no network and no server: PostgreSQL is started by itself, under HEADRACE_DATA_DIR. Exit code 0 when all three went as they should.
"""

import argparse

from headrace.commands import arguments, output
from headrace.ingest.installed_packages import installed_packages
from headrace.pipeline import Pipeline
from headrace.types import Answer

TENANT = "demo"

#: What is asked, what to notice, and whether the packages' descriptions hold an answer.
QUESTIONS = (
    (
        "What is NumPy, and how does RapidFuzz calculate string similarity?",
        "a compound question: both parts are searched for",
        True,
    ),
    (
        "Which package with license MIT validates data using Python type hints?",
        "a filter on the documents' metadata",
        True,
    ),
    ("How many moons does Jupiter have?", "nothing here answers this", False),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(
        args, download_models=False
    )  # a first look should not begin with 90 MB
    documents = installed_packages()
    with Pipeline.open(settings) as rag:
        with output.progress() as bar:
            task = bar.add_task(
                f"ingesting the descriptions of {len(documents)} installed packages",
                total=len(documents),
            )
            outcomes = rag.ingest(documents, TENANT, on_outcome=lambda outcome: bar.advance(task))
        stored = sum(outcome.status in ("new", "changed") for outcome in outcomes)
        output.console.print(
            f"{len(outcomes)} documents, {stored} new or changed, {sum(outcome.embedded for outcome in outcomes)} chunks embedded; "
            f"PostgreSQL {rag.database.versions[0]}, pgvector {rag.database.versions[1]}"
        )
        as_expected = [
            _ask(rag, question, remark) == expected for question, remark, expected in QUESTIONS
        ]
        output.console.print(_goes_on(rag.settings.data_dir.as_posix()), markup=False)
    return 0 if all(as_expected) else 1


def _ask(rag: Pipeline, question: str, remark: str) -> bool:
    answer = rag.ask(question, TENANT)
    output.console.print(f"\nQ: {question}", markup=False, style="bold")
    output.console.print(f"   ({remark})", markup=False, style="dim")
    _print_answer(answer)
    return answer.answered


def _print_answer(answer: Answer) -> None:
    if answer.answered:
        output.console.print(f"A: {' '.join(answer.text.split())}\n", markup=False)
    else:
        output.console.print("A: The documents do not answer this.\n")
    output.print_citations(answer)
    output.print_notes(answer)
    output.console.print()
    output.print_stages(answer.stages, answer.total_ms)


def _goes_on(data_dir: str) -> str:
    return (
        f"\nYour own files (they stay on this machine, in {data_dir}):\n"
        "  python run.py ingest PATH... --tenant mine\n"
        '  python run.py ask "YOUR QUESTION" --tenant mine          (--trace shows what each stage did)\n'
        "  python run.py doctor                                     (what more can be switched on: Claude, reranking, the UI)"
    )
