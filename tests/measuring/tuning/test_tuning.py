"""Fusion and reranking fitted: the best choice by hand, luck, and run.py tune."""

import numpy as np
import pytest

from headrace import load_settings
from headrace.commands import main
from headrace.commands.tune import settings_file
from headrace.drivers import query_driver
from headrace.execution.modules import load_module
from headrace.measuring.tuning import ranking, tuning
from headrace.measuring.tuning.stages import FUSIONS, RERANKINGS, STAGES

STAGES_OF_THE_USERS_OWN = '''
from hamilton.function_modifiers import tag

from headrace.types import Hit


@tag(stage="rerank")
def boosted_hits(ranked_hits: list[Hit]) -> list[Hit]:
    """The hits, the last first."""
    return ranked_hits[::-1]


@tag(stage="rerank")
def reranked_hits(boosted_hits: list[Hit], answer_passages: int = 8) -> list[Hit]:
    """The first of them."""
    return boosted_hits[:answer_passages]
'''


def values(gains: dict[int, float], questions: int = 100, noise: float = 0.0, seed: int = 5):
    """(1 + choices, questions) of 0.5 with noise, some choices better by a gain."""
    random = np.random.default_rng(seed)
    found = 0.5 + random.normal(0, noise, (1 + len(FUSIONS), questions))
    for index, gain in gains.items():
        found[1 + index] += gain
    return found


def test_what_is_better_on_every_question_is_recommended():
    found = tuning.fitted({"one": values({3: 0.1}), "two": values({3: 0.05, 4: 0.01})}, FUSIONS)
    assert found.best == found.recommended == FUSIONS[3]
    assert found.gain.difference == pytest.approx(0.075)
    assert found.tried[str(FUSIONS[3])] == pytest.approx({"one": 0.6, "two": 0.55})


def test_luck_is_not_recommended():
    """Of ten choices that are all alike, the best nearly always looks better.

    On questions it was not chosen on, it seldom does.
    """
    trials = []
    for seed in range(30):
        noise = values({}, questions=40, noise=0.3, seed=seed)
        trials.append(tuning.fitted({"one": noise}, FUSIONS))
    looks_better = 0
    for found in trials:
        best = max(means["one"] for means in found.tried.values())
        looks_better += best > found.current["one"] + 0.02
    assert looks_better > 20
    assert sum(found.recommended is not None for found in trials) <= 3


def test_collections_count_alike():
    small = values({0: 0.1}, questions=10)
    large = values({1: 0.09}, questions=500)
    assert tuning.fitted({"small": small, "large": large}, FUSIONS).best == FUSIONS[0]


def test_every_choice_is_a_setting():
    for choice in (*FUSIONS, *RERANKINGS, tuning._IN_USE):
        load_settings(**choice.settings)


# ---------------------------------------------------------------------------
# what is computed once


@pytest.mark.parametrize(
    ("stage", "reranking", "shared"),
    [
        ("fusion", "off", {"semantic_hits", "keyword_hits", "sub_queries"}),
        ("reranking", "off", {"passage_hits", "sub_queries"}),
        ("reranking", "cross_encoder", {"passage_hits", "sub_queries"}),
    ],
)
def test_what_no_choice_changes_is_shared(stage, reranking, shared):
    dr = query_driver(load_settings(reranking=reranking, generation="extractive"))
    assert ranking._unchanged(dr, STAGES[stage]) == shared


def test_a_node_of_the_users_own_between_those_of_a_stage_runs_with_every_choice(tmp_path):
    path = tmp_path / "tuned_stages.py"
    path.write_text(STAGES_OF_THE_USERS_OWN)
    settings = load_settings(reranking="off", generation="extractive")
    dr = query_driver(settings, modules=[load_module(path)])
    assert ranking._unchanged(dr, STAGES["reranking"]) == {"passage_hits"}


# ---------------------------------------------------------------------------
# from end to end


def test_tuning_fits_on_the_sample_and_is_honest_about_it(sample, tmp_path, tune, capsys):
    out = tmp_path / "tuned.env"
    in_use = "fusion=convex,semantic_weight=0.5"
    assert tune(sample, "--set", in_use, "--out", str(out)) == 0
    printed = capsys.readouterr().out
    figures = {}
    for line in printed.splitlines():
        name = line.split("  ")[0].removesuffix(" *")
        if name in ("in use", "fusion=convex, semantic_weight=0.5"):
            figures[name] = line.split()[-1]
    assert len(figures) == 2
    assert len(set(figures.values())) == 1
    assert "Nothing is recommended" in printed
    assert not out.exists()


def test_reranking_is_fitted_without_a_cross_encoder_where_there_are_no_weights(
    sample, tune, capsys
):
    assert tune(sample, "--stage", "reranking", "--set", "reranking=off") == 0
    figures = {}
    for line in capsys.readouterr().out.splitlines():
        if line.startswith(("in use", "reranking=")):
            figures[line.split("  ")[0].removesuffix(" *")] = line.split()[-1]
    assert figures["in use"] == figures["reranking=off"]
    assert "reranking=late_interaction, rerank_weight=0.3" in figures
    assert not any("cross_encoder" in name for name in figures)


def test_too_few_questions_for_the_folds_are_refused(sample, tune, capsys):
    assert tune(sample, "--limit", "4") == 2
    assert "judged questions" in capsys.readouterr().err


def test_a_settings_file_can_be_used_again(tmp_path):
    path = tmp_path / "tuned.env"
    path.write_text(settings_file(FUSIONS[5], "nDCG@10 +0.0200", "2026-01-31", [tmp_path]))
    last = path.read_text().splitlines()[-2:]
    assert last == ["HEADRACE_FUSION=convex", "HEADRACE_SEMANTIC_WEIGHT=0.5"]
    assert main(["graph", "--set", f"@{path}"]) == 0


def test_a_settings_file_that_is_not_there_is_named(capsys):
    assert main(["graph", "--set", "@nowhere.env"]) == 2
    assert "reading the settings nowhere.env failed" in capsys.readouterr().err
