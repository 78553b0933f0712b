"""The errors a person sees. Each says what happened, to which input, and what to do next; the class decides the exit code.

CountersignError
├── UsageError      wrong usage or configuration: exit 2
│   └── FileProblem     a file of the operator's is wrong, at a line
└── Outage          something outside did not answer: exit 3, try again later
    ├── Busy            another writer has the database just now
    └── LeaseTaken      another run is under way
"""


class CountersignError(Exception):
    """Base of all. `exit_code` follows the command line's contract."""

    exit_code = 1

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()

    @property
    def lines(self) -> tuple[str, ...]:
        """What happened, one line for each thing that did. A line break within one is none of ours, and is not printed as one."""
        return (self.what,)


class UsageError(CountersignError):
    """The command, the configuration or a file given to it cannot be used as it is."""

    exit_code = 2


class FileProblem(UsageError):
    """A file is wrong at a line. `line` is 1-based, 0 when the file as a whole is meant."""

    def __init__(self, file: str, line: int, what: str, remedy: str = "") -> None:
        where = f"{file}, line {line}" if line else file
        stop = "." if what and not what.endswith((".", "!", "?", "…")) else ""
        super().__init__(f"{where}: {what}{stop}", remedy)
        self.file = file
        self.line = line


class Outage(CountersignError):
    """A server, the database or the network did not answer. Nothing is lost; the same command may be repeated."""

    exit_code = 3


class Busy(Outage):
    """The database was locked by another writer, or its connection broke: the transaction did not happen. Worth a retry."""


class LeaseTaken(Outage):
    """Another run holds the lease (or took it over); this one did nothing, or stopped."""
