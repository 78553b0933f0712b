"""What lies in a certificate's file: the micro-credential as it came and the verdict, and what must not go round does not."""

import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import col, select

from countersign.issuance import awards_due, credit_requests_due, issue_certificates, issue_credit_requests
from countersign.issuance.certificates import drawn
from countersign.issuance.enclosing import LARGEST, enclose, judged
from countersign.settings import PASSPHRASE, Workspace, open_workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Case, Certificate, ReviewItem, VerdictRecord
from tests.archive.clauses import broken
from tests.archive.test_signature import KEY, PASS, RSA_KEY, p12
from tests.archive.test_signature import judged as signature_of
from tests.issuance.conftest import EARNED, grant_in

AllRules = tuple[Rules, ...]

PLAIN: dict[str, Any] = {
    "@context": "https://w3id.org/openbadges/v2",
    "id": "https://badges.nea.example/assertions/1",
    "recipient": {"type": "email", "hashed": True, "salt": "s", "identity": "sha256$" + "0" * 64},
    "badge": {"name": "Belonging", "criteria": {"narrative": "Plan, teach, reflect."}},
    "evidence": [{"id": "https://badges.nea.example/evidence/1", "type": "Evidence"}],
}


def token(body: dict[str, Any]) -> bytes:
    packed = base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=")
    return b"eyJhbGciOiJSUzI1NiJ9." + packed + b".c2lnbmF0dXJl"


def text(body: dict[str, Any]) -> bytes:
    return json.dumps(body, indent=2).encode()


def described(store: Store, content: bytes | None) -> Case:
    """A granted case whose credential is `content`, and its verdict's checks."""
    with store.transaction() as session:
        case = session.exec(select(Case)).one()
        case.document_sha256 = store.evidence.put(content) if content is not None else "b" * 64
        session.add(case)
        checks = [
            {
                "name": "proof",
                "outcome": "passed",
                "detail": "The signature is the issuer's.",
                "remedy": "",
                "retry": False,
            }
        ]
        fetched = [
            {
                "url": "https://badges.nea.example/key",
                "final_url": "",
                "status": 200,
                "at": "2026-09-29",
                "sha256": "c" * 64,
            }
        ]
        proven: dict[str, Any] = {"outcome": "verified", "registry_sha256": "d" * 64, "software": "0.5.0"}
        session.add(VerdictRecord(case_id=case.id, at=EARNED, checks=checks, evidence=fetched, **proven))
    with store.reading() as session:
        return session.exec(select(Case)).one()


def issued(store: Store, workspace: Workspace, rules: AllRules, now: datetime) -> Certificate:
    issue_certificates(store, workspace, rules, awards_due(store, rules), now)
    with store.reading() as session:
        return session.exec(select(Certificate)).one()


def attachments(content: bytes) -> dict[str, bytes]:
    return {name: held[0] for name, held in PdfReader(io.BytesIO(content)).attachments.items()}


@pytest.mark.parametrize(("packed", "name"), [(token, "micro-credential.jwt"), (text, "micro-credential.json")])
def test_the_certificate_holds_the_micro_credential_byte_for_byte_and_the_verdict(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime, packed: Callable[[Any], bytes], name: str
) -> None:
    grant_in(store)
    case = described(store, packed(PLAIN))
    made = issued(store, workspace, rules, now)
    content = store.evidence.get(made.sha256)
    held = attachments(content)
    assert set(held) == {name, "verdict.json"}
    assert held[name] == packed(PLAIN)
    verdict = json.loads(held["verdict.json"])
    assert verdict["micro_credential"] == {
        "id": case.credential_id, "version": "", "sha256": case.document_sha256, "embedded_as": name,
    }  # fmt: skip
    assert verdict["outcome"] == "verified"
    assert verdict["examined_at"] == "2026-09-29T03:30:00Z"
    assert verdict["checks"] == [{"name": "proof", "outcome": "passed", "detail": "The signature is the issuer's."}]
    assert verdict["looked_up"] == [{"url": "https://badges.nea.example/key", "sha256": "c" * 64, "at": "2026-09-29"}]
    assert (verdict["registry_sha256"], verdict["software"]) == ("d" * 64, "Countersign 0.5.0")
    assert broken(content) == {}


