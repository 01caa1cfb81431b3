"""Files of every kind, of which everything is known."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from headrace.measuring.kills.check import check
from headrace.measuring.kills.documents import EVERYWHERE, documents_of, everything
from headrace.measuring.kills.files import FiledVersion, KnownFile, files_of
from headrace.measuring.kills.filing import FileChanges, changed_files
from headrace.measuring.kills.kinds import ENDINGS, OF_SEVERAL
from headrace.measuring.kills.ledger import Ledger
from headrace.measuring.kills.operations import Operation
from support.known_documents import FIRST, SECOND


def known(folder: Path, ending: str) -> KnownFile:
    """A file, with two documents if it may have several."""
    number = 1000 + 2 * ENDINGS.index(ending)
    versions = (replace(FIRST, number=number), replace(SECOND, number=number + 1))
    return KnownFile(folder / f"f{ending}", versions if ending in OF_SEVERAL else versions[:1])


def test_files_of_every_kind_are_found_as_the_documents_that_are_known(small, tenant, tmp_path):
    files = [known(tmp_path / "w0", ending) for ending in ENDINGS]
    FileChanges(tmp_path / "w0", [(None, file) for file in files]).write()
    small.ingest([tmp_path / "w0"], tenant)
    states = {}
    for file in files:
        states.update(file.states())
    possible = {name: [state] for name, state in states.items()}
    assert check(small, tenant, possible, possible) == (states, [])
    for hits in everything(small, tenant).values():
        shown = documents_of(hits)
        assert shown == {name: state.markers for name, state in states.items()}
        assert all(EVERYWHERE in hit.chunk.text for hit in hits)


def test_changes_may_be_written_again_after_they_were_written_in_part(tmp_path):
    gone, moved, new = (KnownFile(tmp_path / f"{name}.md", (FIRST,)) for name in "abc")
    FileChanges(tmp_path, [(None, gone), (None, moved)]).write()
    there = replace(moved, path=tmp_path / "d.md")
    changes = FileChanges(tmp_path, [(gone, None), (moved, there), (None, new)])
    gone.path.unlink()
    changes.write()
    there.path.unlink()
    changes.write()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.md", "d.md"]
    assert there.path.read_bytes() == moved.data
    folder = tmp_path.name
    assert list(changes.renamed) == [(f"{folder}/b.md", f"{folder}/d.md")]
    assert [name for name, state in changes.documents.items() if state is None] == [
        f"{folder}/a.md",
        f"{folder}/b.md",
    ]


def test_every_kind_and_every_change_is_drawn(tmp_path):
    random, states, seen = Random(0), {}, set()
    for _ in range(150):
        changes = changed_files(tmp_path / "w0", 0, files_of(states), random)
        for before, after in changes.files:
            paths = [file.path for file in (before, after) if file]
            seen.add((before is not None, after is not None, len(set(paths))))
            seen.add(paths[0].suffix)
        Operation("files", "kills-a", changes.documents).apply_to(states)
    assert seen == {
        *ENDINGS,
        (False, True, 1),
        (True, False, 1),
        (True, True, 1),
        (True, True, 2),
    }
    assert all(isinstance(state, FiledVersion) for state in states.values())


@pytest.mark.parametrize(("found", "violations"), [("", 1), ("b", 0), ("d", 0), ("bd", 1)])
def test_a_renamed_document_is_there_exactly_once(tmp_path, found, violations):
    moved = KnownFile(tmp_path / "b.md", (FIRST,))
    files = FileChanges(tmp_path, [(moved, replace(moved, path=tmp_path / "d.md"))])
    ledger = Ledger()
    states = {f"{tmp_path.name}/{name}.md": FIRST for name in found}
    ledger.look_at_renamed(Operation("files", "kills-a", files.documents, files=files), states)
    assert ledger.violations["renamed"] == violations
