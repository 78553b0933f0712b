"""How the demonstration's mails and attachments are put together, the same bytes every time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from sample.issuers import Award

EVENING = datetime(2026, 10, 1, 18, 0, tzinfo=ZoneInfo("America/Chicago"))
DESK = Address("Micro-credential desk", "credentials", "demo-ea.example")


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One message: `minute` after six in the evening, Chicago time."""

    file: str
    sender: Address
    minute: int
    subject: str
    text: str
    attachments: Sequence[Attachment] = field(default=())
    html: str = ""
    automatic: bool = False


def written(mail: Mail) -> bytes:
    """The message as the affiliate's mail server wrote it down: its own `Received` line first."""
    at = EVENING + timedelta(minutes=mail.minute)
    message = EmailMessage(policy=SMTP)
    message["Received"] = f"from mx.{mail.sender.domain} by mail.demo-ea.example with ESMTPS; {format_datetime(at)}"
    message["From"] = mail.sender
    message["To"] = DESK
    message["Subject"] = mail.subject
    message["Date"] = at - timedelta(seconds=20)
    message["Message-ID"] = f"<evening-{mail.file.split('-')[0]}@{mail.sender.domain}>"
    if mail.automatic:
        message["Auto-Submitted"] = "auto-replied"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        maintype, subtype = attachment.kind.split("/")
        if attachment.kind == "message/rfc822":
            message.add_attachment(message_from_bytes(attachment.content, policy=SMTP), filename=attachment.name)
        else:
            message.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=attachment.name)
    for number, part in enumerate(
        p for p in message.walk() if p.is_multipart() and p.get_content_maintype() == "multipart"
    ):
        part.set_boundary(f"=_evening_{mail.file.split('-')[0]}_{number}")
    return message.as_bytes()


def png(name: str, content: bytes) -> Attachment:
    return Attachment(f"{name}.png", "image/png", content)


def log_of_hours(title: str, *rows: tuple[str, str, str]) -> Attachment:
    lines = ["Date,Hours,Micro-credential,Activity", *(f"{day},{hours},{title},{what}" for day, hours, what in rows)]
    return Attachment(f"log-of-hours-{title.lower().replace(' ', '-')}.csv", "text/csv", "\r\n".join(lines).encode())


def hours(title: str, month: int, *amounts: str, first: int = 5) -> Attachment:
    """A log with one row a week, from day `first` of the month of 2026."""
    what = ("Reading and planning", "Tried it with a class", "Gathered evidence", "Wrote it up")
    rows = [(f"2026-{month:02d}-{first + 7 * n:02d}", amount, what[n % 4]) for n, amount in enumerate(amounts)]
    return log_of_hours(title, *rows)


def award_notice(award: Award, name: str, attachment: Attachment | None = None) -> bytes:
    """The issuer's own award e-mail, to be forwarded as an attachment."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "Demo NEA Micro-credentials <awards@nea.example>"
    message["To"] = award.email
    message["Subject"] = f"Congratulations! You earned {award.title}"
    message["Date"] = format_datetime(datetime.fromisoformat(award.earned))
    message["Message-ID"] = f"<award-{award.number}@nea.example>"
    message.set_content(
        f"Dear {name},\n\nyou have earned the micro-credential {award.title}. Your badge is attached.\n"
    )
    if attachment:
        maintype, subtype = attachment.kind.split("/")
        message.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=attachment.name)
        message.set_boundary(f"=_award_{award.number}")
    return message.as_bytes()


def pdf_with(name: str, content: bytes, lines: Sequence[str]) -> bytes:
    """A one-page PDF with the badge file embedded."""
    writer = PdfWriter()
    page = writer.add_blank_page(612, 792)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = DecodedStreamObject()
    shown = " T* ".join(f"({line}) Tj" for line in lines)
    stream.set_data(f"BT /F1 16 Tf 24 TL 72 700 Td {shown} ET".encode("latin-1"))
    page[NameObject("/Contents")] = writer._add_object(stream)  # pyright: ignore[reportPrivateUsage]  (no public way)
    writer.add_attachment(name, content)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
