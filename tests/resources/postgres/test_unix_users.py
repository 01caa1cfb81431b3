"""Several Unix users of one machine: each starts a server of its own, in any order.

The programs run without XDG_RUNTIME_DIR and TMPDIR, as under `su` or in a container.
"""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.places import ROOT, SCRIPTS
from support.waiting import PATIENCE_S

USERS = ("nobody", "daemon", "root")
pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as other users"
)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder that every user may enter, with the package and a folder for each of them.

    pytest's own folders are for one user alone, and so may be the project's.
    """
    try:
        subprocess.run([sys.executable, "-c", ""], user="nobody", cwd="/", check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("Python is installed where only root may use it")
    folder = Path(tempfile.mkdtemp(prefix="users-", dir="/tmp"))
    folder.chmod(0o755)
    shutil.copytree(ROOT / "dataflows", folder / "dataflows")
    shutil.copy(SCRIPTS / "embedded_server.py", folder)
    for user in USERS:
        (folder / user).mkdir(mode=0o700)
        shutil.chown(folder / user, user)
    yield folder
    shutil.rmtree(folder)


def data_of(home: Path, user: str) -> Path:
    """The user's data folder; that of nobody and of root is too deep for a socket."""
    return home / user / ("data" if user == "daemon" else f"{'deep ' * 20}/data")


def visitor(home: Path, user: str, data_dir: Path) -> subprocess.Popen:
    """A process of this Unix user that starts the embedded server and stays."""
    account = pwd.getpwnam(user)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(home / "dataflows"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.Popen(
        [sys.executable, str(home / "embedded_server.py"), str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd="/",
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
    )


def socket_folder(visitor: subprocess.Popen) -> Path:
    """Where its server's socket is; fails with what the program said instead."""
    word, _, folder = visitor.stdout.readline().strip().partition(" ")
    assert word == "ready", visitor.communicate(timeout=PATIENCE_S)[1]
    return Path(folder)


def leave(visitor: subprocess.Popen) -> None:
    _, said = visitor.communicate(timeout=PATIENCE_S)
    assert visitor.returncode == 0, said


@pytest.fixture(scope="module")
def visitors(home: Path) -> Iterator[dict[str, subprocess.Popen]]:
    """A process of each user, started at once."""
    started = {user: visitor(home, user, data_of(home, user)) for user in USERS}
    yield started
    for one in started.values():
        leave(one)


@pytest.fixture(scope="module")
def sockets(visitors: dict[str, subprocess.Popen]) -> dict[str, Path]:
    return {user: socket_folder(one) for user, one in visitors.items()}


def test_every_user_of_a_machine_has_a_server_of_their_own(sockets):
    assert len(set(sockets.values())) == len(USERS)


@pytest.mark.parametrize("user", USERS)
def test_a_socket_can_be_reached_by_its_user_alone(home, sockets, user):
    data = data_of(home, user) / "postgres"
    assert (sockets[user] == data) == (user == "daemon")
    assert stat.S_IMODE(sockets[user].stat().st_mode) == 0o700
    assert sockets[user].owner() == data.owner()


def test_a_socket_outside_the_data_is_found_by_other_processes_and_goes_with_the_server(home):
    data_dir = home / "daemon" / ("deep " * 20)
    first, second = (visitor(home, "daemon", data_dir) for _ in range(2))
    folder = socket_folder(first)
    assert socket_folder(second) == folder != data_dir / "postgres"
    leave(first)
    assert folder.exists()
    leave(second)
    assert not folder.exists()


@pytest.mark.parametrize("user", ["daemon", "root"])
def test_the_data_of_another_user_are_refused_and_left_as_they_are(home, sockets, user):
    data_dir = data_of(home, "nobody")
    home.joinpath("nobody").chmod(0o755)
    before = (data_dir / "postgres").stat()
    _, said = visitor(home, user, data_dir).communicate(timeout=PATIENCE_S)
    assert "DatabaseError: the data folder" in said and "HEADRACE_DATA_DIR" in said
    after = (data_dir / "postgres").stat()
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)


def test_nobody_may_list_the_folders_of_root_that_lead_to_its_data(home, sockets):
    assert stat.S_IMODE((home / "root").stat().st_mode) == 0o711
