"""`run.py bench --cluster`."""

import json

import pytest

from headrace.commands import main
from headrace.measuring.cluster import speed


def test_a_cluster_stores_and_answers_the_same(tmp_path, monkeypatch, capfd, with_weights):
    data = with_weights(tmp_path / "data")
    report = tmp_path / "report.json"
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data))
    monkeypatch.setattr(speed, "_TURNS", ("usual", "cluster"))
    code = main(["bench", "--cluster", "40", "--set", "reranking=off", "--json", str(report)])
    said = capfd.readouterr()
    assert code == 0, said.err
    found = json.loads(report.read_text())
    assert found["documents"] == 40 and found["differing"] == [] and found["other_lines"] == []
    assert found["rows"]["vectors"][0] == found["chunks"] >= 40
    assert found["waiting"]["4"]["chunks"] == found["waiting"]["1"]["chunks"] > 0
    assert all(len(took["turns_s"]) == 1 for took in found["ingest"].values())
    assert set(found["bars"]) == {"errors_or_wrong_answers", "wall_ratio", "growth_mb", "speedup"}
    assert "four workers that wait" in said.out
    assert [path.name for path in data.iterdir()] == ["models"]


def test_an_ingest_has_the_mean_time_of_its_turns_and_the_most_memory():
    took = [
        {"s": seconds, "memory_mb": held, "growth_mb": grown}
        for seconds, held, grown in ((10.0, 1, 5), (20.0, 2, 6), (30.0, 3, 7), (40.0, 4, 8))
    ]
    assert speed._of_turns("usual", took) == {
        "s": 25.0,
        "turns_s": [10.0, 40.0],
        "memory_mb": 4,
        "growth_mb": 8,
    }
    assert speed._of_turns("cluster", took)["turns_s"] == [20.0, 30.0]


def test_lines_are_the_same_but_for_times():
    asked = [{"id": 1}, {"id": 2}, {"id": 3}]
    usual = [{"id": 1, "answer": "a", "total_ms": 1.0}, {"id": 2, "answer": "b"}, {"id": 3}]
    other = [{"id": 1, "answer": "a", "total_ms": 9.0}, {"id": 2, "answer": "c"}, {"id": 3}]
    (differing,) = speed._other_lines(asked, {"usual": usual, "cluster": other})
    assert differing == {"id": 2, "lines": {"usual": 1, "cluster": 1}, "fields": ["answer"]}
    (twice,) = speed._other_lines(asked, {"usual": usual, "cluster": [*usual, {"id": 3}]})
    assert twice == {"id": 3, "lines": {"usual": 1, "cluster": 2}, "fields": []}
    missing = speed._other_lines(asked, {"usual": usual, "cluster": usual[:1]})
    assert [line["lines"]["cluster"] for line in missing] == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--cluster", "0"], "at least 1"), (["--cluster", "9", "--words"], "one thing")],
)
def test_wrong_use_is_refused_before_anything_is_started(
    arguments, said, monkeypatch, tmp_path, capfd
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    assert main(["bench", *arguments]) == 2
    assert said in capfd.readouterr().err and not (tmp_path / "data").exists()


def test_a_database_of_others_is_left_alone(monkeypatch, capfd):
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@example.org/theirs")
    assert main(["bench", "--cluster", "2"]) == 2
    assert "unset DATABASE_URL" in capfd.readouterr().err
