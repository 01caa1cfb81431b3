"""Asks the questions over real documentation, and prints what became of them.

python tests/support/documentation_questions.py FOLDER [--part development|final]
"""

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

from headrace import Answer, Pipeline, Settings

TREES = ("prometheus", "restic", "netbox", "celery", "caddy", "traefik")
TREES += ("paperless", "borg", "litestar", "syncthing", "rclone", "clef", "hugo")
TREES += ("actual", "jellyfin", "mealie", "navidrome", "ntfy")
TREES += ("headscale", "duplicati", "photoprism", "tts", "curl", "esphome")
TREES += ("anki", "proxmox", "letsencrypt")
QUESTIONS = Path(__file__).parents[1] / "answer" / "documentation" / "questions.jsonl"


def verdict(question: dict, answer: Answer) -> str:
    """What became of a question: "right", "wrong", "misleading" or "declined"."""
    if not answer.answered:
        return "declined"
    said = " ".join([answer.text, *(citation.quote for citation in answer.citations)])
    if "misleading" in question and re.search(question["misleading"], said, re.I | re.S):
        return "misleading"
    is_right = question["answerable"] and re.search(question["answer"], said, re.I | re.S)
    return "right" if is_right else "wrong"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with a folder for each tree")
    parser.add_argument("--part", choices=("development", "final"), default="development")
    args = parser.parse_args()
    found: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    with Pipeline.open(Settings()) as rag:
        for tree in TREES:
            rag.ingest([args.folder / tree], tree)
        for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
            question = json.loads(line)
            if question["part"] != args.part:
                continue
            answer = rag.ask(question["question"], question["id"].split("-")[0])
            became = verdict(question, answer)
            found[question["answerable"]][became] += 1
            if became != ("right" if question["answerable"] else "declined"):
                print(f"{question['id']} {became}: {question['question']}\n    {answer.text}")
    print("answerable:  ", dict(found[True]))
    print("unanswerable:", dict(found[False]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
