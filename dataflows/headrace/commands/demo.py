"""Asks three questions about the descriptions of the Python packages installed here.

Every machine has such documents; at most 75 are read. Two questions are answered with
citations, one of them compound and one with a filter. The third is declined, because
nothing here answers it. No key, network or server is needed: the demo starts PostgreSQL
itself, which keeps its data under HEADRACE_DATA_DIR.

Exit code 0 when all three went as they should.
"""

import argparse
from dataclasses import dataclass

from headrace.commands import arguments, output
from headrace.ingest.installed_packages import installed_packages
from headrace.pipeline import Pipeline
from headrace.types import Answer

TENANT = "demo"
#: Packages whose descriptions are read, at most: a first look should not take minutes.
_MOST_PACKAGES = 75


@dataclass(frozen=True)
class DemoQuestion:
    """What is asked.

    Attributes:
        remark: what to notice.
        is_answerable: whether the packages' descriptions hold an answer.
    """

    text: str
    remark: str
    is_answerable: bool


QUESTIONS = (
    DemoQuestion(
        "What is Psycopg 3, and how does RapidFuzz calculate string similarity?",
        "a compound question: both parts are searched for",
        is_answerable=True,
    ),
    DemoQuestion(
        "Which package with license MIT reads and writes Excel files?",
        "a filter on the documents' metadata",
        is_answerable=True,
    ),
    DemoQuestion(
        "How many moons does Jupiter have?", "nothing here answers this", is_answerable=False
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    # A first look should not begin with a download of 90 MB.
    settings = arguments.settings_of(args, download_models=False)
    with Pipeline.open(settings) as rag:
        ingest(rag)
        answers = [_ask(rag, question) for question in QUESTIONS]
        output.say("\nThe stages of the last question:\n")
        output.print_stages(answers[-1].stages, answers[-1].total_ms)
        _print_next_steps(rag, answers[-1])
    expected = [question.is_answerable for question in QUESTIONS]
    return 0 if [answer.answered for answer in answers] == expected else 1


def ingest(rag: Pipeline) -> None:
    """Stores the packages' descriptions, and says how many are new."""
    documents = installed_packages(_MOST_PACKAGES)
    what = f"ingesting the descriptions of {len(documents)} installed packages"
    with output.progress() as bar:
        task = bar.add_task(what, total=len(documents))
        outcomes = rag.ingest(documents, TENANT, on_outcome=lambda outcome: bar.advance(task))
    stored = sum(outcome.status in ("new", "changed") for outcome in outcomes)
    embedded = sum(outcome.embedded for outcome in outcomes)
    postgres, pgvector = rag.database.versions
    output.say(
        f"{len(outcomes)} documents, {stored} new or changed, {embedded} chunks embedded; "
        f"PostgreSQL {postgres}, pgvector {pgvector}"
    )


def _ask(rag: Pipeline, question: DemoQuestion) -> Answer:
    """Asks a question and prints its answer."""
    answer = rag.ask(question.text, TENANT)
    output.say(f"\nQ: {question.text}", style="bold")
    output.say(f"({question.remark})", style="dim", indent=3)
    _print_answer(answer)
    return answer


def _print_answer(answer: Answer) -> None:
    text = " ".join(answer.text.split())
    output.say(f"A: {text if answer.answered else output.declined(answer)}\n")
    output.print_citations(answer)
    output.print_notes(answer)


def _print_next_steps(rag: Pipeline, answer: Answer) -> None:
    data_dir = rag.settings.data_dir.as_posix()
    steps = {
        "ingest PATH... --tenant mine": "",
        'ask "YOUR QUESTION" --tenant mine': "(--trace shows what each stage did)",
        "doctor": "(what else can be switched on: Claude, reranking, the UI)",
    }
    output.say(f"\nYour own files (they stay on this machine, in {data_dir}):")
    for command, remark in steps.items():
        output.say(f"python run.py {command:<36} {remark}".rstrip(), indent=2)
    for note in answer.degraded:
        if note.is_standing:
            output.say(f"\nWhat could be better here: {note.text}.")
