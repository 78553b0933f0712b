"""Agreements on the desk: which files are checked, with what this workspace knows beside them; and the schema for editors."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.errors import UsageError
from countersign.evidence import write_whole

if TYPE_CHECKING:
    from countersign.recognition import Finding, Surroundings
    from countersign.settings import Workspace


def check(files: Sequence[Path], folder: Path | None) -> dict[str, list["Finding"]]:
    """What is to say of each file, by its name as it was given; of all of the workspace's when none is named. Files are checked without a
    workspace too; with one at hand, the issuers, employers and roles that they name are looked for there. Raises UsageError and Outage."""
    from countersign import recognition
    from countersign.settings import open_workspace

    try:
        workspace = open_workspace(folder)
    except UsageError:
        if folder is not None or not files:
            raise
        around = recognition.Surroundings()  # no workspace here: the files are checked by themselves
    else:
        around = _around(workspace)
        files = files or sorted(workspace.agreements.glob("*.toml"))
    return {str(path): recognition.check_file(path, around) for path in files}


def _around(workspace: "Workspace") -> "Surroundings":
    """What the workspace knows of issuers, employers and roles. Employers and roles are those of the roster, not looked at before there is one."""
    from countersign.recognition import Surroundings
    from countersign.verification import read_registry

    issuers = [issuer.id for issuer in read_registry(workspace.issuers_file).issuers]
    prefix, url = "sqlite:///", workspace.database_url
    if url.startswith(prefix) and not Path(url.removeprefix(prefix)).is_file():
        return Surroundings(issuers)
    from sqlmodel import col, select

    from countersign.store import open_store
    from models.tables import Employment

    store = open_store(workspace)
    try:
        with store.reading() as session:
            jobs = session.exec(select(col(Employment.district), col(Employment.role)).distinct()).all()
        return Surroundings(issuers, {employer for employer, _ in jobs}, [(employer, role) for employer, role in jobs])
    finally:
        store.engine.dispose()


def write_schema(path: Path, text: str) -> None:
    """The schema into a file, whole. Raises UsageError when there is a folder of that name, and Outage when the disk does not take it."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Name a file in it.")
    write_whole(path, text.encode())
