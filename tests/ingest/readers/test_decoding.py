"""Bytes are decoded in the encoding in which they were written."""

import gzip
import random

import pytest

from headrace.ingest.readers import Remark, read_source
from headrace.types import Document
from support.reading import document_of, reason_of, written


def test_utf8_with_and_without_a_mark_reads_alike_and_mentions_no_encoding(tmp_path):
    for name, mark in (("a.txt", b""), ("b.txt", b"\xef\xbb\xbf")):
        document = document_of(written(tmp_path, name, mark + "Größe\r\n".encode()))
        assert document.text == "Größe\n"
        assert document.metadata == {"file_type": "txt"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_byte_order_mark_decides(tmp_path, encoding):
    document = document_of(written(tmp_path, "a.txt", "Größe 😀".encode(encoding)))
    assert document.text == "Größe 😀"
    assert document.metadata["encoding"] == encoding


def test_an_older_german_file_is_read_in_its_encoding(tmp_path):
    text = "Die Größe der Straße ist für müde Füße schön.\n"
    document = document_of(written(tmp_path, "a.txt", text.encode("latin-1")))
    assert document.text == text
    assert document.metadata == {
        "file_type": "txt",
        "encoding": "cp1252",
        "encoding_guessed": True,
    }


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("café", "cp1252"),
        ("The price – €100 – is “quoted” for a naïve café", "cp1252"),
        ("Le café est prêt à être servi; l'été dernier, ça coûtait très cher.", "cp1252"),
        ("Цена товара равна ста рублям, и это хорошо.", "cp1251"),
        ("Цена товара равна ста рублям, и это хорошо.", "koi8_r"),
        ("日本語のテキストです。これは長い文章です。", "cp932"),
        ("这是一个很长的中文文本，用来测试编码。", "gb18030"),
    ],
)
def test_older_encodings_are_told_apart(tmp_path, text, encoding):
    document = document_of(written(tmp_path, "a.txt", text.encode(encoding)))
    assert (document.text, document.metadata["encoding"]) == (text, encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (
            "Il prezzo è di 40 € e non di più, perché così fu deciso già nell'età di mezzo.",
            "cp1252",
        ),
        ("Çarşıya giden yol üç gündür kapalı, değirmenin önünden dolaşın.", "cp1254"),
        ("הגשר הישן סגור לתנועה עד סוף החודש", "cp1255"),
        ("Die Brücke über den Fluß ist geöffnet, die Fähre fährt für Fußgänger.", "cp850"),
        ("Älven går över sina bräddar när våren är blöt, så flytta båten i tid.", "cp437"),
        ("Мост через реку закрыт до конца месяца.", "cp866"),
        ("Most přes řeku je až do konce měsíce uzavřený, objížďka vede severně.", "cp852"),
    ],
)
def test_short_texts_in_code_pages_are_right_and_said_to_be_guesses(tmp_path, text, encoding):
    read, remark = read_source(written(tmp_path, "a.txt", text.encode(encoding)))
    assert isinstance(read, Document) and read.text == text
    assert isinstance(remark, Remark) and "a guess" in remark.reason


def test_a_long_text_leaves_no_doubt_about_its_encoding(tmp_path):
    data = "Мост через реку закрыт до конца месяца.\n".encode("cp1251") * 3
    assert "encoding_guessed" not in document_of(written(tmp_path, "a.txt", data)).metadata
    assert len(list(read_source(tmp_path / "a.txt"))) == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text",
    [
        "The mill – it is “old” – turns at noon.\n",
        "水車は正午に回ります。鍵は箱の中にあります。\n",
        "Мельница работает до полудня.\n",
    ],
)
def test_wide_encodings_need_no_mark(tmp_path, text, encoding):
    document = document_of(written(tmp_path, "a.txt", text.encode(encoding)))
    assert (document.text, document.metadata["encoding"]) == (text, encoding)


def test_broken_utf8_stays_utf8_and_the_damage_shows(tmp_path):
    data = "Grüße aus München, Übermut tut selten gut".encode()
    document = document_of(written(tmp_path, "a.txt", data + b" \xff."))
    assert document.text == "Grüße aus München, Übermut tut selten gut \ufffd."
    assert document.metadata == {"file_type": "txt", "replaced_characters": 1}


def test_utf8_cut_off_within_a_character_keeps_the_rest(tmp_path):
    document = document_of(written(tmp_path, "a.txt", "Grüße aus Mü".encode()[:-1]))
    assert document.text == "Grüße aus M\ufffd"


def test_a_few_nul_bytes_are_taken_out(tmp_path):
    assert document_of(written(tmp_path, "a.txt", b"one\x00 two\x00")).text == "one two"


# With a fixed seed: one run in 32,768 would begin with the mark of UTF-16.
NOISE = random.Random(7).randbytes(4000)


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF" + bytes(200), b"\x89PNG\r\n\x1a\n" + bytes(40), NOISE, gzip.compress(NOISE[:500])],
)
def test_a_binary_file_is_not_text(tmp_path, data):
    assert reason_of(written(tmp_path, "a.txt", data)).startswith("not text: ")
