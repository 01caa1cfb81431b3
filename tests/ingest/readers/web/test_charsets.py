"""A page is read in the encoding in which a browser reads it."""

import pytest

from headrace.ingest.readers.html import html_content

JAPANESE = "<p>倉庫の鍵は受付の青い箱に入っています。</p>"
RUSSIAN = "<p>Ключ от склада хранится в синем ящике.</p>"


def read(page: str, encoding: str) -> str:
    content = html_content(page.encode(encoding))
    return content.text


@pytest.mark.parametrize(
    ("label", "encoding", "page"),
    [
        ("iso-2022-jp", "iso2022_jp", JAPANESE),
        ("csISO2022JP", "iso2022_jp", JAPANESE),
        ("Shift_JIS", "cp932", JAPANESE),
        ("x-sjis", "cp932", "<p>① 鍵</p>"),
        ("windows-31j", "cp932", JAPANESE),
        ("gb2312", "gb18030", "<p>仓库的钥匙放在前台 鎔</p>"),
        ("ks_c_5601-1987", "cp949", "<p>창고 열쇠는 상자 안에 있습니다 뷁</p>"),
        ("x-cp1251", "cp1251", RUSSIAN),
        ("koi8-ru", "koi8_u", RUSSIAN),
        ("iso-8859-9", "cp1254", "<p>şoför “İstanbul”</p>"),
        ("latin1", "cp1252", "<p>“café” – 5 €</p>"),
        ("iso-8859-8-i", "iso8859_8", "<p>המפתח של המחסן</p>"),
        ("tis-620", "cp874", "<p>กุญแจโกดัง</p>"),
        ("utf-16", "utf-8", JAPANESE),
        ("utf-16le", "utf-8", RUSSIAN),
        ("windows-1252", "utf-8", RUSSIAN),
        ("hz-gb-2312", "hz", "<p>仓库的钥匙</p>"),
    ],
)
@pytest.mark.parametrize(
    "declaration",
    [
        "<meta charset={}>",
        '<META content="text/html; charset={}" http-equiv=Content-Type>',
        "<!-- <meta charset=utf-7> --><title>x</title><meta charset = '{}' >",
    ],
)
def test_what_a_page_declares_decides(label, encoding, page, declaration):
    text = page.removeprefix("<p>").removesuffix("</p>")
    assert read(declaration.format(label) + page, encoding) == text


def test_a_mark_comes_before_what_is_declared():
    assert read("<meta charset=koi8-r>" + RUSSIAN, "utf-16") == RUSSIAN[3:-4]
    assert read("<meta charset=koi8-r>" + RUSSIAN, "utf-8-sig") == RUSSIAN[3:-4]


def test_an_unknown_declaration_leaves_it_to_the_bytes():
    assert read("<meta charset=klingon>" + RUSSIAN * 3, "cp1251").startswith(RUSSIAN[3:-4])


def test_an_xml_declaration_counts():
    page = '<?xml version="1.0" encoding="windows-1251"?><html><body>' + RUSSIAN
    assert read(page, "cp1251") == RUSSIAN[3:-4]
