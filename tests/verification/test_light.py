"""What verification costs before it has done anything: no database, no PDF, no JSON-LD and no HTTP library."""

import ast
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
heavy = {"sqlmodel", "sqlalchemy", "pypdf", "pyld", "cbor2", "rfc8785", "httpcore", "weasyprint", "prefect"} & set(sys.modules)
print(found.verdict.outcome, sorted(heavy))
"""


def test_a_signed_credential_is_examined_without_heavy_libraries() -> None:
    root = Path(__file__).parent.parent.parent
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, vc_jwt()], cwd=root, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "rejected []"


def test_no_module_of_the_room_imports_one_that_imports_it() -> None:
    room = Path(__file__).parent.parent.parent / "countersign" / "verification"
    imports = {path.stem: _imports(path) for path in room.glob("*.py") if path.stem != "__init__"}

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        open_ = list(imports[start])
        while open_:
            name = open_.pop()
            if name not in found:
                found.add(name)
                open_ += imports.get(name, ())
        return found

    assert [name for name in imports if name in reached(name)] == []


def _imports(path: Path) -> list[str]:
    package = "countersign.verification"
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{package}."):
            found.append(node.module.removeprefix(f"{package}."))
    return found
