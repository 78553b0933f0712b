"""The mailbox: messages beyond the mark become submissions. Nothing on the server is changed, not even the seen flag.

The mark (UIDVALIDITY and highest UID stored) moves in the transaction that stores the message, so a kill between
fetching and committing loses nothing and doubles nothing. When UIDVALIDITY changes (RFC 3501 section 2.3.1.1) all is read
again, and found known by its bytes.
"""

import imaplib
import re
import ssl
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from sqlmodel import Session

from countersign.errors import Outage, UsageError
from countersign.intake.keeping import Arrival, keep, park
from countersign.intake.labels import plain
from countersign.intake.opening import too_large
from countersign.intake.unpacked import MAX_BYTES
from countersign.settings import Mailbox, Workspace
from countersign.store import Store
from models.tables import MailboxMark
from models.words import Source

TIMEOUT = 60.0
BATCH = 200

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_AGAIN = "Nothing is lost; the next run takes up where this one stopped."


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as the server lists it. `size` is in bytes, `received_at` the server's own INTERNALDATE."""

    uid: int
    size: int
    received_at: datetime


def collect_mailbox(store: Store, workspace: Workspace, now: datetime) -> list[int]:
    """Take in what is new in the mailbox of `[mailbox]`, in the order it came; returns the ids of new submissions.

    Does nothing when no mailbox is configured. Raises Outage with a sentence when the server is away, refuses the login or
    stops answering, and UsageError when `ca_file` cannot be read.
    """
    mailbox = workspace.settings.mailbox
    if mailbox is None:
        return []
    made: list[int] = []
    with _connected(mailbox, workspace) as connection:
        uidvalidity = _uidvalidity(connection, mailbox)
        name = f"{mailbox.user}@{mailbox.host}/{mailbox.folder}"
        last = _last_uid(store, name, uidvalidity)
        for listed in _listed(connection, last):
            new = _collect(store, connection, name, uidvalidity, listed, now)
            if new is not None:
                made.append(new)
    return made


def check_mailbox(workspace: Workspace) -> None:
    """Log in and open the folder, reading nothing. Raises as `collect_mailbox` does; does nothing when no mailbox is configured."""
    mailbox = workspace.settings.mailbox
    if mailbox is not None:
        with _connected(mailbox, workspace) as connection:
            _uidvalidity(connection, mailbox)


def _collect(
    store: Store, connection: BaseMailBox, name: str, uidvalidity: int, listed: Listed, now: datetime
) -> int | None:
    """Store one message and move the mark past it, in one transaction."""
    arrival = Arrival(
        Source.mailbox,
        f"mailbox:{name}:{uidvalidity}:{listed.uid}",
        f"message-{listed.uid}.eml",
        min(listed.received_at, now),
    )

    def mark(session: Session) -> None:
        row = session.get(MailboxMark, name) or MailboxMark(folder=name, uidvalidity=uidvalidity, uid=0)
        row.uid = max(row.uid, listed.uid) if row.uidvalidity == uidvalidity else listed.uid
        row.uidvalidity = uidvalidity
        session.add(row)
        session.flush()

    content, refusal = (None, "") if listed.size > MAX_BYTES else _fetch(connection, listed.uid)
    if listed.size > MAX_BYTES or (content is not None and len(content) > MAX_BYTES):
        step = "Open it in the mailbox; if it holds micro-credentials, ask the sender to send them in smaller messages."
        return park(store, arrival, listed.size, "too_large", too_large(arrival.name), step, now, also=mark)
    if refusal:
        sentence = f"The mail server does not hand out {arrival.name}: {refusal}"
        step = "Open it in the mailbox; when it can be read there, save it as a file into the inbox folder."
        return park(store, arrival, listed.size, "not_handed_out", sentence, step, now, also=mark)
    if content is None:  # deleted since it was listed
        with store.transaction() as session:
            mark(session)
        return None
    return keep(store, arrival, content, now, also=mark)


@contextmanager
def _connected(mailbox: Mailbox, workspace: Workspace) -> Generator[BaseMailBox]:
    """A connection with the folder opened for reading only; whatever fails on it is an Outage with a sentence."""
    where = f"The mail server {mailbox.host}:{mailbox.port}"
    context = _context(mailbox, workspace)
    try:
        connection = _opened(mailbox, context)
    except ssl.SSLCertVerificationError as error:
        raise Outage(
            f"{where} shows a certificate that is not trusted: {error.verify_message}.",
            "Check host, or name the authority's file as ca_file in [mailbox].",
        ) from error
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise Outage(
            f"{where} does not answer: {_why(error)}.", f"Check host, port and security in [mailbox]. {_AGAIN}"
        ) from error
    try:
        _login(connection, mailbox)
        yield connection
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise Outage(f"{where} stopped answering: {_why(error)}.", _AGAIN) from error
    finally:
        _leave(connection)


