"""When each node of a run began, and how long it took."""

import threading
from time import perf_counter

from headrace.execution.recording import current_recording, recorded


def test_stages_say_when_they_began_and_how_long_they_took():
    with recorded() as recording:
        began = perf_counter()
        recording.add("node", began)
        recording.stop()
    (stage,) = recording.stages
    assert stage.node == "node"
    assert stage.start_ms >= 0 and stage.ms >= 0
    assert stage.start_ms + stage.ms <= recording.total_ms


def test_recordings_nest_and_end():
    assert current_recording() is None
    with recorded() as outer:
        with recorded() as inner:
            assert current_recording() is inner
        assert current_recording() is outer
    assert current_recording() is None


def test_another_run_in_another_thread_has_its_own_recording():
    found = []
    with recorded():
        thread = threading.Thread(target=lambda: found.append(current_recording()))
        thread.start()
        thread.join()
    assert found == [None]
