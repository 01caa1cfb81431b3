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
