import pytest

from headrace.text.asking.courtesies import courtesy_in, without_courtesy


@pytest.mark.parametrize(
    ("text", "kind", "language"),
    [
        ("Hi there", "greeting", "english"),
        ("Guten Morgen zusammen!", "greeting", "german"),
        ("Wie geht's?", "greeting", "german"),
        ("Bonjour", "greeting", "french"),
        ("That's all, thanks!", "thanks", "english"),
        ("Ok great, thank you so much for your help", "thanks", "english"),
        ("Vielen Dank für deine Hilfe!", "thanks", "german"),
        ("Danke, das war's.", "thanks", "german"),
        ("¡Muchas gracias!", "thanks", "spanish"),
        ("Merci beaucoup", "thanks", "french"),
        ("Grazie mille", "thanks", "italian"),
        ("No, that’s all", "farewell", "english"),
        ("That will do.", "farewell", "english"),
        ("Great, that helped. I have everything I need", "assent", "english"),
        ("Danke, das hat mir geholfen", "thanks", "german"),
        ("Tschüss", "farewell", "german"),
        ("Danke, das reicht", "thanks", "german"),
        ("ok", "assent", "english"),
        ("Alles klar", "assent", "german"),
    ],
)
def test_what_asks_nothing_is_told_with_its_language(text, kind, language):
    assert courtesy_in(text) == (kind, language)


def test_a_text_of_more_than_twelve_words_is_no_courtesy():
    assert courtesy_in("thanks " * 12) == ("thanks", "english")
    assert courtesy_in("thanks " * 13) == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, and in Norway?",
        "Hello, how do I reset my password?",
        "Hallo, was kostet der Eintritt?",
        "Hello World",
        "What is thanks?",
        "thanks for nothing but where are the refunds",
        "Good refunds",
        "HI",
        "is it",
        "Turbine",
        "thanks " * 20,
        "",
    ],
)
def test_what_asks_something_is_a_question(text):
    assert courtesy_in(text) == ("", "")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Thanks! And in Norway?", "And in Norway?"),
        ("Hi, good morning. How long is the warranty?", "How long is the warranty?"),
        ("Hallo, was kostet der Eintritt?", "was kostet der Eintritt?"),
        ("Cool, thanks. What about Turbine?", "What about Turbine?"),
        ("Refunds, please", "Refunds, please"),
        ("Thanks!", "Thanks!"),
        ("Thanks! ...", "Thanks! ..."),
    ],
)
def test_a_question_is_read_without_the_greeting_before_it(text, question):
    assert without_courtesy(text) == question
