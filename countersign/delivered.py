"""A folder that is handed over: appears whole under its name or not at all, and is never written to again.

Files are written under a hidden temporary folder beside it, synced, and renamed in one step. A closed folder is held
against its manifest whenever its month is asked for again.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from countersign.errors import CountersignError, Outage

MANIFEST = "manifest.json"
LONGEST = 60
"""How many letters a folder's name has at most."""

_BEGUN = ".closing-"
_ASIDE = ".set-aside-"


def slug(name: str, what: str = "district", *, by_words: bool = False) -> str:
    """The folder's name for a district (or another `what`): "CUSD 200" → "cusd-200". Of a name without any Latin letter or digit,
    its hash. A name is cut after 60 letters, or `by_words` behind a whole word, with a hash that tells long names apart."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    sign = hashlib.sha256(name.encode()).hexdigest()[:8]
    if by_words and len(words) > LONGEST:
        return f"{words[: LONGEST - 8].rpartition('-')[0] or words[: LONGEST - 9]}-{sign}"
    return words[:LONGEST].strip("-") or f"{what}-{sign}"


def manifest_bytes(content: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys, indented, ending in a newline."""
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def sha256(content: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The folder's manifest, None when there is none that can be read."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None  # pyright: ignore[reportUnknownVariableType]


def matches(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the folder holds exactly these files, byte for byte."""
    try:
        names = {entry.name for entry in folder.iterdir()}
        return names == set(files) and all((folder / name).read_bytes() == files[name] for name in names)
    except OSError:
        return False


def place(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` as `folder`, which must not exist; the manifest last. Raises Outage when the disk does not take it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        begun = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{_BEGUN}{folder.name}-"))
        try:
            for name in sorted(files, key=lambda n: (n == MANIFEST, n)):
                _write(begun / name, files[name])
            begun.chmod(0o750)
            _sync(begun)
            begun.rename(folder)
            _sync(folder.parent)
        except BaseException:
            shutil.rmtree(begun, ignore_errors=True)
            raise
    except OSError as error:
        raise Outage(
            f"The package {folder} cannot be written: {error.strerror}.",
            "Check the disk and repeat; nothing was closed.",
        ) from error


def set_aside(folder: Path) -> Path:
    """Move a folder that no closing stands behind out of sight, keeping what is in it. Returns where it went."""
    number = 1
    while (away := folder.with_name(f"{_ASIDE}{folder.name}-{number}")).exists():
        number += 1
    try:
        folder.rename(away)
    except OSError as error:
        raise Outage(f"{folder} cannot be moved aside: {error.strerror}.", "Check the outbox and repeat.") from error
    return away


def damage(folder: Path, manifest_sha256: str) -> list[str]:
    """What is wrong with a closed folder: sentences, none when it is as it was delivered. Files added to it are no damage."""
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except OSError:
        return [f"{MANIFEST} is missing" if folder.is_dir() else "the folder is missing"]
    if sha256(manifest) != manifest_sha256:
        return [f"{MANIFEST} was changed"]
    found: list[str] = []
    for name, file in sorted(json.loads(manifest)["files"].items()):
        try:
            if sha256((folder / name).read_bytes()) != file["sha256"]:
                found.append(f"{name} was changed")
        except OSError:
            found.append(f"{name} is missing")
    return found


def verify(folder: Path, manifest_sha256: str, *, what: str) -> None:
    """Raises CountersignError when a closed folder is no longer what was delivered."""
    found = damage(folder, manifest_sha256)
    if found:
        raise CountersignError(
            f"{what}: the package closed as {folder} is damaged: {'; '.join(found)}.",
            "Restore the folder from a backup; a closed month is never made again.",
        )


def _sweep(folder: Path) -> None:
    """Remove what closings of this month killed halfway have left."""
    for left in folder.parent.glob(f"{_BEGUN}{folder.name}-*"):
        shutil.rmtree(left)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o640)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
