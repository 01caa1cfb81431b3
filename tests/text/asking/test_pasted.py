"""What is searched for of stack traces, logs and long questions."""

import pytest

from headrace.text.asking.pasted import excerpt

PYTHON = """Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/penstock/gauge.py", line 88, in read_gauge
    value = row["calibration"][0]
            ~~~~~~~~~~~~~~~~~~^^^
TypeError: 'NoneType' object is not subscriptable

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app/main.py", line 9, in main
    raise RuntimeError("gauge 7 cannot be read") from None
RuntimeError: gauge 7 cannot be read"""

JAVA = """Since the update the server does not start any more:

Exception in thread "main" java.lang.IllegalStateException: Failed to load ApplicationContext
\tat org.springframework.test.context.DefaultCache.loadContext(DefaultCache.java:132)
\tat org.springframework.test.context.DefaultTest.getApplicationContext(DefaultTest.java:124)
\t... 23 more
Caused by: com.acme.berth.KeyExpiredError: key has expired
\tat com.acme.berth.Client.call(Client.java:77)
\t... 38 common frames omitted

What can I do?"""

GO = """panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.readGauge(0xc000012345, 0x5)
\t/home/ada/src/penstock/gauge.go:42 +0x1d
main.main()
\t/home/ada/src/penstock/main.go:10 +0x2f
exit status 2"""

JAVASCRIPT = """/app/server/index.js:10
    const limit = config.rate.limit;
                              ^

TypeError: Cannot read properties of undefined (reading 'limit')
    at Object.<anonymous> (/app/server/index.js:10:31)
    at Module._compile (node:internal/modules/cjs/loader:1105:14)
    at node:internal/main/run_main_module:22:47

Node.js v18.12.1"""

RUST = """thread 'main' panicked at src/main.rs:4:5:
called `Option::unwrap()` on a `None` value
stack backtrace:
   0: rust_begin_unwind
             at /rustc/90b35a6/library/std/src/panicking.rs:593:5
   1: core::panicking::panic_fmt
note: run with `RUST_BACKTRACE=full` for a verbose backtrace."""

LOG = """2024-05-06 12:01:33,123 INFO  [main] c.e.Application: started in 3.2 s
2024-05-06 12:01:36,410 ERROR [http-nio-8080-exec-3] Gauge: BERTH-17: sailing is full
2024-05-06 12:01:37,001 INFO  [main] c.e.Application: stopping"""

SYSLOG = """May 06 12:01:33 web01 penstock[1234]: listening
May 06 12:01:35 web01 penstock[1234]: ERROR broker certificate has expired (PST-1043)"""


@pytest.mark.parametrize(
    ("pasted", "searched"),
    [
        (
            PYTHON,
            "TypeError: 'NoneType' object is not subscriptable "
            "RuntimeError: gauge 7 cannot be read",
        ),
        (
            JAVA,
            "Since the update the server does not start any more: What can I do? "
            "IllegalStateException: Failed to load ApplicationContext "
            "KeyExpiredError: key has expired",
        ),
        (GO, "panic: runtime error: index out of range [5] with length 3"),
        (JAVASCRIPT, "TypeError: Cannot read properties of undefined (reading 'limit')"),
        (
            RUST,
            "called `Option::unwrap()` on a `None` value thread 'main' panicked at src/main.rs",
        ),
        (LOG, "Gauge: BERTH-17: sailing is full"),
        (SYSLOG, "web01 penstock : broker certificate has expired (PST-1043)"),
    ],
    ids=["python", "java", "go", "javascript", "rust", "log", "syslog"],
)
def test_of_a_trace_or_a_log_the_error_is_searched_for(pasted, searched):
    assert excerpt(pasted) == searched


def test_a_trace_on_one_line_is_read_like_one_of_several():
    folded = 'Traceback (most recent call last): File "a.py", line 3, in f x[1] IndexError: too far'
    assert excerpt(folded) == "IndexError: too far"


@pytest.mark.parametrize(
    "question",
    [
        "How long is the warranty?",
        "TypeError: 'NoneType' object is not subscriptable",
        "How do I set the limit? See /etc/penstock/config.yaml:12",
        "What do these mean? - first: one - second: two",
        "SELECT * FROM items ORDER BY embedding <-> '[3,1,2]' LIMIT 5;",
    ],
)
def test_a_question_that_is_not_pasted_is_left_alone(question):
    assert excerpt(question) == question


def test_what_is_written_beside_a_trace_may_be_indented():
    assert excerpt(f"{PYTHON}\n\n  It happens at night.").startswith("It happens at night.")


def test_of_a_trace_without_an_error_nothing_is_lost():
    assert "gauge.go" in excerpt("goroutine 1 [running]:\n\t/src/gauge.go:42 +0x1d")


def test_of_a_very_long_question_the_questions_are_kept():
    long = "I work at a mill. " * 60 + "How long is the parental leave? " + "We have rules. " * 60
    found = excerpt(long)
    assert "How long is the parental leave?" in found
    assert found.startswith("I work at a mill.")
    assert len(found.split()) <= 160


def test_of_many_errors_the_first_and_the_last_two_are_kept():
    numbers = ("one", "two", "three", "four", "five")
    log = "\n".join(f"2024-05-01 10:00:00 ERROR gate {number} is stuck" for number in numbers)
    assert excerpt(log) == "gate one is stuck gate four is stuck gate five is stuck"
