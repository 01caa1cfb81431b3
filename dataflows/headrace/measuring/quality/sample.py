"""A small labelled collection that comes with Headrace: to see an evaluation at work without any data from outside, not to judge by."""

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).parent / "sample_collection.yaml"


def sample_collection(folder: str | Path) -> Path:
    """Writes the handbook of an invented ferry company with 20 questions, four of which it does not answer, and gives the folder.

    Three files, the same bytes each time: `corpus.jsonl.gz`, `queries.jsonl.gz` (with answers, and spans in characters of a document's text)
    and `qrels.tsv`. The folder is made if need be; files of these names in it are replaced.
    """
    data, folder = yaml.safe_load(_DATA.read_text(encoding="utf-8")), Path(folder)
    texts = {document["id"]: document["text"] for document in data["documents"]}
    folder.mkdir(parents=True, exist_ok=True)
    _write_lines(
        folder / "corpus.jsonl.gz", (_corpus_line(document) for document in data["documents"])
    )
    _write_lines(
        folder / "queries.jsonl.gz",
        (_query_line(question, texts) for question in data["questions"]),
    )
    judged = [
        f"{question['id']}\t{document_id}\t1\n"
        for question in data["questions"]
        for document_id in question.get("evidence", {})
    ]
    (folder / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(judged), encoding="utf-8", newline="\n"
    )
    return folder


def _corpus_line(document: Mapping[str, str]) -> dict[str, Any]:
    return {
        "_id": document["id"],
        "title": document["title"],
        "text": document["text"],
        "metadata": {"section": document["section"]},
    }


def _query_line(question: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    spans = [
        _span(document_id, quote, texts[document_id])
        for document_id, quote in question.get("evidence", {}).items()
    ]
    labels = (
        {"answerable": True, "answers": question["answers"], "spans": spans}
        if spans
        else {"answerable": False}
    )
    return {"_id": question["id"], "text": question["text"], "metadata": labels}


def _span(document_id: str, quote: str, text: str) -> dict[str, Any]:
    start = text.index(quote)
    return {"doc_id": document_id, "start": start, "end": start + len(quote), "text": quote}


def _write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
