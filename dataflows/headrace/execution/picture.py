"""The graph as a picture, made from the driver itself: what is drawn is what runs."""

import html
import inspect
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_origin

from hamilton import driver

from headrace.arrows import direct
from headrace.errors import SettingsError, did_you_mean

if TYPE_CHECKING:
    import graphviz

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
#: The stage of a node without a tag: one of the user's own.
OWN_STAGE = "your own"
_OWN_COLOUR = "#ffffff"
_INPUT = "input"
_INPUT_COLOUR = "#f4f4f4"
#: A notebook's page is about this wide, in inches; no graph is higher than the second.
_PAGE_INCHES = "9.5,60"
#: Stages in a row of the legend.
_LEGEND_COLUMNS = 3
_FIRST_SENTENCE = re.compile(r".+?[.:?](?=\s|$)", re.DOTALL)


@dataclass(frozen=True)
class DrawnNode:
    """A box of the picture.

    Attributes:
        type_name: of the node's value, "list[Hit]".
        summary: the first sentence of its docstring; "" for an input.
        needed: the names of the boxes that it is made from.
        given: what it takes from outside, where that is shown: a setting with its
            default, "rrf_k = 60", or the name of a model or the database.
    """

    name: str
    stage: str
    type_name: str
    summary: str
    needed: tuple[str, ...]
    given: tuple[str, ...] = ()

    @property
    def colour(self) -> str:
        if self.stage == _INPUT:
            return _INPUT_COLOUR
        return STAGE_COLOURS.get(self.stage, _OWN_COLOUR)


def drawn_nodes(
    dr: driver.Driver, until: str | None = None, start: str = "question", inputs: bool = False
) -> list[DrawnNode]:
    """The boxes of a picture, each after those that it is made from.

    Args:
        until: only this node and what it needs.
        start: the one input that has a box.
        inputs: say in each box what its node takes from outside: models, database,
            settings.
    Raises SettingsError for an unknown node.
    """
    known = {variable.name: variable for variable in dr.list_available_variables()}
    wanted = set(known)
    if until is not None:
        if until not in known:
            raise SettingsError(f"unknown node: {until}{did_you_mean(until, known)}")
        wanted = {variable.name for variable in dr.what_is_upstream_of(until)}
    boxes = {name for name in wanted if name == start or not known[name].is_external_input}
    drawn = []
    for name in _in_order(known.values()):
        if name in boxes:
            given = _given(known[name], known.keys() - boxes) if inputs else ()
            drawn.append(_drawn(known[name], boxes, given))
    return drawn


def mermaid(
    dr: driver.Driver,
    until: str | None = None,
    start: str = "question",
    inputs: bool = False,
) -> str:
    """The graph as Mermaid text. The arguments are those of `drawn_nodes`.

    Nodes of one stage have one colour; the legend names them.
    """
    nodes = drawn_nodes(dr, until, start, inputs)
    lines = ["flowchart TD"]
    for node in nodes:
        shape = f"([{node.name}])" if node.stage == _INPUT else ""
        if node.given:
            given = [html.escape(text) for text in node.given]
            label = "<br/>".join([f"<b>{node.name}</b>", *given])
            shape = f'["{label}"]'
        lines.append(f"    {node.name}{shape}:::{_class(node.stage)}")
    for node in nodes:
        if node.needed:
            lines.append(f"    {' & '.join(node.needed)} --> {node.name}")
    colours = _legend(nodes)
    lines.append("    subgraph legend")
    for stage in colours:
        lines.append(f"        legend_{_class(stage)}[{stage}]:::{_class(stage)}")
    lines.append("    end")
    for stage, colour in colours.items():
        lines.append(f"    classDef {_class(stage)} fill:{colour},stroke:#555,color:#111")
    return "\n".join(lines) + "\n"


