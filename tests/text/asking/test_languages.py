import pytest

from headrace.text.asking.languages import (
    is_foreign,
    language_of,
    lasting_words,
    without_asking_words,
)

SHORT = [
    ("What is CORS?", "english"),
    ("Who wrote it?", "english"),
    ("How do I install it?", "english"),
    ("When was Hamlet written?", "english"),
    ("Where are logs stored?", "english"),
    ("Can I disable caching?", "english"),
    ("How many workers?", "english"),
    ("Which port does it use?", "english"),
    ("Was bringt Single Sign-on den Benutzern?", "german"),
    ("Was bedeutet der rote Punkt?", "german"),
    ("Que veut dire la non-répudiation ?", "french"),
    ("Que signifie SIEM ?", "french"),
    ("¿Qué significa SIEM?", "spanish"),
    ("Que significa SIEM em português?", "portuguese"),
    ("Dime herramientas para gestionar vulnerabilidades", "spanish"),
    ("Was ist CORS?", "german"),
    ("Wer hat es geschrieben?", "german"),
    ("Wie installiere ich es?", "german"),
    ("Wann wurde Hamlet geschrieben?", "german"),
    ("Wo liegen die Logs?", "german"),
    ("Kann ich Caching abschalten?", "german"),
    ("Wie viele Worker?", "german"),
    ("Welcher Port?", "german"),
    ("C'est quoi CORS ?", "french"),
    ("Qui l'a écrit ?", "french"),
    ("Comment l'installer ?", "french"),
    ("Quand a été écrit Hamlet ?", "french"),
    ("Où sont les journaux ?", "french"),
    ("Peut-on désactiver le cache ?", "french"),
    ("Combien de workers ?", "french"),
    ("Quel port ?", "french"),
    ("¿Qué es CORS?", "spanish"),
    ("¿Quién lo escribió?", "spanish"),
    ("¿Cómo se instala?", "spanish"),
    ("¿Cuándo se escribió Hamlet?", "spanish"),
    ("¿Dónde están los registros?", "spanish"),
    ("¿Puedo desactivar la caché?", "spanish"),
    ("¿Cuántos workers?", "spanish"),
    ("¿Qué puerto usa?", "spanish"),
    ("Che cos'è CORS?", "italian"),
    ("Chi l'ha scritto?", "italian"),
    ("Come si installa?", "italian"),
    ("Quando è stato scritto Amleto?", "italian"),
    ("Dove sono i log?", "italian"),
    ("Posso disattivare la cache?", "italian"),
    ("Quanti worker?", "italian"),
    ("Quale porta usa?", "italian"),
    ("Quem escreveu?", "portuguese"),
    ("Quando foi escrito Hamlet?", "portuguese"),
    ("Onde estão os logs?", "portuguese"),
    ("Quantos workers?", "portuguese"),
    ("Quanto custa a assinatura?", "portuguese"),
    ("Por que não funciona?", "portuguese"),
    ("Wat is CORS?", "dutch"),
    ("Wie heeft het geschreven?", "dutch"),
    ("Hoe installeer ik het?", "dutch"),
    ("Wanneer is Hamlet geschreven?", "dutch"),
    ("Waar staan de logs?", "dutch"),
    ("Kan ik caching uitzetten?", "dutch"),
    ("Hoeveel workers?", "dutch"),
    ("Welke poort?", "dutch"),
    ("Vad är CORS?", "swedish"),
    ("Vem skrev den?", "swedish"),
    ("Hur installerar jag det?", "swedish"),
    ("När skrevs Hamlet?", "swedish"),
    ("Var finns loggarna?", "swedish"),
    ("Kan jag stänga av cachen?", "swedish"),
    ("Hur många arbetare?", "swedish"),
    ("Vilken port?", "swedish"),
    ("Co to jest CORS?", "polish"),
    ("Kto to napisał?", "polish"),
    ("Jak to zainstalować?", "polish"),
    ("Kiedy powstał Hamlet?", "polish"),
    ("Gdzie są logi?", "polish"),
    ("CORS nedir?", "turkish"),
    ("Bunu kim yazdı?", "turkish"),
    ("Nasıl kurulur?", "turkish"),
    ("Kaç işçi var?", "turkish"),
    ("Neden çalışmıyor?", "turkish"),
    ("Hvad er CORS?", "danish"),
    ("Hvornår blev Hamlet skrevet?", "danish"),
    ("Mikä on CORS?", "finnish"),
    ("Kuka kirjoitti sen?", "finnish"),
    ("Miten se asennetaan?", "finnish"),
    ("Kuinka monta?", "finnish"),
    ("Mi az a CORS?", "hungarian"),
    ("Ki írta?", "hungarian"),
    ("Hogyan kell telepíteni?", "hungarian"),
    ("Что такое CORS?", "russian"),
    ("Кто это написал?", "russian"),
    ("Как установить?", "russian"),
    ("Сколько стоит подписка?", "russian"),
    ("Τι είναι το CORS;", "greek"),
    ("Πόσο κοστίζει;", "greek"),
    ("ما هو CORS؟", "arabic"),
    ("كم تكلفة الاشتراك؟", "arabic"),
    ("什么是CORS？", "chinese"),
    ("怎么安装？", "chinese"),
    ("默认端口是多少", "chinese"),
    ("谁写的？", "chinese"),
    ("FastAPI 怎么用 WebSocket？", "chinese"),
    ("HTTPException 的 detail 参数只能是字符串吗？", "chinese"),
    ("CORSとは何ですか？", "japanese"),
    ("インストール方法", "japanese"),
    ("だれが書きましたか", "japanese"),
    ("料金はいくら？", "japanese"),
    ("デフォルトのポートは？", "japanese"),
    ("CORS가 뭐예요?", "korean"),
    ("설치 방법", "korean"),
    ("누가 썼나요?", "korean"),
    ("CORS คืออะไร", "thai"),
    ("ติดตั้งอย่างไร", "thai"),
    ("CORS क्या है?", "hindi"),
    ("Скільки коштує підписка?", "ukrainian"),
]
#: What several languages may say, the languages of documents, and which is then meant.
ALIKE = [
    ("Hvem skrev den?", ["danish", "english"], "danish"),
    ("Hvem skrev den?", ["norwegian"], "norwegian"),
    ("Hvem skrev den?", ["danish", "norwegian"], ""),
    ("O que é CORS?", ["portuguese"], "portuguese"),
    ("Qual porta usa?", ["portuguese", "english"], "portuguese"),
    ("Is Redis required?", ["english"], "english"),
    ("Kündigungsfrist in der Probezeit?", ["german"], "german"),
]
#: Words of another language, or a name that has one, within a question.
MIXED = [
    ("What does 出張 mean in the rules?", "english"),
    ("Was bedeutet ownership bei einem Ticket?", "german"),
    ("FastAPI 怎么用 WebSocket？", "chinese"),
    ("HTTPException 的 detail 参数只能是字符串吗？", "chinese"),
    ("CORS가 뭐예요?", "korean"),
    ("Quelle est la différence entre list et set ?", "french"),
    ("How far is El Paso from here?", "english"),
    ("Who directed Die Hard?", "english"),
    ('Wie funktioniert das Feature Flag "show all"?', "german"),
    ("¿Qué hace el comando git push?", "spanish"),
    ("デフォルトのportは何ですか", "japanese"),
]
#: Asked of English documents, without marks.
PLAIN = [
    ("Que es un nodo?", "spanish"),
    ("como se instala", "spanish"),
    ("que puerto usa el servidor", "spanish"),
    ("cuanto cuesta la licencia", "spanish"),
    ("quel est le prix", "french"),
    ("combien coute la licence", "french"),
    ("ou se trouve le bureau", "french"),
    ("wie heisst der Direktor", "german"),
    ("fuer wen ist das", "german"),
    ("duerfen Gaeste das WLAN nutzen", "german"),
]
#: English words and names that other languages have too.
ENGLISH = [
    "die casting process",
    "status quo ante",
    "es modules in node",
    "hors d'oeuvre list",
    "per diem in france",
    "no more than ten users",
    "was the contract signed",
]
#: What could be in any language.
UNTOLD = [
    "HNSW",
    "Elternzeit Dauer",
    "wie die",
    "IL-6 TNF alpha",
    "ISO 27001",
    "Ada Lind",
    "404",
    "E-4711",
    "PostgreSQL 18 pgvector",
    "foo_bar()",
    "",
]


