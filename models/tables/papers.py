"""What is issued and sent: certificates, credit requests, messages and HR's packages."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import Exact, Instant


class Certificate(SQLModel, table=True):
    """One certificate. `printed` is everything on it, fixed before it is drawn, so that drawing again gives the same bytes.

    `award` is "case:12/vt-vermont-nea/state_cpd"; a partial unique index allows one `valid` certificate for an award, another
    one successor of a certificate that is valid or went out. `ended_at`, `ended_by` (a person, or the run) and `ended_reason` say
    when, by whom and why it ceased to be valid; they are empty before, and for what ended before they were kept. Triggers refuse
    to delete a row, to change what is printed or was sealed, and every step but the one from `valid` to another state.
    """

    __tablename__ = "certificate"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index(
            "uq_certificate_award",
            "award",
            unique=True,
            sqlite_where=text("state = 'valid'"),
            postgresql_where=text("state = 'valid'"),
        ),
        Index(
            "uq_certificate_successor",
            "replaces_id",
            unique=True,
            sqlite_where=text("state = 'valid' OR sha256 <> ''"),
            postgresql_where=text("state = 'valid' OR sha256 <> ''"),
        ),
        Index("ix_certificate_sha256", "sha256"),
    )

    id: int = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    award: str
    case_id: int = Field(foreign_key="case.id", index=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    decision_id: int = Field(foreign_key="decision.id")
    state: str
    issued_on: date
    printed: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    sha256: str = ""
    path: str = ""
    replaces_id: int | None = Field(default=None, foreign_key="certificate.id")
    ended_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    ended_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    ended_reason: str = Field(default="", sa_column_kwargs={"server_default": ""})


class RecognitionCredential(SQLModel, table=True):
    """The Open Badges 3.0 credential that says the same as a certificate, signed by the affiliate: one for each. Append only.

    `sha256` is that of the signed token, `png_sha256` that of the picture that carries it; the bytes of both are in the evidence
    store. `status_index` is its place in the affiliate's status lists, counted through all of them; `key_id` names the key.
    """

    __tablename__ = "recognition_credential"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    certificate_id: int = Field(foreign_key="certificate.id", unique=True)
    sha256: str = Field(index=True)
    png_sha256: str = Field(index=True)
    status_index: int = Field(unique=True)
    key_id: str
    issued_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class CreditRequest(SQLModel, table=True):
    """A request for college credit on one case; `state` moves as the registrar answers. A partial unique index allows one for a
    case and agreement that is not `withdrawn`."""

    __tablename__ = "credit_request"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index(
            "uq_credit_request_award",
            "case_id",
            "agreement",
            unique=True,
            sqlite_where=text("state <> 'withdrawn'"),
            postgresql_where=text("state <> 'withdrawn'"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    decision_id: int = Field(foreign_key="decision.id")
    agreement: str
    state: str
    requested_on: date
    printed: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    sha256: str = ""
    path: str = ""


class CreditEvent(SQLModel, table=True):
    """One step in the life of a credit request, as somebody said it: append only. `CreditRequest.state` is what the steps
    together come to (`countersign.issuance.credit_steps`), written in the same transaction.

    `turn` counts the steps of one request and state, from 0: two writers cannot both record the same one. `happened_on` is the day that the step
    itself names, `source` a file's name or the command, `source_sha256` the file's bytes in the evidence store, `line` its line.
    `fact_id` is the transcript on record that this step brought; `again` says, of a withdrawal, that another request is to be made.
    """

    __tablename__ = "credit_event"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("request_id", "state", "turn"),)

    id: int = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="credit_request.id", index=True)
    state: str
    turn: int
    happened_on: date
    course: str = ""
    credits: Decimal | None = Field(default=None, sa_column=Column(Exact, nullable=True))
    note: str = ""
    again: bool = False
    fact_id: int | None = Field(default=None, foreign_key="fact.id")
    recorded_by: str
    recorded_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    source: str
    source_sha256: str = ""
    line: int = 0


class CreditBatch(SQLModel, table=True):
    """One delivery of a term's requests to a college. A delivered batch never changes: append only."""

    __tablename__ = "credit_batch"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("college", "term", "delivery"),)

    id: int = Field(default=None, primary_key=True)
    college: str
    term: str
    delivery: int
    path: str = Field(unique=True)
    manifest_sha256: str
    totals: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    made_by: str
    made_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class CreditBatchLine(SQLModel, table=True):
    """That a request went to a college in a batch (`what` is "request"), or that the college was told there that it is "withdrawn":
    each at most once, ever. Append only."""

    __tablename__ = "credit_batch_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("request_id", "what"),)

    id: int = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="credit_batch.id", index=True)
    request_id: int = Field(foreign_key="credit_request.id")
    what: str


class Message(SQLModel, table=True):
    """One outbound e-mail: written with the facts it tells, sent afterwards, as often as it takes.

    `message_id` never changes, so a second delivery is recognisable as the same mail. `attachments` is a list of {name, sha256,
    media_type}, the bytes being in the evidence store. `educator_id` is None for the staff digest. Until `claimed_until`, by
    the clock on the wall, one sender has it and no other touches it.
    """

    __tablename__ = "message"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("kind", "subject_key"),)

    id: int = Field(default=None, primary_key=True)
    kind: str
    subject_key: str
    educator_id: int | None = Field(default=None, foreign_key="educator.id", index=True)
    to_address: str
    subject: str
    text: str
    html: str = ""
    attachments: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False), default_factory=list)
    message_id: str = Field(unique=True)
    state: str = Field(index=True)
    attempts: int = 0
    claimed_until: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    last_error: str = ""
    written_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    sent_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))


class Telling(SQLModel, table=True):
    """That a fact was told in a message. `fact` is unique: nobody is told the same thing twice.

    Facts are written "case:12/verdict:31", "decision:88", "case:12/again:44", "submission:9/nothing".
    """

    __tablename__ = "telling"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    fact: str = Field(unique=True)
    message_id: int = Field(foreign_key="message.id", index=True)


class Package(SQLModel, table=True):
    """HR's package of one district and month, once closed. A delivered month never changes: append only."""

    __tablename__ = "package"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("district", "month"),)

    id: int = Field(default=None, primary_key=True)
    district: str
    month: str
    path: str
    manifest_sha256: str
    totals: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    closed_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class PackageLine(SQLModel, table=True):
    """That a posting went to HR in a package: at most once, ever. Append only."""

    __tablename__ = "package_line"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("package_id", "line"),)

    id: int = Field(default=None, primary_key=True)
    package_id: int = Field(foreign_key="package.id", index=True)
    line: str
    posting_id: int = Field(foreign_key="posting.id", unique=True)
