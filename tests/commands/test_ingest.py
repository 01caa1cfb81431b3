import pytest


def test_ingest_counts_names_failures_and_the_second_time_embeds_nothing(run, folder, tenant):
    ran = run("ingest", folder, "--tenant", tenant)
    assert ran.code == 1
    assert "2 new, 0 changed, 0 unchanged, 1 failed, 2 chunks embedded" in ran.out
    assert f"failed: {folder / 'broken.pdf'}: " in ran.out
    (folder / "broken.pdf").unlink()
    ran = run("ingest", folder, "--tenant", tenant, "--prune")
    assert ran.code == 0
    assert "0 new, 0 changed, 2 unchanged, 0 failed, 0 chunks embedded" in ran.out
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
