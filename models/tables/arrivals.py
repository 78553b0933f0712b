"""What arrived and what was found in it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Instant


class Submission(SQLModel, table=True):
    """One thing that arrived, as it arrived. Immutable: a trigger refuses UPDATE and DELETE.

    `sha256` names the original bytes in the evidence store and is unique, so the same bytes through two doors are one
    submission. `received_at` is when the affiliate had it (the mail server's word, never the sender's); agreements
    call this date "submitted". `source_key` is the door's own name for it: file name, size and time of
    change, or UIDVALIDITY and UID.
    """

    __tablename__ = "submission"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    source: str
    source_key: str = Field(index=True)
    name: str
    sha256: str = Field(unique=True)
    size: int
    received_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    stored_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class SourceKey(SQLModel, table=True):
    """A door's name for something that is known, so that it is not read again: "folder:award.png:812:17590…".

    The same bytes may be known under several: copied twice into the inbox, or mailed and uploaded.
    """

    __tablename__ = "source_key"  # pyright: ignore[reportAssignmentType]

    key: str = Field(primary_key=True)
    submission_id: int = Field(foreign_key="submission.id", index=True)


class Reading(SQLModel, table=True):
    """What opening a submission brought to light; one per submission, written when it was opened.

    `sender` is the address the message claims to come from, lower case, empty for an upload: it helps to
    choose and never proves. `wishes` holds what the sender asked for in their own words: {"credit": true}.
    `problems` are sentences for a person, one per part that could not be used.
    """

    __tablename__ = "reading"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submission.id", unique=True)
    outcome: str
    sender: str = Field(default="", index=True)
    sender_name: str = ""
    subject: str = ""
    wishes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False), default_factory=dict)
    problems: list[str] = Field(sa_column=Column(JSON, nullable=False), default_factory=list)
    read_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class CarrierRecord(SQLModel, table=True):
    """One carrier of a submission, in the order found. Its bytes are in the evidence store under `sha256`.

    `examined_at` is set once verification has looked; `case_id` when it then stands for a case (a logo does not).
    """

    __tablename__ = "carrier"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("submission_id", "position"),)

    id: int = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submission.id", index=True)
    position: int
    name: str
    kind: str
    sha256: str = ""
    url: str = ""
    case_id: int | None = Field(default=None, foreign_key="case.id", index=True)
    examined_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True, index=True))


class HoursLog(SQLModel, table=True):
    """A log of hours that came with a submission: a fact with its source, never changed.

    `hours` is the sum as text of a Decimal ("6.5"), empty when the log could not be read by machine; `problem` then says why.
    `rows_sha256` is the SHA-256, hexadecimal, over its days and hours: the same log in another file has the same one.
    `days` is its hours by day as text ({"2026-09-14": "6.5"}); `spans` the times of day, [start, end] as HH:MM, of the
    days where it gives them ({"2026-09-14": [["15:00", "17:30"]]}). Logs read before these were kept have neither.
    """

    __tablename__ = "hours_log"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("submission_id", "sha256"),)

    id: int = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submission.id", index=True)
    name: str
    sha256: str
    rows_sha256: str = ""
    title: str = ""
    hours: str = ""
    problem: str = ""
    days: dict[str, str] = Field(
        sa_column=Column(JSON, nullable=False, server_default="{}"), default_factory=dict[str, str]
    )
    spans: dict[str, list[list[str]]] = Field(
        sa_column=Column(JSON, nullable=False, server_default="{}"), default_factory=dict[str, list[list[str]]]
    )


class EvidenceGone(SQLModel, table=True):
    """That bytes of the evidence store were removed under the retention setting. Append only; written before the file goes.

    The same bytes may come again, lie there anew, and be removed once more: `turn` counts from 0. `setting` is what the settings
    said then, by kind: "arrivals: 7 years"; with several kinds, joined by "; ".
    """

    __tablename__ = "evidence_gone"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("sha256", "turn"),)

    id: int = Field(default=None, primary_key=True)
    sha256: str
    turn: int
    setting: str
    gone_at: datetime = Field(sa_column=Column(Instant, nullable=False))
