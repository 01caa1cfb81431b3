"""The threshold of declining fitted: by hand, and run.py tune."""

import numpy as np
import pytest

from headrace.commands import main
from headrace.measuring.tuning import thresholds


def test_the_threshold_is_the_highest_that_refuses_few_enough_of_every_collection():
    easy = thresholds.Scores(np.linspace(0.5, 1.0, 101), np.full(20, 0.45))
    hard = thresholds.Scores(np.linspace(0.2, 0.7, 101), np.linspace(0.0, 0.5, 21))
    found = thresholds.fitted({"easy": easy, "hard": hard}, in_use=0.1, risk=0.1)
    # Of 101 scores from 0.2 in steps of 0.005 ten may be refused: those below 0.25.
    assert found.recommended == found.value == 0.25
    assert found.fitted["hard"].refused == pytest.approx(0.1, abs=0.02)
    assert found.fitted["easy"].refused == 0
    assert found.current["hard"].declined == pytest.approx(4 / 21)
    assert found.fitted["hard"].declined == pytest.approx(11 / 21, abs=0.05)


def test_a_threshold_that_does_as_well_stays_and_one_that_refuses_too_many_does_not():
    scores = {"one": thresholds.Scores(np.linspace(0.2, 0.7, 101), np.linspace(0.0, 0.5, 41))}
    assert thresholds.fitted(scores, in_use=0.25, risk=0.1).recommended is None
    assert thresholds.fitted(scores, in_use=0.4, risk=0.1).recommended == 0.25


def test_a_threshold_of_nothing_is_a_recommendation_too(tmp_path, monkeypatch):
    unsure = thresholds.Scores(np.zeros(20), np.zeros(5))
    found = thresholds.fitted({"one": unsure}, in_use=0.25, risk=0.5)
    assert found.recommended == 0.0
    assert found.current["one"].refused == 1.0
    about = {"measured_at": "2026-01-31"}
    monkeypatch.setattr("headrace.commands.tune.tune_threshold", lambda *_, **__: (found, about))
    out = tmp_path / "tuned.env"
    assert main(["tune", str(tmp_path), "--stage", "declining", "--out", str(out)]) == 0
    assert out.read_text().splitlines()[-1] == "HEADRACE_ANSWER_THRESHOLD=0.0"


def test_declining_is_fitted_to_a_risk_from_end_to_end(sample, tmp_path, tune, capsys):
    out = tmp_path / "tuned.env"
    arguments = ("--risk", "0.5", "--set", "answer_threshold=1", "--out", str(out))
    assert tune(sample, "--stage", "declining", *arguments) == 0
    assert "100.0%" in capsys.readouterr().out
    assert out.read_text().splitlines()[-1].startswith("HEADRACE_ANSWER_THRESHOLD=0.")


@pytest.mark.parametrize(
    ("risk", "complaint"), [("0.001", "takes at least 5000"), ("1", "--risk 1.0")]
)
def test_a_risk_that_the_questions_cannot_tell_is_refused(sample, tune, capsys, risk, complaint):
    assert tune(sample, "--stage", "declining", "--risk", risk) == 2
    assert complaint in capsys.readouterr().err
