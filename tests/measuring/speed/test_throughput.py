from headrace.measuring.speed.processor import Processor
from headrace.measuring.speed.throughput import rate


def test_wrong_answers_and_errors_are_counted():
    def ask(question: str) -> str:
        if question == "broken":
            raise RuntimeError
        return "wrong" if question == "b" else question

    expected = {"a": "a", "b": "b", "broken": ""}
    made = rate([ask, ask], ["a", "b", "broken"], expected, seconds=0.05)
    assert made.wrong > 0 and made.errors > 0
    assert made.answers > made.wrong and made.per_second > 0


def test_processor_time_is_counted_on_both_sides_while_it_is_asked():
    server = iter([10.0, 10.5])

    def busy(question: str) -> str:
        sum(range(20_000))
        return question

    measured = rate([busy], ["a"], {"a": "a"}, 0.05, lambda: next(server))
    assert measured.processor.server == 0.5 and measured.processor.client > 0
    both = (measured + measured).processor
    assert both.server == 1.0 and both.client == 2 * measured.processor.client


def test_without_an_embedded_server_its_share_is_not_known():
    took = (Processor(0.5, None) + Processor(0.25, None)).per_answer(50)
    assert took == {"client_ms": 15.0, "server_ms": None, "ms": 15.0}
    assert Processor(0.5, 0.1).per_answer(100) == {"client_ms": 5, "server_ms": 1, "ms": 6}


def test_every_asker_gets_an_answer_however_little_time_there_is():
    found = rate([str.upper, str.upper], ["a", "b"], {"a": "A", "b": "B"}, 0.0)
    assert (found.answers, found.wrong, found.errors) == (2, 0, 0)
