"""How many credentials are verified in a second, by kind, beside the bare cost of the proof and beside `openbadgeslib`. By hand:

    .venv/bin/python -m bench.verification [part of a kind's name] [--profile]

Measured is `examine`, from the carrier's bytes to the seven checks, on different credentials of one issuer, each examined once, so
that nothing is remembered of it; what is asked of the web is answered from memory. Beside it, by turns and over the same credentials:

* bare: what no verifier can leave out, and nothing more. Signed tokens: the `cryptography` library's verify on the right bytes.
  Data Integrity: canonicalisation (PyLD's normalize as it comes, its contexts in memory, or rfc8785) of the document and of the
  proof's configuration, then verify. PyLD works out anew for each document the contexts that belong to a type, which we remember,
  so that we can be below it; rfc8785 we ask only where a document has a number, since otherwise Python's own encoder writes the same
  text. Hosted: reading the JSON of the four documents. A status list of the credential's own: the list's signature and its unpacking
  besides. On a list met before in the same run there is nothing to add.
* openbadgeslib, where it can do that kind, with the same key or mirror, its own checks of status included. It is no dependency;
  `pip install "openbadgeslib[ldp]==4.6.3"` brings it. It is called on the token or the document, without a baked picture.

Neither of the others trusts a registry, checks a schema or explains itself; both are the floor and not the goal, which is twice the
bare cost. Embedded proofs reach it and tokens do not. Taking a carrier apart strictly (UTF-8, base64url in its one spelling, JSON
without a key twice) takes Python about as long as an RS256 signature takes OpenSSL: with nothing but that, RS256 stands at 2.0 of bare,
ES256 at 1.4, EdDSA at 1.3, Open Badges 2.0 at 1.7, signed or hosted. The fields, the schema, the registry and the seven checks with their
sentences then take some 80 to 110 µs, whatever the signature: little beside a millisecond of canonicalisation, much beside RS256.

Figures are medians of processor time over several rounds, ratios medians of the ratios of each round; everything runs in one thread
and nothing waits. Peak is the memory Python took at most for one credential.
"""

import argparse
import base64
import cProfile
import gzip
import hashlib
import importlib
import importlib.util
import json
import pstats
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from statistics import median
from typing import Any

import base58
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from countersign.verification import Registry, examine
from countersign.verification.keys import verifies
from countersign.verification.network.fetching import Fetcher
from countersign.verification.proofs.contexts import load
from models.credentials import Carrier, VerdictOutcome
from tests.verification import making, proving
from tests.verification.making import EC, ED, ISSUER, NOW, RSA, SITE, Json, PrivateKey


def installed(name: str) -> Any:
    """A module without types of its own, None when it is not installed."""
    return importlib.import_module(name) if importlib.util.find_spec(name.partition(".")[0]) else None


JSONLD = installed("pyld.jsonld")
PEER_2, PEER_3 = installed("openbadgeslib.ob2"), installed("openbadgeslib.ob3")
ROUNDS = 8
EACH = 20
"""Credentials in a round; no round has one of another's."""

SAMPLES = 1 + ROUNDS * EACH
LIST = f"{SITE}/status/1"
ADDRESS = "pat@school.example"

