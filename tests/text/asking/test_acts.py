"""Acts that a question is about, and their opposites."""

import pytest

from headrace.text.asking.acts import leaning


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("How do I turn on WAL mode?", "Call .enable_wal() once.", 1),
        ("How do I turn on WAL mode?", "Call .disable_wal() once.", -1),
        ("How do I turn on WAL mode?", "Call enable_wal() or disable_wal().", 1),
        ("How is the log switched off?", "Logging is disabled by LOG=0.", 1),
        ("How is the log switched off?", "Turn the whole log on by LOG=1.", -1),
        ("How do I decrease the limit?", "It increases by 2.", -1),
        ("How do I enable or disable it?", "Disable it.", 0),
        ("How do I rename it?", "Disable it.", 0),
        ("How do I enable it?", "Rename it.", 0),
        ("How do I install it?", "Uninstall the old one.", -1),
    ],
)
def test_a_sentence_has_the_act_or_its_opposite(question, text, told):
    assert leaning(question, text) == told
