import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from headrace import Document, Pipeline
from headrace.ingest.readers import Unreadable


def test_ingest_counts_names_failures_and_the_second_time_embeds_nothing(run, folder, tenant):
    ran = run("ingest", folder, "--tenant", tenant)
    assert ran.code == 1
    assert "2 new, 1 failed (2 chunks, 2 embedded, " in ran.out
    assert f"failed: {folder / 'broken.pdf'}: " in ran.out
    (folder / "broken.pdf").unlink()
    ran = run("ingest", folder, "--tenant", tenant, "--prune")
    assert ran.code == 0
    assert ran.out.startswith("2 unchanged (0 chunks, 0 embedded, ")
    (folder / "ranking.txt").unlink()
    assert "1 removed" in run("ingest", folder, "--tenant", tenant, "--prune").out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.csv", "short form,long form\nRRF,reciprocal rank fusion\n"),
        ("h.csv", "Abbreviation,Meaning\nRRF,reciprocal rank fusion\n"),
        ("g.yaml", "RRF: reciprocal rank fusion\n"),
        ("g.tsv", "RRF\treciprocal rank fusion\n"),
    ],
)
def test_a_glossary_is_stored_with_the_documents(run, folder, tenant, tmp_path, name, text):
    glossary = tmp_path / name
    glossary.write_text(text)
    ran = run("ingest", folder / "ranking.txt", "--tenant", tenant, "--glossary", glossary)
    assert "1 abbreviations given" in ran.out
    ran = run("ask", "How does RRF merge?", "--tenant", tenant, "--until", "expanded_query")
    assert "RRF (reciprocal rank fusion)" in ran.out


def test_a_broken_glossary_stores_nothing_and_names_the_line(run, folder, tenant, tmp_path):
    glossary = tmp_path / "g.csv"
    glossary.write_text("RRF,reciprocal rank fusion\nlonely\n")
    ran = run("ingest", folder, "--tenant", tenant, "--glossary", glossary)
    assert ran.code == 2
    assert "line 2" in ran.err


def test_a_path_that_does_not_exist_is_exit_code_2(run, tenant, tmp_path):
    ran = run("ingest", tmp_path / "nowhere", "--tenant", tenant)
    assert ran.code == 2
    assert "nowhere" in ran.err


def test_without_a_tenant_nothing_is_stored(run, folder):
    ran = run("ingest", folder)
    assert ran.code == 2
    assert "no tenant was named" in ran.err


def test_readers_of_the_settings_read_more_kinds_of_files(run, tenant, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "note_reader.py").write_text(
        "from pathlib import Path\n\n"
        "from headrace import Document\n\n\n"
        "class Notes:\n"
        "    endings = ('.note',)\n\n"
        "    def read(self, path):\n"
        "        yield Document(path, 'Note', Path(path).read_text(), path)\n"
    )
    (tmp_path / "a.note").write_text("The ferry leaves at noon.")
    ran = run(
        "ingest", tmp_path / "a.note", "--tenant", tenant, "--set", "readers=note_reader:Notes"
    )
    assert ran.code == 0, ran.err
    assert "1 new" in ran.out


def test_one_bad_path_does_not_stop_the_others(run, folder, tenant, tmp_path):
    picture = tmp_path / "photo.png"
    picture.write_bytes(b"x")
    ran = run("ingest", folder / "ranking.txt", picture, tmp_path / "none", "--tenant", tenant)
    assert ran.code == 1
    assert "1 new" in ran.out
    assert f"failed: {picture}: cannot be read: it is not one of .md" in ran.out
    assert f"failed: {tmp_path / 'none'}: does not exist" in ran.out


def test_what_is_passed_over_is_said_in_one_line_and_in_json(run, folder, tenant, tmp_path):
    (folder / "broken.pdf").unlink()
    (folder / "node_modules").mkdir()
    (folder / "drafts").mkdir()
    for name in ("a.png", "b.png", "READING", "node_modules/x.md", "drafts/x.md"):
        (folder / name).write_text("text")
    report = tmp_path / "report.json"
    ran = run(
        "ingest", folder, "--tenant", tenant, "--exclude", "drafts/", "--include", "*.txt",
        "--include", "*.png", "--include", "READING", "--json", report,
    )  # fmt: skip
    assert ran.code == 0 and "1 new" in ran.out
    said = (
        "6 files and folders passed over: 2 .png, 1 excluded (drafts), "
        "1 not included (warranty.md), 1 of dependencies (node_modules), "
        "1 without an ending (READING)"
    )
    assert said in ran.out
    written = json.loads(report.read_text())
    assert written["counts"] == {"new": 1, "passed over": 5}
    (pictures,) = [one for one in written["outcomes"] if one["reason"] == "2 .png"]
    assert pictures["files"] == [str(folder / "a.png"), str(folder / "b.png")]


