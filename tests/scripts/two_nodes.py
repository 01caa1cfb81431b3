"""Runs two nodes with a cache twice: `two_nodes.py WHOSE_FINGERPRINTS CACHE_DIR`.

Prints both answers.
"""

import sys
from dataclasses import dataclass

from hamilton import driver

from headrace.execution import fingerprints


@dataclass(frozen=True, slots=True)
class Passage:
    text: str


def texts(passages: list) -> list:
    return [passage.text for passage in passages]


def answer(texts: list) -> str:
    return " ".join(texts)


if __name__ == "__main__":
    if sys.argv[1] == "ours":
        fingerprints.install()
    dr = driver.Builder().with_modules(sys.modules[__name__]).with_cache(path=sys.argv[2]).build()
    for text in ("first", "second"):
        print(dr.execute(["answer"], inputs={"passages": [Passage(text)]})["answer"])
