import pytest

from headrace.text.asking.languages import is_foreign, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long is the parental leave?", "english"),
        ("Wie lange dauert die Elternzeit?", "german"),
        ("Quelle est la durée du congé parental ?", "french"),
        ("¿Cuánto dura el permiso parental?", "spanish"),
        ("Come posso creare un indice?", "italian"),
        ("Qual é o preço?", "portuguese"),
        ("Hoeveel kost het?", "dutch"),
        ("Сколько длится отпуск?", "russian"),
        ("出張の日当はいくらですか", "japanese"),
        ("旅费补贴是多少", "chinese"),
        ("ค่าเดินทางเท่าไร", "thai"),
        ("What does 出張 mean in the rules?", "english"),
        ("HNSW", ""),
        ("Elternzeit Dauer", ""),
        ("wie die", ""),  # German and Dutch
        ("IL-6 TNF alpha", ""),
        ("", ""),
    ],
)
def test_function_words_and_scripts_tell_the_language(text, language):
    assert language_of(text) == language


def test_a_question_is_foreign_where_no_document_is_in_its_language():
    assert is_foreign("german", ["english"])
    assert not is_foreign("german", ["english", "german"])
    assert not is_foreign("", ["english"])


def test_documents_without_a_configuration_may_be_in_any_language_without_one():
    assert not is_foreign("japanese", ["english", "simple"])
    assert is_foreign("japanese", ["english"])
