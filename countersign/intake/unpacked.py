"""What opening one submission gives, as values, and the limits that everything coming in is held to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from models.credentials import Carrier
from models.words import ReadingOutcome

MAX_BYTES = 30 * 1024 * 1024
"""The largest submission, and the largest single part of one, in bytes. Larger ones stay where they are, parked."""

MAX_MESSAGE_DEPTH = 10
"""How many messages may lie inside one another; what is deeper is not opened."""

MAX_PARTS = 300
"""How many parts of one submission are looked at."""

MAX_UNPACKED = 100 * 1024 * 1024
"""How many bytes one submission may unpack to in all: files inside PDFs can be compressed a thousandfold."""

MAX_CARRIERS = 100
"""How many carriers one submission may bring."""

MAX_LOGS = 10
"""How many logs of hours one submission may bring; reading a workbook is dear."""

MAX_LINKS = 10
"""How many links are taken from one message's text."""

MAX_PROBLEMS = 20
"""How many sentences are kept; a hostile message could otherwise make thousands."""


@dataclass(frozen=True, slots=True)
class LogOfHours:
    """A log of hours that came along. `hours` is the sum of its rows, None when it cannot be used, and `problem` then says why.

    `title` is the micro-credential the log names, empty when it names none. `name` is safe to print. `rows_sha256` is the
    SHA-256, hexadecimal, over its days and hours, empty when it cannot be used.
    `days` are its hours by day; `spans` the times of day, (start, end) as HH:MM, of the days where it gives them.
    """

    name: str
    content: bytes
    title: str = ""
    hours: Decimal | None = None
    problem: str = ""
    rows_sha256: str = ""
    days: Mapping[date, Decimal] = field(default_factory=dict[date, Decimal])
    spans: Mapping[date, Sequence[tuple[str, str]]] = field(default_factory=dict[date, Sequence[tuple[str, str]]])


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What one submission holds.

    `sender`, `sender_name` and `subject` are the message's own claims, safe to print; empty for an uploaded file.
    `wishes` is what the sender asked for (see `countersign.intake.wishes`). `problems` are sentences for a person, one
    for each part that could not be used. `complete` is False when a part that might hold a micro-credential could not
    be opened, so that a person has to look. `received` is the mail server's word, aware; None when there is none.
    """

    outcome: ReadingOutcome
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    wishes: dict[str, Any] = field(default_factory=dict[str, Any])
    carriers: tuple[Carrier, ...] = ()
    logs: tuple[LogOfHours, ...] = ()
    problems: tuple[str, ...] = ()
    received: datetime | None = None
    complete: bool = True
