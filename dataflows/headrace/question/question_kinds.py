"""Simple questions told from compound ones, which need more than one fact; and these taken apart."""

import re

#: What a question begins with: a question word, or a verb with its subject behind it ("and is accused of" goes on with the sentence before).
_QUESTION_WORD = (
    r"(?:(?:what|which|who|whom|whose|when|where|why|how)|(?:is|are|was|were|do|does|did|can|could|should|will|would|has|have)"
    r"(?=\s+(?:i|you|we|he|she|it|they|there|this|that|these|those|my|your|our|his|her|its|their)\b))"
)
_ASKS = rf"(?:(?:in|within|for|on|at|to|from|by|with|of|since|until)\s+)?{_QUESTION_WORD}\b"
_BOUNDARY = re.compile(
    rf"\?\s+(?=\S)|[,;]?\s+(?:and|but|or)\s+(?:also\s+)?(?={_ASKS})|;\s+(?={_ASKS})", re.IGNORECASE
)
_DIFFERENCE = re.compile(
    r"\b(?:difference|differences|compare|comparison)\b.*?(?:\b(?:between|of)\s+|\s)"
    r"(?P<a>(?!between\b|of\b)[^?,]+?)\s+(?:and|with|to|vs\.?)\s+(?P<b>[^?,]+)",
    re.IGNORECASE,
)

_VERB = r"(?:is|are|was|were|am|do|does|did|can|could|should|will|would|has|have|had|may|might|must)(?:n['’]t)?"
_CHECK = re.compile(
    rf"^(?:(?:in|on|at|if|for|during|after|before|by|given|according)\b[^,?]*,\s+)?{_VERB}\s+\S|(?:,|\bthen)\s*{_VERB}\s+\S[^,]*\?\s*$",
    re.IGNORECASE,
)

_MORE = "first|earlier|later|older|oldest|younger|more|less|most|longer|shorter|bigger|larger|smaller|taller|higher|lower|faster|better|worse|recently"
_COMPARISON = re.compile(
    r"\b(?:both|same|either)\b.*\band\b"
    r"|,\s*[^,?]+?,?\s+or\s+[^,?]+\??$"
    rf"|\b(?:{_MORE})\b.*\bor\b|\bor\b.*\b(?:{_MORE})\b|\b(?:{_MORE})\b.*\bout of\b"
    r"|\bdifferences?\s+between\b|\bcompared?\b|\bin common\b",
    re.IGNORECASE,
)

_RELATIVE = (
    r"(?:step|half-|god|foster |adoptive |biological |maternal |paternal )?"
    r"(?:father|mother|parent|brother|sister|sibling|son|daughter|child|children|uncle|aunt|nephew|niece|cousin|spouse|wife|husband|widow)s?(?:-in-law)?"
)
_MAKER = (
    r"(?:co-?)?(?:director|composer|performer|author|writer|screenwriter|founder|creator|producer|editor|singer|lyricist|songwriter|publisher|designer"
    r"|architect|inventor|discoverer|developer|manufacturer|owner|artist|painter|conductor|narrator|leader|ruler|president|headquarters|capital"
    r"|birthplace|hometown|employer|successor|predecessor)s?"
)
_RELATED = rf"\b(?:{_RELATIVE}|{_MAKER})\b"
_FACT = (
    r"\b(?:born|birth|die|died|dies|death|buried|nationality|citizen\w*|country|graduate\w*|studied|educated|work\w*|award\w*|won|occupation|profession"
    r"|religion|from|live|lived|marry|married|age|old|population|located|founded|ethnicity|place|date|cause|known|receive\w*)\b"
)
_BRIDGING = re.compile(
    rf"{_RELATED}[^?]{{0,12}}?\bof\b[^?]{{0,25}}?{_RELATED}[^?]{{0,12}}?\bof\b"
    rf"|['’]s?\s+(?:{_RELATIVE})\b"
    r"|\bgrand(?:father|mother|parent|child|children|son|daughter)s?\b"
    rf"|{_RELATED}\s+(?:of|for|in|to)\b.*{_FACT}|{_FACT}.*{_RELATED}\s+(?:of|for|in|to)\b"
    r"|\b(?:the|an?)\s+(?:[\w-]+\s+){1,3}?(?:who|that|which|whose|where|whom|(?:in|by|for|of) which)\s+\w",
    re.IGNORECASE,
)


def kind_of(question: str) -> str:
    """ "comparison": several things side by side ("Which is older, A or B?"); "bridging": what is only called by its relation to something
    else ("the mother of the director of A", "the company that made A"); "check": whether a statement is true; "several": more than one
    question; "simple": anything else. The first that applies.
    """
    question = question.strip()
    if _COMPARISON.search(question):
        return "comparison"
    if _BRIDGING.search(question):
        return "bridging"
    if _CHECK.search(question):
        return "check"
    return "several" if parts(question) else "simple"


def parts(question: str) -> list[str]:
    """The questions inside a compound one, or the sides of a comparison; [] for a simple question."""
    asked = [piece.strip(" ,;") for piece in _BOUNDARY.split(question)]
    asked = [piece for piece in asked if len(piece.split()) >= 3]
    if len(asked) > 1:
        return asked
    match = _DIFFERENCE.search(question)
    return [match["a"].strip(), match["b"].strip()] if match else []
