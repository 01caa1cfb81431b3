"""When documents appeared, as questions in German, French and Spanish say it."""

from datetime import date

import pytest

from headrace.question.date_ranges import published

TODAY = date(2026, 11, 15)

CLEAR = [
    # German
    ("Artikel, die 2019 veröffentlicht wurden", date(2019, 1, 1), date(2020, 1, 1)),
    ("Welche Berichte wurden 2019 veröffentlicht?", date(2019, 1, 1), date(2020, 1, 1)),
    ("Berichte seit März 2021", date(2021, 3, 1), None),
    ("Studien, die seit 2020 erschienen sind", date(2020, 1, 1), None),
    ("Welche Artikel hat Ada Lind seit 2019 veröffentlicht?", date(2019, 1, 1), None),
    ("Beiträge von Ada Lind vor 2015", None, date(2015, 1, 1)),
    ("Dokumente bis Juni 2011", None, date(2011, 7, 1)),
    ("Berichte vom 3. April 2020", date(2020, 4, 3), date(2020, 4, 4)),
    ("Artikel vom 15.03.2021", date(2021, 3, 15), date(2021, 3, 16)),
    (
        "Artikel zwischen dem 10. und dem 20. November 2023",
        date(2023, 11, 10),
        date(2023, 11, 21),
    ),
    ("Berichte von Januar 2020 bis März 2021", date(2020, 1, 1), date(2021, 4, 1)),
    ("Studien aus den 1990er Jahren", date(1990, 1, 1), date(2000, 1, 1)),
    ("Berichte vom letzten Jahr", date(2025, 1, 1), date(2026, 1, 1)),
    ("Meldungen der letzten drei Monate", date(2026, 8, 16), date(2026, 11, 16)),
    ("Berichte, die im dritten Quartal 2024 erschienen", date(2024, 7, 1), date(2024, 10, 1)),
    # French
    ("les articles publiés en 2019", date(2019, 1, 1), date(2020, 1, 1)),
    ("Quels rapports ont été publiés depuis mars 2021 ?", date(2021, 3, 1), None),
    ("les études parues avant 2015", None, date(2015, 1, 1)),
    ("les documents écrits après juin 2011", date(2011, 7, 1), None),
    ("les articles parus entre 2018 et 2020", date(2018, 1, 1), date(2021, 1, 1)),
    ("articles publiés le 1er février 2020", date(2020, 2, 1), date(2020, 2, 2)),
    ("rapports publiés jusqu'en 2012", None, date(2013, 1, 1)),
    ("rapports publiés à partir de 2012", date(2012, 1, 1), None),
    ("les articles par Ada Lind depuis août 2020", date(2020, 8, 1), None),
    (
        "articles publiés entre le 10 et le 20 novembre 2023",
        date(2023, 11, 10),
        date(2023, 11, 21),
    ),
    ("les articles publiés de janvier 2020 à mars 2021", date(2020, 1, 1), date(2021, 4, 1)),
    ("rapports parus l'année dernière", date(2025, 1, 1), date(2026, 1, 1)),
    ("articles publiés le mois dernier", date(2026, 10, 1), date(2026, 11, 1)),
    ("les articles des 90 derniers jours", date(2026, 8, 18), date(2026, 11, 16)),
    ("rapports publiés au troisième trimestre 2024", date(2024, 7, 1), date(2024, 10, 1)),
    ("études publiées dans les années 1990", date(1990, 1, 1), date(2000, 1, 1)),
    ("articles publiés cette année", date(2026, 1, 1), date(2027, 1, 1)),
    # Spanish
    ("artículos publicados en 2019", date(2019, 1, 1), date(2020, 1, 1)),
    ("informes publicados desde marzo de 2021", date(2021, 3, 1), None),
    ("¿Qué informes se publicaron antes de 2015?", None, date(2015, 1, 1)),
    ("documentos escritos después de junio de 2011", date(2011, 7, 1), None),
    ("artículos publicados entre 2018 y 2020", date(2018, 1, 1), date(2021, 1, 1)),
    ("artículos publicados el 5 de mayo de 2020", date(2020, 5, 5), date(2020, 5, 6)),
    ("informes publicados hasta 2012", None, date(2013, 1, 1)),
    ("noticias de Ada Lind desde 2020", date(2020, 1, 1), None),
    (
        "artículos publicados entre el 10 y el 20 de noviembre de 2023",
        date(2023, 11, 10),
        date(2023, 11, 21),
    ),
    ("artículos publicados de enero de 2020 a marzo de 2021", date(2020, 1, 1), date(2021, 4, 1)),
    ("informes publicados el año pasado", date(2025, 1, 1), date(2026, 1, 1)),
    ("artículos publicados el mes pasado", date(2026, 10, 1), date(2026, 11, 1)),
    ("artículos de los últimos 90 días", date(2026, 8, 18), date(2026, 11, 16)),
    ("informes publicados en el tercer trimestre de 2024", date(2024, 7, 1), date(2024, 10, 1)),
    ("estudios publicados en los años noventa", date(1990, 1, 1), date(2000, 1, 1)),
    ("noticias publicadas este año", date(2026, 1, 1), date(2027, 1, 1)),
]
#: A time that what is asked may be about.
PREFERRED = [
    ("Was hat sich letztes Jahr geändert?", date(2025, 1, 1), date(2026, 1, 1)),
    ("Qu'est-ce qui a changé l'année dernière ?", date(2025, 1, 1), date(2026, 1, 1)),
    ("¿Qué cambió el año pasado?", date(2025, 1, 1), date(2026, 1, 1)),
    ("¿Qué cambió la semana pasada?", date(2026, 11, 9), date(2026, 11, 16)),
    ("Qu'est-ce qui a changé ces 3 derniers mois ?", date(2026, 8, 16), date(2026, 11, 16)),
    ("veröffentlicht zwischen 2018 und 2020", date(2018, 1, 1), date(2021, 1, 1)),
    ("les articles de 2019", date(2019, 1, 1), date(2020, 1, 1)),
]
NEGATED = [
    "Artikel, die nicht 2020 veröffentlicht wurden",
    "les articles qui n'ont pas été publiés en 2020",
    "artículos que no fueron publicados en 2020",
]
OF_THE_SUBJECT = [
    "Wer war 1815 König?",
    "Was geschah im März 2004?",
    "Jahresbericht 2021: Wie viele Mitarbeiter?",
    "Wo liegt der Bericht, und was steht hier?",
    "Qui était roi en 1815 ?",
    "Que s'est-il passé en mars 2004 ?",
    "La guerre de 1812",
    "le rapport annuel 2021 : combien d'employés ?",
    "el informe anual 2021: ¿cuántos empleados?",
    "¿Quién era rey en 1815?",
    "la última semana de junio",
    "la dernière semaine de juin",
    "Quelles notes sont ici depuis hier ?",
]


@pytest.mark.parametrize(("text", "low", "high"), CLEAR)
def test_words_of_publication_say_clearly_when_documents_appeared(text, low, high):
    (found,) = published(text, TODAY)
    assert (found.low, found.high, found.is_clear) == (low, high, True)
    assert found.words in text


@pytest.mark.parametrize(("text", "low", "high"), PREFERRED)
def test_other_words_only_make_such_documents_likelier(text, low, high):
    (found,) = published(text, TODAY)
    assert (found.low, found.high, found.is_clear) == (low, high, False)


@pytest.mark.parametrize("text", NEGATED)
def test_a_negation_asks_for_documents_of_other_dates(text):
    (found,) = published(text)
    assert (found.low, found.high, found.negated) == (date(2020, 1, 1), date(2021, 1, 1), True)


@pytest.mark.parametrize("text", OF_THE_SUBJECT)
def test_a_date_that_a_question_is_about_is_none_of_documents(text):
    assert published(text, TODAY) == []


def test_what_stands_between_a_document_and_its_date_is_not_part_of_the_date():
    (found,) = published("Welche Artikel hat Ada Lind seit 2019 veröffentlicht?")
    assert found.words == "seit 2019"
