"""The cache never lies: whatever is swapped between two runs, the second one shows it.

Both runs have a pipeline each, and one cache folder on disk.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from headrace import Pipeline
from headrace.execution.caching import NodeCache
from headrace.execution.modules import load_module
from headrace.ingest.storing import remove
from support.caches import computed
from support.graphs import cell, loaded, written
from support.own_parts import (
    OrderReranker,
    SayingModel,
    TurnedEncoder,
    TurningReranker,
    WordCounter,
    own,
)
from support.samples import RETURNS

QUESTION = "How long do I have to return an item, and what does the warranty cover?"


@dataclass
class World:
    """What a case may change between the two runs."""

    rag: Pipeline
    tenant: str
    folder: Path


@dataclass(frozen=True)
class Swap:
    """Something that is one thing in the first run and another in the second.

    Attributes:
        node: the one whose value shows it.
        choices: for `Pipeline.open`; given the world and the number of the run, 0 or 1.
        asked: what the node is asked with, instead of the question and the tenant.
    """

    node: str
    choices: Callable[[World, int], dict[str, Any]] = lambda world, run: own()
    asked: Callable[[World, int], dict[str, Any]] = lambda world, run: {}


def module_of(source: str, *edits: tuple[str, str]) -> Callable[[World, int], dict[str, Any]]:
    """A module of the user's own in a file, edited before the second run."""

    def choices(world: World, run: int) -> dict[str, Any]:
        text = source
        for old, new in edits[:run]:
            text = text.replace(old, new)
        return own(modules=[written(world.folder, "own_module", text)])

    return choices


OWN_NODE = """
from headrace.types import Hit

FACTORS = {"small": 2}


def _weight(number):
    return 10 * number


def hit_count(fused_hits: list[Hit]) -> int:
    return _weight(len(fused_hits)) + FACTORS["small"]
"""


def helper_beside(world: World, run: int) -> dict[str, Any]:
    """A module that imports from one beside it, which is edited; a new process."""
    sys.modules.pop("beside_own", None)
    shutil.rmtree(world.folder / "__pycache__", ignore_errors=True)
    factor = (2, 30)[run]
    written(world.folder, "beside_own", f"def weight(number):\n    return {factor} * number\n")
    source = """
        from beside_own import weight
        from headrace.types import Hit

        def hit_count(fused_hits: list[Hit]) -> int:
            return weight(len(fused_hits))
    """
    return own(modules=[written(world.folder, "own_module", source)])


def helper_edited_after_its_import(world: World, run: int) -> dict[str, Any]:
    """In the first run the old helper is in memory, and the new one in its file."""
    if run == 0:
        choices = helper_beside(world, 0)
        module = load_module(choices["modules"][0])
        written(world.folder, "beside_own", "def weight(number):\n    return 30 * number\n")
        return {**choices, "modules": [module]}
    return helper_beside(world, 1)


def helper_of_a_part(world: World, run: int) -> dict[str, Any]:
    """A token counter whose method calls a function of its module, which is edited."""
    source = f"""
        def weight(words):
            return {(1, 30)[run]} * len(words)

        class Counter:
            name = "own"

            def count(self, text):
                return weight(text.split())
    """
    counter = loaded(world.folder, source, "own_counter").Counter()
    return own(token_counter=counter, **FEW_TOKENS)


def cell_of_a_notebook(world: World, run: int) -> dict[str, Any]:
    """A module without a file that is run again with another list."""
    factors = ([1, 2], [1, 30])[run]
    source = f"""
        FACTORS = {factors}

        def hit_count(fused_hits: list) -> int:
            return FACTORS[1] * len(fused_hits)
    """
    return own(modules=[cell(source, "own_cell")])


def changed_document(world: World, run: int) -> dict[str, Any]:
    days = ("30 days", "90 days")[run]
    text = RETURNS[0].text.replace("30 days", days)
    world.rag.ingest([replace(RETURNS[0], text=text)], world.tenant)
    return own()


def removed_document(world: World, run: int) -> dict[str, Any]:
    if run:
        remove(["refunds"], world.rag.database.for_tenant(world.tenant))
    return own()


def other_tenant(world: World, run: int) -> dict[str, Any]:
    tenant = world.tenant if run == 0 else f"{world.tenant}-other"
    if run:
        world.rag.ingest(RETURNS[1:], tenant)
    return {"tenant": tenant}


def glossary(world: World, run: int) -> dict[str, Any]:
    world.rag.store_glossary([("RRF", ("rank fusion", "returned refunds")[run])], world.tenant)
    return own()


def setting(name: str, first: Any, second: Any) -> Callable[[World, int], dict[str, Any]]:
    return lambda world, run: own(**{name: (first, second)[run]})


def part(name: str, first: Any, second: Any, **more: Any) -> Callable[[World, int], dict[str, Any]]:
    return lambda world, run: own(**{name: (first, second)[run], **more})