def test_files_without_text_are_passed_over_and_no_failure(run, tenant, tmp_path):
    site = tmp_path / "site"
    for section in ("news", "staff"):
        (site / section).mkdir(parents=True)
        (site / section / "_index.md").write_text(f"---\ntitle: {section}\n---\n")
    (site / "void.html").write_text("<p></p>")
    (site / "blank.jsonl").write_text("\n")
    (site / "lamp.md").write_text("The lamp is green.")
    ran = run("ingest", site, "--tenant", tenant, "--json", tmp_path / "report.json")
    assert ran.code == 0, ran.out
    assert "1 new (" in ran.out and "failed" not in ran.out
    assert "4 files and folders passed over: 4 without text (_index.md, blank.jsonl" in ran.out
    written = json.loads((tmp_path / "report.json").read_text())
    (passed_over,) = [one for one in written["outcomes"] if one["status"] == "passed over"]
    assert str(site / "news" / "_index.md") in passed_over["files"]


def test_an_archive_of_pictures_is_told_to_hold_no_file_that_is_read(run, tenant, tmp_path):
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
        archive.writestr("page1.png", b"\x89PNG")
    (tmp_path / "blank.txt").write_text("")
    ran = run("ingest", tmp_path / "scans.zip", tmp_path / "blank.txt", "--tenant", tenant)
    assert ran.code == 0, ran.out
    assert "1 without a file of a type that is read (scans.zip)" in ran.out
    assert "1 without text (blank.txt)" in ran.out


