"""The file of a private key: its owner's alone, and in no git repository. One rule for every key of the house."""

import os
import stat
from pathlib import Path

from countersign.errors import UsageError


def read_key_file(file: Path, most: int, remedy: str, instead: str) -> bytes:
    """The bytes of a private key's file, of `most` at most. `remedy` is what to do where there is none, `instead` what else may be
    done than keep it in a repository. Raises UsageError, also when others can read it or it lies where it would be copied."""
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read(most + 1)
    except OSError as error:
        raise UsageError(f"The signing key {file} cannot be read: {error.strerror}.", remedy) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"Others can read the signing key {file}.", f"Make it yours alone: chmod 600 {file}")
    refuse_repository(file, instead)
    if len(content) > most:
        raise UsageError(f"The signing key {file} is larger than {most:,} bytes.", remedy)
    return content


def refuse_repository(file: Path, instead: str) -> None:
    """Raises UsageError when a file lies in a git repository: what is committed there by mistake is public for good."""
    for folder in file.resolve().parents:
        if (folder / ".git").exists():
            raise UsageError(
                f"The signing key {file} lies in the git repository {folder}.", f"Keep it outside of it, {instead}."
            )
