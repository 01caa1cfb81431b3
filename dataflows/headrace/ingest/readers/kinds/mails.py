"""Mails (.eml, .msg) and mailboxes (.mbox)."""

import re
from typing import TYPE_CHECKING, Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.decoding import decoded_text
from headrace.ingest.readers.html import html_content
from headrace.ingest.readers.outcomes import Content, Part

if TYPE_CHECKING:
    from email.message import EmailMessage

_FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_UTF8_MARK = b"\xef\xbb\xbf"


def eml_content(data: bytes) -> Content:
    """A mail: its subject is the title, and its text that of its body.

    The body as plain text is taken, else the one as a web page. Sender, receivers, day
    and names of attachments are metadata; attachments are not read.
    """
    from email import policy
    from email.parser import BytesParser

    message = BytesParser(policy=policy.default).parsebytes(data.lstrip())
    if not any(message.get(name) for name in ("From", "To", "Subject", "Date", "Message-ID")):
        raise SourceError("damaged, or not a mail in spite of its name: it has no headers")
    if message.get_content_type() in _ENCRYPTED:
        raise SourceError("the mail is encrypted; save a copy that is not")
    return _mail_content(message)


def msg_content(data: bytes) -> Content:
    """A mail, appointment, contact or task that Outlook has saved, read as a mail is.

    Raises SourceError without the extra outlook.
    """
    try:
        from aspose.email_foss.cfb import CFBReader
        from aspose.email_foss.msg import MapiMessage, MsgDocument, MsgReader
    except ModuleNotFoundError as fault:
        raise SourceError(
            "mails of Outlook need a further package: pip install 'headrace[outlook]'"
        ) from fault
    with MsgReader(CFBReader(data)) as reader:
        message = MapiMessage.from_msg_document(MsgDocument.from_reader(reader))
    return _mail_content(message.to_email_message())


def mbox_content(data: bytes) -> Content:
    """A mailbox: each mail is a document, named by its number."""
    starts = list(_FROM_LINE.finditer(data))
    if not starts:
        raise SourceError("damaged, or not an .mbox in spite of its name: it holds no mails")
    ends = [found.start() for found in starts[1:]] + [len(data)]
    parts = []
    for number, (found, end) in enumerate(zip(starts, ends, strict=True), start=1):
        mail = _QUOTED_FROM.sub(rb"\1", data[found.end() : end])
        try:
            outcome: Content | str = eml_content(mail)
        except SourceError as fault:
            outcome = str(fault)
        parts.append(Part(str(number), "eml", outcome))
    return Content(text="", parts=tuple(parts))


def _mail_content(message: "EmailMessage") -> Content:
    body = _body(message)
    return Content(
        text=body.text,
        title=_header(message, "Subject"),
        metadata={**body.metadata, **_metadata(message)},
        markup=body.markup,
    )


def _body(message: "EmailMessage") -> Content:
    body = message.get_body(("plain", "html"))
    if body is None:
        return Content(text="")
    data = body.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    charset = body.get_content_charset()
    if charset in (None, "us-ascii", "ascii"):  # many say so who write otherwise
        text, metadata = decoded_text(data)
    else:
        try:
            text, metadata = clean_text(data.decode(charset, "replace")), {}
        except LookupError:  # a charset that Python does not know
            text, metadata = decoded_text(data)
    if body.get_content_subtype() == "html":
        return html_content(_UTF8_MARK + text.encode("utf-8"))
    return Content(text=text.strip("\n"), metadata=metadata)


def _metadata(message: "EmailMessage") -> dict[str, Any]:
    names = [part.get_filename() or "" for part in message.iter_attachments()]
    attachments = [one_line(name) for name in names if name]
    metadata = {
        "from": _header(message, "From"),
        "to": _header(message, "To"),
        "cc": _header(message, "Cc"),
        "date": _day(message),
        "attachments": attachments,
    }
    return {name: value for name, value in metadata.items() if value}


def _header(message: "EmailMessage", name: str) -> str:
    return one_line(str(message.get(name, "")))


def _day(message: "EmailMessage") -> Any:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(_header(message, "Date")).date()
    except ValueError:  # a header is no reason to give up the text
        return None
