"""A small labelled collection that comes with Headrace.

It shows an evaluation at work without any data from outside. It is too small to judge
settings by.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).parent / "sample_collection.yaml"


def sample_collection(folder: str | Path) -> Path:
    """Writes the handbook of an invented ferry company, with 20 questions, to a folder.

    The handbook does not answer four of the questions. There are three files, the same
    bytes each time: `corpus.jsonl.gz`, `queries.jsonl.gz` (with answers, and with spans
    in characters of a document's text) and `qrels.tsv`. The folder is made if need be;
    files of these names in it are replaced.

    Returns: the folder.
    """
    data = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {document["id"]: document["text"] for document in data["documents"]}
    documents = [_corpus_line(document) for document in data["documents"]]
    questions = [_query_line(question, texts) for question in data["questions"]]
    _write_lines(folder / "corpus.jsonl.gz", documents)
    _write_lines(folder / "queries.jsonl.gz", questions)
    judged = ["query-id\tcorpus-id\tscore\n"]
    for question in data["questions"]:
        for document_id in question.get("evidence", {}):
            judged.append(f"{question['id']}\t{document_id}\t1\n")
    (folder / "qrels.tsv").write_text("".join(judged), encoding="utf-8", newline="\n")
    return folder


def _corpus_line(document: Mapping[str, str]) -> dict[str, Any]:
    return {
        "_id": document["id"],
        "title": document["title"],
        "text": document["text"],
        "metadata": {"section": document["section"]},
    }


def _query_line(question: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    spans = []
    for document_id, quote in question.get("evidence", {}).items():
        spans.append(_span(document_id, quote, texts[document_id]))
    labels: dict[str, Any] = {"answerable": False}
    if spans:
        labels = {"answerable": True, "answers": question["answers"], "spans": spans}
    return {"_id": question["id"], "text": question["text"], "metadata": labels}


def _span(document_id: str, quote: str, text: str) -> dict[str, Any]:
    start = text.index(quote)
    return {"doc_id": document_id, "start": start, "end": start + len(quote), "text": quote}


def _write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
