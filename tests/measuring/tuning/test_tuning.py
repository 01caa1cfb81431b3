"""Fitting settings: the best choice by hand, gains judged on questions not fitted on, and run.py tune from end to end."""

import json

import numpy as np
import pytest

from headrace import load_settings
from headrace.commands import main
from headrace.commands.tune import settings_file
from headrace.measuring.quality.sample import sample_collection
from headrace.measuring.tuning import calibration, thresholds, tuning
from headrace.measuring.tuning.tuning import FUSIONS, RERANKINGS, fitted


def values(
    gains: dict[int, float], questions: int = 100, noise: float = 0.0, seed: int = 5
) -> np.ndarray:
    """(1 + choices, questions) of 0.5, some choices better by a gain, with noise by a seed."""
    found = np.full((1 + len(FUSIONS), questions), 0.5) + np.random.default_rng(seed).normal(
        0, noise, (1 + len(FUSIONS), questions)
    )
    for index, gain in gains.items():
        found[1 + index] += gain
    return found


def test_what_is_better_on_every_question_is_recommended():
    found = fitted({"one": values({3: 0.1}), "two": values({3: 0.05, 4: 0.01})}, FUSIONS)
    assert found.best == found.recommended == FUSIONS[3]
    assert found.gain.difference == pytest.approx(0.075)
    assert found.tried[str(FUSIONS[3])] == pytest.approx({"one": 0.6, "two": 0.55})


def test_luck_is_not_recommended():
    """Of ten choices that are all alike the best looks better nearly always, but seldom on questions it was not chosen on."""
    trials = [
        fitted({"one": values({}, questions=40, noise=0.3, seed=seed)}, FUSIONS)
        for seed in range(30)
    ]
    assert (
        sum(
            max(means["one"] for means in found.tried.values()) > found.current["one"] + 0.02
            for found in trials
        )
        > 20
    )
    assert sum(found.recommended is not None for found in trials) <= 3


def test_collections_count_alike():
    found = fitted(
        {"small": values({0: 0.1}, questions=10), "large": values({1: 0.09}, questions=500)},
        FUSIONS,
    )
    assert found.best == FUSIONS[0]


def test_a_settings_file_can_be_used_again(tmp_path):
    path = tmp_path / "tuned.env"
    path.write_text(settings_file(FUSIONS[5], "nDCG@10 +0.0200", "2026-01-31", [tmp_path]))
    assert path.read_text().splitlines()[-2:] == [
        "HEADRACE_FUSION=convex",
        "HEADRACE_SEMANTIC_WEIGHT=0.5",
    ]
    assert main(["graph", "--set", f"@{path}"]) == 0


def test_a_settings_file_that_is_not_there_is_named(capsys):
    assert main(["graph", "--set", "@nowhere.env"]) == 2
    assert "reading the settings nowhere.env failed" in capsys.readouterr().err


