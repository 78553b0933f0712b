"""Sending what was written: over SMTP when configured, else as .eml files into the outbox. A step of its own that repeats.

A message is claimed before it is sent, so that of two senders at once only one sends it, and marked after. A run killed
between leaves its claim, which ends after `CLAIM`; then the message goes again under the same Message-ID, which every
mail program shows once.
"""

import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select, update

from countersign import audit, clock, review
from countersign.delivery.outgoing import address_of, compose, one_line
from countersign.errors import CountersignError, Outage
from countersign.evidence import write_whole
from countersign.settings import Smtp, Workspace
from countersign.store import Store
from models.tables import Message
from models.words import MessageState, Owner

TIMEOUT = 30
"""Seconds to wait for any one answer of the mail server."""

CLAIM = timedelta(minutes=10)
"""How long a message is one sender's: longer than all the answers to one message can take."""

BROKEN_OFF = 3
"""After so many connections broken off in a row, no further message is tried."""

CLOSING = 421
"""RFC 5321 §3.8: the server closes the connection, whatever it was asked."""

TOO_LARGE = 552
"""RFC 5321 §4.2.3: the one permanent answer to MAIL FROM that is about the message and not about who sends."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the pending messages: `sent` and `refused` now, `waiting` still; `problem` says why, for staff."""

    sent: int = 0
    waiting: int = 0
    refused: int = 0
    problem: str = ""


class _Refused(Exception):
    """The server will never take this message."""


class _NotNow(Exception):
    """The server did not take this message this time; the next one may go."""


class _BrokenOff(_NotNow):
    """The connection broke before the server said what becomes of the message."""


class _Away(Exception):
    """The server cannot be used now; no further message is tried."""


def send_messages(store: Store, workspace: Workspace, now: datetime) -> Sent:
    """Send every pending message, oldest first. Raises nothing for a server that is away: the result says so, and what
    waits is sent by the next run. `now` is the run's time, which is written down; a claim goes by the real one."""
    with store.reading() as session:
        query = select(Message.id).where(col(Message.state) == MessageState.pending.value)
        pending = list(session.exec(query.order_by(col(Message.id))))
    if not pending:
        return Sent()
    sent = refused = broken_off = 0
    problem = ""
    with _transport(workspace) as post:
        for message_id in pending:
            claim = _claim(store, message_id)
            if claim is None:
                continue
            try:
                post(*_composed(store, workspace, message_id))
            except _Refused as error:
                refused += _refuse(store, message_id, claim, str(error), now)
                broken_off = 0
            except (_NotNow, _Away) as error:
                problem = str(error)
                _release(store, message_id, claim, problem)
                broken_off = broken_off + 1 if isinstance(error, _BrokenOff) else 0
                if broken_off == BROKEN_OFF:
                    problem = f"{problem.removesuffix('.')}, {BROKEN_OFF} times in a row."
                if broken_off == BROKEN_OFF or isinstance(error, _Away):
                    break
            else:
                _done(store, message_id, now)
                sent += 1
                broken_off = 0
    waiting, elsewhere = _left(store)
    if problem:
        problem = f"Mail waits to be sent ({waiting}): {problem} The next run tries again."
    elif elsewhere:
        problem = (
            f"Mail waits to be sent ({elsewhere}): another run is sending it, or was stopped while it did. "
            f"A run {CLAIM.seconds // 60} minutes from now sends what is left."
        )
    return Sent(sent, waiting, refused, problem)


def _left(store: Store) -> tuple[int, int]:
    """How many messages are pending, and how many of these a sender has."""
    pending = select(func.count()).select_from(Message).where(col(Message.state) == MessageState.pending.value)
    with store.reading() as session:
        claimed = pending.where(col(Message.claimed_until) >= clock.now())
        return session.exec(pending).one(), session.exec(claimed).one()


