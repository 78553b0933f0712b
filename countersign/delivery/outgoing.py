"""A message row as the e-mail that goes out. Pure: the same row gives the same bytes, whenever it is sent.

Everything goes through `email`'s own header types, which refuse line breaks; what could hold one is made one line before.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from countersign.errors import UsageError
from models.tables import Message


def one_line(text: str, limit: int = 200) -> str:
    """Text that may stand in a header: one line, no control characters, not endless."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def message_id(kind: str, subject_key: str, written_at: datetime, sender: str) -> str:
    """The Message-ID of a message that is written now: it says nothing of its subject, and no other message has it."""
    seed = f"{kind}\n{subject_key}\n{written_at.isoformat()}"
    return f"<{kind}.{hashlib.sha256(seed.encode()).hexdigest()[:32]}@{address_of(sender).domain}>"


def address_of(text: str) -> Address:
    """The sender as written in the settings, "Name <a@b.example>" or "a@b.example". Raises UsageError."""
    name, address = parseaddr(one_line(text))
    try:
        return _address(address, name)
    except ValueError as error:
        raise UsageError(f'"{text}" is not an address to send mail from.', "Correct sender of [mail].") from error


def _address(addr_spec: str, display_name: str = "") -> Address:
    """One address for a header. Raises ValueError for anything that is not exactly one."""
    try:
        address = Address(display_name=display_name, addr_spec=addr_spec)
    except (
        HeaderParseError,
        IndexError,
    ) as error:  # the standard library's parser answers some texts with an IndexError
        raise ValueError(f'"{one_line(addr_spec)}" is not an e-mail address') from error
    if not address.username or not address.domain:
        raise ValueError(f'"{one_line(addr_spec)}" is not an e-mail address')
    return address


def compose(message: Message, sender: str, bytes_of: Callable[[str], bytes]) -> EmailMessage:
    """The e-mail of a row: plain text, the same as HTML, the attachments. `bytes_of` gives an attachment by its SHA-256.

    Raises ValueError when an address cannot be used, and what `bytes_of` raises.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = address_of(sender)
    mail["To"] = _address(message.to_address)
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = message.message_id
    # RFC 3834: nobody's out-of-office notice shall answer this.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        main, _, sub = str(attachment["media_type"]).partition("/")
        content = bytes_of(str(attachment["sha256"]))
        mail.add_attachment(content, maintype=main, subtype=sub, filename=one_line(str(attachment["name"])))
    # `email` would choose boundaries at random.
    seed = hashlib.sha256(message.message_id.encode()).hexdigest()[:24]
    for number, part in enumerate(p for p in mail.walk() if p.is_multipart()):
        part.set_boundary(f"=_{seed}_{number}")
    return mail
