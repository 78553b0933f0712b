"""The web that the fixtures speak of, answered from their own folder; and a file looked at in that world.

What is not in the folder is not there (404), but for two documents that a fixture needs and nobody published with it: the DID document of
`credential-status-revoked.json`, with the key of its verification method, and the revocation list that its publisher says it is on.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countersign.verification import MirrorFetcher, Registry, examine
from models.credentials import Examination, Fetched
from tests.verification.world import HOSTS, NOW, WELLSPRING, carrier

LISTS = "https://raw.githubusercontent.com/1EdTech/digital-credentials-public-validator/refs/heads/main/inspector-vc/src/test/resources/ob30/"
"""Where the publisher serves its own folder of Open Badges 3.0, as the credentials in it name it."""

_PORTAL = "https://dc.1edtech.org/wellspring2022/wellspring-portal"
_ORGANIZATION = WELLSPRING.rpartition(":")[2]
_KEY = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"


class Nowhere:
    """The rest of the web: nothing is there."""

    def get(self, url: str) -> Fetched:
        return Fetched(url=url, final_url=url, status=404, headers={}, content=b"", at=NOW)


@dataclass(frozen=True, slots=True)
class World:
    """The fixtures' folder as a web: `pages` by address, the hosts of Open Badges 2.0 from their `assets`, nothing else."""

    folder: Path
    pages: dict[str, bytes]

    def get(self, url: str) -> Fetched:
        assets: dict[str, Path] = dict.fromkeys(HOSTS, self.folder / "1edtech-ob20" / "assets")
        if url not in self.pages:
            return MirrorFetcher(assets, Nowhere(), NOW).get(url)
        kind = {"content-type": "application/json"}
        return Fetched(url=url, final_url=url, status=200, headers=kind, content=self.pages[url], at=NOW)


def world(folder: Path, name: str) -> World:
    """The web in which the file `name` is looked at. A hosted assertion answers at its own id, since it is not among the assets."""
    lists = "1edtech-ob30/bit-string-list/testlist"
    pages = {LISTS + "bit-string-list/testlist": (folder / lists).read_bytes()}
    pages |= {address: json.dumps(body).encode() for address, body in _wellspring().items()}
    return World(folder, pages | _itself(folder, name))


def _itself(folder: Path, name: str) -> dict[str, bytes]:
    if not name.startswith("1edtech-ob20/") or "/assets/" in name:
        return {}
    # The picture holds the address of the basic assertion.
    source = folder / (name if name.endswith(".json") else "1edtech-ob20/basic-assertion.json")
    try:
        identifier = str(json.loads(source.read_bytes())["id"])
    except (ValueError, KeyError):
        return {}
    place = "https://" + identifier.partition("://")[2]
    known = folder / "1edtech-ob20" / "assets" / place.rpartition("/")[2]
    return {} if known.exists() else {place: source.read_bytes()}


def _wellspring() -> dict[str, dict[str, Any]]:
    method = {
        "id": f"{WELLSPRING}#{_KEY}",
        "type": "Multikey",
        "controller": WELLSPRING,
        "publicKeyMultibase": _KEY,
    }
    document = {"id": WELLSPRING, "verificationMethod": [method], "assertionMethod": [method["id"]]}
    address = f"{_PORTAL}/api/revocations/{_ORGANIZATION}"
    revoked = f"{_PORTAL}/credential/54418d3f-ec01-4652-800a-861c890a51a1"
    return {
        f"{_PORTAL}/org/{_ORGANIZATION}/did.json": document,
        address: {"id": address, "issuer": WELLSPRING, "revokedCredentials": [{"id": revoked}]},
    }


def look(folder: Path, name: str, registry: Registry) -> Examination:
    """What we say of the file `name` in the fixtures' folder, its issuers being those of `registry`."""
    (found,) = examine(carrier(folder / name), registry, world(folder, name), NOW)
    return found