def test_a_request_for_college_credit_keeps_every_clause_too(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    grant_in(store, currency="graduate_credit", wishes={"credit": True})
    issue_credit_requests(store, workspace, rules, credit_requests_due(store, rules), now)
    (paper,) = (workspace.root / "outbox").rglob("CR-*.pdf")
    assert broken(paper.read_bytes()) == {}


def test_drawn_again_it_is_the_same_file(store: Store, workspace: Workspace, rules: AllRules, now: datetime) -> None:
    grant_in(store)
    described(store, token(PLAIN))
    made = issued(store, workspace, rules, now)
    assert drawn(store, workspace, made.printed) == store.evidence.get(made.sha256)


def test_the_verdict_names_nobody(store: Store) -> None:
    grant_in(store)
    case = described(store, token(PLAIN))
    (_, row) = enclose(store, case)
    said = store.evidence.get(row["sha256"]).decode()
    assert "alexandra" not in said.casefold()
    assert "tremblay" not in said.casefold()


BORN = "it gives a date of birth"
NATIONAL = "it gives a national identity number"
WORK = "it tells of the work that was handed in, which may be about students"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, ""),
        ({"credentialSubject": {"dateOfBirth": "1980-01-01"}}, BORN),
        ({"credentialSubject": {"https://schema.org/birthDate": "1980-01-01"}}, BORN),
        ({"schema:birthDate": "1980-01-01"}, BORN),
        (
            {"credentialSubject": {"identifier": [{"identityType": "nationalIdentityNumber", "identityHash": "x"}]}},
            NATIONAL,
        ),
        ({"ssn": "1"}, NATIONAL),
        ({"note": "number 123-45-6789 of"}, NATIONAL),
        ({"number": "2023-45-67890"}, ""),
        ({"narrative": "My class of 2026"}, WORK),
        ({"credentialSubject": {"narrative": "My class"}}, WORK),
        ({"evidence": [{"id": "https://x.example", "narrative": "My class"}]}, WORK),
        ({"evidence": {"id": "https://x.example", "description": "A film of my class"}}, WORK),
        ({"evidence": "data:text/plain,My%20class"}, WORK),
        ({"evidence": [{"id": "https://x.example", "more": {"deeper": "data:image/png;base64,AA"}}]}, WORK),
        ({"evidence": [{"id": "https://x.example", "narrative": ""}]}, ""),
        ({"description": "What is earned"}, ""),
    ],
)
@pytest.mark.parametrize("packed", [token, text])
def test_what_must_not_go_round_keeps_a_micro_credential_out(
    packed: Callable[[Any], bytes], more: dict[str, Any], why: str
) -> None:
    assert judged(packed(PLAIN | more))[1] == why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "its original is not kept"),
        (b" " * (LARGEST + 1), "it has 262,145 bytes, more than 262,144"),
        (b"", "it is neither JSON nor a signed token"),
        (b"\x89PNG", "it is neither JSON nor a signed token"),
        (b"a.b.c", "it is neither JSON nor a signed token"),
        (b"[" * 200_000, "it is neither JSON nor a signed token"),
        (b"{" * 10, "it is neither JSON nor a signed token"),
        (b'"\xff"', "it is neither JSON nor a signed token"),
    ],
    ids=["gone", "huge", "empty", "a picture", "no token", "nested", "broken", "no text"],
)
def test_what_cannot_be_read_is_left_out_with_its_reason(content: bytes | None, why: str) -> None:
    assert judged(content) == ("", why)


def test_one_left_out_is_named_with_its_hash_and_the_reason(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    grant_in(store)
    case = described(store, text(PLAIN | {"narrative": "My class"}))
    held = attachments(store.evidence.get(issued(store, workspace, rules, now).sha256))
    assert set(held) == {"verdict.json"}
    said = json.loads(held["verdict.json"])["micro_credential"]
    assert said["sha256"] == case.document_sha256
    assert said["not_embedded_because"] == WORK
    assert "My class" not in str(said)


def test_without_its_original_the_certificate_is_printed_and_the_verdict_says_so(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime
) -> None:
    grant_in(store)
    described(store, None)
    held = attachments(store.evidence.get(issued(store, workspace, rules, now).sha256))
    assert json.loads(held["verdict.json"])["micro_credential"]["not_embedded_because"] == "its original is not kept"


def test_the_last_verdict_that_proved_it_is_the_one_that_counts(store: Store) -> None:
    grant_in(store)
    case = described(store, text(PLAIN))
    later = datetime(2026, 9, 30, tzinfo=UTC)
    with store.transaction() as session:
        session.add(VerdictRecord(case_id=case.id, at=later, outcome="held", checks=[]))
    assert enclose(store, case)[-1]["modified"] == "2026-09-29"
    with store.transaction() as session:
        session.add(VerdictRecord(case_id=case.id, at=later, outcome="verified", checks=[]))
    assert enclose(store, case)[-1]["modified"] == "2026-09-30"


def test_a_planned_certificate_whose_verdict_is_gone_is_held_with_a_sentence(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from countersign.issuance import certificates as room

    grant_in(store)
    case = described(store, text(PLAIN))

    def planned_only(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room, "draw_certificate", planned_only)
        with pytest.raises(KeyboardInterrupt):
            issue_certificates(store, workspace, rules, awards_due(store, rules), now)
    store.evidence.path(case.document_sha256).unlink()
    assert issued(store, workspace, rules, now).sha256 == ""
    with store.reading() as session:
        (item,) = session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None)))
    assert f"The evidence {case.document_sha256[:12]}… " in item.sentence


