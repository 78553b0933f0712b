"""The evidence store: original bytes in files named by their SHA-256, written once and never changed."""

import hashlib
import os
import tempfile
from pathlib import Path

from countersign.errors import CountersignError, Outage


class Evidence:
    """Bytes by their SHA-256 under a folder: `ab/abcdef…`. Writing the same bytes again is free."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hexadecimal SHA-256 are or would be."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError(f"{sha256!r} is not a SHA-256 in lower-case hexadecimal")
        return self.root / sha256[:2] / sha256

    def put(self, content: bytes) -> str:
        """Keep `content`; returns its SHA-256. Raises Outage when the disk does not take it."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            write_whole(path, content)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their name. Raises CountersignError when they are gone or damaged."""
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CountersignError(
                f"The evidence {sha256[:12]}… cannot be read: {error.strerror}.", "Restore var/evidence from a backup."
            ) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise CountersignError(
                f"The evidence {sha256[:12]}… was changed on disk.", "Restore var/evidence from a backup."
            )
        return content


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
