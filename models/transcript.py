"""A transcript as values: everything that recognizers have given one educator up to a day, for the paper and for the mail with it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models.words import Currency


@dataclass(frozen=True, slots=True)
class Earned:
    """A micro-credential as its issuer awarded it. `earned_on` is None where the credential does not say."""

    case_id: int
    title: str
    issuer: str
    earned_on: date | None
    submitted_on: date


@dataclass(frozen=True, slots=True)
class Given:
    """What one clause gives for a micro-credential, granted or banked. `quantity` is in `unit`, and 0 where it counts within another
    one's; `note` says, of what is banked, until when or until what it rests, and of what has no quantity, with what it counts."""

    earned: Earned
    recognizer: str
    agreement: str
    currency: Currency
    clause: str
    quantity: Decimal
    unit: str
    period: str = ""
    released_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is proven and not decided: by whom it is to be decided, and why it waits. `clause` is empty where no agreement speaks of it."""

    earned: Earned
    recognizer: str
    clause: str
    why: str


@dataclass(frozen=True, slots=True)
class Sum:
    """What the ledger comes to in one period, and with all periods up to it (`so_far`), in `unit`: granted, or `banked`."""

    recognizer: str
    currency: Currency
    banked: bool
    period: str
    amount: Decimal
    so_far: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything recognized for one educator as of the end of `as_of`. `refused` counts micro-credentials that were proven and for
    which nothing is given, banked or waiting; `goals` are sentences on how far the educator is with what is asked of them."""

    educator_id: int
    name: str
    member_number: str
    as_of: date
    granted: tuple[Given, ...] = ()
    banked: tuple[Given, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    sums: tuple[Sum, ...] = ()
    goals: tuple[str, ...] = ()
    refused: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is granted, banked or waiting: then there is no paper to print."""
        return not (self.granted or self.banked or self.waiting)

    @property
    def micro_credentials(self) -> int:
        """How many different ones something was granted for."""
        return len({one.earned.case_id for one in self.granted})
