"""`run.py bench --reranker`: a cross-encoder beside ONNX Runtime alone."""

import json

import numpy as np
import pytest

from headrace.commands import main
from headrace.measuring.speed import cross_encoding
from headrace.resources.models.rerankers import OnnxCrossEncoder
from support.model_parts import TEXTS

QUESTION = "What feeds the turbine?"


def test_the_reranker_is_measured_by_itself(
    graph_folder, monkeypatch, tmp_path, capfd, with_weights
):
    monkeypatch.setattr(cross_encoding, "CALLS", 2)
    monkeypatch.setattr(cross_encoding, "_BASE", 30)
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(with_weights(tmp_path / "data")))
    monkeypatch.setenv("HEADRACE_RERANKER", str(graph_folder))
    assert (
        main(
            [
                "bench",
                "--reranker",
                "3",
                "--json",
                str(tmp_path / "reranker.json"),
                "--set",
                "rerank_deadline_s=5",
            ]
        )
        == 0
    )
    report = json.loads((tmp_path / "reranker.json").read_text())
    assert report["questions"] == 3 and report["texts"] == 20 and report["precision"] == "int8"
    assert report["ratio"] == pytest.approx(
        report["ours"]["p50_ms"] / min(report[way]["p50_ms"] for way in ("batch", "pairs")),
        abs=1e-3,
    )
    assert (
        report["deadline"]["deadline_ms"] == 5000
        and report["deadline"]["askers"] == 8
        and report["deadline"]["scored"] == 1
    )
    assert 0.9 < report["from_stored"]["correlation"] <= 1 and report["apart"] is None
    assert set(report["bars"]) == {"ratio", "deadline_p99_ms"}
    assert "as a multiple of the faster of the two" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("reranker", "count", "said"),
    [("no/such-model", "3", "doctor --download"), (None, "0", "at least 1")],
)
def test_what_cannot_be_measured_is_an_error(
    graph_folder, monkeypatch, tmp_path, capfd, reranker, count, said
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HEADRACE_RERANKER", reranker or str(graph_folder))
    assert main(["bench", "--reranker", count]) == 2
    assert said in capfd.readouterr().err


def test_onnx_runtime_alone_reads_the_same_pairs(graph_folder):
    reranker = OnnxCrossEncoder("graph", graph_folder, 2)
    ways = cross_encoding._Alone(reranker, 2).ways(QUESTION, TEXTS)  # some are longer than it reads
    scores = reranker.score(QUESTION, TEXTS)
    assert np.concatenate([one[0].ravel() for one in ways["pairs"]()]) == pytest.approx(
        scores, abs=1e-6
    )
    assert ways["batch"]()[0].shape == (len(TEXTS), 1)