def test_tuning_from_end_to_end_fits_on_the_sample_and_is_honest_about_it(
    tmp_path, data_dir, monkeypatch, capsys
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    out = tmp_path / "tuned.env"
    assert (
        main(
            [
                "tune",
                str(sample_collection(tmp_path / "ferry")),
                "--set",
                "fusion=convex,semantic_weight=0.5",
                "--out",
                str(out),
            ]
        )
        == 0
    )
    printed = capsys.readouterr().out
    in_use, same = (
        next(line for line in printed.splitlines() if line.startswith(name))
        for name in ("in use", "fusion=convex, semantic_weight=0.5")
    )
    assert in_use.split()[-1] == same.split()[-1]
    assert "Nothing is recommended" in printed and not out.exists()


def test_reranking_is_fitted_without_a_cross_encoder_where_there_are_no_weights(
    tmp_path, data_dir, monkeypatch, capsys
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    assert (
        main(
            [
                "tune",
                str(sample_collection(tmp_path / "ferry")),
                "--stage",
                "reranking",
                "--set",
                "reranking=off",
            ]
        )
        == 0
    )
    printed = capsys.readouterr().out
    figures = {
        line.split("  ")[0].removesuffix(" *"): line.split()[-1]
        for line in printed.splitlines()
        if line.startswith(("in use", "reranking="))
    }
    assert figures["in use"] == figures["reranking=off"]
    assert "reranking=late_interaction, rerank_weight=0.3" in figures and not any(
        "cross_encoder" in name for name in figures
    )


def test_too_few_questions_for_the_folds_are_refused(tmp_path, data_dir, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    assert main(["tune", str(sample_collection(tmp_path / "ferry")), "--limit", "4"]) == 2
    assert "judged questions" in capsys.readouterr().err


def test_every_choice_is_a_setting():
    for choice in (*FUSIONS, *RERANKINGS, tuning._IN_USE):
        load_settings(**choice.settings)


# -------------------------------------------------------------------------------------------------------- answerability


def told_by(weights: np.ndarray, questions: int, seed: int) -> calibration.Signs:
    """Questions that are answerable as often as these weights say."""
    random = np.random.default_rng(seed)
    values = np.c_[random.uniform(0, 1, (questions, 3)), np.ones(questions)]
    return calibration.Signs(
        values, random.uniform(size=questions) < 1 / (1 + np.exp(-values @ weights))
    )


def test_weights_are_found_again_and_recommended_where_they_tell_more():
    """Both kinds count alike, so the intercept is that of as many of each: these are about as many."""
    true = np.array([4.0, -2.0, 1.0, -1.5])
    found = calibration.fitted(
        {"one": told_by(true, 20_000, 1), "two": told_by(true, 20_000, 2)},
        in_use=(1.0, 0.0, 0.0, 0.0),
    )
    assert found.weights == pytest.approx(true, abs=0.2)
    assert found.recommended == found.weights and found.gain.difference > 0.1
    assert (
        found.fitted["one"].auroc > found.current["one"].auroc
        and found.fitted["one"].loss < found.current["one"].loss
    )
    again = calibration.fitted({"one": told_by(true, 20_000, 3)}, in_use=found.weights)
    assert again.recommended is None and abs(again.gain.difference) < 0.01


def test_weights_fitted_to_chance_are_not_recommended():
    nothing = np.array([0.0, 0.0, 0.0, 0.0])
    trials = [
        calibration.fitted({"one": told_by(nothing, 60, seed)}, in_use=tuple(nothing))
        for seed in range(20)
    ]
    assert not any(found.recommended for found in trials)


def test_answerability_is_fitted_from_end_to_end(tmp_path, monkeypatch, data_dir, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    collection, out = sample_collection(tmp_path / "ferry"), tmp_path / "tuned.env"
    assert main(["tune", str(collection), "--stage", "answerability"]) == 2
    assert "at least 10 and 10" in capsys.readouterr().err
    monkeypatch.setattr(calibration, "_LEAST_OF_A_KIND", 1)
    off = "answerability_cosine=-20,answerability_missing=20,answerability_margin=-20"
    assert (
        main(["tune", str(collection), "--stage", "answerability", "--set", off, "--out", str(out)])
        == 0
    )
    assert "AUROC" in capsys.readouterr().out
    names = [line.partition("=")[0] for line in out.read_text().splitlines()[2:]]
    assert names == [f"HEADRACE_{name.upper()}" for name in calibration.WEIGHTS]
    assert main(["graph", "--set", f"@{out}"]) == 0


def test_questions_without_documents_are_nothing_to_fit_answerability_to(
    tmp_path, monkeypatch, data_dir, capsys
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    questions = [
        {
            "_id": str(number),
            "text": f"What is {number}?",
            "metadata": {"answerable": number % 2 == 0},
        }
        for number in range(20)
    ]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, questions)))
    assert main(["tune", str(tmp_path), "--stage", "answerability"]) == 2
    assert "give no hit" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------------------ declining


def test_the_threshold_is_the_highest_that_refuses_few_enough_of_every_collection():
    easy = thresholds.Scores(np.linspace(0.5, 1.0, 101), np.full(20, 0.45))
    hard = thresholds.Scores(np.linspace(0.2, 0.7, 101), np.linspace(0.0, 0.5, 21))
    found = thresholds.fitted({"easy": easy, "hard": hard}, in_use=0.1, risk=0.1)
    assert (
        found.value == 0.25
    )  # the tenth of 101 scores from 0.2 in steps of 0.005 is 0.245, the next may be
    assert (
        found.fitted["hard"].refused == pytest.approx(0.1, abs=0.02)
        and found.fitted["easy"].refused == 0
    )
    assert found.current["hard"].declined == pytest.approx(4 / 21) and found.fitted[
        "hard"
    ].declined == pytest.approx(11 / 21, abs=0.05)
    assert found.recommended == 0.25


def test_a_threshold_that_does_as_well_stays_and_one_that_refuses_too_many_does_not():
    scores = {"one": thresholds.Scores(np.linspace(0.2, 0.7, 101), np.linspace(0.0, 0.5, 41))}
    assert thresholds.fitted(scores, in_use=0.25, risk=0.1).recommended is None
    assert thresholds.fitted(scores, in_use=0.4, risk=0.1).recommended == 0.25


def test_a_threshold_of_nothing_is_a_recommendation_too(tmp_path, monkeypatch):
    unsure = thresholds.Scores(np.zeros(20), np.zeros(5))
    found = thresholds.fitted({"one": unsure}, in_use=0.25, risk=0.5)
    assert found.recommended == 0.0 and found.current["one"].refused == 1.0
    monkeypatch.setattr(
        "headrace.commands.tune.tune_threshold",
        lambda *given, progress: (found, {"measured_at": "2026-01-31"}),
    )
    assert (
        main(["tune", str(tmp_path), "--stage", "declining", "--out", str(tmp_path / "tuned.env")])
        == 0
    )
    assert (tmp_path / "tuned.env").read_text().splitlines()[-1] == "HEADRACE_ANSWER_THRESHOLD=0.0"


def test_declining_is_fitted_to_a_risk_from_end_to_end(tmp_path, data_dir, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    out, collection = tmp_path / "tuned.env", str(sample_collection(tmp_path / "ferry"))
    assert (
        main(
            [
                "tune",
                collection,
                "--stage",
                "declining",
                "--risk",
                "0.5",
                "--set",
                "answer_threshold=1",
                "--out",
                str(out),
            ]
        )
        == 0
    )
    assert "100.0%" in capsys.readouterr().out and out.read_text().splitlines()[-1].startswith(
        "HEADRACE_ANSWER_THRESHOLD=0."
    )
    assert main(["tune", collection, "--stage", "declining", "--risk", "0.001"]) == 2
    assert "takes at least 5000" in capsys.readouterr().err
    assert main(["tune", collection, "--stage", "declining", "--risk", "1"]) == 2
    assert "--risk 1.0" in capsys.readouterr().err
