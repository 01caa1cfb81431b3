"""Which node modules make which graph.

The stages' `NODES` list them in the order of the flow. A user's modules join a graph,
and replace nodes of the same name.
"""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from hamilton import driver
from hamilton.lifecycle import LifecycleAdapter

from headrace import answer, context, ingest, question, rerank, search
from headrace.errors import SettingsError
from headrace.execution.inputs import ProtocolInputs
from headrace.execution.modules import built, check_replacements, node_names
from headrace.resources.models.credentials import language_service
from headrace.settings import Settings

QUERY_NODES = (
    *question.NODES,
    *search.NODES,
    *rerank.NODES,
    *context.NODES,
    *answer.NODES,
)
INGEST_NODES = ingest.NODES
REEMBEDDING_NODES = ingest.REEMBEDDING_NODES


def query_driver(
    settings: Settings,
    *,
    modules: Sequence[ModuleType] = (),
    adapters: Sequence[LifecycleAdapter] = (),
) -> driver.Driver:
    """The driver of the query dataflow; it needs no database until it is run.

    Args:
        settings: choose the variants of the nodes.
        modules: of the user's own; their nodes replace ours of the same name.
        adapters: further Hamilton adapters.
    Raises SettingsError when a module does not fit.
    """
    config = decided(settings).graph_config()
    return graph_driver(QUERY_NODES, config, modules=modules, adapters=adapters)


def ingestion_driver(modules: Sequence[ModuleType] = ()) -> driver.Driver:
    """The driver of the ingestion dataflow, run once per block of documents."""
    return graph_driver(INGEST_NODES, {}, modules=modules)


def reembedding_driver() -> driver.Driver:
    """The driver of a change of encoder, run once per block of chunks."""
    return graph_driver(REEMBEDDING_NODES, {})


def graph_driver(
    nodes: Sequence[ModuleType],
    config: Mapping[str, Any],
    *,
    modules: Sequence[ModuleType] = (),
    adapters: Sequence[LifecycleAdapter] = (),
) -> driver.Driver:
    """The driver of these nodes and of the user's own.

    The user's own replace ours of the same name.
    """
    builder = _builder(nodes, config, adapters)
    if not modules:
        return builder.build()
    check_replacements(_builder(nodes, config, ()).build(), modules)
    joined = _builder((*nodes, *modules), config, adapters).allow_module_overrides()
    return built(joined, modules)


def by_graph(
    modules: Sequence[ModuleType],
) -> tuple[list[ModuleType], list[ModuleType]]:
    """The user's modules that join the query dataflow, and the ingestion.

    A module joins the ingestion when it replaces one of its nodes.
    Raises SettingsError for a module that has nodes of both, or none at all.
    """
    ingest_names = set().union(*map(node_names, INGEST_NODES))
    query_names = set().union(*map(node_names, QUERY_NODES))
    query: list[ModuleType] = []
    ingestion: list[ModuleType] = []
    for module in modules:
        names = node_names(module)
        if not names:
            raise SettingsError(
                f"{module.__name__} has no nodes: a node is a function that says what it returns"
            )
        if names & ingest_names and names & query_names:
            both = ", ".join(sorted(names & (ingest_names | query_names)))
            raise SettingsError(
                f"{module.__name__} replaces nodes of the ingestion and of the query dataflow "
                f"({both}): make two modules of it"
            )
        (ingestion if names & ingest_names else query).append(module)
    return query, ingestion


def decided(settings: Settings, *, own_model: bool = False) -> Settings:
    """The settings with `generation = auto` decided.

    It is anthropic where credentials are set or a language model of the user's own is
    given, openai where only the address of a service is, else extractive.
    """
    if settings.generation != "auto":
        return settings
    chosen = "anthropic" if own_model else language_service(settings) or "extractive"
    return settings.model_copy(update={"generation": chosen})


def _builder(
    nodes: Sequence[ModuleType],
    config: Mapping[str, Any],
    adapters: Sequence[LifecycleAdapter],
) -> driver.Builder:
    builder = driver.Builder().with_modules(*nodes).with_config(dict(config))
    return builder.with_adapters(ProtocolInputs(), *adapters)
