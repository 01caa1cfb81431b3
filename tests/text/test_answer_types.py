"""Whether a sentence has the kind of thing that a question asks for."""

import pytest

from headrace.text.answer_types import fits, fits_place, tells_default
from headrace.text.asking.documents import asks_any_newest, asks_documents
from headrace.text.asking.forms import asks_contents, asks_explanation, asks_list, tells_fault


@pytest.mark.parametrize(
    ("question", "sentence", "has"),
    [
        ("When was the mill built?", "It was built in 1911.", True),
        ("When was the mill built?", "It is old.", False),
        ("How many wheels has it?", "It has two wheels.", True),
        ("How many wheels has it?", "It has wheels.", False),
        ("Who built it?", "It was built by Ida Quist.", True),
        ("Who built it?", "It was built by hand.", False),
        ("Who built it?", "Nobody knows. Old it is.", False),
        ("Wann wurde sie gebaut?", "Sie wurde im Mai gebaut.", True),
        ("Who succeeded Ida Quist?", "Then old Ida Quist left.", False),
        ("Who succeeded Ida Quist?", "Then old Ida Quist left it to Ole Lund.", True),
        ("How many wheels had it in 1911?", "In 1911 it had wheels.", False),
        ("How many wheels had it in 1911?", "In 1911 it had 19.", True),
        ("Wie viele Räder hat sie?", "Sie hat sieben Räder.", True),
        ("Why is it old?", "In 1911 Ida Quist had two.", False),
        ("In which year did it burn?", "It burned on the 3rd.", True),
        ("What is pandas?", "**pandas** is a Python package.", True),
        ("What is pandas?", "The code of pandas is hosted on GitHub.", False),
        ("It is full of runes. What's a rune, in short?", "A _rune_ is a number.", True),
        ("What is a rune?", "A _rune literal_ is a character in quotes.", False),
        ("What is a lade?", "A lade (in Scots also mill lade) is a channel.", True),
        ("What does MTCT mean?", "MTCT (mother-to-child transmission) refers to birth.", True),
        ("Was ist C++?", "C++ ist eine Sprache.", True),
        ("Who was Ada Lovelace?", "Ada Lovelace (1815-1852) was a mathematician.", True),
        ("who is the king?", "The king is old.", False),
        ("What is the cause of fire?", "The cause of fire is heat.", False),
        ("What is the population of Rome?", "Rome has 3 million.", True),
        ("What is the release date of 4.6?", "Version 4.6 (2026-08-11)", True),
        ("Which version dropped it?", "Version 4.6 dropped it.", True),
        ("Which version dropped it?", "Some 12 versions ago.", False),
        ("Which Python versions are supported?", "Python 3.10 is.", True),
        ("Which Python versions are supported?", "All that are not too old.", False),
        ("What Postgres versions does it run on?", "It supports Postgres 13+.", True),
        ("What Postgres versions does it run on?", "Postgres 13 or later.", True),
        ("What Postgres versions does it run on?", "5 or 6 of them, by 40.5%.", False),
        ("On which port is it?", "It listens on 8080.", True),
        ("On which port is it?", "It listens on all interfaces.", False),
        ("What is the minimum salary?", "Nobody earns less than $73,500.", True),
        ("What's the default time limit?", "There is a limit.", False),
        ("Which option keeps it?", "Use --keep for that.", True),
        ("Which option keeps it?", "There is a well-known option.", False),
        ("What do I type?", "Type `make`.", True),
        ("Does it run on a Mac?", "It only runs on Linux.", True),
        ("Does it run on a Mac?", "It was built on a Mac.", False),
        ("It fails. Is that right?", "That is not allowed.", True),
        ("Who painted Ida Quist?", "That is Ida Quist.", False),
        ("Who painted Ida Quist?", "It was Tom who painted Ida Quist.", True),
        ("How many of the 12 wheels turn?", "There are 12 wheels.", False),
        ("How many of the 12 wheels turn?", "Of the 12 wheels 2 turn.", True),
        ("Was ist da?", "Das ist nicht erlaubt.", False),
    ],
)
def test_a_sentence_has_what_the_question_asks_for(question, sentence, has):
    assert fits(question, sentence) is has


def test_a_heading_has_the_date_or_the_version_asked_for():
    assert fits_place("When did 2.4 come out?", "Release 2.4 (2031-05-06)")
    assert fits_place("Which version dropped it?", "Release 2.4")
    assert not fits_place("When did 2.4 come out?", "Details")
    assert not fits_place("Who wrote 2.4?", "Written by Ada Lind")


def test_a_default_that_is_a_number_has_one():
    question = "What is the default port?"
    assert tells_default(question, "By default, it listens on 8080.")
    assert not tells_default(question, "By default, it reloads.")
    assert tells_default("What is the default mode?", "By default, it reloads.")
    assert not tells_default("What is the port?", "By default, it listens on 8080.")
    assert tells_default("What is the default timeout?", "If not specified, it is 2 s.")


def test_how_and_why_ask_for_an_explanation_but_not_how_many():
    asked = ("How do I stop it?", "Why does it stop?", "What should we do?", "Wie stoppt man es?")
    assert all(map(asks_explanation, asked))
    others = ("How many stop?", "What stops it?", "Was ist es?", "When did it stop?")
    others += ("Wie heißt sie?", "Wie lautet der Name?", "Wie wurde der Ort später genannt?")
    assert not any(map(asks_explanation, others))


