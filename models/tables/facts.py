"""Facts that people recorded: append only, each with who, when and from where; one is taken back by another that names it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Instant


class FactRecord(SQLModel, table=True):
    """One fact. Append only: a trigger refuses UPDATE and DELETE.

    `said` is the fact (`models.facts.Fact`) as JSON; `kind`, `case_id`, `educator_id`, `agreement` and `happened_on` repeat of it
    what is looked up. `takes_back` is the fact that a withdrawal names; its other columns are those of that fact, so that both are found
    together. `turn` counts the facts of one `slot` (what at most one fact that counts can say something of), from 0: two writers
    cannot both add the same one. `source` is the file's name, or the command; `source_sha256` the file's bytes in the evidence store, `line` its line.
    """

    __tablename__ = "fact"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("slot", "turn"),)

    id: int = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    case_id: int | None = Field(default=None, foreign_key="case.id", index=True)
    educator_id: int | None = Field(default=None, foreign_key="educator.id", index=True)
    agreement: str = ""
    happened_on: date
    said: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    slot: str
    turn: int
    takes_back: int | None = Field(default=None, foreign_key="fact.id", unique=True)
    recorded_by: str
    recorded_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    source: str
    source_sha256: str = ""
    line: int = 0
