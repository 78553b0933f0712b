"""A workspace with two registered issuers, and the site of a third."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from countersign.cli import app
from countersign.settings import Workspace
from tests.conftest import MakeWorkspace
from tests.registering.sites import BEFORE, MIRROR, Run, key_page, profile, serve


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    made = make_workspace(MIRROR)
    made.issuers_file.write_text(BEFORE, encoding="utf-8")
    return made


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """`countersign issuer …`. A plain --yes of `add` and `pin` agrees to what is shown at that moment."""

    def invoked(*words: str | Path) -> Result:
        return CliRunner().invoke(app, ["issuer", *[str(w) for w in words], "--workspace", str(workspace.root)])

    def ran(*words: str | Path) -> Result:
        if words[0] not in ("add", "pin") or "--yes" not in words:
            return invoked(*words)
        shown = invoked(*[w for w in words if w not in ("--yes", "--dry-run")], "--dry-run", "--json")
        agreed = f"--yes={json.loads(shown.stdout)['digest'] if shown.stdout else 'nothing'}"
        return invoked(*[agreed if w == "--yes" else w for w in words])

    return ran


@pytest.fixture
def acme(workspace: Workspace) -> Workspace:
    """The web site of an issuer that is not registered."""
    serve(workspace, "acme.example", "issuer.json", profile())
    serve(workspace, "acme.example", "key.json", key_page())
    return workspace
