"""Workers forked from a process that has a pipeline open, as gunicorn --preload does."""

import json
import os
import subprocess
import sys

import pytest

from headrace.forking import Threads
from support.places import SCRIPTS
from support.waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def test_forked_workers_and_their_parent_are_answered_from_their_own_tenants(
    tmp_path_factory, with_weights
):
    data_dir = with_weights(tmp_path_factory.mktemp("forked"))
    command = [sys.executable, str(SCRIPTS / "forked.py"), str(data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["codes"] == [0, 0]
    alpha, beta = told["workers"]
    for tenant, texts in [("alpha", alpha), ("alpha", told["own"]), ("beta", beta)]:
        assert all(f"The {tenant} keeper of colony" in text for text in texts)
        assert len(texts) > 100
    assert alpha == told["own"] and beta == told["after"]


def test_threads_are_new_after_a_fork():
    threads = Threads(2, "test")
    assert list(threads.map(str, range(3))) == ["0", "1", "2"]
    old = threads._pool
    threads.renew()
    assert threads._pool is not old
    assert threads.submit(len, "four").result() == 4
    threads.shutdown()
    old.shutdown()
