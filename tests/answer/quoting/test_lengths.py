"""How long a text is to its reader."""

from headrace.answer.quoting.lengths import Lengths


class Pieces:
    """A tokenizer that cuts every text into single letters, but for plain words."""

    def count(self, text: str) -> int:
        return len(text.split()) if text.isascii() else len(text)


LENGTHS = Lengths(Pieces())


def test_a_plain_text_has_its_tokens():
    assert LENGTHS.count("The pump was painted in spring.") == 6


def test_a_text_cut_to_pieces_counts_by_its_letters():
    text = "Im März war es in Köln zu früh"
    assert Pieces().count(text) == 30
    assert LENGTHS.count(text) == 9


def test_compounds_count_as_words():
    text = "Bürgermeisterämter öffnen früh"
    assert Pieces().count(text) == 30
    assert LENGTHS.count(text) == 5


def test_writing_without_spaces_says_more_with_a_character():
    assert LENGTHS.count("東京都の水道料金") == 7
    assert LENGTHS.count("") == 0
