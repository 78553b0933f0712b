"""What no file can hold: an issuer's site that leads inside, changes its address, drips or never ends, up to the verdict.

The server is that of `test_guarded`. Each is held, by the check that needed the document, and the same site verifies without it.
"""

import json
import ssl
import time
from collections.abc import Callable

import pytest

from countersign.verification.network.guarded import GuardedFetcher
from countersign.verification.network.manners import Manners
from models.credentials import CheckName, Examination, VerdictOutcome
from tests.verification import test_guarded as server
from tests.verification.making import NOW, assertion, badge_class, issuer, look, profile, registry, told

world = server.world

AWARD = "/verdicts/award"
KNOWN = registry(issuer())
server.page(AWARD)(lambda h: server.send(h, 200, json.dumps(assertion(id=f"https://issuer.example{AWARD}")).encode()))
server.page("/badge.json")(lambda h: server.send(h, 200, json.dumps(badge_class()).encode()))
server.page("/profile")(lambda h: server.send(h, 200, json.dumps(profile()).encode()))


def examined(
    world: tuple[server.Dialler, ssl.SSLContext],
    path: str,
    resolve: Callable[[str], list[str]] = lambda host: server.NAMES[host],
) -> Examination:
    dialler, trust = world
    dialler.dialled.clear()
    guard = GuardedFetcher(
        NOW,
        resolve=resolve,
        is_public=lambda address: address.startswith("203.0.113."),
        dialler=dialler,
        trust=trust,
        seconds=1.0,
        manners=Manners(pause=0),
    )
    return look(assertion(id=f"https://issuer.example{path}"), KNOWN, guard)


def test_the_site_verifies_as_it_is(world: tuple[server.Dialler, ssl.SSLContext]) -> None:
    found = examined(world, AWARD)
    assert found.verdict.outcome is VerdictOutcome.verified, told(found)
    assert {address for address, _ in world[0].dialled} == {"203.0.113.1"}


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/inside", "inside.example leads to an address inside a private network"),
        ("/plain", "only https is fetched"),
        ("/port", "only the usual https port is fetched"),
        ("/file", "it is not a plain web address"),
        ("/login", "it is not a plain web address"),
        ("/loop", "it redirects more than 5 times"),
        ("/drip", "it did not answer in time"),
        ("/slow-headers", "it did not answer in time"),
        ("/endless", "it is larger than 1,000,000 bytes"),
        ("/bomb", "it is larger than 1,000,000 bytes"),
    ],
)
def test_what_the_guard_does_not_bring_is_held(
    world: tuple[server.Dialler, ssl.SSLContext], path: str, sentence: str
) -> None:
    begun = time.monotonic()
    found = examined(world, path)
    assert time.monotonic() - begun < 4
    decisive = found.verdict.decisive
    assert (found.verdict.outcome, decisive.name) == (VerdictOutcome.held, CheckName.proof)
    assert sentence in decisive.detail
    assert found.key.startswith("document:")
    assert all(address.startswith("203.0.113.") for address, _ in world[0].dialled)


def test_an_address_that_changes_to_one_inside_after_the_first_document_is_held(
    world: tuple[server.Dialler, ssl.SSLContext],
) -> None:
    answers = iter([["203.0.113.1"], ["10.0.0.5"], ["127.0.0.1"]])
    found = examined(world, AWARD, lambda _: next(answers))
    assert "leads to an address inside a private network" in told(found)
    assert (found.verdict.outcome, found.verdict.decisive.name) == (VerdictOutcome.held, CheckName.proof)
    assert world[0].dialled == [("203.0.113.1", 443)]
