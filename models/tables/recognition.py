"""What was decided, and the ledger. Both are append only: triggers refuse UPDATE and DELETE."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Exact, Instant


class DecisionRecord(SQLModel, table=True):
    """What one agreement says of one case in one currency, at one time.

    The live decision of a (case, agreement, currency) is the one with the highest `revision`; two writers cannot both
    add the same revision. `quantity` is in `unit` ("hour", "credit", "USD", "micro-credential"). `reasons` is a list of {clause, code,
    sentence, owner, look_again_on, change}. `agreement_sha256` is the hash of the agreement file that was applied. `cap` is {limit,
    before, used, after, unit, period} where the clause has one. `period` is the label of the period it counts in ("2026-27", "Fall 2026", "the contract").
    """

    __tablename__ = "decision"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("case_id", "agreement", "currency", "revision"),)

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    agreement: str
    agreement_sha256: str
    recognizer: str
    clause: str
    currency: str
    revision: int
    outcome: str
    quantity: Decimal = Field(sa_column=Column(Exact, nullable=False))
    unit: str
    period: str = ""
    effective_on: date | None = None
    pay_month: str = ""
    submit_from: date | None = None
    cap: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False), default_factory=dict)
    reasons: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False), default_factory=list)
    decided_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class AgreementVersion(SQLModel, table=True):
    """The text of an agreement's version that decided something, kept when it was first used: append only, so that why
    a decision fell can be read after the file was edited.

    `sha256` is `Rules.sha256`, `file` the file's name then, `text` its text and `approved` the text of the approved list
    it names, empty when it names none.
    """

    __tablename__ = "agreement_version"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    agreement: str = Field(index=True)
    sha256: str = Field(unique=True)
    file: str
    text: str
    approved: str = ""
    first_used_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Posting(SQLModel, table=True):
    """One line of the ledger. `quantity` is signed: a reversal carries the negative of the line it reverses.

    `period` is the recognizer's year; `pay_month` ("2026-11") is the month whose HR package carries the line, for currencies a district handles.
    """

    __tablename__ = "posting"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("decision_id", "kind"), UniqueConstraint("reverses_id"))

    id: int = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decision.id", index=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    recognizer: str = Field(index=True)
    agreement: str
    currency: str
    kind: str
    quantity: Decimal = Field(sa_column=Column(Exact, nullable=False))
    unit: str
    period: str = ""
    pay_month: str = Field(default="", index=True)
    reverses_id: int | None = Field(default=None, foreign_key="posting.id")
    posted_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Consideration(SQLModel, table=True):
    """That every agreement was last applied to an educator's cases, so that the next night need not do it again.

    `fingerprint` is the SHA-256, hexadecimal, over the agreements and all the facts that were looked at; another one means something changed.
    `look_again_at` is the earliest moment at which the same facts may give another decision: a banked case's release.
    """

    __tablename__ = "consideration"  # pyright: ignore[reportAssignmentType]

    educator_id: int = Field(primary_key=True, foreign_key="educator.id")
    fingerprint: str
    look_again_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    considered_at: datetime = Field(sa_column=Column(Instant, nullable=False))
