"""The figures of a report, and the page made of them."""

import copy
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from headrace.errors import SettingsError
from headrace.measuring.quality import plots
from headrace.measuring.quality.html_report import report_html
from headrace.measuring.quality.plots import drawing

TIMES = {
    "p50_ms": 11.0,
    "p95_ms": 20.0,
    "p99_ms": 20.8,
    "quantiles_ms": [float(value) for value in range(1, 22)],
}
AT_ONCE = {**TIMES, "p50_ms": 0.0, "quantiles_ms": [0.0] * 21}
FULL_RECALL = {
    "full_recall": 0.5,
    "full_recall_by_relevant": {
        "1": {"queries": 3, "full_recall": 0.75},
        "5+": {"queries": 1, "full_recall": 0.0},
    },
}


def ranking(ndcg: float, recall: float) -> dict:
    """The figures of a ranking node."""
    return {"nDCG@10": ndcg, "Recall@20": recall, "MRR@10": ndcg + 0.05} | FULL_RECALL | TIMES


SMALL = {
    "queries": 4,
    "judged": 4,
    "documents": 10,
    "chunks": 12,
    "content_hash": "ab12",
    "nodes": {
        "normalized_query": AT_ONCE,
        "semantic_hits": ranking(0.5, 0.6),
        "keyword_hits": ranking(0.4, 0.5),
        "fused_hits": ranking(0.6, 0.7),
        "reranked_hits": ranking(0.7, 0.7),
        "context": ranking(0.65, 0.6),
        "answer": TIMES,
    },
    "total": TIMES,
    "questions_per_s": 38.2,
    "context": {"span_recall": 0.9, "span_precision": 0.05, "tokens_mean": 812.0},
    "answers": {"questions": 4, "f1": 0.3, "citations": 1500},
    "declining": {"auroc": 0.64, "risk_coverage": [[0.5, 0.0], [1.0, 0.25]]},
    "usage": {"model_calls": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0},
    "waterfall": {
        "semantic_hits+keyword_hits": 0.05,
        "fused_hits": 0.2,
        "reranked_hits": 0.25,
        "context": 0.0,
    },
    "failed": [
        {"id": "<script>alert('id')</script>", "error": '<script>alert("error")</script> & more'}
    ],
}
REPORT = {
    "version": 1,
    "collections": {"small": SMALL},
    "settings": {"keyword": "bm25", "prices": {}},
    "environment": {
        "headrace": "0.1.0",
        "packages": {"numpy": "2.0"},
        "cores": 2,
        "measured_at": "2026-01-31T10:00:00+00:00",
        "limit": None,
    },
}
ALL = (plots.quality_by_node, plots.loss_waterfall, plots.risk_coverage, plots.latency)


def of_collections(count: int) -> dict:
    names = [f"collection {number}" for number in range(count)]
    return {**REPORT, "collections": {name: copy.deepcopy(SMALL) for name in names}}


# ---------------------------------------------------------------------------
# quality by node


def test_each_node_that_ranks_has_its_value_in_a_row_of_its_collection():
    ndcg, recall = plots.quality_by_node(REPORT).axes
    assert "nDCG@10" in ndcg.get_xlabel()
    assert "Recall@20" in recall.get_xlabel()
    places = np.array([points.get_offsets()[0] for points in ndcg.collections])
    by_hand = [(0.5, -0.26), (0.4, -0.13), (0.6, 0.0), (0.7, 0.13), (0.65, 0.26)]
    assert places == pytest.approx(np.array(by_hand))
    assert [label.get_text() for label in ndcg.get_yticklabels()] == ["small"]
    written = [text.get_text() for text in recall.texts]
    assert written == ["0.600", "0.500", "0.700", "0.700", "0.600"]


def test_the_line_joins_what_is_made_of_the_searches():
    axes = plots.quality_by_node(REPORT).axes[0]
    (line,) = axes.lines
    assert line.get_xdata().tolist() == [0.6, 0.7, 0.65]


def test_a_ranking_node_of_the_users_own_is_drawn_by_itself():
    report = copy.deepcopy(REPORT)
    nodes = report["collections"]["small"]["nodes"]
    last = {name: nodes.pop(name) for name in ("context", "answer")}
    nodes.update({"boosted_hits": ranking(0.8, 0.9), **last})
    figure = plots.quality_by_node(report)
    (names,) = figure.legends
    drawn = [text.get_text() for text in names.get_texts()]
    assert drawn[-2:] == ["boosted_hits", "context"]
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0.6, 0.7, 0.8, 0.65]
    assert "nDCG@10 boosted_hits" in report_html(report)


def test_eighteen_collections_have_eighteen_rows_and_no_values_over_each_other():
    axes = plots.quality_by_node(of_collections(18)).axes[0]
    assert len(axes.get_yticklabels()) == 18
    assert not axes.texts
    rows = {round(float(points.get_offsets()[0][1])) for points in axes.collections}
    assert rows == set(range(18))


# ---------------------------------------------------------------------------
# losses


def test_the_waterfall_goes_down_from_all_relevant_documents_to_those_in_the_context():
    (axes,) = plots.loss_waterfall(REPORT).axes
    bars = np.array([(bar.get_x(), bar.get_width()) for bar in axes.patches])
    by_hand = [(0, 100), (95, 5), (75, 20), (50, 25), (50, 0), (0, 50)]
    assert bars == pytest.approx(np.array(by_hand))
    labels = [text.get_text() for text in axes.texts]
    assert labels == ["100", "−5.0", "−20.0", "−25.0", "0", "50.0"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "all relevant",
        "found by neither search",
        "lost in fusion",
        "lost in reranking",
        "left out of the context",
        "reached the context",
    ]


