"""The workspace: a folder with `countersign.toml` and what belongs to it. Secrets come from the environment only."""

import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from countersign.errors import UsageError
from countersign.tomlfile import read_toml
from models.retention import EvidenceKind, Kept, Length
from models.text import Text, TimeZone

FILE_NAME = "countersign.toml"
PROGRAM = Path(__file__).resolve().parent.parent  # where templates/ and the sample agreements are shipped

Security = Literal["tls", "starttls", "none"]


class Section(BaseModel):
    """Base of every section: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def contrast_on_white(color: str) -> float:
    """The contrast ratio of a color written as #rrggbb against white, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    levels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in levels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


LEAST_CONTRAST = 4.5
"""Of text against its background (WCAG 2.2, level AA)."""

Color = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$"), AfterValidator(str.lower)]


class Colors(Section):
    """The affiliate's colors on its papers, as #rrggbb: `accent` for words and the frame, so it must be readable on white; `ornament`
    for fine lines that say nothing."""

    accent: Color = "#1f4a3a"
    ornament: Color = "#b59a5b"

    @field_validator("accent")
    @classmethod
    def _readable(cls, color: str) -> str:
        ratio = contrast_on_white(color)
        if ratio < LEAST_CONTRAST:
            raise ValueError(
                f"{color} is too light to read on white: its contrast is {ratio:.1f} to 1, and at least {LEAST_CONTRAST} to 1 "
                "is needed; choose a darker color"
            )
        return color


class Affiliate(Section):
    """Who issues. `check_url` is where certificates can be checked; the number is appended to it. `logo` is a PNG, JPEG or SVG file in
    the workspace."""

    name: Text
    address: tuple[Text, ...]
    email: Text
    check_url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    phone: str = ""
    logo: str = ""
    colors: Colors = Colors()


class Signatory(Section):
    """Who signs, from and until when (last day included)."""

    name: Text
    title: Text
    from_: date = Field(alias="from")
    until: date | None = None
    image: str = ""


class Mailbox(Section):
    """The IMAP mailbox to poll. The password is read from COUNTERSIGN_MAILBOX_PASSWORD."""

    host: Text
    port: Annotated[int, Field(gt=0, lt=65536)] = 993
    user: Text
    folder: Text = "INBOX"
    security: Security = "tls"
    ca_file: str = ""
    """A file of certificate authorities to trust instead of the system's, for a mail server inside the house."""

    @property
    def password(self) -> str:
        return os.environ.get("COUNTERSIGN_MAILBOX_PASSWORD", "")


class Smtp(Section):
    """The server that takes outbound mail. The password is read from COUNTERSIGN_SMTP_PASSWORD; no user, no login."""

    host: Text
    port: Annotated[int, Field(gt=0, lt=65536)] = 587
    user: str = ""
    security: Security = "starttls"
    ca_file: str = ""

    @property
    def password(self) -> str:
        return os.environ.get("COUNTERSIGN_SMTP_PASSWORD", "")


class Mail(Section):
    """How outbound mail is signed: the sender, and where the staff's digest goes.

    `received_by` is the name of the affiliate's own receiving mail server, as that writes it after `by` in the `Received:`
    lines it adds. A message file in inbox/ came when its topmost such line says, provided that names this host; without
    it, and for any other file, it came when the file was last changed. Who may write into inbox/ is trusted with such
    dates, since the line can be written by hand.
    """

    sender: Text
    staff: Text
    received_by: str = ""


PASSPHRASE = "COUNTERSIGN_SIGNING_PASSPHRASE"  # noqa: S105  (the name of a variable)


class Signing(Section):
    """With what certificates are signed (PAdES). `file` is a PKCS#12 or PEM file with the key and its certificates, which
    nobody but its owner may read and which lies in no git repository; `tsa` the https address of a time-stamp server (RFC 3161), empty for none. The passphrase is read from
    COUNTERSIGN_SIGNING_PASSPHRASE."""

    file: Text
    tsa: Annotated[str, Field(pattern=r"^(https://\S+)?$")] = ""

    @property
    def passphrase(self) -> str:
        return os.environ.get(PASSPHRASE, "")


RESERVED = (".example", ".test", ".invalid", ".localhost")
RESERVED_HOSTS = ("example.com", "example.org", "example.net", "www.example.com", "www.example.org", "www.example.net")


class Network(Section):
    """Fetching. `offline` fetches nothing. `mirror` answers hosts from folders of the workspace, for demonstrations and
    tests: only names reserved for that (RFC 2606) may be mirrored, so that it can never stand in for a real issuer."""

    offline: bool = False
    mirror: dict[str, str] = Field(default_factory=dict[str, str])

    @model_validator(mode="after")
    def _reserved_only(self) -> Self:
        for host in self.mirror:
            if not host.endswith(RESERVED) and host not in RESERVED_HOSTS:
                raise ValueError(
                    f'mirror: "{host}" is a real host; only reserved names such as "issuer.example" may be mirrored'
                )
        return self


class Database(Section):
    """Where the tables are. COUNTERSIGN_DATABASE_URL overrides; a relative SQLite path starts at the workspace."""

    url: Text = "sqlite:///var/countersign.db"


