import os

import pytest

from headrace.measuring.kills.processes import running_server


def test_the_server_of_a_folder_is_found(small):
    folder = small.settings.data_dir
    number = (folder / "postgres" / "postmaster.pid").read_text().split()[0]
    server = running_server(folder)
    assert server is not None and server.pid == int(number)


#: The last is a stranger's process with the number of a server that is gone.
@pytest.mark.parametrize(
    "note", ["", "no number", str(os.getpid())], ids=["empty", "words", "a stranger's"]
)
def test_no_other_process_is_taken_for_the_server(tmp_path, note):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "postmaster.pid").write_text(note)
    assert running_server(tmp_path) is None


def test_a_folder_without_a_server_has_none(tmp_path):
    assert running_server(tmp_path / "nowhere") is None
