"""The graph as a picture, made from the driver itself: what is drawn is what runs."""

from collections.abc import Collection

from hamilton import driver

from headrace.errors import SettingsError


def mermaid(dr: driver.Driver, until: str | None = None, start: str = "question") -> str:
    """The nodes and what each is made from, as Mermaid text; only what `until` needs, when given.

    What comes from outside (database, models, numbers) is left out, except where it all starts. Nodes of one stage have one colour.
    """
    nodes = sorted(_nodes(dr, until), key=lambda node: _order(dr).index(node.name))
    names = {node.name for node in nodes}
    lines = ["flowchart TD", f"    {start}([{start}])"]
    lines += [f"    {node.name}[{node.name}]:::{_class(node.tags['stage'])}" for node in nodes]
    for node in nodes:
        needed = [
            name for name in sorted(node.required_dependencies) if name in names or name == start
        ]
        lines += [f"    {name} --> {node.name}" for name in needed]
    stages = dict.fromkeys(node.tags["stage"] for node in nodes)
    lines += [
        f"    classDef {_class(stage)} fill:{STAGE_COLOURS[stage]},stroke:#555,color:#111"
        for stage in stages
    ]
    return "\n".join(lines) + "\n"


def dot(dr: driver.Driver, until: str | None = None, start: str = "question"):
    """The same as a `graphviz` graph: `.source` is its DOT text, `.pipe(format="svg")` draws it with the `dot` program."""
    import graphviz

    nodes = _nodes(dr, until)
    names = {node.name for node in nodes}
    graph = graphviz.Digraph(
        "headrace", node_attr={"shape": "box", "style": "rounded,filled", "fontname": "Helvetica"}
    )
    graph.node(start, shape="oval", fillcolor="white")
    for node in sorted(nodes, key=lambda node: _order(dr).index(node.name)):
        graph.node(
            node.name,
            label=f"{node.name}\n{node.tags['stage']}",
            fillcolor=STAGE_COLOURS[node.tags["stage"]],
        )
        for name in sorted(node.required_dependencies):
            if name in names or name == start:
                graph.edge(name, node.name)
    return graph


STAGE_COLOURS = {
    "query expansion": "#fde9c9",
    "decomposition": "#fde9c9",
    "filter extraction": "#fbd9b5",
    "semantic search": "#cfe3f7",
    "keyword search": "#cdeee6",
    "RRF": "#d9d4f3",
    "rerank": "#e8d3ef",
    "compile": "#f6d5d8",
    "generate": "#d6ecc9",
    "ingest": "#e6e6e6",
    "collect": "#cfe3f7",
    "measure": "#fde9c9",
    "report": "#d6ecc9",
}


def _nodes(dr: driver.Driver, until: str | None) -> Collection[driver.Variable]:
    if until is None:
        variables = dr.list_available_variables()
    else:
        known = sorted(
            variable.name
            for variable in dr.list_available_variables()
            if not variable.is_external_input
        )
        if until not in known:
            raise SettingsError(f"unknown node: {until}; there are: {', '.join(known)}")
        variables = dr.what_is_upstream_of(until)
    return [variable for variable in variables if not variable.is_external_input]


def _order(dr: driver.Driver) -> list[str]:
    """All names so that each comes after what it is made from; ties by name."""
    order: list[str] = []
    waiting = {
        v.name: v.required_dependencies | v.optional_dependencies
        for v in dr.list_available_variables()
    }
    while waiting:
        ready = sorted(name for name, needed in waiting.items() if not needed & waiting.keys())
        order += ready
        for name in ready:
            del waiting[name]
    return order


def _class(stage: str) -> str:
    return stage.replace(" ", "_")
