"""The carriers in one file, for the command line's `verify FILE`: no store, and no reader that the file does not need."""

from countersign.intake.findings import Findings, Place
from countersign.intake.unpacked import MAX_BYTES
from models.credentials import Carrier


def carriers_of_file(content: bytes, name: str) -> tuple[Carrier, ...]:
    """What in one file may hold a credential; empty when nothing may. Never raises.

    As `unpack`, except that an automatic message is opened like any other.
    """
    findings = Findings()
    if len(content) <= MAX_BYTES:
        try:
            findings.take(content, name, Place(direct=True))
            findings.settle()
        except Exception:  # noqa: BLE001  the room's border: hostile bytes may raise anything; what was found until then is shown
            return tuple(findings.carriers)
    return tuple(findings.carriers)
