"""run.py documents, chunk and tenants: what is stored, seen and removed."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from headrace import Document

LONG = "\n\n".join(f"Pump {number} is checked every month by its crew." for number in range(150))


def ids(ran) -> list[str]:
    return [document["document_id"] for document in json.loads(ran.out)["documents"]]


@pytest.fixture
def listing(run, returns):
    """Runs `documents` for the tenant: listing("--limit", 2)."""
    return lambda *arguments: run("documents", "--tenant", returns, *arguments)


class Typed:
    """A terminal at which a line is typed."""

    def __init__(self, line: str):
        self.line = line

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self.line


# ---------------------------------------------------------------------------- the list


def test_a_list_says_what_is_known_of_each_document(listing):
    lines = [line.split() for line in listing().out.splitlines()]
    assert lines[0][:5] == ["document", "title", "chunks", "language", "stored"]
    assert [line[0] for line in lines[1:]] == ["ranking", "refunds", "warranty"]
    assert lines[2][1:4] == ["Refunds", "1", "english"]
    assert lines[2][-1] == "handbook/refunds.md"


def test_a_list_as_json_has_times_and_metadata(listing):
    found = json.loads(listing("--json").out)["documents"][1]
    age = datetime.now(UTC) - datetime.fromisoformat(found.pop("stored_at"))
    assert abs(age) < timedelta(minutes=10)
    assert found == {
        "document_id": "refunds",
        "title": "Refunds",
        "source": "handbook/refunds.md",
        "language": "english",
        "chunk_count": 1,
        "metadata": {"author": "Ada Lovelace", "published": "2019-03-04", "license": "MIT"},
    }


def test_a_long_list_says_how_many_more_there_are_and_how_to_go_on(listing):
    ran = listing("--limit", 1)
    assert "2 more: --after ranking" in ran.out
    assert json.loads(listing("--limit", 1, "--json").out)["more"] == 2
    rest = listing("--after", "ranking", "--limit", 2)
    assert "refunds" in rest.out and "warranty" in rest.out and "more" not in rest.out


def test_a_list_can_be_filtered_by_metadata_and_by_the_beginning_of_sources(listing):
    assert ids(listing("--json", "--filter", "author=grace hopper")) == ["ranking", "warranty"]
    assert ids(listing("--json", "--filter", "published=2020-01-01..2021-08-01")) == ["warranty"]
    assert ids(listing("--json", "--filter", "license!=MIT")) == ["warranty"]
    assert ids(listing("--json", "--source", "handbook/re")) == ["refunds"]
    few = listing("--json", "--filter", "author=grace hopper", "--limit", 1)
    assert json.loads(few.out)["more"] == 1
    assert "No document is like that." in listing("--filter", "author=nobody").out
    ran = listing("--filter", "autor=x")
    assert ran.code == 2 and "did you mean author?" in ran.err


@pytest.mark.parametrize("what", [(), ("show", "refunds"), ("remove", "refunds")])
def test_an_unknown_tenant_is_an_error_that_says_which_was_meant(run, returns, what):
    ran = run("documents", *what, "--tenant", f"{returns}x")
    assert ran.code == 2 and ran.out == ""
    assert f"did you mean {returns}" in ran.err


# ------------------------------------------------------------------- one document, one chunk


def test_a_document_is_shown_whole_with_a_line_where_each_chunk_begins(run, rag, tenant):
    rag.ingest([Document("pumps", "Pumps", LONG, "pumps.txt")], tenant)
    chunks = rag.document("pumps", tenant).chunks
    assert len(chunks) > 1
    ran = run("documents", "show", "pumps", "--tenant", tenant)
    for chunk in chunks:
        border, _, after = ran.out.partition(f": chunk {chunk.chunk_id}, ")
        assert border and after.startswith(f"characters {chunk.start}-{chunk.end}")
        assert after.partition("\n")[2].startswith(chunk.text.split("\n")[0])
    for number in range(150):
        assert ran.out.count(f"Pump {number} is checked") == 1


def test_text_that_is_in_two_chunks_or_in_none_is_in_another_colour(run, rag, tenant, monkeypatch):
    from headrace.commands import documents, output
    from headrace.types import Chunk

    said = []
    monkeypatch.setattr(output, "say", lambda text, style="", indent=0: said.append((text, style)))
    rag.ingest([Document("d", "D", "zero one two three", "d")], tenant)
    stored = rag.document("d", tenant)
    first = Chunk(1, "d", "D", "d", "one two", 5, 12, 0)
    second = Chunk(2, "d", "D", "d", "two three", 9, 18, 1, page=3)
    documents._print_text(documents.dataclasses.replace(stored, chunks=(first, second)))
    assert said == [
        ("zero ", "dim"),
        ("\n── 1: chunk 1, characters 5-12 ──", "bold green"),
        ("one ", ""),
        ("\n── 2: chunk 2, page 3, characters 9-18 ──", "bold green"),
        ("two", "cyan"),
        (" three", ""),
    ]


def test_a_document_is_found_by_the_path_of_its_file(run, rag, tenant, folder, monkeypatch):
    rag.ingest([folder / "warranty.md"], tenant)
    monkeypatch.chdir(folder)
    ran = run("documents", "show", "warranty.md", "--tenant", tenant, "--json")
    shown = json.loads(ran.out)
    assert shown["document_id"] == "docs/warranty.md" and shown["page_starts"] == []
    assert shown["text"][shown["chunks"][0]["start"] :].startswith(shown["chunks"][0]["text"])
    ran = run("documents", "show", "ranty.md", "--tenant", tenant)
    assert ran.code == 2 and "did you mean docs/warranty.md?" in ran.err
    assert run("documents", "remove", "warranty.md", "--tenant", tenant).code == 0


def test_what_a_terminal_would_obey_is_not_shown(run, rag, tenant):
    rag.ingest([Document("d", "T\x1b]0;x\x07", "Text\x1b[2J here.", "s\x1b[1m")], tenant)
    for what in ((), ("show", "d")):
        assert "\x1b" not in run("documents", *what, "--tenant", tenant).out


def test_a_chunk_is_shown_to_its_tenant_only(run, rag, returns, tenant):
    (chunk,) = rag.document("refunds", returns).chunks
    ran = run("chunk", chunk.chunk_id, "--tenant", returns)
    assert ran.code == 0 and "document: refunds" in ran.out and chunk.text in ran.out
    shown = json.loads(run("chunk", chunk.chunk_id, "--tenant", returns, "--json").out)
    assert shown == chunk._asdict()
    rag.ingest([Document("d", "", "Something else.", "d")], f"{returns}-other")
    for number in (chunk.chunk_id, 0, -1, 2**70):
        ran = run("chunk", "--tenant", f"{returns}-other", "--", number)
        assert ran.code == 2 and f"holds no chunk {number}" in ran.err


# ------------------------------------------------------------------------------ removing


def test_documents_are_removed_by_id_and_what_is_not_there_is_said(listing):
    ran = listing("remove", "refunds", "warrant")
    assert ran.code == 1 and "1 removed, 1 not found" in ran.out
    assert 'holds no document "warrant", did you mean warranty?' in ran.out
    assert ids(listing("--json")) == ["ranking", "warranty"]
    assert listing("remove", "refunds").code == 2


def test_documents_are_removed_by_the_beginning_of_their_sources(listing):
    assert listing("remove", "--source", "handbook/w").code == 0
    assert ids(listing("--json")) == ["ranking", "refunds"]
    ran = listing("remove", "--source", "handbook/w")
    assert ran.code == 2 and "with a source that begins with handbook/w" in ran.err
    assert listing("remove", "--source", "").code == 2
    assert ids(listing("--json")) == ["ranking", "refunds"]


def test_all_are_removed_of_this_tenant_alone(run, rag, returns, listing):
    rag.ingest([Document("refunds", "", "Another's.", "s")], f"{returns}-other")
    outcomes = json.loads(listing("remove", "--all", "--yes", "--json").out)
    assert {one["status"] for one in outcomes} == {"removed"} and len(outcomes) == 3
    assert f'"{returns}" holds no documents.' in listing().out
    assert len(rag.documents(f"{returns}-other")) == 1
    assert listing("remove", "--all").code == 2


def test_nothing_is_removed_where_it_is_not_clear_what(listing):
    assert listing("remove").code == 2
    assert listing("remove", "refunds", "--all").code == 2
    for choice in (("--filter", "author=x"), ("--limit", 1), ("--after", "a")):
        assert listing(*choice, "remove", "--all").code == 2
    assert listing("--source", "handbook/w", "remove", "--all").code == 2
    assert len(ids(listing("--json"))) == 3


@pytest.mark.parametrize(("line", "left"), [("y\n", 1), ("n\n", 3), ("\n", 3), ("", 3)])
def test_a_person_at_a_terminal_is_asked_first(rag, returns, listing, monkeypatch, line, left):
    monkeypatch.setattr(sys, "stdin", Typed(line))
    ran = listing("remove", "refunds", "warranty")
    assert f'Remove these 2 documents of "{returns}"? [y/N]' in ran.err and "refunds" in ran.err
    assert ran.code == (0 if left == 1 else 1)
    assert len(rag.documents(returns)) == left


def test_with_yes_nobody_is_asked(listing, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Typed(""))
    assert listing("remove", "refunds", "--yes").code == 0


# --------------------------------------------------------------------------- all tenants


def test_tenants_are_listed_with_what_they_hold(run, rag, returns):
    empty = f"{returns}-emptied"
    rag.ingest([Document("d", "", "One.", "d")], empty)
    rag.remove(ids=["d"], tenant=empty)
    rows = {line.split()[0]: line.split() for line in run("tenants").out.splitlines()}
    assert rows["tenant"] == ["tenant", "documents", "chunks", "size", "last", "change"]
    assert rows[returns][1:3] == ["3", "3"]
    assert rows[empty][1:] == ["0", "0", "0", "bytes"]
    sizes = {one["tenant"]: one for one in json.loads(run("tenants", "--json").out)}
    stored = {document.stored_at for document in rag.documents(returns)}
    assert datetime.fromisoformat(sizes[returns]["changed_at"]) == max(stored)
    assert sizes[empty]["changed_at"] is None
