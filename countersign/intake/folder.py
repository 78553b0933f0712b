"""The drop folder: files in `inbox/` become submissions. They stay where they are; a known one is not read again.

Whoever may write into the inbox is trusted with dates: a file came when it was last changed, a message file when the
affiliate's own mail server (`received_by` in the settings) says in the topmost `Received:` line.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from countersign.errors import Outage
from countersign.intake.keeping import Arrival, keep, park, unpark
from countersign.intake.kinds import Kind, kind_of
from countersign.intake.labels import label
from countersign.intake.mime import read_part, received_at, received_by
from countersign.intake.opening import too_large
from countersign.intake.unpacked import MAX_BYTES
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import SourceKey
from models.words import Source

SETTLED = timedelta(seconds=2)
"""A file changed less than this before the run may still be being written: it is looked at again after as long."""

_TEMPORARY = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".swp", ".filepart", "~")
_UNREADABLE = "unreadable_file"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class File:
    """A file of the inbox as it was when the folder was listed. `relative` is its path below the inbox."""

    path: Path
    relative: str
    size: int
    mtime_ns: int

    @property
    def key(self) -> str:
        return f"folder:{self.relative}:{self.size}:{self.mtime_ns}"

    @property
    def changed_at(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.mtime_ns // 1000)


def collect_folder(
    store: Store, workspace: Workspace, now: datetime, *, wait: Callable[[float], None] = time.sleep
) -> list[int]:
    """Take in what is new in the inbox and its sub-folders (one level); returns the ids of new submissions, by file name.

    Ignores names that begin with a dot, temporary names and symbolic links. A file that changes while it is read, or
    changed within the last two seconds and goes on changing, is left for the next run. One over `MAX_BYTES`, or that may
    not be read, is parked for staff and the others go on. Raises Outage when the store cannot be written.
    """
    made: list[int] = []
    young: list[File] = []
    server = workspace.settings.mail.received_by.strip().lower().rstrip(".")
    for chunk in _chunks(_files(workspace.inbox)):
        for file in _unknown(store, chunk):
            if timedelta(0) <= now - file.changed_at < SETTLED:
                young.append(file)
            else:
                _collect(store, file, server, now, made)
    if young:
        wait(SETTLED.total_seconds())
        for file in young:
            _collect(store, file, server, now, made)
    return made


def _collect(store: Store, file: File, server: str, now: datetime, made: list[int]) -> None:
    """Take in one file, and add the id of a new submission to `made`."""
    shown = label(file.relative, "a file")
    arrival = Arrival(Source.folder, file.key, shown, min(file.changed_at, now))
    if file.size > MAX_BYTES:
        step = (
            "Open it by hand; if it holds micro-credentials, drop the picture or message that carries them by itself."
        )
        new = park(store, arrival, file.size, "too_large", too_large(shown), step, now)
    else:
        try:
            content = _read(file)
        except OSError as error:
            refused = Arrival(Source.folder, f"folder:{file.relative}", shown, arrival.received_at)
            sentence = f"{shown} in the inbox cannot be read: {error.strerror or 'unknown error'}."
            step = "Give the account that runs Countersign the right to read the file; the next run takes it in."
            new = park(store, refused, file.size, _UNREADABLE, sentence, step, now)
        else:
            if content is None:
                return
            new = _keep(store, file, arrival, content, server, now)
    if new is not None:
        made.append(new)


def _keep(store: Store, file: File, arrival: Arrival, content: bytes, server: str, now: datetime) -> int | None:
    message = read_part(content) if server and kind_of(content, file.relative) is Kind.message else None
    received = received_at(message) if message is not None and received_by(message) == server else None
    if received is not None:
        arrival = Arrival(arrival.source, arrival.key, arrival.name, min(received, now))

    def readable_again(session: Session) -> None:
        unpark(session, f"folder:{file.relative}", _UNREADABLE, now)

    return keep(store, arrival, content, now, also=readable_again)


def _read(file: File) -> bytes | None:
    """The file's bytes; None when it is not the file that was listed any more, or changed while it was read."""
    handle = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            return None
        content = opened.read(MAX_BYTES + 1)
        after = os.fstat(opened.fileno())
    same = (after.st_size, after.st_mtime_ns) == (file.size, file.mtime_ns) and len(content) == file.size
    return content if same else None


def _files(inbox: Path) -> Iterator[File]:
    """The files to look at, by name, sub-folders in their place."""
    try:
        yield from _listed(inbox, "", sub_folders=True)
    except FileNotFoundError:  # no inbox, nothing dropped
        return
    except OSError as error:
        raise Outage(
            f"The inbox {inbox} cannot be listed: {error.strerror}.",
            "Give the account that runs Countersign the right to.",
        ) from error


def _listed(folder: Path, prefix: str, *, sub_folders: bool) -> Iterator[File]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith((".", "~$")) or entry.name.lower().endswith(_TEMPORARY):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                if sub_folders:
                    yield from _listed(folder / entry.name, f"{entry.name}/", sub_folders=False)
                continue
            found = entry.stat(follow_symlinks=False)
        except OSError:  # gone since it was listed
            continue
        if stat.S_ISREG(found.st_mode):
            yield File(folder / entry.name, _printable(prefix + entry.name), found.st_size, found.st_mtime_ns)


def _printable(name: str) -> str:
    """A name that the database takes: bytes that are no text in the file system's encoding are written out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _chunks(files: Iterator[File]) -> Iterator[list[File]]:
    chunk: list[File] = []
    for file in files:
        chunk.append(file)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _unknown(store: Store, files: Sequence[File]) -> list[File]:
    """Those whose key is not remembered."""
    with store.reading() as session:
        query = select(SourceKey.key).where(col(SourceKey.key).in_([file.key for file in files]))
        known = set(session.exec(query))
    return [file for file in files if file.key not in known]
