"""What verification costs before it has done anything: no database, no PDF, no JSON-LD and no HTTP library."""

import subprocess
import sys
from pathlib import Path

from tests.verification.making import vc_jwt

PROGRAM = """
import sys
from countersign.verification import OfflineFetcher, Registry, examine, read_registry
from countersign.clock import now
from models.credentials import Carrier, CarrierKind
(found,) = examine(Carrier("a", CarrierKind.jwt, sys.argv[1].encode()), Registry(), OfflineFetcher(), now())
heavy = {"sqlmodel", "sqlalchemy", "pypdf", "pyld", "httpcore", "weasyprint", "prefect"} & set(sys.modules)
print(found.verdict.outcome, sorted(heavy))
"""


def test_a_signed_credential_is_examined_without_heavy_libraries() -> None:
    root = Path(__file__).parent.parent.parent
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, vc_jwt()], cwd=root, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "rejected []"
