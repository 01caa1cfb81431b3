"""Words that carry little meaning of their own."""

#: Articles, prepositions and conjunctions, which abbreviations skip.
LINKING_WORDS = frozenset(
    "a an and as at between by for from in into of on or over per the to under via with within "
    "without".split()
)
_ENGLISH_WORDS = frozenset(
    "about any are be been but can could did do does had has have having he her him his how i "
    "if is it its me my our she should so than that their them then there these they this those "
    "was we were what when where which who whom whose why will would you your".split()
)
#: Words of a question that few answers repeat. A name may have one: "Theresa May".
_VAGUE_WORDS = frozenset("many may much some".split())
_NEGATIONS = frozenset(("no", "not"))
_GERMAN_WORDS = frozenset(
    "auf das dem den der des die ein eine einer eines er es für ich ihm ihn ihr im ist mir mit "
    "oder sie sind und uns vom von war wer wie wir wo zu zum zur".split()
)

#: Words that no name begins or ends with; it may have them inside: "bank of oslo".
FUNCTION_WORDS = LINKING_WORDS | _ENGLISH_WORDS | _NEGATIONS | _GERMAN_WORDS
#: Words that do not say what a text is about. German ones are not among them: "die" and
#: "war" are words of English texts.
EMPTY_WORDS = LINKING_WORDS | _ENGLISH_WORDS | _VAGUE_WORDS