def _claim(store: Store, message_id: int) -> datetime | None:
    """Take the message for this attempt; the end of the claim, None when another sender has it or has sent it.

    A claim made after another one ended ends later, so its end tells whose it is.
    """
    now = clock.now()
    with store.transaction() as session:
        taken = session.exec(
            update(Message)
            .where(
                col(Message.id) == message_id,
                col(Message.state) == MessageState.pending.value,
                or_(col(Message.claimed_until).is_(None), col(Message.claimed_until) < now),
            )
            .values(attempts=col(Message.attempts) + 1, claimed_until=now + CLAIM)
        )
    return now + CLAIM if taken.rowcount == 1 else None


def _composed(store: Store, workspace: Workspace, message_id: int) -> tuple[Message, EmailMessage]:
    with store.reading() as session:
        message = session.get_one(Message, message_id)
    try:
        return message, compose(message, workspace.settings.mail.sender, store.evidence.get)
    except CountersignError as error:  # an attachment is gone or damaged: staff restore it, then it goes
        raise _NotNow(f"Message {message_id} lacks an attachment: {error}") from error
    except ValueError as error:
        raise _Refused(f"its address cannot be used: {one_line(str(error))}") from error


def _done(store: Store, message_id: int, now: datetime) -> None:
    """The server has it. This holds even when the claim ended meanwhile."""
    with store.transaction() as session:
        message = session.get_one(Message, message_id)
        message.state, message.sent_at, message.last_error = MessageState.sent.value, now, ""
        message.claimed_until = None
        session.add(message)
        review.release(session, subject=f"message:{message_id}", now=now, by="nightly", resolution="It was sent.")
        audit.record(session, at=now, actor="nightly", action="message sent", subject=f"message:{message_id}")


def _release(store: Store, message_id: int, claim: datetime, error: str) -> None:
    """Give the message back for the next attempt, unless the claim ended and another sender took it over."""
    with store.transaction() as session:
        session.exec(
            update(Message).where(*_still_ours(message_id, claim)).values(claimed_until=None, last_error=error)
        )


def _refuse(store: Store, message_id: int, claim: datetime, error: str, now: datetime) -> bool:
    """The message will never be taken: staff hear of it. False when another sender took it over meanwhile."""
    with store.transaction() as session:
        refused = session.exec(
            update(Message)
            .where(*_still_ours(message_id, claim))
            .values(state=MessageState.refused.value, claimed_until=None, last_error=error)
        )
        if not refused.rowcount:
            return False
        message = session.get_one(Message, message_id)
        subject = f"message:{message_id}"
        review.hold(
            session,
            subject=subject,
            code="mail_refused",
            sentence=f'The mail "{message.subject}" to {message.to_address} was refused: {error}',
            next_step="Correct the address on the roster and write to the educator; the papers are in the outbox.",
            owner=Owner.staff,
            now=now,
        )
        audit.record(session, at=now, actor="nightly", action="message refused", subject=subject)
        return True


def _still_ours(message_id: int, claim: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Message.id) == message_id,
        col(Message.state) == MessageState.pending.value,
        col(Message.claimed_until) == claim,
    )


