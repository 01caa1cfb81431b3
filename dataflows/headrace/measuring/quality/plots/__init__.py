"""Figures of an evaluation's report.

Each function takes the report that `run.py evaluate --json` writes, and returns a
matplotlib Figure. Jupyter shows it where it is the last expression of a cell. Figures
are made without pyplot, so neither a backend nor global state is touched.

ranking.py      quality_by_node: how good each ranking is
losses.py       loss_waterfall: where relevant documents are lost
risk.py         risk_coverage: what the score for declining tells
times.py        latency: how long each node takes
drawing.py      figures, panels, axes and legends
"""

from headrace.measuring.quality.plots.losses import loss_waterfall
from headrace.measuring.quality.plots.ranking import quality_by_node
from headrace.measuring.quality.plots.risk import risk_coverage
from headrace.measuring.quality.plots.times import latency

__all__ = ["latency", "loss_waterfall", "quality_by_node", "risk_coverage"]
