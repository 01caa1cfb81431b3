"""Letters are compared in their plain form, and stored and quoted as written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.sql import SQL

from headrace.text.folding import differ_in_marks, folded, plain_letters, typed_plainly
from headrace.text.terms import searched
from headrace.text.words import stems
from headrace.types import Document

DOCUMENTS = {
    "paper": "The eﬃcient ﬁlter of the ﬁrm is kept in the oﬃce.",
    "tag": "The tag ＡＢＣ１２３ hangs in the ｃｅｌｌａｒ.",
    "kana": "ﾊﾝｶｸ ｶﾞﾗｽ は ﾜﾚﾓﾉ です。",
    "plain": "An efficient pump and the number XYZ789 are in the attic.",
    "notes": "The company¹ sells Widget™ lamps of 5 ㎏ and 40 cm² for Ⅳ rooms.",
}


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("eﬃcient ﬂow, ﬅ", "efficient flow, st"),
        ("ＡＢＣ１２３：", "ABC123:"),
        ("ﾊﾝｶｸ ｶﾞ", "ハンカク ガ"),
        ("H₂O and CO₂", "H2O and CO2"),
        ("company¹ and Acme™", "company-1 and Acme-TM"),
        ("5½ or 10⁶ m²", "5-1⁄2 or 10-6 m-2"),
        ("see ½ of ① it", "see 1⁄2 of 1 it"),
        ("wait…next, rock´n roll", "wait next, rock n roll"),
        ("Größe 北京", "Größe 北京"),
    ],
)
def test_a_folded_text_has_plain_letters_and_its_words_stay_whole(written, plain):
    assert folded(written) == plain
    assert folded(plain) in (plain, folded(written))


def test_encoders_read_plain_letters_but_the_signs_they_have_learnt():
    assert plain_letters("eﬃcient ＡＢＣ, 5 m² of CO₂™") == "efficient ABC, 5 m² of CO₂™"


def test_a_sign_after_a_word_hides_neither_the_word_nor_both_together():
    assert searched("company¹ 40㎏").split() == "company 1 40 kg company1 40kg".split()


def test_words_are_the_same_in_plain_and_other_letters():
    assert stems("The eﬃcient ＦＩＬＴＥＲ") == stems("the efficient filter")


@pytest.mark.parametrize(
    ("word", "plain"),
    [
        ("zürich", ["zurich", "zuerich"]),
        ("straße", ["strasse"]),
        ("résumé", ["resume"]),
        ("œuvre", ["oeuvre"]),
        ("łódź", ["lodz"]),
        ("malmö", ["malmo", "malmoe"]),
        ("ångström", ["angstrom", "aangstroem"]),
        ("съёмка", ["съемка"]),
        ("việt", ["viet"]),
        ("grafana", []),
        ("서울", []),
        ("ガラス", []),
        ("m\u0303a", []),  # the mark is a letter of its own, as a deletion has it
    ],
)
def test_a_word_is_typed_without_its_marks(word, plain):
    assert typed_plainly(word) == plain


LETTERS = "aäåæeéèioöøœuüßsłldđıþðnñçżź\u0303漢й서"


@given(st.text(st.sampled_from(LETTERS), min_size=1, max_size=12))
def test_the_database_leaves_out_the_same_marks(rag, word):
    asking = SQL("SELECT typed_plainly({})").format(word).as_string()
    with rag.database.for_tenant("anyone").transaction() as transaction:
        rows = transaction.execute(asking)
    assert sorted(plain for (plain,) in rows) == sorted(typed_plainly(word))


def test_words_that_differ_in_marks_alone():
    assert differ_in_marks("zurich", "zürich") and differ_in_marks("zürich", "zuerich")
    assert differ_in_marks("résume", "résumé")
    assert not differ_in_marks("zürich", "zürich") and not differ_in_marks("zurich", "zürcher")


def test_stems_have_no_marks():
    assert stems("Die Straße in Zürich") == {"die", "strass", "zurich"}
    assert stems("¿Dónde está el señor Núñez?") == stems("Donde esta el senor Nunez")


def test_the_encoder_does_not_tell_ligatures_from_plain_letters(rag):
    one, other = rag.encoder.encode(["The eﬃcient ﬁlter ＡＢＣ", "The efficient filter ABC"])
    assert one @ other == pytest.approx(1)


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("filter", "paper"),
        ("office", "paper"),
        ("ABC123", "tag"),
        ("cellar", "tag"),
        ("ハンカク", "kana"),
        ("XYZ789", "plain"),
        ("ＸＹＺ７８９", "plain"),
        ("company", "notes"),
        ("Widget", "notes"),
        ("5 kg", "notes"),
        ("cm2", "notes"),
        ("IV", "notes"),
    ],
)
def test_either_form_is_found_by_the_other(rag, tenant, question, document):
    rag.ingest([Document(name, "", text, name) for name, text in DOCUMENTS.items()], tenant)
    hits = rag.run(["keyword_hits"], question=question, tenant=tenant)["keyword_hits"]
    assert [hit.chunk.document_id for hit in hits][:1] == [document]
    assert hits[0].chunk.text == DOCUMENTS[document]
