"""Asks three real questions about documents that are on every machine: the descriptions of the Python packages installed here.

Two are answered with citations, one compound and one under a filter; the third is answered by nothing here and declined. It needs no key,
no network and no server: PostgreSQL is started by itself, under HEADRACE_DATA_DIR. Exit code 0 when all three went as they should.
"""

import argparse
import re
from importlib import metadata

from dataflows.commands import arguments, output
from dataflows.pipeline import Pipeline
from dataflows.types import Answer, Document

TENANT = "demo"

#: What is asked, what to notice, and whether the packages' descriptions hold an answer.
QUESTIONS = (
    ("What is NumPy, and how does RapidFuzz calculate string similarity?", "a compound question: both parts are searched for", True),
    ("Which package with license MIT validates data using Python type hints?", "a filter on the documents' metadata", True),
    ("How many moons does Jupiter have?", "nothing here answers this", False),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args, download_models=False)  # a first look should not begin with 90 MB
    documents = installed_packages()
    with Pipeline.open(settings) as rag:
        with output.progress() as bar:
            task = bar.add_task(f"ingesting the descriptions of {len(documents)} installed packages", total=len(documents))
            outcomes = rag.ingest(documents, TENANT, on_outcome=lambda outcome: bar.advance(task))
        stored = sum(outcome.status in ("new", "changed") for outcome in outcomes)
        output.console.print(
            f"{len(outcomes)} documents, {stored} new or changed, {sum(outcome.embedded for outcome in outcomes)} chunks embedded; "
            f"PostgreSQL {rag.database.versions[0]}, pgvector {rag.database.versions[1]}"
        )
        as_expected = [_ask(rag, question, remark) == expected for question, remark, expected in QUESTIONS]
        output.console.print(_goes_on(rag.settings.data_dir.as_posix()), markup=False)
    return 0 if all(as_expected) else 1


def installed_packages() -> list[Document]:
    """One document per installed distribution that describes itself, by name; the description is its text.

    Headrace itself is left out: its description shows this demo's questions and answers.
    """
    documents: dict[str, Document] = {}
    for distribution in metadata.distributions():
        about = distribution.metadata
        name, text = str(about["Name"] or ""), str(about.get_payload() or about.get("Description") or "").strip()
        if name and text and name not in ("headrace", *documents):
            markup = "markdown" if "markdown" in str(about.get("Description-Content-Type") or "") else "plain"
            title = f"{name} {distribution.version}"
            documents[name] = Document(f"package:{name}", title, text, f"{name}/METADATA", _fields(distribution), markup=markup)
    return [documents[name] for name in sorted(documents)]


def _fields(distribution: metadata.Distribution) -> dict[str, str | list[str]]:
    about = distribution.metadata
    given = {
        "name": about.get("Name"), "version": distribution.version, "summary": about.get("Summary"), "license": _license(about),
        "author": about.get("Author") or re.sub(r"\s*<[^>]*>", "", about.get("Author-email") or ""),
        "requires_python": about.get("Requires-Python"), "keywords": [word for word in re.split(r"[,\s]+", about.get("Keywords") or "") if word],
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


def _license(about: metadata.PackageMetadata) -> str:
    """The licence in a word or two: its SPDX name where there is one, as most packages that have none still say it in a classifier."""
    if about.get("License-Expression"):
        return about["License-Expression"]
    named = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or [] if line.startswith("License :: OSI Approved ::")]
    stated = (about.get("License") or "").strip().partition("\n")[0]
    name = named[0] if named else stated
    return re.sub(r"\s+(?:Software\s+)?License$", "", name)[:80]


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
