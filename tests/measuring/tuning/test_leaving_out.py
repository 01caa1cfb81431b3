"""One collection left out at a time: by hand, luck, and run.py tune."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from headrace import load_settings
from headrace.commands import main, tune_left_out
from headrace.commands.model_findings import scale_finding
from headrace.errors import SourceError
from headrace.measuring.quality.run import Selection
from headrace.measuring.tuning import (
    calibration,
    cosines,
    passages,
    spelling,
    thresholds,
    tuning,
)
from headrace.measuring.tuning.leaving_out import Fitting, left_out
from headrace.measuring.tuning.passages import Ranked
from headrace.measuring.tuning.spelling import Unknown
from headrace.measuring.tuning.stages import FUSIONS, STAGES
from headrace.question.spellings.likelihood import SlipCosts
from headrace.types import CosineScale, Spelling

#: A fit is a row of a collection's values; the best has the highest mean.
ROWS: Fitting[np.ndarray, int] = Fitting(
    fit=lambda data: int(np.mean([found.mean(axis=1) for found in data.values()], 0).argmax()),
    judge=lambda row, found: found[row],
    name=str,
)


def flat(*means: float, questions: int = 40) -> np.ndarray:
    """(rows, questions), every question of a row alike."""
    return np.array([[mean] * questions for mean in means])


def noisy(means: dict[str, tuple[float, ...]], noise: float) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    found = {}
    for name, rows in means.items():
        found[name] = flat(*rows) + random.normal(0, noise, (len(rows), 40))
    return found


def test_each_collection_is_judged_by_what_is_best_on_the_others():
    data = {"a": flat(0.5, 0.9, 0.5), "b": flat(0.5, 0.4, 0.6), "c": flat(0.5, 0.5, 0.6)}
    found = left_out(data, ROWS, in_use=0)
    assert found.fitted == 1
    assert [one.chosen for one in found.collections.values()] == ["2", "1", "1"]
    assert [one.fitted for one in found.collections.values()] == pytest.approx([0.9, 0.4, 0.5])
    assert [one.held_out for one in found.collections.values()] == pytest.approx([0.5, 0.4, 0.5])
    assert found.gain.difference == pytest.approx((0.0 - 0.1 + 0.0) / 3)
    assert found.spread == pytest.approx(np.std([0.0, -0.1, 0.0], ddof=1))


def test_a_rule_that_is_better_everywhere_goes_before_the_simpler_one():
    data = noisy(dict.fromkeys("abc", (0.5, 0.5, 0.7)), noise=0.05)
    found = left_out(data, ROWS, in_use=0, simpler=(1,))
    assert (found.fitted, found.simpler, found.recommended) == (2, None, 2)
    assert found.over_simpler is not None and found.over_simpler.difference > 0.1


def test_the_simpler_rule_is_preferred_where_the_difference_is_chance():
    data = noisy(dict.fromkeys("abcd", (0.4, 0.5, 0.5)), noise=0.2)
    assert left_out(data, ROWS, in_use=0, simpler=(1,)).simpler == 1


def test_what_gains_on_one_collection_alone_is_not_fitted_to_the_rest():
    """The mean of all is best with row 1; left out, its collection shows no gain."""
    data = {"a": flat(0.5, 0.95, 0.5), "b": flat(0.5, 0.4, 0.5), "c": flat(0.5, 0.4, 0.5)}
    found = left_out(data, ROWS, in_use=0, simpler=(0,))
    assert found.fitted == 1
    assert found.simpler == 0
    assert found.recommended is None


def test_two_collections_are_too_few():
    with pytest.raises(SourceError, match="at least 3, and 2 are given"):
        left_out({"a": flat(1.0), "b": flat(1.0)}, ROWS, in_use=0)


def test_a_fusion_that_falls_below_the_better_search_is_not_chosen():
    means = {"a": (0.5, 0.80, 0.60), "b": (0.5, 0.80, 0.60), "c": (0.5, 0.40, 0.60)}
    values, alone = {}, {}
    for name, (in_use, high, steady) in means.items():
        rows = np.full((1 + len(FUSIONS), 20), 0.1)
        rows[0], rows[1], rows[2] = in_use, high, steady
        values[name], alone[name] = rows, flat(0.6, 0.2, questions=20)
    found = tuning.Tried(STAGES["fusion"], values, alone, {})
    assert tuning.without_each(found).fitted == 2
    higher = tuning.Tried(STAGES["fusion"], values, {name: flat(0.3) for name in means}, {})
    assert tuning.without_each(higher).fitted == 1


def test_weights_of_answerability_hold_on_a_collection_left_out():
    random = np.random.default_rng(1)
    signs = {}
    for name in "abc":
        values = np.c_[random.uniform(0, 1, (900, 2)), np.ones(900)]
        likely = 1 / (1 + np.exp(-values @ np.array([4.0, -2.0, -1.0])))
        signs[name] = calibration.Signs(values, random.uniform(size=900) < likely)
    found = calibration.without_each(signs, (0.0, 0.0, 0.0))
    assert found.simpler is None and found.gain.p < 0.01
    assert found.fitted == pytest.approx([4.0, -2.0, -1.0], abs=0.7)


def test_a_threshold_is_judged_by_what_it_refuses_and_declines():
    good = thresholds.Scores(np.linspace(0.5, 1.0, 101), np.full(20, 0.45))
    found = thresholds.without_each({"a": good, "b": good, "c": good}, in_use=0.0, risk=0.1)
    assert found.fitted == pytest.approx(0.55)
    # In use, all are answered; fitted, 0.1 are refused wrongly and all declined rightly.
    one = found.collections["a"]
    assert (one.in_use, one.held_out) == pytest.approx((0.5, 0.95), abs=0.01)


def test_costs_of_slips_are_fitted_to_what_was_meant():
    near = Spelling("engery", "energy", 5, 1e-5)
    words = [Unknown("engery", "energy", (near,), 100)]
    found = spelling.without_each({"a": words, "b": words, "c": words})
    assert found.fitted.a_letter >= 0.33
    assert [one.held_out for one in found.collections.values()] == [1.0, 1.0, 1.0]
    assert found.simpler == SlipCosts()
    right = [Unknown("engery", "", (near,), 100)]
    never = spelling.without_each({"a": right, "b": right, "c": right})
    assert never.fitted.a_letter < 0.33


def test_what_a_sentence_counts_is_fitted_to_where_gold_stands():
    """The second chunk has the gold, and the sentence that is asked for."""
    asked = Ranked(
        "Who tows the raft?",
        documents=["d", "d"],
        scores=[1.0, 0.7],
        texts=["It is red.", "A tug tows the raft."],
        holding=[False, True],
    )
    found = passages.without_each({"a": [asked] * 9, "b": [asked] * 9, "c": [asked] * 9})
    # Of 0.8, the share of the words without a neighbour, 0.4 is more than 0.3.
    assert found.fitted == 0.4
    assert [one.held_out for one in found.collections.values()] == [1.0, 1.0, 1.0]
    above = Ranked(asked.query, asked.documents, asked.scores, asked.texts, [True, False])
    fused = passages.without_each({"a": [above] * 9, "b": [above] * 9, "c": [above] * 9})
    assert (fused.fitted, fused.recommended) == (0.0, 0.0)


# ---------------------------------------------------------------------------
# from end to end


def three_of(sample: Path, folder: Path) -> list[Path]:
    """The sample three times, under three names."""
    return [shutil.copytree(sample, folder / name) for name in ("one", "two", "three")]


def test_leave_one_out_prints_fitted_held_out_and_spread(sample, tmp_path, tune, capsys):
    first, *others = map(str, three_of(sample, tmp_path))
    assert tune(first, *others, "--leave-one-out", "--limit", "6") == 0
    printed = capsys.readouterr().out
    for told in ("chosen on the others", "fitted", "held out", "over the better search", "spread"):
        assert told in printed, told


def test_misspelt_questions_tell_what_slips_count(sample, tmp_path, tune, capsys):
    question = {"_id": "1", "text": "When does the frist ferry leave the harbuor?"}
    question["metadata"] = {"corrected": "When does the first ferry leave the harbour?"}
    path = tmp_path / "typos.jsonl"
    path.write_text(json.dumps(question))
    first, *others = map(str, three_of(sample, tmp_path))
    arguments = ("--leave-one-out", "--stage", "spelling", "--queries", str(path))
    assert tune(first, *others, *arguments) == 0
    assert "slip=" in capsys.readouterr().out


def test_chunks_with_gold_tell_what_a_sentence_counts(sample, tmp_path, tune, capsys):
    first, *others = map(str, three_of(sample, tmp_path))
    assert tune(first, *others, "--leave-one-out", "--stage", "passages", "--limit", "6") == 0
    assert "first chunk with gold" in capsys.readouterr().out


@pytest.mark.parametrize("stage", ["spelling", "passages"])
def test_constants_are_not_tuned_on_one_collection(sample, stage, capsys):
    assert main(["tune", str(sample), "--stage", stage]) == 2
    assert "--leave-one-out" in capsys.readouterr().err


# ---------------------------------------------------------------------------
# cosines


def test_the_scale_is_the_line_through_what_two_encoders_make_of_the_same_texts():
    found = {}
    for name, reference in (("a", [0.0, 0.5]), ("b", [0.1, 0.6]), ("c", [0.05, 0.4])):
        low = np.array(reference)
        found[name] = cosines.Cosines(own=0.75 + 0.2 * low, reference=low)
    assert cosines.fitted(found) == CosineScale(0.75, 0.95)
    settings = load_settings(cosine_scale=(0.5, 1.0))
    left = cosines.without_each(found, settings)
    assert left.collections["a"].held_out == pytest.approx(0.0, abs=0.002)
    assert left.collections["a"].in_use < -0.2


def test_the_encoder_that_all_was_fitted_to_has_the_scale_in_use(sample, tune, capsys):
    assert tune(str(sample), "--stage", "cosines") == 0
    assert "the scale in use is the one that is fitted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "found"),
    [(None, "Recommended: cosine_scale=0.5 1"), ((0.4, 1.0), "it takes 3 collections to tell")],
)
def test_a_scale_that_is_known_stays_until_another_is_known_to_be_better(
    monkeypatch, capsys, given, found
):
    medians = cosines.Cosines(own=np.array([0.5, 0.75]), reference=np.array([0.0, 0.5]))
    monkeypatch.setattr(cosines, "measured", lambda *_: {"a": medians})
    settings = load_settings(encoder="owner/other-encoder", cosine_scale=given)
    task = tune_left_out.Task([], settings, Selection(), (), 0.05)
    advice = tune_left_out.cosine_scale(task)
    said = f"Recommended: {advice.chosen}" if advice.chosen else advice.otherwise
    assert found in said


def test_the_scale_of_an_unknown_encoder_is_told_to_be_missing():
    encoder = SimpleNamespace(name="owner/other-encoder")
    finding = scale_finding(load_settings(), encoder)
    assert finding.state == "note" and "--stage cosines" in finding.advice
    assert scale_finding(load_settings(cosine_scale=(0.7, 0.9)), encoder).state == "ok"