Work = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of credential: `SAMPLES` different ones, and what is done with the one at an index by us, barely, and by the peer."""

    name: str
    carriers: Sequence[Carrier]
    registry: Registry
    web: making.Web
    bare: Work
    peer: Work | None = None
    fresh: bool = False  # every examination is the first of its run, so that nothing is remembered from the one before

    def examined(self, times: "count[int]") -> Work:
        def work(index: int) -> VerdictOutcome:
            now = NOW + timedelta(milliseconds=next(times)) if self.fresh else NOW
            return outcome(self.carriers[index], self.registry, self.web, now)

        return work


def outcome(carrier: Carrier, registry: Registry, web: Fetcher, now: datetime) -> VerdictOutcome:
    (found,) = examine(carrier, registry, web, now)
    if found.verdict.outcome is not VerdictOutcome.verified:
        raise SystemExit(f"{carrier.name}: {making.told(found)}")
    return found.verdict.outcome


def pem(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def known(key: PrivateKey) -> Registry:
    return making.registry(
        making.issuer(making.registered(key, f"{ISSUER}#key-1"), making.registered(key, f"{SITE}/key.json"))
    )


def signature(key: PrivateKey, token: str) -> Callable[[], None]:
    """The bare check of one token, its parts cut and decoded before."""
    message, _, made = token.rpartition(".")
    value, signed = base64.urlsafe_b64decode(made + "=" * (-len(made) % 4)), message.encode()

    def check() -> None:
        if not verifies(key.public_key(), value, signed):
            raise SystemExit("the bare signature does not hold")

    return check


def body(number: int, **changes: Any) -> Json:
    made = making.ob3(id=f"urn:uuid:7a3c0b52-0000-4000-8000-{number:012}", **changes)
    subject = made["credentialSubject"]
    digest = hashlib.sha256(f"{ADDRESS}salt{number}".encode()).hexdigest()
    subject["identifier"][0] |= {"identityHash": f"sha256${digest}", "salt": f"salt{number}"}
    return made


def entry(number: int) -> Json:
    return {
        "id": f"{LIST}#{number}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(number),
        "statusListCredential": LIST,
    }


def status_list() -> str:
    """A list as a signed token: the shortest allowed, every 40th entry withdrawn, none of ours."""
    bits = bytearray(16_384)
    for one in range(SAMPLES, 131_072, 40):
        bits[one // 8] |= 1 << (7 - one % 8)
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits))).rstrip(b"=").decode()
    subject = {
        "id": f"{LIST}#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "u" + packed,
    }
    listed: Json = {
        "@context": [making.VC2],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": ISSUER,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": subject,
    }
    return making.vc_jwt(listed, ED)


def token_of(number: int, key: PrivateKey, **changes: Any) -> str:
    made = body(number, **changes)
    claims = made | {
        "iss": ISSUER,
        "jti": made["id"],
        "nbf": int(datetime.fromisoformat(made["validFrom"]).timestamp()),
    }
    return making.jws(claims, key, kid=f"{ISSUER}#key-1")


def tokens(name: str, key: PrivateKey, listed: str = "", *, fresh: bool = False) -> Kind:
    """Signed tokens of Open Badges 3.0, with a status list where there is one."""
    made = [token_of(n, key, **({"credentialStatus": entry(n)} if listed else {})) for n in range(SAMPLES)]
    checks = [signature(key, t) for t in made]
    of_list = signature(ED, listed) if listed and fresh else None

    def bare(index: int) -> None:
        checks[index]()
        if of_list is not None:
            of_list()
            unpack(listed)

    verifier = PEER_3 and PEER_3.OB3Verifier(pem(key))

    def peer(index: int) -> object:
        return verifier.verify(made[index], check_status=bool(listed), download=served(listed))

    pages: dict[str, making.Answer] = {LIST: listed.encode()} if listed else {}
    return Kind(
        name, [making.of(t) for t in made], known(key), making.Web(pages), bare, peer if verifier else None, fresh
    )


def served(listed: str) -> Callable[[str], bytes]:
    return lambda _: listed.encode()


def unpack(listed: str) -> bytes:
    encoded = json.loads(base64.urlsafe_b64decode(listed.split(".")[1] + "=="))["credentialSubject"]["encodedList"]
    return gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=="))


def loaded(url: str, _options: object) -> Json:
    """A pinned context as PyLD wants it; "static" lets it keep what it has worked out."""
    return {"contextUrl": None, "documentUrl": url, "document": load(url), "tag": "static"}


def normalized(document: Json) -> bytes:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loaded}
    return JSONLD.normalize(document, options).encode()


def documents(
    name: str, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, suite: str, listed: str = ""
) -> Kind:
    """Documents of Open Badges 3.0 with a Data Integrity proof."""
    changes = [{"credentialStatus": entry(n)} if listed else {} for n in range(SAMPLES)]
    made = [proving.proven(body(n, **changes[n]), key, suite) for n in range(SAMPLES)]
    jcs = "-jcs-" in suite
    canonical = rfc8785.dumps if jcs else normalized

    def bare(index: int) -> None:
        document = {k: v for k, v in made[index].items() if k != "proof"}
        proof = {k: v for k, v in made[index]["proof"].items() if k != "proofValue"}
        proof |= {} if jcs else {"@context": document["@context"]}
        message = b"".join(hashlib.sha256(canonical(part)).digest() for part in (proof, document))
        if not verifies(key.public_key(), base58.b58decode(made[index]["proof"]["proofValue"][1:]), message):
            raise SystemExit("the bare proof does not hold")

    verifier: Any = PEER_3.OB3LdpVerifier(pem(key)) if PEER_3 and suite == "eddsa-rdfc-2022" else None
    texts = [json.dumps(d) for d in made]

    def peer(index: int) -> object:
        return verifier.verify(texts[index], check_status=bool(listed), download=served(listed))

    pages: dict[str, making.Answer] = {LIST: listed.encode()} if listed else {}
    return Kind(name, [making.of(d) for d in made], known(key), making.Web(pages), bare, peer if verifier else None)


def open_badges_2(name: str, key: PrivateKey | None) -> Kind:
    """Assertions of Open Badges 2.0, signed by the key or, without one, hosted."""
    recipient = {"type": "email", "hashed": True, "salt": "s"}
    recipient["identity"] = "sha256$" + hashlib.sha256(f"{ADDRESS}s".encode()).hexdigest()
    pages = making.site(profile=making.profile(publicKey=f"{SITE}/key.json") if key else making.profile()).pages
    ids = [f"{SITE}/assertions/{n}.json" for n in range(SAMPLES)]
    if key is None:
        made = [making.assertion(id=i, recipient=recipient) for i in ids]
        pages |= dict(zip(ids, made, strict=True))
        carriers = [making.of(a) for a in made]
    else:
        signed = {"verification": {"type": "signed", "creator": f"{SITE}/key.json"}, "recipient": recipient}
        made = [making.jws(making.assertion(id=f"urn:x:{n}", **signed), key) for n in range(SAMPLES)]
        pages[f"{SITE}/key.json"] = key_document(key)
        carriers = [making.of(t) for t in made]
    checks = [signature(key, c.content.decode()) for c in carriers] if key else []
    texts = {url: json.dumps(page).encode() for url, page in pages.items()}

    def bare(index: int) -> None:
        if key:
            checks[index]()
            return
        for text in (carriers[index].content, texts[ids[index]], texts[f"{SITE}/badge.json"], texts[ISSUER]):
            json.loads(text)

    verifier = PEER_2 and PEER_2.OB2Verifier(pem(key) if key else None, download=texts.__getitem__)

    def peer(index: int) -> object:
        content = carriers[index].content.decode()
        work = verifier.verify if key else verifier.verify_hosted
        return work(content, check_revocation=True)

    return Kind(name, carriers, known(key or ED), making.Web(dict(texts)), bare, peer if verifier else None)


def key_document(key: PrivateKey) -> Json:
    about = {"@context": making.OB2, "type": "CryptographicKey", "id": f"{SITE}/key.json", "owner": ISSUER}
    return about | {"publicKeyPem": pem(key).decode()}


def kinds() -> list[Callable[[], Kind]]:
    listed = status_list()
    return [
        lambda: open_badges_2("OB 2.0 hosted, from a mirror", None),
        lambda: open_badges_2("OB 2.0 signed, RS256", RSA),
        lambda: tokens("VC-JWT EdDSA", ED),
        lambda: tokens("VC-JWT ES256", EC),
        lambda: tokens("VC-JWT RS256", RSA),
        lambda: tokens("VC-JWT EdDSA, on a status list met before", ED, listed),
        lambda: tokens("VC-JWT EdDSA, on a status list of its own", ED, listed, fresh=True),
        lambda: documents("eddsa-rdfc-2022", ED, "eddsa-rdfc-2022"),
        lambda: documents("eddsa-rdfc-2022, on a status list met before", ED, "eddsa-rdfc-2022", listed),
        lambda: documents("ecdsa-rdfc-2019", EC, "ecdsa-rdfc-2019"),
        lambda: documents("eddsa-jcs-2022", ED, "eddsa-jcs-2022"),
    ]


def measure(kind: Kind) -> None:
    ours = kind.examined(count())
    works = [ours, kind.bare, *([kind.peer] if kind.peer else [])]
    for work in works:  # the first one pays for imports, contexts and schemas
        work(0)
    rounds = [[timed(work, number) for work in works] for number in range(ROUNDS)]
    each = [median(r[n] for r in rounds) / EACH for n in range(len(works))]
    ratios = [median(r[0] / r[n] for r in rounds) for n in range(1, len(works))]
    peer = f"{each[2] * 1e6:9.0f} {ratios[1]:7.2f}" if kind.peer else f"{'-':>9} {'-':>7}"
    figures = f"{1 / each[0]:8.0f} {each[0] * 1e6:9.0f} {each[1] * 1e6:9.0f} {ratios[0]:7.2f}"
    print(f"{kind.name:<46} {figures} {peer} {peak(ours):8.0f}")


def timed(work: Work, number: int) -> float:
    """Processor time of one round."""
    start = time.process_time()
    for index in range(1 + number * EACH, 1 + (number + 1) * EACH):
        work(index)
    return time.process_time() - start


def peak(work: Work) -> float:
    """Kilobytes that one examination took at most, what is kept for ever left out."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    work(1)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (most - before) / 1000


