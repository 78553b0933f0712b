"""The opened workspace that a run's tasks share, and how their progress is shown."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep

from countersign.errors import LeaseTaken
from countersign.recognition import load_rules
from countersign.reporting import PackageSummary
from countersign.settings import Workspace, find_workspace, open_workspace
from countersign.store import Held, Store, open_store
from countersign.tally import Tally
from countersign.verification import VerificationSession, open_session
from models.agreement import Rules

CHUNK = 50
"""Rows in one task: a task costs Prefect 5 to 9 ms, a row some milliseconds of work (a slow site up to 15 seconds)."""


PAUSE = timedelta(seconds=20)
"""How long a run that waits for another one waits before it looks again."""

ROSTER_CHUNK = 500
"""Rows in one task of matching, which reads through the roster once for each task."""


@dataclass(frozen=True, slots=True)
class House:
    """A workspace with its store and its agreements, as they were when the run began.

    `problems` collects what a run met outside (a mailbox that is away), `refused` what the ledger did not take, `failures` what
    broke a step, `tallies` and `packages` the results. They may name people, so they stay in this process and never pass through Prefect.
    """

    workspace: Workspace
    store: Store
    rules: tuple[Rules, ...]
    problems: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    tallies: list[Tally] = field(default_factory=list[Tally])
    packages: list[PackageSummary] = field(default_factory=list[PackageSummary])
    failures: list[Exception] = field(default_factory=list[Exception])
    leases: list[Held] = field(default_factory=list[Held])

    sessions: list[VerificationSession] = field(default_factory=list[VerificationSession])

    def session(self, now: datetime) -> VerificationSession:
        """The run's registry and fetcher, opened when the first carrier is examined."""
        if not self.sessions:
            self.sessions.append(open_session(self.workspace, now))
        return self.sessions[0]

    def has_present_registry(self) -> bool:
        """Whether the registry of issuers is still what the run read; if not, the next `session` reads it anew."""
        if not self.sessions or self.sessions[0].is_present(self.workspace):
            return True
        self.sessions.clear()
        return False

    def hold(self, lease: Held) -> None:
        """Keep a lease of the run where its steps can renew it."""
        self.leases.append(lease)

    def renew(self) -> None:
        """Renew the run's leases. Raises LeaseTaken when another run took one over."""
        for lease in self.leases:
            lease.renew()


_opened: dict[str, House] = {}


def enter(root: str | None) -> tuple[str, House]:
    """Open the workspace anew at the start of a run: settings and agreements may have changed since the last one."""
    folder = str(find_workspace(Path(root) if root else None))
    workspace = open_workspace(Path(folder))
    if folder in _opened:
        _opened.pop(folder).store.engine.dispose()
    _opened[folder] = House(workspace, open_store(workspace), load_rules(workspace.agreements))
    return folder, _opened[folder]


@contextmanager
def lease(rooms: House, name: str, run: str, patience: timedelta) -> Generator[None, None, None]:
    """Hold the lease `name` for the batch `run`, for which it waits at most `patience`. Raises LeaseTaken."""
    waited = timedelta()
    while True:
        with ExitStack() as stack:
            try:
                held = stack.enter_context(rooms.store.lease(name, run))
            except LeaseTaken:
                if waited >= patience:
                    raise
            else:
                rooms.hold(held)
                yield
                return
        tell(f"waiting for the {name} run", 0, 1)
        rooms.renew()
        sleep(PAUSE.total_seconds())
        waited += PAUSE


def house(root: str) -> House:
    """The house that `enter` opened in this process; a run and its tasks share one."""
    return _opened[root]


def chunks(ids: Sequence[int], size: int = CHUNK) -> Iterator[list[int]]:
    """`ids` in pieces of at most `size`."""
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


Progress = Callable[[str, int, int], None]
"""Called with the stage, how many rows are done, and how many there are."""

_listeners: list[Progress] = []


def listen(listener: Progress) -> Callable[[], None]:
    """Tell `listener` of every step; returns what ends that."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def tell(stage: str, done: int, of: int) -> None:
    for listener in _listeners:
        listener(stage, done, of)
