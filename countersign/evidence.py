"""The evidence store: original bytes in files named by their SHA-256, written once and never changed."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from countersign.errors import CountersignError, Outage
from models.words import MONTHS


class EvidenceRemoved(CountersignError):
    """Evidence is not there because the affiliate's retention setting removed it: no loss."""


def removed_said(gone_at: datetime, setting: str, zone: str) -> str:
    """When and by which setting something was removed, in words; the day is the affiliate's."""
    on = gone_at.astimezone(ZoneInfo(zone))
    return f"on {MONTHS[on.month - 1]} {on.day}, {on.year}, under the retention setting ({setting})"


def _never(_sha256: str) -> str:
    return ""


class Evidence:
    """Bytes by their SHA-256 under a folder: `ab/abcdef…`. Writing the same bytes again is free.

    `removed` tells, of bytes that are not there, when and by which setting they were removed ("on March 3, 2034, under the
    retention setting (arrivals: 7 years)"), empty when they were not.
    """

    def __init__(self, root: Path, removed: Callable[[str], str] = _never) -> None:
        self.root = root
        self._removed = removed

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hexadecimal SHA-256 are or would be."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError(f"{sha256!r} is not a SHA-256 in lower-case hexadecimal")
        return self.root / sha256[:2] / sha256

    def put(self, content: bytes) -> str:
        """Keep `content`; returns its SHA-256. Raises Outage when the disk does not take it.

        The file's time is when its bytes were last put: what comes while old evidence is being removed stays.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        try:
            with suppress(PermissionError):  # it is there, and another user's
                os.utime(path)
        except FileNotFoundError:
            write_whole(path, content)
        except OSError as error:
            raise Outage(f"{path} cannot be written: {error.strerror}.", "Check the disk and repeat.") from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their name. Raises EvidenceRemoved when the retention setting removed them, and
        CountersignError when they are lost or damaged."""
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except OSError as error:
            if when := self.removed(sha256):
                raise EvidenceRemoved(
                    f"The evidence {sha256[:12]}… was removed {when}.",
                    "Ask whoever sent it to send it again, or ask the issuer whether the micro-credential still stands.",
                ) from error
            raise CountersignError(
                f"The evidence {sha256[:12]}… cannot be read: {error.strerror}.", "Restore var/evidence from a backup."
            ) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise CountersignError(
                f"The evidence {sha256[:12]}… was changed on disk.", "Restore var/evidence from a backup."
            )
        return content

    def removed(self, sha256: str) -> str:
        """When the retention setting removed the bytes and how it read, in words; empty when they are there, or are lost."""
        return "" if self.path(sha256).exists() else self._removed(sha256)

    def whereabouts(self, sha256: str) -> str:
        """For staff: the file's path, or that it was removed under the retention setting, and when."""
        when = self.removed(sha256)
        return f"removed {when}" if when else str(self.path(sha256))


def write_whole(path: Path, content: bytes) -> None:
    """`content` at `path`, whole or not at all: temporary name, fsync, rename, fsync of the folder (rule 5).

    Raises Outage when the disk does not take it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise Outage(f"{path} cannot be written: {error.strerror}.", "Check the disk and repeat.") from error
