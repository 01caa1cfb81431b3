"""The weights of answerability fitted: found again, luck, and run.py tune."""

import json

import numpy as np
import pytest

from headrace.commands import main
from headrace.measuring.tuning import calibration


def told_by(weights: np.ndarray, questions: int, seed: int) -> calibration.Signs:
    """Questions that are answerable as often as these weights say."""
    random = np.random.default_rng(seed)
    values = np.c_[random.uniform(0, 1, (questions, len(weights) - 1)), np.ones(questions)]
    likely = 1 / (1 + np.exp(-values @ weights))
    return calibration.Signs(values, random.uniform(size=questions) < likely)


def test_weights_are_found_again_and_recommended_where_they_tell_more():
    """Both kinds count alike, and there are about as many questions of each here."""
    true = np.array([4.0, -2.0, 1.0, -1.5])
    questions = {"one": told_by(true, 4_000, 1), "two": told_by(true, 4_000, 2)}
    found = calibration.fitted(questions, in_use=(1.0, 0.0, 0.0, 0.0))
    assert found.weights == pytest.approx(true, abs=0.3)
    assert found.recommended == found.weights
    assert found.gain.difference > 0.1
    assert found.fitted["one"].auroc > found.current["one"].auroc
    assert found.fitted["one"].loss < found.current["one"].loss
    again = calibration.fitted({"one": told_by(true, 4_000, 3)}, in_use=found.weights)
    assert again.recommended is None
    assert abs(again.gain.difference) < 0.01


def test_weights_fitted_to_chance_are_not_recommended():
    nothing = np.zeros(4)
    for seed in range(20):
        found = calibration.fitted({"one": told_by(nothing, 60, seed)}, in_use=tuple(nothing))
        assert found.recommended is None


def test_too_few_questions_of_a_kind_are_refused(sample, tune, capsys):
    assert tune(sample, "--stage", "answerability") == 2
    assert "at least 10 and 10" in capsys.readouterr().err


def test_the_weights_are_written_as_one_setting(sample, tmp_path, tune, monkeypatch, capsys):
    monkeypatch.setattr(calibration, "_LEAST_OF_A_KIND", 1)
    out = tmp_path / "tuned.env"
    wrong = "answerability_weights=-20 -20 20 20 0 -3.7"
    arguments = ("--stage", "answerability", "--set", wrong, "--out", str(out))
    assert tune(sample, *arguments) == 0
    assert "AUROC" in capsys.readouterr().out
    (line,) = out.read_text().splitlines()[2:]
    name, _, weights = line.partition("=")
    assert name == "HEADRACE_ANSWERABILITY_WEIGHTS"
    assert len(weights.split()) == 6
    assert main(["graph", "--set", f"@{out}"]) == 0


def test_questions_without_documents_are_nothing_to_fit_answerability_to(tmp_path, tune, capsys):
    questions = []
    for number in range(20):
        metadata = {"answerable": number % 2 == 0}
        questions.append({"_id": str(number), "text": f"What is {number}?", "metadata": metadata})
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, questions)))
    assert tune(tmp_path, "--stage", "answerability") == 2
    assert "give no hit" in capsys.readouterr().err
