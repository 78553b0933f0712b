"""The opened workspace that a run's tasks share, and how their progress is shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from countersign.recognition import load_rules
from countersign.reporting import PackageSummary
from countersign.settings import Workspace, find_workspace, open_workspace
from countersign.store import Store, open_store
from countersign.tally import Tally
from models.agreement import Rules

CHUNK = 100
"""Rows in one task: a task costs Prefect 5 to 9 ms, a row some milliseconds of work."""


@dataclass(frozen=True, slots=True)
class House:
    """A workspace with its store and its agreements, as they were when the run began.

    `problems` collects what a run met outside (a mailbox that is away), `tallies` and `packages` its results. They
    may name people, so they stay in this process and never pass through Prefect.
    """

    workspace: Workspace
    store: Store
    rules: tuple[Rules, ...]
    problems: list[str] = field(default_factory=list[str])
    tallies: list[Tally] = field(default_factory=list[Tally])
    packages: list[PackageSummary] = field(default_factory=list[PackageSummary])


_opened: dict[str, House] = {}


def enter(root: str | None) -> tuple[str, House]:
    """Open the workspace anew at the start of a run: settings and agreements may have changed since the last one."""
    folder = str(find_workspace(Path(root) if root else None))
    workspace = open_workspace(Path(folder))
    if folder in _opened:
        _opened.pop(folder).store.engine.dispose()
    _opened[folder] = House(workspace, open_store(workspace), load_rules(workspace.agreements))
    return folder, _opened[folder]


def house(root: str) -> House:
    """The house that `enter` opened; a task in another process opens its own."""
    return _opened[root] if root in _opened else enter(root)[1]


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