WRITES = {"generation": "anthropic"}
READS = {"understanding": "llm"}
RERANKS = {"reranking": "cross_encoder"}
FEW_TOKENS = {"token_budget": 60}

SWAPS = {
    "encoder": Swap(
        "semantic_hits",
        lambda world, run: own(encoder=TurnedEncoder(world.rag.encoder, (1.0, -1.0)[run])),
    ),
    "reranker": Swap(
        "ranked_hits", part("reranker", OrderReranker(-1), OrderReranker(1), **RERANKS)
    ),
    "reranker of another class": Swap(
        "ranked_hits", part("reranker", OrderReranker(-1), TurningReranker(-1), **RERANKS)
    ),
    "language model": Swap(
        "answer", part("language_model", SayingModel("Yes."), SayingModel("No."), **WRITES)
    ),
    "analysis model": Swap(
        "question_analysis",
        part(
            "language_model",
            SayingModel(standalone="How long is the warranty?"),
            SayingModel(standalone="When is the refund paid?"),
            **READS,
        ),
    ),
    "token counter": Swap(
        "context", part("token_counter", WordCounter(1), WordCounter(3), **FEW_TOKENS)
    ),
    "module": Swap("hit_count", module_of(OWN_NODE, ("+ FACTORS", "+ 7 * FACTORS"))),
    "helper function of the module": Swap("hit_count", module_of(OWN_NODE, ("10 *", "1000 *"))),
    "constant of the module": Swap("hit_count", module_of(OWN_NODE, ('"small": 2', '"small": 30'))),
    "helper module beside": Swap("hit_count", helper_beside),
    "helper edited after its import": Swap("hit_count", helper_edited_after_its_import),
    "cell of a notebook": Swap("hit_count", cell_of_a_notebook),
    "helper function of a part": Swap("context", helper_of_a_part),
    "tenant": Swap("fused_hits", asked=other_tenant),
    "document changed": Swap("context", changed_document),
    "document removed": Swap("fused_hits", removed_document),
    "glossary": Swap(
        "expanded_query",
        glossary,
        asked=lambda world, run: {"question": "How does RRF rank?"},
    ),
    "setting that is a number": Swap("fused_hits", setting("semantic_weight", 0.9, 0.1)),
    "setting that chooses a node": Swap("fused_hits", setting("fusion", "convex", "rrf")),
    "setting of a question": Swap(
        "context", asked=lambda world, run: {"token_budget": (2000, 60)[run]}
    ),
    "filters": Swap(
        "fused_hits", asked=lambda world, run: {"filters": {"license": ("MIT", "Apache-2.0")[run]}}
    ),
    "question": Swap(
        "context", asked=lambda world, run: {"question": ("warranty", "fusion of ranks")[run]}
    ),
    "turns before": Swap(
        "standalone_query",
        asked=lambda world, run: {
            "question": "And how long does it last?",
            "history": (["What is a refund?"], ["What does the warranty cover?"])[run],
        },
    ),
}


@pytest.fixture
def world(rag: Pipeline, returns: str, tmp_path: Path) -> Iterator[World]:
    """The server counts no rows on its own meanwhile, which would be one more swap."""
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        connection.execute("ALTER TABLE embeddings SET (autovacuum_enabled = false)")
        yield World(rag, returns, tmp_path)
        connection.execute("ALTER TABLE embeddings RESET (autovacuum_enabled)")


@pytest.mark.parametrize("name", SWAPS)
def test_the_second_run_gives_what_the_second_part_gives(world: World, data_dir: Path, name: str):
    swap = SWAPS[name]

    def value(run: int, cache: NodeCache | bool) -> Any:
        choices = {"encoder": world.rag.encoder, **swap.choices(world, run)}
        asked = {"question": QUESTION, "tenant": world.tenant, **swap.asked(world, run)}
        with Pipeline.open(data_dir=data_dir, cache=cache, **choices) as opened:
            found = opened.run([swap.node], **asked)[swap.node]
            if isinstance(cache, NodeCache):
                ran.append(computed(opened))
            return found

    ran: list[set[str]] = []
    folder = world.folder / "cache"
    first = value(0, NodeCache(folder))
    second = value(1, NodeCache(folder))
    assert second == value(1, False)
    assert second != first
    assert swap.node in ran[1]
    # The same again is there: the swap counted, and the cache does keep results.
    assert value(1, NodeCache(folder)) == second
    assert swap.node not in ran[2]


def test_a_cache_is_on_disk_where_the_settings_say(data_dir: Path, rag: Pipeline, returns: str):
    """`cache=True` is the cache of the tests above, in the data folder."""
    choices = own(encoder=rag.encoder)
    with closing(Pipeline.open(data_dir=data_dir, cache=True, **choices)) as cached:
        cached.run(["fused_hits"], question="What is kept on disk?", tenant=returns)
    assert list((data_dir / "cache").iterdir())