class _Outbox:
    """Where mail goes without a mail server: one file for each message, named so that a repetition writes the same file."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.outbox / "mail"
        self._zone = ZoneInfo(workspace.settings.time_zone)

    def __call__(self, message: Message, mail: EmailMessage) -> None:
        day = message.written_at.astimezone(self._zone).date()
        path = self._folder / day.isoformat() / f"{message.id:03d}-{message.kind}.eml"
        try:
            write_whole(path, mail.as_bytes(policy=SMTP.clone(linesep="\n")))
        except Outage as error:
            raise _Away(str(error)) from error


class _Server:
    """A mail server, connected to when the first message goes, and again when it has hung up."""

    def __init__(self, workspace: Workspace, smtp: Smtp) -> None:
        self._settings = smtp
        self._root = workspace.root
        self._sender = address_of(workspace.settings.mail.sender).addr_spec
        self._open: smtplib.SMTP | None = None

    def __call__(self, message: Message, mail: EmailMessage) -> None:
        server = self._connected()
        try:
            server.send_message(mail, from_addr=self._sender, to_addrs=[message.to_address])
        except smtplib.SMTPRecipientsRefused as error:
            ((code, answer),) = error.recipients.values()
            raise self._sorted_out(code, answer) from error
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == TOO_LARGE:
                raise self._sorted_out(error.smtp_code, error.smtp_error) from error
            self.close()
            raise _Away(
                f"{self._name} does not take mail from us: {_said(error.smtp_code, error.smtp_error)}"
            ) from error
        except smtplib.SMTPDataError as error:
            raise self._sorted_out(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise _Refused(f"the server cannot carry it: {one_line(str(error))}") from error
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise _BrokenOff(f"{self._name} broke off: {one_line(str(error)).rstrip('.')}.") from error

    def check(self) -> None:
        """Connect, encrypt and log in; send nothing. Raises _Away."""
        self._connected()

    def close(self) -> None:
        if self._open is not None:
            try:
                self._open.quit()
            except (smtplib.SMTPException, OSError):
                self._open.close()  # it hung up first; what it accepted is accepted
            self._open = None

    def _hang_up(self) -> None:
        """Without a word: nobody listens any more, and waiting for the answer would take as long again."""
        _hang_up(self._open)
        self._open = None

    def _sorted_out(self, code: int, answer: bytes | str) -> _Refused | _NotNow:
        """RFC 5321 §4.2.1: 5yz is for ever, 4yz for now; after one of these the server closes the connection."""
        if code >= 500:
            return _Refused(_said(code, answer))
        if code == CLOSING:
            self._hang_up()
            return _BrokenOff(f"{self._name} broke off: {_said(code, answer)}")
        return _NotNow(f"The mail server answered {_said(code, answer)}")

    @property
    def _name(self) -> str:
        return f"The mail server {self._settings.host}:{self._settings.port}"

    def _connected(self) -> smtplib.SMTP:
        if self._open is not None:
            return self._open
        settings = self._settings
        server: smtplib.SMTP | None = None
        try:
            context = self._context()
            if settings.security == "tls":
                server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT, context=context)
            else:
                server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT)
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password)
        except smtplib.SMTPAuthenticationError as error:
            _hang_up(server)
            raise _Away(
                f"{self._name} refused the login of {settings.user}; check user in [smtp] and COUNTERSIGN_SMTP_PASSWORD."
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            _hang_up(server)
            why = one_line(getattr(error, "strerror", None) or str(error)) or type(error).__name__
            raise _Away(f"{self._name} cannot be used: {why}.") from error
        self._open = server
        return server

    def _context(self) -> ssl.SSLContext:
        if not self._settings.ca_file:
            return ssl.create_default_context()
        file = self._root / self._settings.ca_file
        if not file.is_file():
            raise _Away(f"The file {self._settings.ca_file} is missing; correct ca_file in [smtp].")
        return ssl.create_default_context(cafile=str(file))


def check_server(workspace: Workspace) -> None:
    """Whether the mail server of [smtp] takes our login; nothing is sent. Raises Outage with a sentence."""
    if workspace.settings.smtp is None:
        return
    server = _Server(workspace, workspace.settings.smtp)
    try:
        server.check()
    except _Away as error:
        raise Outage(str(error), "Mail stays written and waits until it can be sent.") from error
    finally:
        server.close()


@contextmanager
def _transport(workspace: Workspace) -> Generator["_Outbox | _Server"]:
    if workspace.settings.smtp is None:
        yield _Outbox(workspace)
        return
    server = _Server(workspace, workspace.settings.smtp)
    try:
        yield server
    finally:
        server.close()


def _said(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {one_line(text)}".rstrip(".") + "."


def _hang_up(server: smtplib.SMTP | None) -> None:
    if server is not None:
        server.close()
