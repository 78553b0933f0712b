"""The roster: who the affiliate knows, by which addresses and names, and where they work."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Exact, Instant


class Educator(SQLModel, table=True):
    """One person of the roster. `member_number` is the affiliate's own key for them. `licence_level` is the level as the state names
    it, `licence_from` and `licence_until` the license period that is running, its last day included."""

    __tablename__ = "educator"  # pyright: ignore[reportAssignmentType]

    id: int = Field(default=None, primary_key=True)
    member_number: str = Field(unique=True)
    given_name: str
    family_name: str
    suffix: str = ""
    licence_state: str = ""
    licence_number: str = ""
    licence_level: str = Field(default="", sa_column_kwargs={"server_default": ""})
    licence_from: date | None = None
    licence_until: date | None = None

    @property
    def name(self) -> str:
        """The name as printed on a certificate."""
        parts = (self.given_name, self.family_name, self.suffix)
        return " ".join(p for p in parts if p)


class Address(SQLModel, table=True):
    """One e-mail address of an educator, as written. `folded` is its case-folded form, for look-ups.

    Two educators may share one (a school office's mailbox), so only the pair is unique. `rank` 0 is where mail goes.
    """

    __tablename__ = "address"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("educator_id", "folded"),)

    id: int = Field(default=None, primary_key=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    address: str
    folded: str = Field(index=True)
    rank: int = 0


class FormerName(SQLModel, table=True):
    """A name an educator had before."""

    __tablename__ = "former_name"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("educator_id", "name"),)

    id: int = Field(default=None, primary_key=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    name: str


class Membership(SQLModel, table=True):
    """A span of membership in the affiliate, last day included; open when `ends` is None."""

    __tablename__ = "membership"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("educator_id", "starts"),)

    id: int = Field(default=None, primary_key=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    starts: date
    ends: date | None = None


class Employment(SQLModel, table=True):
    """A span of work for one district, last day included. `employee_id` is the district's own number for the person
    (never a social security number) and belongs to one educator of that district only, which the import checks. `band` is the
    district's own for pay, `bargaining_unit` the unit whose contract holds; empty where the roster does not say.
    """

    __tablename__ = "employment"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("educator_id", "district", "starts"),
        Index("ix_employment_district_employee", "district", "employee_id"),
    )

    id: int = Field(default=None, primary_key=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    district: str
    employee_id: str
    role: str = ""
    band: str = Field(default="", sa_column_kwargs={"server_default": ""})
    bargaining_unit: str = Field(default="", sa_column_kwargs={"server_default": ""})
    location: str = ""
    fte: Decimal | None = Field(default=None, sa_column=Column(Exact, nullable=True))
    starts: date
    ends: date | None = None


class PreApproval(SQLModel, table=True):
    """A district's approval of a micro-credential before the educator began it: a fact with who said so and when."""

    __tablename__ = "pre_approval"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("educator_id", "recognizer", "title"),)

    id: int = Field(default=None, primary_key=True)
    educator_id: int = Field(foreign_key="educator.id", index=True)
    recognizer: str
    title: str
    approved_on: date
    recorded_by: str
    recorded_at: datetime = Field(sa_column=Column(Instant, nullable=False))