class RecognitionCredential(Section):
    """That every certificate is also issued as an Open Badges 3.0 credential, signed with the affiliate's own key.

    `issuer` is the affiliate's name in it: a did:web, or an https address, at which the public key is published. The private
    key (Ed25519 or P-256, PEM) comes from COUNTERSIGN_SIGNING_KEY or else from the file `key_file`, which nobody but its owner
    may read and which lies in no git repository. `former_keys` are files with the public keys that were used before: what
    they signed stays provable. `picture` is the PNG that carries the credential, instead of the one that is shipped. `attach`:
    the educator gets it by mail, beside the certificate.
    """

    issuer: Annotated[
        str,
        Field(
            pattern=r"^(?:did:web:[A-Za-z0-9.-]+(?:%3[Aa][0-9]{1,5})?(?::[A-Za-z0-9._~-]+)*"
            r"|https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._~/-]+)$"
        ),
    ]
    key_file: str = ""
    former_keys: tuple[Text, ...] = ()
    picture: str = ""
    attach: bool = True

    @property
    def signing_key(self) -> str:
        return os.environ.get("COUNTERSIGN_SIGNING_KEY", "")


class Retention(Section):
    """How long originals are kept, counted from the day on which the house had them; without end where nothing is said. What may go
    then goes by `countersign retention`, never by itself, and only what nothing rests on any more (`countersign.retention`)."""

    arrivals: Kept = None
    """Mails and files as they came, the files found in them, and the micro-credentials read from those."""
    logs_of_hours: Kept = None
    sources_of_facts: Kept = None
    """The files that facts were recorded from: transcripts, letters, exports of forms."""
    web_answers: Kept = None
    """What the issuers' sites answered when a micro-credential was verified."""

    def of(self, kind: EvidenceKind) -> Length | None:
        """How long that kind is kept; None is without end."""
        kept: Length | None = getattr(self, kind.value)
        return kept


class Settings(Section):
    """The whole of `countersign.toml`."""

    time_zone: TimeZone
    affiliate: Affiliate
    signatories: tuple[Signatory, ...] = Field(min_length=1)
    mail: Mail
    mailbox: Mailbox | None = None
    smtp: Smtp | None = None
    signing: Signing | None = None
    database: Database = Database()
    network: Network = Network()
    retention: Retention = Retention()
    recognition_credential: RecognitionCredential | None = None

    @model_validator(mode="after")
    def _credentials_lie_at_the_check_address(self) -> Self:
        address = self.affiliate.check_url
        if self.recognition_credential is not None and not re.fullmatch(r"https://[^/?#\s]+/(?:[^/?#\s]+/)+", address):
            raise ValueError(
                f"[recognition_credential] needs a check_url such as https://check.demo-ea.example/c/: https, and the number "
                f"comes after the last slash; {address} is none"
            )
        return self

    def signatory_on(self, day: date) -> Signatory:
        """Who signs on `day`. Raises UsageError when nobody or more than one may."""
        able = [s for s in self.signatories if s.from_ <= day and (s.until is None or day <= s.until)]
        if len(able) != 1:
            raise UsageError(
                f"{FILE_NAME}: {'nobody' if not able else f'{len(able)} signatories'} may sign on {day}.",
                "Set from and until of [[signatories]] so that exactly one may.",
            )
        return able[0]


@dataclass(frozen=True, slots=True)
class Workspace:
    """An opened workspace: its folder (absolute) and its settings."""

    root: Path
    settings: Settings

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def evidence(self) -> Path:
        return self.var / "evidence"

    @property
    def issuers_file(self) -> Path:
        return self.root / "issuers.toml"

    @property
    def agreements(self) -> Path:
        return self.root / "agreements"

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Where templates are looked up: the workspace's own first, then the ones shipped."""
        own, shipped = self.root / "templates", PROGRAM / "templates"
        return (own, shipped) if own != shipped and own.is_dir() else (shipped,)

    @property
    def database_url(self) -> str:
        url = os.environ.get("COUNTERSIGN_DATABASE_URL") or self.settings.database.url
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return f"{prefix}{self.root / url.removeprefix(prefix)}"
        return url


def find_workspace(start: Path | None = None) -> Path:
    """The folder that holds `countersign.toml`: `start`, COUNTERSIGN_WORKSPACE, or the nearest one upwards from here.

    Raises UsageError when there is none.
    """
    if start is None and os.environ.get("COUNTERSIGN_WORKSPACE"):
        start = Path(os.environ["COUNTERSIGN_WORKSPACE"])
    if start is not None:
        if (start / FILE_NAME).is_file():
            return start.resolve()
        raise UsageError(f"{start} is not a workspace: it has no {FILE_NAME}.", "Make one with: countersign init DIR")
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise UsageError(
        f"No {FILE_NAME} here or in any folder above.",
        "Go to a workspace, name one with --workspace DIR, or make one with: countersign init DIR",
    )


def open_workspace(start: Path | None = None) -> Workspace:
    """The workspace at or above `start`. Raises UsageError or FileProblems."""
    root = find_workspace(start)
    return Workspace(root=root, settings=read_toml(root / FILE_NAME, Settings))