def profile(kind: Kind) -> None:
    ours, profiler = kind.examined(count()), cProfile.Profile()
    ours(0)
    profiler.enable()
    for number in range(ROUNDS):
        timed(ours, number)
    profiler.disable()
    print(f"\n{kind.name}")
    pstats.Stats(profiler).sort_stats("cumtime").print_stats("countersign|pyld|cryptography|jsonschema", 40)


def main() -> None:
    parser = argparse.ArgumentParser(description="Credentials per second, by kind.")
    parser.add_argument("kind", nargs="?", default="", help="only kinds with this in their name")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    asked = parser.parse_args()
    if PEER_3 is None:
        print('openbadgeslib is not installed: pip install "openbadgeslib[ldp]==4.6.3" for the columns beside it.')
    if not asked.profile:
        print(f"{'':<46} {'':8} {'ours':>9} {'bare':>9} {'ours /':>7} {'openb.lib':>9} {'ours /':>7} {'peak':>8}")
        print(f"{'':<46} {'per s':>8} {'µs':>9} {'µs':>9} {'bare':>7} {'µs':>9} {'o.b.lib':>7} {'kB':>8}")
    for make in kinds():
        kind = make()
        if asked.kind.lower() in kind.name.lower():
            profile(kind) if asked.profile else measure(kind)


if __name__ == "__main__":
    main()
