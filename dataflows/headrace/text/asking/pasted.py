"""The part of a pasted log, a stack trace or a very long question to search for.

An encoder reads some 200 words of a question. In a log, the line with the error says
what is wrong. Paths, addresses, times and the calls before it are in no document.
"""

import re

from headrace.text.sentences import sentence_spans

#: Words of a question that an encoder reads whole.
_MOST_WORDS = 150
#: Lines with an error that are kept: the first, and the last ones.
_MOST_ERRORS = 3
#: A question with this many lines of a log or a trace is a pasted one.
_LEAST_LINES = 2
_LINE_CHARACTERS = 2000

#: Where a line begins in a trace that was pasted as a single line.
_FOLDED = re.compile(
    r"[ \t](?=at [\w.$<>\[\]]{1,100}\s?\(|File \"[^\"\n]{1,300}\", line \d|Traceback \(most recent"
    r"|Caused by: |goroutine \d)"
)
#: A call in a stack trace, or what frames it.
_CALL = re.compile(
    r"\s*(?:at\s+\S|File \"|from\s+\S+:\d|\.{3} \d+ \w+|goroutine \d|created by |#\d+\s"
    r"|\d+:\s+(?:0x|rust_|\S*::)"
    r"|Traceback \(most recent|[Ss]tack ?(?:trace|backtrace)|During handling of the above"
    r"|The above exception was|note: run with|exit status \d|[\^~]+\s*$|Node\.js v\d"
    r"|(?:[A-Za-z]:)?[\\/.][^\s:]*:\d+(?::\d+)?(?:\s+\+0x[0-9a-f]+)?\s*$"
    r"|[\w.*()/\[\]$-]+\((?:0x[0-9a-f]|\.{3}|\{|\)$)[^\n]*$)"
)
#: A call whose own source may stand on the next line.
_CALL_WITH_SOURCE = re.compile(r"\s*(?:File \"|(?:[A-Za-z]:)?[\\/][^\s:]*:\d+\s*$)")
_TIME = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|FATAL|CRITICAL|SEVERE)"
_LOGGED = re.compile(
    rf"\s*(?:\[?{_TIME}\]?|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?|[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d"
    rf"|\[?{_LEVEL}\]?[\s:])"
)
_LEVEL_OF_ERROR = re.compile(r"\b(?:ERROR|ERR|FATAL|CRITICAL|SEVERE)\b")
#: The name of an error, as programming languages write it at the beginning of a line or
#: after "Caused by".
_ERROR = re.compile(
    r"(?:Exception in thread \"[^\"\n]{0,100}\" |Caused by: |Uncaught |Unhandled \w+[.:] "
    r"|thread '[^'\n]{0,100}' )?"
    r"(?:(?<![\w.$])[A-Za-z_][\w.$]*(?:Error|Exception|Warning|Failure|Fault|Exit)\b"
    r"|panic:|panicked at|fatal(?: error)?:|error(?:\[\w+\])?:|(?<![\w.])[A-Z]\w*(?:\.\w+)+:)",
)

#: Parts of a line that no document has, and what replaces them.
_NOISE = (
    (re.compile(_TIME), " "),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?"), " "),
    (re.compile(r"^\s*[A-Z][a-z]{2} [ \d]\d "), " "),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), " "),
    (re.compile(r"\b0x[0-9a-fA-F]+\b|\b(?=[a-f]*\d)[0-9a-f]{12,64}\b"), " "),
    (re.compile(r"Exception in thread \"[^\"\n]{0,100}\"|\bCaused by:|\bUncaught\b"), " "),
    (re.compile(r"\[(?=[^\]\n]{0,80}[A-Za-z])[\w.:#/@-]{1,80}\](?!:?\()"), " "),
    (re.compile(rf"(?<=\w)\[\d+\](?=:)|\b{_LEVEL}\b:?"), " "),
    (re.compile(r"\b(?:pid|tid|thread)[= :]\d+\b", re.IGNORECASE), " "),
    # Of a path the name of the file stays, of a name with dots the last part.
    (re.compile(r"(?:\b[A-Za-z]:|(?<![\w.]))(?:[\\/][\w.@+-]+)*[\\/](?=[\w.@+-])"), ""),
    (re.compile(r"(?<![\w.])(?:[a-z_]\w*\.){2,}(?=[A-Z])"), ""),
    (re.compile(r"(\.\w{1,5}):\d+(?::\d+)?\b"), r"\1"),
)


def excerpt(question: str) -> str:
    """The part of a question to search for, with single spaces; usually all of it.

    Of a log or stack trace it is what the user wrote besides, and the lines with the
    error, without paths, times and addresses. Of more than 150 words it is the
    questions in it, and as many sentences from the beginning as fit.

    Example: 'Traceback (most recent call last):\\n  File "/srv/a.py", line 3, in f\\n
        x[1]\\nIndexError: list index out of range' -> "IndexError: list index out of
        range".
    """
    lines = [line[:_LINE_CHARACTERS] for line in _FOLDED.sub("\n", question).split("\n")]
    found = _essential(lines)
    text = " ".join(" ".join(found).split()) if found else ""
    if not any(map(str.isalnum, text)):
        text = " ".join(question.split())
    return text if text.count(" ") < _MOST_WORDS else _shortened(text)


def _essential(lines: list[str]) -> list[str]:
    """The lines that say what is wrong; [] if this is neither a log nor a trace."""
    written = []
    errors: dict[str, None] = {}
    pasted = 0
    is_source = False
    for line in lines:
        if is_source and line[:1].isspace():
            is_source = False
            continue
        is_call = _CALL.match(line) is not None
        is_logged = _LOGGED.match(line) is not None
        error = _error_in(line, is_call, is_logged)
        pasted += is_call or is_logged
        if error:
            errors[_without_noise(error)] = None
        elif not (is_call or is_logged):
            written.append(line)
        is_source = _CALL_WITH_SOURCE.match(line) is not None
    if pasted < _LEAST_LINES and not (pasted and errors):
        return []
    kept = list(errors)
    if len(kept) > _MOST_ERRORS:
        kept = [kept[0], *kept[1 - _MOST_ERRORS :]]
    return [*written, *kept]


def _error_in(line: str, is_call: bool, is_logged: bool) -> str:
    """The part of a line that names an error; "" for none."""
    if is_logged:
        return line if _LEVEL_OF_ERROR.search(line) else ""
    error = _ERROR.search(line)
    if error is None or (is_call and not line[error.end() :].startswith(":")):
        return ""
    return line[error.start() :] if is_call else line


def _without_noise(line: str) -> str:
    for pattern, rest in _NOISE:
        line = pattern.sub(rest, line)
    return " ".join(line.split()).strip(" -:|")


def _shortened(text: str) -> str:
    """About 150 words of a text: its questions, then its other sentences in order."""
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    order = sorted(range(len(sentences)), key=lambda number: not sentences[number].endswith("?"))
    kept = []
    left = _MOST_WORDS
    for number in order:
        words = sentences[number].split()
        if left <= 0:
            break
        kept.append((number, " ".join(words[:left])))
        left -= len(words)
    return " ".join(sentence for _, sentence in sorted(kept))
