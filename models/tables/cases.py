"""Cases, the verdicts on them, and the queue of what waits for a person."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import Instant


class Case(SQLModel, table=True):
    """One credential's way through the house; later submissions of the same credential join it.

    `key` is `Examination.key`, unique. The fields after `document_sha256` are what the latest verdict read in the
    credential. `issuer` is the registry's id ("nea") and `issuer_name` the registry's name once trusted, the
    credential's own claim before. `matched_by` says, for staff, which identity led to the educator. `proven_at` is when an
    examination last came to `verified`, on arrival or before payment. `standards` is a list of `models.credentials.Standard`
    as objects, None where an earlier version read the credential and did not look for any.
    """

    __tablename__ = "case"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    state: str = Field(index=True)
    opened_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    received_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    look_again_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True, index=True))
    document_sha256: str = ""
    version: str = ""
    credential_id: str = ""
    issuer: str = ""
    issuer_name: str = ""
    achievement_id: str = ""
    title: str = ""
    description: str = ""
    criteria: str = ""
    standards: list[dict[str, str]] | None = Field(
        sa_column=Column(JSON(none_as_null=True), nullable=True), default=None
    )
    issued_on: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    valid_until: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    identities: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False), default_factory=list)
    educator_id: int | None = Field(default=None, foreign_key="educator.id", index=True)
    matched_by: str = ""
    proven_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    joined_to: int | None = Field(default=None, foreign_key="case.id", index=True)

    @property
    def label(self) -> str:
        """How staff name the case: `C-12`."""
        return f"C-{self.id}"


class CaseSubmission(SQLModel, table=True):
    """That a submission brought this case's credential. The one with the earliest `received_at` counts for dates."""

    __tablename__ = "case_submission"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("case_id", "submission_id"),)

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    submission_id: int = Field(foreign_key="submission.id", index=True)


class VerdictRecord(SQLModel, table=True):
    """One verdict on a case, kept for ever; a case looked at again gets another one. Append only.

    `checks` is the list of {name, outcome, detail, remedy}; `evidence` the list of {url, final_url, status, at, sha256}
    of documents fetched for it, whose bytes are in the evidence store; an address that gave none is {url, why, refused, at}.
    With `carrier_id`, the registry's text (`registry_sha256`, in the evidence store too) and `at` the verdict can be replayed without
    a network. `occasion` is a `models.words.Occasion`; `software` the version that examined. `endorsements` is a list of
    `models.credentials.Endorsement` as objects.
    """

    __tablename__ = "verdict"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    outcome: str
    checks: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    evidence: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False), default_factory=list)
    carrier_id: int | None = Field(default=None, foreign_key="carrier.id")
    occasion: str = Field(default="arrival", sa_column_kwargs={"server_default": "arrival"})
    registry_sha256: str = Field(default="", sa_column_kwargs={"server_default": ""})
    software: str = Field(default="", sa_column_kwargs={"server_default": ""})
    remarks: list[str] = Field(sa_column=Column(JSON, nullable=False, server_default="[]"), default_factory=list)
    endorsements: list[dict[str, Any]] = Field(
        sa_column=Column(JSON, nullable=False, server_default="[]"), default_factory=list
    )


class ReviewItem(SQLModel, table=True):
    """Something held: what, why, whose move it is and when it is looked at again.

    `subject` is "case:12" or "submission:4"; at most one item with the same subject and code is open, which a partial
    unique index holds. `proposals` are candidates for a person to choose from: [{"educator_id", "why"}].
    """

    __tablename__ = "review_item"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index(
            "uq_review_open",
            "subject",
            "code",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    code: str
    sentence: str
    next_step: str
    owner: str
    proposals: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False), default_factory=list)
    opened_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    look_again_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    closed_by: str = ""
    resolution: str = ""
