"""Documents and questions of a run on a cluster, and an encoder that waits."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from threading import Lock
from time import sleep
from typing import Any

import numpy as np

from headrace.measuring.kills.documents import DrawnVectors

Entry = dict[str, Any]

#: Seconds that the encoder waits for each chunk.
WAIT_S = 0.02
#: The setting `encoder` that means `WaitingEncoder`.
WAITING_ENCODER = f"{__name__}:WaitingEncoder"
_SENTENCES = 20
_OF_THEM = 8
_BAYS = 17


class WaitingEncoder(DrawnVectors):
    """Waits 20 ms for each text, as for a model elsewhere, and draws its vector.

    It waits for one text after the other, whoever asks in its process.
    """

    def __init__(self) -> None:
        self._waiting = Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        with self._waiting:
            sleep(WAIT_S * len(texts))
        return super().encode(texts)


def entries(numbers: Iterable[int], version: int) -> list[Entry]:
    """Lines of a .jsonl file: documents of a few chunks, in one of their versions."""
    lines = []
    for number in numbers:
        random = Random(f"{number} {version}")
        said = [_sentence(number, day, random) for day in range(_SENTENCES)]
        text = " ".join(random.sample(said, k=_OF_THEM))
        metadata = {"version": version, "bay": f"bay {number % _BAYS}"}
        title = f"Seal {number}"
        lines.append({"_id": f"seal-{number}", "title": title, "text": text, "metadata": metadata})
    return lines


def questions(numbers: Iterable[int]) -> list[Entry]:
    """Lines of a file of questions about these documents."""
    return [{"id": n, "question": f"Where did the seal {n} sleep on day 3?"} for n in numbers]


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """The path, with one JSON object on each line."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def _sentence(number: int, day: int, random: Random) -> str:
    bay = random.randrange(_BAYS)
    return (
        f"On day {day} the seal {number} slept in bay {bay} beside {random.randrange(90)} others."
    )
