"""Which arrows a picture of a graph needs."""

from headrace import load_settings
from headrace.arrows import direct
from headrace.drivers import query_driver
from headrace.execution import picture


def test_what_also_arrives_through_another_node_has_no_arrow():
    needed = {"a": ["input"], "b": ["a", "input"], "c": ["a", "b"], "d": ["b", "c"]}
    assert direct(needed) == {"a": ["input"], "b": ["a"], "c": ["b"], "d": ["c"]}
    assert direct({"x": ["a", "b"]}) == {"x": ["a", "b"]}


def test_the_picture_without_them_has_the_same_boxes_and_fewer_arrows():
    graph = query_driver(load_settings(reranking="off", generation="extractive"))
    whole = picture.dot(graph, until="answer").source
    short = picture.dot(graph, until="answer", all_arrows=False).source
    assert short.count("tooltip") == whole.count("tooltip")
    assert short.count("->") < whole.count("->") * 0.7
