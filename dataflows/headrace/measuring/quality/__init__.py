"""How good the answers are: every node of the graph measured on labelled questions.

The evaluation dataflow, in the order of its flow:

asked.py                  collection, questions, judged_questions, traces, understanding
retrieval.py              run_files, measures of rankings, the waterfall of losses
answers.py                measures of context, answers, citations and declining
report.py                 times, usage, question_values, collection_report

What it is made from, and what is made of it:

labelled/                 collections: corpora and labelled questions, from folders
sample.py                 a small collection that comes with Headrace
asking.py                 asks a collection's questions, and continues where it stopped
tracing.py                runs the graph for a question
traces.py                 what a question left behind, in memory and on disk
rankings.py               which nodes of a graph rank
judging.py                judges one trace: answer, citations, context, declining
measures.py               measures that travel together
understood.py             what there was to understand of a question, and what was
understanding_report.py   the two compared
run.py                    run.py evaluate: collections measured, one after the other
comparison.py             run.py compare: two settings on the same questions
plots/                    figures of a report
html_report/              a report as one page
"""

from hamilton import driver

from headrace.drivers import graph_driver
from headrace.measuring.quality import answers, asked, report, retrieval

NODES = (asked, retrieval, answers, report)


def evaluation_driver() -> driver.Driver:
    """The driver of the evaluation dataflow, run once per collection."""
    return graph_driver(NODES, {})