def test_a_file_whose_text_has_gone_is_said_and_pruned(run, tenant, tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.md").write_text(f"The lamp {name} is green.")
    run("ingest", tmp_path, "--tenant", tenant)
    (tmp_path / "a.md").write_text("")
    ran = run("ingest", tmp_path, "--tenant", tenant)
    assert ran.code == 0
    assert "1 gone from the disk, passed over or without text now" in ran.out
    ran = run("ingest", tmp_path, "--tenant", tenant, "--prune")
    assert ran.code == 0 and "1 removed" in ran.out


def test_equal_failures_are_one_line_and_a_file_names_all(run, tenant, tmp_path):
    export = tmp_path / "export.jsonl"
    lines = [json.dumps({"page_content": f"Fact {number}"}) for number in range(300)]
    export.write_text("\n".join([*lines, "{broken"]))
    ran = run("ingest", export, "--tenant", tenant)
    assert ran.code == 1
    assert f'failed: {export}:1: "text" is missing; the line has "page_content"' in ran.out
    assert "(and 299 more like it)" in ran.out and f"failed: {export}:301: not JSON" in ran.out
    assert len(ran.out.splitlines()) == 4
    (told,) = re.findall(r"all 301 failures are in (.*)", ran.out)
    assert len(Path(told).read_text().splitlines()) == 301


def test_prune_does_not_empty_a_tenant_unless_told_so(run, folder, tenant):
    run("ingest", folder, "--tenant", tenant)
    for path in folder.iterdir():
        path.unlink()
    ran = run("ingest", folder, "--tenant", tenant)
    assert ran.code == 0 and "2 gone from the disk" in ran.out
    ran = run("ingest", folder, "--tenant", tenant, "--prune")
    assert ran.code == 1 and "2 of the tenant's 2 documents" in ran.out
    ran = run("ingest", folder, "--tenant", tenant, "--prune-all")
    assert ran.code == 0 and "2 removed" in ran.out


def test_ctrl_c_says_how_many_documents_are_kept(run, folder, tenant, monkeypatch):
    (folder / "broken.pdf").unlink()
    ingest = Pipeline.ingest

    def interrupted(rag, *given, **named):
        ingest(rag, *given, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(Pipeline, "ingest", interrupted)
    ran = run("ingest", folder, "--tenant", tenant)
    assert ran.code == 130
    assert "interrupted; what was finished is kept" in ran.err
    assert "2 of 2 documents are stored; the same command goes on" in ran.err


def test_a_document_of_which_a_page_is_lost_is_stored_in_part(run, tenant, tmp_path, monkeypatch):
    source = str(tmp_path / "a.md")
    (tmp_path / "a.md").write_text("The gate code changes each quarter.")

    def documents(content, *given):
        yield Document("a", "", "The gate code changes each quarter.", source)
        yield Unreadable(source, "page 2 is scanned", is_in_part=True)

    monkeypatch.setattr("headrace.ingest.readers.reading._documents", documents)
    ran = run("ingest", tmp_path / "a.md", "--tenant", tenant)
    assert ran.code == 1 and "failed" not in ran.out
    assert ran.out.startswith("1 new, 1 of these in part (1 chunk, 1 embedded, ")
    assert f"stored in part: {source}: page 2 is scanned" in ran.out
    ran = run("ingest", tmp_path / "a.md", "--tenant", tenant)
    assert ran.code == 1 and "page 2 is scanned" in ran.out and "1 unchanged" in ran.out


def test_ids_workers_and_verification_are_chosen_by_arguments(run, rag, folder, tenant):
    given = ("ingest", folder, "--tenant", tenant, "--workers", 3, "--verify")
    run(*given, "--id", "name")
    assert [one.document_id for one in rag.documents(tenant)] == ["ranking.txt", "warranty.md"]
    ran = run("ingest", folder, "--tenant", tenant, "--workers", "many")
    assert ran.code == 2 and "setting workers" in ran.err


class StandardInput:
    """Standard input that holds some bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


PAGE = b"<!doctype html><title>Winch</title><nav><a href=/>Home</a></nav><p>It lifts forty crates."


@pytest.mark.parametrize(
    ("data", "arguments", "stored"),
    [
        (b"It lifts forty crates.", [], ("stdin.txt", "txt", "stdin")),
        (b"# Winch\n\nIt lifts forty crates.", [], ("stdin.md", "md", "Winch")),
        (PAGE, [], ("stdin.html", "html", "Winch")),
        (PAGE, ["--name", "docs/winch.html"], ("docs/winch.html", "html", "Winch")),
        (
            b'{"_id": "7", "title": "Winch", "text": "It lifts forty crates."}',
            ["--name", "a.jsonl"],
            ("7", "jsonl", "Winch"),
        ),
    ],
)
def test_a_document_comes_from_standard_input(run, tenant, monkeypatch, data, arguments, stored):
    monkeypatch.setattr("sys.stdin", StandardInput(data))
    ran = run("ingest", "-", "--tenant", tenant, *arguments)
    assert ran.code == 0 and "1 new" in ran.out
    shown = run("documents", "show", stored[0], "--tenant", tenant)
    assert "It lifts forty crates." in shown.out and stored[2] in shown.out
    assert "Home" not in shown.out


def test_what_cannot_be_read_from_standard_input_is_said(run, tenant, monkeypatch):
    monkeypatch.setattr("sys.stdin", StandardInput(b"%PDF-1.4 broken"))
    ran = run("ingest", "-", "--tenant", tenant)
    assert ran.code == 1 and "failed: stdin.pdf: " in ran.out
    monkeypatch.setattr("sys.stdin", StandardInput(b"text"))
    assert run("ingest", "-", ".", "--tenant", tenant).code == 2
    assert run("ingest", "-", "--name", "a.xyz", "--tenant", tenant).code == 2


def test_a_guessed_encoding_is_said_and_is_no_failure(run, tenant, tmp_path):
    (tmp_path / "a.txt").write_bytes("La clé est là, à côté du café.".encode("cp850"))
    (tmp_path / "b.txt").write_text("plain")
    ran = run("ingest", tmp_path, "--tenant", tenant)
    assert ran.code == 0 and "2 new" in ran.out
    assert re.search(r"a\.txt: read as cp\d+, a guess", ran.out)
    assert "b.txt" not in ran.out


def test_one_document_is_no_work_for_a_cluster(run, tenant, monkeypatch):
    monkeypatch.setattr("sys.stdin", StandardInput(b"text"))
    ran = run("ingest", "-", "--tenant", tenant, "--executor", "ray")
    assert ran.code == 2 and "leave out --executor" in ran.err


def test_options_of_a_cluster_need_one(run, tenant, folder):
    ran = run("ingest", folder, "--tenant", tenant, "--address", "auto")
    assert ran.code == 2 and "--address is of a cluster: add --executor ray" in ran.err
