"""The questions over real documentation are what their README says."""

import json
import re
from collections import Counter

from headrace import Answer
from support.documentation_questions import QUESTIONS, TREES, verdict

LINES = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def test_a_fifth_of_the_questions_of_each_tree_or_a_third_has_no_answer():
    counts = Counter((line["id"].split("-")[0], line["answerable"]) for line in LINES)
    expected = dict.fromkeys(TREES[:3], (32, 8)) | dict.fromkeys(TREES[3:6], (12, 3))
    expected |= {"paperless": (15, 7), "borg": (14, 7), "litestar": (12, 6)}
    expected |= dict.fromkeys(TREES[9:12], (12, 8)) | {"hugo": (46, 14)}
    expected |= {"actual": (30, 10), "jellyfin": (30, 10), "mealie": (30, 10)}
    expected |= {"navidrome": (30, 10), "ntfy": (30, 14)}
    expected |= {"headscale": (34, 14), "duplicati": (34, 14), "photoprism": (32, 14)}
    expected |= {"tts": (35, 12), "curl": (38, 12), "esphome": (38, 12)}
    expected |= {"anki": (28, 8), "proxmox": (28, 8), "letsencrypt": (28, 8)}
    assert {tree: (counts[tree, True], counts[tree, False]) for tree in TREES} == expected


def test_a_third_of_the_first_six_trees_is_kept_for_the_end():
    lines = [line for line in LINES if line["id"].split("-")[0] in TREES[:6]]
    assert Counter(line["part"] for line in lines) == {"development": 110, "final": 55}


def test_only_questions_with_an_answer_say_where_it_stands():
    for line in LINES:
        assert line["answerable"] == ("file" in line) == ("answer" in line)
        re.compile(line.get("answer", "") + line.get("misleading", ""))


def test_an_answer_is_right_only_if_it_matches_and_does_not_mislead():
    question = {"answerable": True, "answer": r"\bIPv6\b", "misleading": "IPv4"}
    assert verdict(question, Answer("q", "It is ipv6.", True)) == "right"
    assert verdict(question, Answer("q", "It is IPv6, not IPv4.", True)) == "misleading"
    assert verdict(question, Answer("q", "It is another one.", True)) == "wrong"
    assert verdict(question, Answer("q", "", False)) == "declined"
    assert verdict({"answerable": False}, Answer("q", "It is IPv6.", True)) == "wrong"
