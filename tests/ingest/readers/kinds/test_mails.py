"""Mails and mailboxes."""

import mailbox
import sys
from datetime import date
from email.message import EmailMessage

import pytest
from aspose.email_foss.msg import MapiMessage

from headrace.errors import SourceError
from headrace.ingest.readers import Empty, read_source
from headrace.ingest.readers.kinds.mails import msg_content
from headrace.types import Document
from support.reading import document_of, reason_of, written


def mail(subject: str, body: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Ola Holm <ola@example.org>"
    message["To"] = "all@example.org"
    message["Date"] = "Wed, 01 May 2024 23:30:00 +0200"
    message.set_content(body)
    return message


def test_a_mail_gives_subject_body_sender_receivers_and_day(tmp_path):
    document = document_of(written(tmp_path, "a.eml", bytes(mail("Keys – new", "With Ola.\n"))))
    assert (document.title, document.text) == ("Keys – new", "With Ola.")
    assert document.metadata == {
        "file_type": "eml",
        "from": "Ola Holm <ola@example.org>",
        "to": "all@example.org",
        "date": date(2024, 5, 1),
    }


def test_blank_lines_above_a_mail_do_not_hide_its_headers(tmp_path):
    document = document_of(written(tmp_path, "a.eml", b"\r\n\r\n" + bytes(mail("Tide", "Low."))))
    assert (document.title, document.text) == ("Tide", "Low.")


def test_plain_text_goes_before_a_web_page_and_attachments_are_named(tmp_path):
    message = mail("Keys", "In plain words.\n")
    message.add_alternative("<p>As a <b>page</b>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    document = document_of(written(tmp_path, "a.eml", bytes(message)))
    assert document.text == "In plain words."
    assert document.metadata["attachments"] == ["plan.pdf"]


def test_a_web_page_for_a_body_is_read_as_one(tmp_path):
    message = mail("Keys", "")
    page = "<html><head><meta charset=utf-8></head><h2>Schlüssel</h2><p>Bei Jörg"
    message.set_content(page, subtype="html", charset="iso-8859-1")
    document = document_of(written(tmp_path, "a.eml", bytes(message)))
    assert (document.text, document.markup) == ("## Schlüssel\n\nBei Jörg", "markdown")


@pytest.mark.parametrize("charset", ["", "; charset=x-unknown", "; charset=us-ascii"])
def test_a_body_in_a_charset_that_is_not_said_or_unknown_is_read(tmp_path, charset):
    head = f"Subject: Keys\nContent-Type: text/plain{charset}\n\n"
    document = document_of(written(tmp_path, "a.eml", head + "Bei Jörg liegt der Schlüssel."))
    assert document.text == "Bei Jörg liegt der Schlüssel."


def test_each_mail_of_a_mailbox_is_a_document(tmp_path):
    path = tmp_path / "all.mbox"
    box = mailbox.mbox(path)
    box.add(mail("One", "First.\n\nFrom here on it is wet.\n"))
    box.add(mail("Two", "Second.\n"))
    box.add(mail("Three", ""))
    box.close()
    first, second, third = read_source(path)
    assert isinstance(first, Document) and isinstance(second, Document)
    assert (first.title, first.text) == ("One", "First.\n\nFrom here on it is wet.")
    assert (second.source, second.document_id) == (f"{path}:2", f"{path}:2")
    assert second.metadata["file_type"] == "eml"
    assert third == Empty(f"{path}:3", "empty: there is no text in it")


def test_what_is_no_mail_or_encrypted_is_said_to_be(tmp_path):
    assert "not a mail" in reason_of(written(tmp_path, "a.eml", "just words\n"))
    assert "not an .mbox" in reason_of(written(tmp_path, "a.mbox", "just words\n"))
    secret = "Subject: x\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--\n"
    assert "encrypted" in reason_of(written(tmp_path, "b.eml", secret))


def test_a_mail_of_outlook_is_read_as_a_mail_is(tmp_path):
    message = mail("Keys – new", "With Ola.\n")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    saved = MapiMessage.from_email_message(message).to_bytes()
    document = document_of(written(tmp_path, "a.msg", saved))
    assert (document.title, document.text) == ("Keys – new", "With Ola.")
    assert document.metadata == {
        "file_type": "msg",
        "from": "Ola Holm <ola@example.org>",
        "to": '"all@example.org" <all@example.org>',
        "date": date(2024, 5, 1),
        "attachments": ["plan.pdf"],
    }
    assert "damaged" in reason_of(written(tmp_path, "b.msg", saved[:2000]))
    assert "damaged" in reason_of(written(tmp_path, "c.msg", b"just words"))


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "aspose.email_foss.cfb", None)
    with pytest.raises(SourceError, match=r"headrace\[outlook\]"):
        msg_content(b"")
