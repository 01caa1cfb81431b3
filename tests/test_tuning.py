"""Fitting settings: the best choice by hand, gains judged on questions not fitted on, and run.py tune from end to end."""

import numpy as np
import pytest

from dataflows import load_settings
from dataflows.commands import main
from dataflows.commands.tune import settings_file
from dataflows.measuring import statistics, tuning
from dataflows.measuring.sample import sample_collection
from dataflows.measuring.tuning import FUSIONS, Tuning, fitted


def values(gains: dict[int, float], questions: int = 100, noise: float = 0.0, seed: int = 5) -> np.ndarray:
    """(1 + choices, questions) of 0.5, some choices better by a gain, with noise by a seed."""
    found = np.full((1 + len(FUSIONS), questions), 0.5) + np.random.default_rng(seed).normal(0, noise, (1 + len(FUSIONS), questions))
    for index, gain in gains.items():
        found[1 + index] += gain
    return found


def test_what_is_better_on_every_question_is_recommended():
    found = fitted({"one": values({3: 0.1}), "two": values({3: 0.05, 4: 0.01})})
    assert found.best == found.recommended == FUSIONS[3]
    assert found.gain.difference == pytest.approx(0.075)
    assert found.tried[str(FUSIONS[3])] == pytest.approx({"one": 0.6, "two": 0.55})


def test_luck_is_not_recommended():
    """Of ten choices that are all alike the best looks better nearly always, but seldom on questions it was not chosen on."""
    trials = [fitted({"one": values({}, questions=40, noise=0.3, seed=seed)}) for seed in range(30)]
    assert sum(max(means["one"] for means in found.tried.values()) > found.current["one"] + 0.02 for found in trials) > 20
    assert sum(found.recommended is not None for found in trials) <= 3


def test_collections_count_alike():
    found = fitted({"small": values({0: 0.1}, questions=10), "large": values({1: 0.09}, questions=500)})
    assert found.best == FUSIONS[0]


def test_a_settings_file_can_be_used_again(tmp_path):
    gain = statistics.Paired(0.02, 0.01, 0.03, 0.001)
    path = tmp_path / "tuned.env"
    path.write_text(settings_file(FUSIONS[5], Tuning({}, {}, FUSIONS[5], gain), "2026-01-31", [tmp_path]))
    assert path.read_text().splitlines()[-2:] == ["HEADRACE_FUSION=convex", "HEADRACE_SEMANTIC_WEIGHT=0.5"]
    assert main(["graph", "--set", f"@{path}"]) == 0


def test_a_settings_file_that_is_not_there_is_named(capsys):
    assert main(["graph", "--set", "@nowhere.env"]) == 2
    assert "reading the settings nowhere.env failed" in capsys.readouterr().err


def test_tuning_from_end_to_end_fits_on_the_sample_and_is_honest_about_it(tmp_path, data_dir, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    out = tmp_path / "tuned.env"
    assert main(["tune", str(sample_collection(tmp_path / "ferry")), "--set", "fusion=convex,semantic_weight=0.5", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    in_use, same = (next(line for line in printed.splitlines() if line.startswith(name)) for name in ("in use", "fusion=convex, semantic_weight=0.5"))
    assert in_use.split()[-1] == same.split()[-1]
    assert "Nothing is recommended" in printed and not out.exists()


def test_too_few_questions_for_the_folds_are_refused(tmp_path, data_dir, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    assert main(["tune", str(sample_collection(tmp_path / "ferry")), "--limit", "4"]) == 2
    assert "judged questions" in capsys.readouterr().err


def test_every_choice_is_a_setting():
    for choice in (*FUSIONS, tuning._IN_USE):
        load_settings(**choice.settings)