@pytest.mark.parametrize(("text", "language"), SHORT)
def test_function_words_and_scripts_tell_the_language_of_a_short_question(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(("text", "language"), MIXED)
def test_words_of_another_language_do_not_change_the_language(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(("text", "language"), PLAIN)
def test_words_typed_without_their_marks_tell_the_language(text, language):
    assert language_of(text, ["english"]) == language
    assert language_of(text, ["english", language]) == language


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_not_foreign_to_english_documents(text):
    assert language_of(text, ["english"]) in ("english", "")


@pytest.mark.parametrize("text", UNTOLD)
def test_a_name_or_a_code_is_in_no_language(text):
    assert language_of(text) == ""


@pytest.mark.parametrize(("text", "of_documents", "language"), ALIKE)
def test_of_languages_that_are_equally_likely_it_is_the_documents(text, of_documents, language):
    assert language_of(text, of_documents) == language


@pytest.mark.parametrize("text", ["big cat speed car", "los angeles stadium", "die casting"])
def test_one_word_does_not_make_a_question_foreign_to_the_documents(text):
    assert language_of(text, ["english"]) in ("", "english")


def test_two_words_do():
    assert language_of("Wer hat das Modul geschrieben?", ["english"]) == "german"


def test_a_question_is_foreign_where_no_document_is_in_its_language():
    assert is_foreign("german", ["english"])
    assert not is_foreign("german", ["english", "german"])
    assert not is_foreign("", ["english"])


def test_documents_without_a_configuration_may_be_in_any_language_without_one():
    assert not is_foreign("japanese", ["english", "simple"])
    assert is_foreign("japanese", ["english"])


def test_of_languages_that_no_document_is_in_it_is_that_of_more_speakers():
    assert language_of("Wie kennt die Antwort?", ["english"]) == "german"
    assert language_of("Wie kennt die Antwort?", ["dutch"]) == "dutch"
    assert language_of("Wie lange dauert die Elternzeit?", ["english"]) == "german"


@pytest.mark.parametrize(
    ("text", "language", "kept"),
    [
        ("Wie alt ist der Sluice-Server 2.4?", "german", "Sluice-Server 2.4"),
        ("NTL的服务改名成了什么？", "chinese", "NTL"),
        ("《Hamlet》是谁写的？", "chinese", "Hamlet"),
        ("《红楼梦》是谁写的？", "chinese", "红楼梦"),
        ("谁是梅尔菲伯爵？", "chinese", ""),
        ("Кто такой Кутузов и где FastAPI 2.0?", "russian", "Кутузов FastAPI 2.0"),
    ],
)
def test_names_and_codes_last_in_another_language(text, language, kept):
    assert lasting_words(text, language) == kept


@pytest.mark.parametrize(
    ("text", "language", "kept"),
    [
        ("MSSP 是什么？", "chinese", "MSSP ？"),
        ("什么时候发布 0.9？", "chinese", "发布 0.9？"),
        ("服务网格有哪些优点", "chinese", "服务网格 优点"),
        ("エラーメッセージとは何ですか", "japanese", "エラーメッセージ"),
        ("What is an MSSP?", "english", "What is an MSSP?"),
        ("누가 계약서에 서명했나요?", "korean", "누가 계약서에 서명했나요?"),
    ],
)
def test_what_asks_is_left_out_where_words_have_no_spaces(text, language, kept):
    assert without_asking_words(text, language) == kept
