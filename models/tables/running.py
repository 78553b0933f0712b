"""What keeps the runs honest: the audit chain, the lease, the runs themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from models.tables.columns import Instant


class AuditEntry(SQLModel, table=True):
    """One link of the audit chain: `sha256` covers this entry and `previous`, which is unique, so no fork is possible."""

    __tablename__ = "audit_entry"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False), default_factory=dict)
    previous: str = Field(unique=True)
    sha256: str = Field(unique=True)


class Lease(SQLModel, table=True):
    """Who may run a batch just now. An expired lease may be taken over, so a crashed run blocks nobody for long."""

    __tablename__ = "lease"  # pyright: ignore[reportAssignmentType]

    name: str = Field(primary_key=True)
    holder: str
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class Run(SQLModel, table=True):
    """One run of a flow. `counts` is the summary that staff saw."""

    __tablename__ = "run"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    flow: str
    started_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    counts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False), default_factory=dict)


class MailboxMark(SQLModel, table=True):
    """How far a mailbox folder has been read: everything up to `uid` under this UIDVALIDITY is stored."""

    __tablename__ = "mailbox_mark"  # pyright: ignore[reportAssignmentType]

    folder: str = Field(primary_key=True)
    uidvalidity: int
    uid: int
