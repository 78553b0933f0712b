"""Endorsements embedded in a proven credential: covered by its signature, and no place to hide anything."""

from typing import Any

import pytest

from tests.verification.making import ED, ISSUER, OB3, OTHER, VC2, Json, issuer, look, ob3, registered, registry, told
from tests.verification.proving import proven


def said(body: Json) -> str:
    return told(look(body, registry(issuer(registered(ED, f"{ISSUER}#key-1")))))


class TestEndorsements:
    """Endorsements embedded in a credential, with vocabularies and proofs of their own."""

    def endorsement(self, **changes: Any) -> Json:
        body: Json = {
            "@context": [VC2, OB3],
            "id": "urn:uuid:7a3c0b52-0000-4000-8000-0000000000e1",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "issuer": {"id": "https://state.example/board", "type": ["Profile"], "name": "State Board"},
            "validFrom": "2026-01-01T00:00:00Z",
            "name": "In good standing",
            "credentialSubject": {
                "id": ob3()["credentialSubject"]["achievement"]["id"],
                "type": ["EndorsementSubject"],
                "endorsementComment": "A sound award.",
            },
        } | changes
        return proven(body, OTHER, verificationMethod="https://state.example/board#key")

    def endorsed(self, **changes: Any) -> Json:
        body = ob3()
        body["credentialSubject"]["achievement"]["endorsement"] = [self.endorsement(**changes)]
        return body

    def test_a_credential_with_an_embedded_endorsement_verifies(self) -> None:
        assert said(proven(self.endorsed())).startswith("verified")
        other_words = [VC2, OB3, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
        assert said(proven(self.endorsed(**{"@context": other_words}))).startswith("verified")

    def test_the_issuers_signature_covers_the_endorsement(self) -> None:
        made = proven(self.endorsed())
        inner = made["credentialSubject"]["achievement"]["endorsement"][0]
        inner["credentialSubject"]["endorsementComment"] = "The best of all awards."
        assert said(made).startswith("rejected proof: Its signature does not match")
        inner["credentialSubject"]["rank"] = "first"
        assert 'endorsement.credentialSubject.rank" is not covered' in said(made)

    def test_nothing_that_decisions_read_can_move_into_an_endorsement(self) -> None:
        made = proven(self.endorsed())
        achievement = made["credentialSubject"]["achievement"]
        achievement["endorsement"][0]["credentialSubject"]["criteria"] = achievement.pop("criteria")
        assert said(made).startswith("rejected ")
        made = proven(self.endorsed())
        achievement = made["credentialSubject"]["achievement"]
        achievement["endorsement"][0]["credentialSubject"]["type"] = ["EndorsementSubject", "Achievement"]
        assert said(made).startswith("rejected proof: ")
        hidden = self.endorsed(id=ob3()["id"], validUntil="2026-06-01T00:00:00Z")
        assert "describes another part of the credential a second time" in said(proven(hidden, checked=False))

    @pytest.mark.parametrize(
        ("context", "part"),
        [
            ([VC2, "https://x.example/words"], "uses the vocabulary https://x.example/words"),
            ([VC2, OB3, {"honours": "https://x.example/h"}], "defines words of its own"),
            ([], "names no vocabulary"),
            (None, "names no vocabulary"),
        ],
    )
    def test_an_endorsements_vocabularies_are_pinned_ones(self, context: Any, part: str) -> None:
        made = proven(self.endorsed())
        made["credentialSubject"]["achievement"]["endorsement"][0]["@context"] = context
        assert said(made).startswith("held proof: ")
        assert part in said(made)

    def test_endorsements_of_endorsements_are_held(self) -> None:
        made = proven(self.endorsed())
        inner = made["credentialSubject"]["achievement"]["endorsement"][0]
        inner["issuer"]["endorsement"] = [self.endorsement()]
        assert "an endorsement of an endorsement" in said(made)