def dot(
    dr: driver.Driver,
    until: str | None = None,
    start: str = "question",
    inputs: bool = False,
    all_arrows: bool = True,
) -> "graphviz.Digraph":
    """The graph for Graphviz. The first arguments are those of `drawn_nodes`.

    Each box has the type of its node's value, and its first sentence as a tooltip in
    SVG. The picture fits a notebook's page.

    Args:
        all_arrows: or only those from nodes whose values do not also arrive through
            other nodes, which makes a picture that is easily read.
    Returns: `.source` is the DOT text; `.pipe(format="svg")` draws it with the `dot`
        program.
    """
    import graphviz

    nodes = drawn_nodes(dr, until, start, inputs)
    arrows: Mapping[str, Sequence[str]] = {node.name: node.needed for node in nodes}
    if not all_arrows:
        arrows = direct(arrows)
    box = {"shape": "box", "style": "rounded,filled", "fontname": "Helvetica", "margin": "0.1"}
    graph = graphviz.Digraph(
        "headrace", graph_attr={"size": _PAGE_INCHES, "ranksep": "0.3"}, node_attr=box
    )
    for node in nodes:
        said = [html.escape(text) for text in (node.type_name, *node.given)]
        small = "".join(f'<br/><font point-size="9">{text}</font>' for text in said)
        shape = {"shape": "oval"} if node.stage == _INPUT else {}
        tooltip = f"{node.stage}: {node.summary}" if node.summary else node.stage
        graph.node(
            node.name, f"<{node.name}{small}>", fillcolor=node.colour, tooltip=tooltip, **shape
        )
    for name, needed in arrows.items():
        for one in needed:
            graph.edge(one, name)
    legend = graphviz.Digraph("cluster_legend")
    legend.attr(label="stages", fontname="Helvetica", color="#cccccc")
    stages = list(_legend(nodes).items())
    for stage, colour in stages:
        legend.node(f"legend {stage}", stage, fillcolor=colour, fontsize="10", height="0.2")
    # An arrow that nobody sees puts a stage below another: a long row would be wider
    # than the graph.
    for place, (below, _) in enumerate(stages[_LEGEND_COLUMNS:]):
        legend.edge(f"legend {stages[place][0]}", f"legend {below}", style="invis")
    graph.subgraph(legend)
    return graph


def _drawn(variable: driver.Variable, boxes: set[str], given: tuple[str, ...]) -> DrawnNode:
    needed = (variable.required_dependencies | variable.optional_dependencies) & boxes
    stage = str(variable.tags.get("stage", OWN_STAGE))
    summary = _summary(variable)
    if variable.is_external_input:
        stage, summary, given = _INPUT, "", ()
    type_name = _type_name(variable.type)
    return DrawnNode(variable.name, stage, type_name, summary, tuple(sorted(needed)), given)


def _given(variable: driver.Variable, outside: Collection[str]) -> tuple[str, ...]:
    """What a node takes from outside; settings with their defaults."""
    functions = variable.originating_functions or ()
    parameters = inspect.signature(functions[0]).parameters if functions else {}
    given = []
    for name, parameter in parameters.items():
        if name in outside:
            has_default = parameter.default not in (parameter.empty, None, ())
            given.append(f"{name} = {_shown(parameter.default)}" if has_default else name)
    return tuple(given)


def _shown(value: Any) -> str:
    return str(tuple(value)) if isinstance(value, tuple) else str(value)


def _in_order(variables: Iterable[driver.Variable]) -> list[str]:
    """All names so that each comes after what it is made from; ties by name."""
    waiting = {}
    for variable in variables:
        waiting[variable.name] = variable.required_dependencies | variable.optional_dependencies
    order: list[str] = []
    while waiting:
        ready = sorted(name for name, needed in waiting.items() if not needed & waiting.keys())
        order += ready
        for name in ready:
            del waiting[name]
    return order


def _summary(variable: driver.Variable) -> str:
    """The first sentence of a node's docstring."""
    functions = variable.originating_functions or ()
    text = inspect.getdoc(functions[0]) if functions else None
    match = _FIRST_SENTENCE.match(text or "")
    return " ".join(match.group().split()) if match else ""


def _type_name(type_: Any) -> str:
    """A type without the modules that its parts come from: "list[Hit]"."""
    if get_origin(type_) is Literal:
        return "str"
    is_plain = inspect.isclass(type_) and not hasattr(type_, "__args__")
    name = type_.__name__ if is_plain else str(type_)
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", name)


def _legend(nodes: Sequence[DrawnNode]) -> dict[str, str]:
    """The colour of each stage, in the order of the graph."""
    return {node.stage: node.colour for node in nodes}


def _class(stage: str) -> str:
    return stage.replace(" ", "_")