def test_what_a_section_says_is_asked_of_all_of_it():
    for question in ("What is new in 2.4?", "What does clause 2.2 say?", "Was steht in § 3?"):
        assert asks_contents(question)
    for question in ("What did the policy say about rent?", "What is the news?", "Who is in?"):
        assert not asks_contents(question)


def test_a_verb_that_ends_like_a_plural_asks_for_no_list():
    assert asks_list("Who is working there?") and not asks_list("Who is the mayor?")
    assert asks_list("Which boats sail?") and asks_list("What red boats are there?")
    for question in ("What does PST mean?", "What was the cost?", "What is this?", "What has ink?"):
        assert not asks_list(question)


def test_what_somebody_wrote_is_a_document_whatever_it_is_called():
    assert asks_documents("Which ballads did Ada write?", "Ada")
    assert not asks_documents("Which boats did Ada build?", "Ada")
    assert not asks_documents("Which ballads did Ada write in winter?", "Ada")


def test_a_code_with_its_message_tells_a_fault():
    assert tells_fault("E-18: no flow")
    assert not tells_fault("Rule 18: what does it say?") and not tells_fault("Pumps: how many?")


@pytest.mark.parametrize(
    ("question", "sentence", "has"),
    [
        ("Wann wurde die Mühle gebaut?", "Sie wurde im März 1911 gebaut.", True),
        ("Quand le moulin a-t-il été construit ?", "Il date de mars 1911.", True),
        ("Quand le moulin a-t-il été construit ?", "Il est vieux.", False),
        ("¿Cuándo se construyó el molino?", "Se construyó en el siglo pasado.", True),
        ("¿Cuándo se construyó el molino?", "Es viejo.", False),
        ("磨坊是什么时候建的？", "它建于1911年。", True),
        ("磨坊是什么时候建的？", "它很旧。", False),
        ("Combien d'arguments ?", "Elle a quatre arguments.", True),
        ("Combien d'arguments ?", "Elle a des arguments.", False),
        ("¿Cuántos argumentos tiene?", "Tiene cuatro argumentos.", True),
        ("错误处理函数有几个参数？", "错误处理函数包含四个参数。", True),
        ("超时是多少秒？", "超时为30。", True),
        ("超时是多少秒？", "可以设置超时。", False),
        ("Qui a écrit le rapport ?", "Le rapport est d'Ada Lind.", True),
        ("Qui a écrit le rapport ?", "Il est long.", False),
        ("¿Quién escribió el informe?", "Lo escribió Ada Lind.", True),
        ("Où sont les journaux ?", "Ils sont dans /var/log/sluice.", True),
        ("¿Dónde están los registros?", "Están en /var/log/sluice.", True),
        ("¿Dónde están los registros?", "Están bien guardados.", False),
        ("Quelle commande lance le serveur ?", "Lancez `sluice run`.", True),
        ("¿Qué opción activa el registro?", "Use --log para ello.", True),
        ("用哪个选项可以启动？", "使用 `--workers` 选项。", True),
        ("Qu'est-ce qu'un bief ?", "Un bief est un canal d'amenée.", True),
        ("¿Qué es un caz?", "Un caz es un canal.", True),
        ("¿Qué es un caz?", "Hay un caz y un molino.", False),
        ("Le document qui explique tout", "Voir Ada Lind.", False),
    ],
)
def test_questions_in_other_languages_say_what_they_ask_for_too(question, sentence, has):
    assert fits(question, sentence) is has


def test_documents_are_asked_for_in_other_languages_too():
    assert asks_documents("Welche Berichte hat Ada geschrieben?", "Ada")
    assert asks_documents("Quels rapports ont été écrits par Ada ?", "Ada")
    assert asks_documents("¿Qué informes hay de Ada?", "Ada")
    assert not asks_documents("Quels rapports parlent de moulins ?", "")
    assert not asks_documents("¿Qué informes tratan de molinos?", "")


@pytest.mark.parametrize(
    "question",
    [
        "Which port is used if I set none?",
        "Which port is taken when I write no number?",
        "Which port does it listen on unless I change it?",
        "Which port, if you pick nothing?",
    ],
)
def test_a_default_is_asked_for_by_what_is_not_done(question):
    assert tells_default(question, "The default is 587.")


def test_a_fault_is_told_by_asking_for_its_remedy():
    assert tells_fault("Nothing rebuilds on my C: drive. Any fix?")
    assert tells_fault("The pump never works at night.")
    assert not tells_fault("Which pump works at night?")


@pytest.mark.parametrize(
    ("question", "known"),
    [
        ("What did Ada Lind write?", "Ada Lind"),
        ("What has Ada written?", "Ada"),
        ("Was hat Ada geschrieben?", "Ada"),
        ("reports by Ada Lind", "Ada Lind"),
        ("All letters from 2021", "2021"),
        ("Everything by Ada", "Ada"),
        ("What is the newest document?", ""),
        ("Show me the latest report", ""),
        ("Which is the most recent file by Ada?", "Ada"),
    ],
)
def test_documents_are_asked_for_in_other_words(question, known):
    assert asks_documents(question, known)


@pytest.mark.parametrize(
    "question",
    [
        "What did Ada write about mills?",
        "reports by Ada on mills",
        "What is the latest report on mills?",
        "Report of the flood",
        "What did the pump deliver?",
    ],
)
def test_what_is_asked_about_their_contents_is_no_question_for_documents(question):
    assert not asks_documents(question, "Ada")


def test_the_newest_of_all_documents_has_no_name():
    assert asks_any_newest("What is the newest document?")
    assert not asks_any_newest("What is the newest report?")