def _opened(mailbox: Mailbox, context: ssl.SSLContext) -> BaseMailBox:
    if mailbox.security == "tls":
        return MailBox(mailbox.host, mailbox.port, timeout=TIMEOUT, ssl_context=context)
    if mailbox.security == "starttls":
        return MailBoxStartTls(mailbox.host, mailbox.port, timeout=TIMEOUT, ssl_context=context)
    return MailBoxUnencrypted(mailbox.host, mailbox.port, timeout=TIMEOUT)


def _context(mailbox: Mailbox, workspace: Workspace) -> ssl.SSLContext:
    if not mailbox.ca_file:
        return ssl.create_default_context()
    path = workspace.root / mailbox.ca_file
    try:
        return ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"The ca_file {path} of [mailbox] cannot be read: {error.strerror or error}.",
            "Name a PEM file with the certificate authority of the mail server.",
        ) from error


def _login(connection: BaseMailBox, mailbox: Mailbox) -> None:
    password = mailbox.password
    log_in: Callable[..., Any] = connection.login if (mailbox.user + password).isascii() else connection.login_utf8
    try:
        log_in(mailbox.user, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        if "[UNAVAILABLE]" in str(error):  # RFC 5530 section 3: the server cannot check logins just now
            raise Outage(f"The mail server {mailbox.host} cannot log anybody in just now.", _AGAIN) from error
        hint = "" if password else " COUNTERSIGN_MAILBOX_PASSWORD is not set."
        raise Outage(
            f"The mail server {mailbox.host} refused the login of {mailbox.user}.{hint}",
            f"Check user in [mailbox] and the password in COUNTERSIGN_MAILBOX_PASSWORD. {_AGAIN}",
        ) from error
    try:
        connection.folder.set(mailbox.folder, readonly=True)  # pyright: ignore[reportUnknownMemberType]
    except MailboxFolderSelectError as error:
        raise Outage(
            f"The mailbox of {mailbox.user} on {mailbox.host} has no folder {mailbox.folder} that can be opened.",
            "Check folder in [mailbox].",
        ) from error


def _leave(connection: BaseMailBox) -> None:
    """Log out; a server that is gone by now has nothing more to say."""
    try:
        connection.logout()  # pyright: ignore[reportUnknownMemberType]
    except (OSError, imaplib.IMAP4.error, ImapToolsError):
        try:
            connection.client.shutdown()
        except OSError:
            return


def _uidvalidity(connection: BaseMailBox, mailbox: Mailbox) -> int:
    _, data = connection.client.response("UIDVALIDITY")
    try:
        return int(data[0])  # pyright: ignore[reportArgumentType]
    except (IndexError, TypeError, ValueError) as error:
        raise Outage(
            f"The mail server {mailbox.host} gives no UIDVALIDITY for {mailbox.folder}, so what was read cannot be remembered.",
            "Use a folder with lasting message numbers, or save the messages into the inbox folder.",
        ) from error


def _last_uid(store: Store, name: str, uidvalidity: int) -> int:
    with store.reading() as session:
        mark = session.get(MailboxMark, name)
        return mark.uid if mark is not None and mark.uidvalidity == uidvalidity else 0


def _listed(connection: BaseMailBox, last: int) -> Iterator[Listed]:
    """The messages with a higher UID than `last`, ascending, listed in batches."""
    found = connection.uids(f"UID {last + 1}:*", charset=None)
    uids = sorted(
        uid for uid in set(map(int, found)) if uid > last
    )  # "n:*" always names the last message, even when it is before n
    for start in range(0, len(uids), BATCH):
        batch = ",".join(str(uid) for uid in uids[start : start + BATCH])
        status, items = connection.client.uid("FETCH", batch, "(UID RFC822.SIZE INTERNALDATE)")
        if status != "OK":
            raise imaplib.IMAP4.error(f"FETCH answered {status}")
        yield from sorted(filter(None, map(_parsed, items)), key=lambda listed: listed.uid)


def _parsed(item: Any) -> Listed | None:
    line = b"".join(_pieces(item))
    uid, size, date = _UID.search(line), _SIZE.search(line), _DATE.search(line)
    if uid is None or size is None or date is None:
        return None
    received = parsedate_to_datetime(date.group(1).decode("ascii", "replace").strip())
    return Listed(int(uid.group(1)), int(size.group(1)), received.astimezone(UTC))


def _pieces(item: Any) -> list[bytes]:
    """One item of imaplib's answer as bytes: a line, or a tuple of a line and the literal it announced."""
    items = cast(tuple[Any, ...], item) if isinstance(item, tuple) else (item,)
    return [piece for piece in items if isinstance(piece, bytes)]


def _fetch(connection: BaseMailBox, uid: int) -> tuple[bytes | None, str]:
    """(bytes, "") of a message without marking it seen; (None, why) when the server refuses; (None, "") when it is gone."""
    status, items = connection.client.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MAX_BYTES + 1}>)")
    if status != "OK":
        return None, plain(" ".join(str(item) for item in items), 200) or "no reason given."
    for item in items:
        pieces = _pieces(item)
        if len(pieces) == 2:
            return pieces[1], ""
    return None, ""


def _why(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return plain(str(error), 200) or type(error).__name__
