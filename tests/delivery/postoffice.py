"""A real SMTP server on loopback, in a thread, that can be told to refuse, to postpone and to break off."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.servers import write_certificate

PASSWORD = "right"


class PostOffice:
    """What the server took, and how it answers: `answers` maps a recipient to the line it is refused with. The next
    `hang_ups` messages end in a connection that is closed without a word; `tried` counts all that were begun."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: dict[str, str] = {}
        self.data_answer = "250 OK"
        self.hang_ups = 0
        self.tried = 0
        self.users: list[str] = []
        self.encrypted: list[bool] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.tried += 1
        if self.hang_ups:
            self.hang_ups -= 1
            server.transport.close()
        elif self.data_answer.startswith("250"):
            self.recipients.append(list(envelope.rcpt_tos))
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # pyright: ignore[reportArgumentType]
        return self.data_answer

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        if isinstance(data, LoginPassword) and data.password == PASSWORD.encode():
            self.users.append(data.login.decode())
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False)


class _AnyPort(Controller):
    """On a port the system chooses, which is known before aiosmtpd connects to see whether the server is up."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def post_office(folder: Path, security: str = "none", login: bool = False) -> Generator[tuple[PostOffice, str]]:
    """The running server and the [smtp] section that speaks to it."""
    office = PostOffice()
    certificate, key = write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    more: dict[str, Any] = {}
    if security == "tls":
        more["ssl_context"] = context
    if security == "starttls":
        more |= {"tls_context": context, "require_starttls": True}
    if login:
        more |= {
            "authenticator": office.authenticate,
            "auth_required": True,
            "auth_require_tls": security == "starttls",
        }
    controller = _AnyPort(office, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        office.port = controller.port
        user = 'user = "countersign"\n' if login else ""
        section = f'[smtp]\nhost = "127.0.0.1"\nport = {office.port}\nsecurity = "{security}"\n{user}ca_file = "{certificate}"\n'
        yield office, section
    finally:
        controller.stop()