def test_a_collection_with_failures_shows_what_they_cost_and_panels_keep_the_same_rows():
    report = of_collections(4)
    report["collections"]["collection 2"]["waterfall"]["failed"] = 0.1
    panels = [axes for axes in plots.loss_waterfall(report).axes if axes.get_visible()]
    assert [len(axes.patches) for axes in panels] == [7] * 4
    assert panels[2].patches[1].get_width() == pytest.approx(10)
    assert panels[1].patches[1].get_width() == 0
    assert [bool(axes.get_xlabel()) for axes in panels] == [False, True, True, True]


# ---------------------------------------------------------------------------
# risk and time


def test_a_curve_of_risk_for_each_collection_that_has_unanswerable_questions():
    report = of_collections(3)
    del report["collections"]["collection 1"]["declining"]
    (axes,) = plots.risk_coverage(report).axes
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[50.0, 0.0], [100.0, 25.0]]] * 2
    labels = [line.get_label().strip() for line in axes.lines]
    assert labels == ["collection 0 (AUROC 0.64)", "collection 2 (AUROC 0.64)"]


def test_times_have_their_percentiles_marked_on_a_logarithmic_axis():
    (axes,) = plots.latency(REPORT).axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    extent, middle, *marks = axes.collections
    assert rows == [*SMALL["nodes"], "total"]
    assert axes.get_xscale() == "log"
    assert extent.get_segments()[1].tolist() == [[1.0, 1.0], [21.0, 1.0]]
    assert middle.get_segments()[1].tolist() == [[6.0, 1.0], [16.0, 1.0]]
    percentiles = [points.get_offsets()[-1].tolist() for points in marks]
    assert percentiles == [[11.0, 7.0], [20.0, 7.0], [20.8, 7.0]]
    assert marks[0].get_offsets()[0][0] == 0.001, "a time of 0 has no place on a logarithmic axis"


# ---------------------------------------------------------------------------
# every figure


@pytest.mark.parametrize("draw", ALL, ids=lambda draw: draw.__name__)
def test_a_figure_is_shown_by_jupyter_and_touches_no_global_state(draw):
    assert draw(REPORT)._repr_png_().startswith(b"\x89PNG")
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@pytest.mark.parametrize("draw", ALL, ids=lambda draw: draw.__name__)
def test_what_was_not_measured_is_said_instead_of_drawn(draw):
    collections = {"unjudged": {"nodes": {"answer": {}}}, "all failed": {"nodes": {}}}
    figure = draw({"collections": collections})
    assert not figure.axes
    assert re.match("No .*[.:]", figure.texts[-1].get_text())


@pytest.mark.parametrize("draw", ALL, ids=lambda draw: draw.__name__)
def test_a_name_is_drawn_as_it_is(draw):
    long = "a name much longer than there is room for in a panel"
    draw({"collections": {"_from $5 to $6_^": SMALL, long: SMALL}})._repr_png_()


def test_without_matplotlib_it_is_said_how_to_get_it(monkeypatch):
    drawing.figure_class.cache_clear()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    needed = re.escape("needs matplotlib: pip install 'headrace[evaluate]'")
    with pytest.raises(SettingsError, match=needed):
        plots.latency(REPORT)


# ---------------------------------------------------------------------------
# the page


def test_the_page_has_every_figure_node_and_table():
    page = LexborHTMLParser(report_html(of_collections(2)))
    figures = [svg.attributes["aria-label"] for svg in page.css("figure > svg")]
    assert figures == [
        "quality_by_node",
        "loss_waterfall",
        "risk_coverage",
        "latency of collection 0",
        "latency of collection 1",
    ]
    cells = {cell.text() for cell in page.css("td")}
    assert set(SMALL["nodes"]) <= cells
    assert {"1,500", "812.0", "0.0500", "packages: numpy", "none", "bm25", "5+"} <= cells
    assert [caption.text() for caption in page.css("section:last-of-type caption")] == [
        "Nodes",
        "Relevant documents",
        "Share of questions with all relevant documents found, by their number",
        "Context",
        "Answers",
        "Declining",
        "Usage",
        "Failed questions",
        "Collection",
    ]


def test_the_page_is_well_formed_and_its_ids_are_its_own():
    opened = Opened()
    opened.feed(report_html(of_collections(2)))
    opened.close()
    assert opened.open == []
    assert len(opened.ids) == len(set(opened.ids))


def test_what_users_data_holds_is_text_and_never_markup():
    report = copy.deepcopy(REPORT)
    report["collections"]["<script>alert('name')</script>"] = SMALL
    report["settings"]["<b>x"] = "<img src=x onerror=alert(1)>"
    page = LexborHTMLParser(report_html(report))
    assert page.css("script, img, b") == []
    assert '<script>alert("error")</script> & more' in [cell.text() for cell in page.css("td")]


def test_the_page_needs_nothing_from_outside():
    text = report_html(REPORT)
    assert not re.search(r"https?:|//[a-z]|@import|<link|<script", text)
    assert {target[0] for target in re.findall(r'(?:href|src)="([^"]*)"', text)} == {"#"}
    assert set(re.findall(r"url\((.)", text)) <= {"#"}


def test_a_report_with_nothing_but_times_makes_a_page():
    text = report_html({"version": 1, "collections": {"bare": {"nodes": {"answer": TIMES}}}})
    assert "<td>answer</td>" in text
    assert "Relevant documents" not in text


class Opened(HTMLParser):
    """Which tags are open, each closed in turn, and all ids."""

    EMPTY = {"meta", "br", "use", "path"}

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            assert self.open.pop() == tag