# ------------------------------------------------------------------------------------------------------------- signing


def key_file(workspace: Workspace) -> Path:
    """Nobody else may read it."""
    file = workspace.root / "key.p12"
    file.touch(mode=0o600)
    return file


def signing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, content: bytes, passphrase: str = PASS) -> Workspace:
    key_file(workspace).write_bytes(content)
    toml = workspace.root / "countersign.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[signing]\nfile = "key.p12"\n', encoding="utf-8")
    monkeypatch.setenv(PASSPHRASE, passphrase)
    return open_workspace(workspace.root)


def test_where_a_key_is_set_up_certificates_are_signed(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant_in(store)
    described(store, token(PLAIN))
    made = issued(store, signing(workspace, monkeypatch, p12(KEY, RSA_KEY.certificate)), rules, now)
    content = (workspace.root / made.path).read_bytes()
    assert content == store.evidence.get(made.sha256)
    status = signature_of(content)
    assert status.bottom_line
    assert status.signer_reported_dt == now
    assert broken(content) == {}


def test_a_key_that_does_not_open_leaves_nothing_half_written(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant_in(store)
    shut = signing(workspace, monkeypatch, p12(KEY, RSA_KEY.certificate), "wrong")
    assert issue_certificates(store, shut, rules, awards_due(store, rules), now) == []
    with store.reading() as session:
        assert session.exec(select(Certificate)).all() == []
        (item,) = session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None)))
    assert "COUNTERSIGN_SIGNING_PASSPHRASE is not its passphrase" in item.sentence
    assert list((workspace.root / "outbox").rglob("*.pdf")) == []
    monkeypatch.setenv(PASSPHRASE, PASS)
    assert len(issue_certificates(store, shut, rules, awards_due(store, rules), now)) == 1


def test_one_planned_as_signed_is_never_filed_unsigned(
    store: Store, workspace: Workspace, rules: AllRules, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from countersign.issuance import certificates as room

    grant_in(store)

    def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room, "draw_certificate", killed)
        with pytest.raises(KeyboardInterrupt):
            able = signing(workspace, monkeypatch, p12(KEY, RSA_KEY.certificate))
            issue_certificates(store, able, rules, awards_due(store, rules), now)
    assert issue_certificates(store, workspace, rules, awards_due(store, rules), now) == []  # without [signing]
    with store.reading() as session:
        (item,) = session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None)))
    assert "is to be signed, but countersign.toml has no [signing]" in item.sentence


def test_doctor_looks_at_the_key(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from countersign import clock
    from countersign.desk.doctor import examine
    from tests.archive.test_signature import certified

    def said(ends: datetime) -> list[tuple[str, str]]:
        key_file(workspace).write_bytes(p12(KEY, certified(KEY, ends=ends)))
        return [(f.level, f.what) for f in examine(workspace.root) if "sign" in f.what and "ertificate" in f.what]

    assert ("ok", "Certificates are not signed digitally.") in [(f.level, f.what) for f in examine(workspace.root)]
    signing(workspace, monkeypatch, b"")
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 10, 2, 7, 0, tzinfo=UTC))
    far = "Certificates are signed digitally as Demo Education Association, until 2028-01-01."
    assert ("ok", far) in said(datetime(2028, 1, 1, tzinfo=UTC))
    assert ("warning", "The certificate that signs ends on 2026-11-20.") in said(datetime(2026, 11, 20, tzinfo=UTC))
    assert any(f.level == "error" and "ended on 2026-10-01" in f.what for f in _found(workspace))


def _found(workspace: Workspace) -> list[Any]:
    from countersign.desk.doctor import examine
    from tests.archive.test_signature import certified

    key_file(workspace).write_bytes(p12(KEY, certified(KEY, ends=datetime(2026, 10, 1, tzinfo=UTC))))
    return examine(workspace.root)
