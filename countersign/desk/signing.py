"""`countersign credential …`, and doctor's look at the signing key: made, published, and compared with what is published."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import rfc8785

from countersign import clock, issuance
from countersign.errors import Outage, UsageError
from countersign.evidence import write_whole
from countersign.issuance.credential import keys
from countersign.issuance.credential.issuing import read_picture
from countersign.privatekeys import refuse_repository
from countersign.settings import FILE_NAME, Workspace, open_workspace

if TYPE_CHECKING:
    from countersign.desk.doctor import Finding

NOT_SET_UP = "No recognition credential is set up."
SET_UP = f"Make a key with `countersign credential key FILE`, and enter what it says in {FILE_NAME}."


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made: its files, its name, and where its document belongs."""

    private: str
    public: str
    document: str
    issuer: str
    key_id: str
    publish_at: str
    set_up: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """What was made and what to do with it, a line each."""
        told = [
            f"Written: {self.private}",
            "  the private key: whoever has it signs as you. Keep a copy where you keep seals; never in git, never in a mail.",
            f"Written: {self.public}",
            "  the public key: keep it for as long as anything that was signed with it counts.",
            f"Written: {self.document}",
            f"  publish it at {self.publish_at} (countersign serve does so by itself).",
            f"The key's name: {self.key_id}",
        ]
        if self.set_up:
            return [
                *told,
                f"In {FILE_NAME}, under [recognition_credential]: key_file names the new key, and the public key of the one before "
                "goes into former_keys, or what it signed can no longer be proven.",
            ]
        return [*told, f"Enter this in {FILE_NAME}:", "", *self._section()]

    def _section(self) -> list[str]:
        return ["[recognition_credential]", f'issuer = "{self.issuer}"', f'key_file = "{self.private}"']


def new_key(folder: Path | None, file: Path, kind: str) -> NewKey:
    """Make a key in `file`, and beside it the public key and the document to publish. Raises UsageError when any of the three is
    there already, `file` lies in a git repository, or `kind` is unknown; Outage when the disk takes nothing."""
    workspace = open_workspace(folder)
    if kind not in ("ed25519", "p256"):
        raise UsageError(f"{kind!r} is no kind of key that is used here.", "Write --kind ed25519 or --kind p256.")
    settings = workspace.settings.recognition_credential
    issuer = settings.issuer if settings else _own_did(workspace)
    public, document = (file.with_name(file.name + end) for end in (".public.pem", ".did.json"))
    for path in (file, public, document):
        if path.exists() or path.is_symlink():
            raise UsageError(
                f"{path} is there already; nothing was changed.", "A key is never overwritten: name another file."
            )
    refuse_repository(file, keys.INSTEAD)
    key = keys.new_key(kind)
    known = [key.public_key(), *_in_use(workspace), *keys.former_keys(workspace)]
    _write_secret(file, keys.private_pem(key))
    try:
        write_whole(public, keys.public_pem(key.public_key()))
        write_whole(document, rfc8785.dumps(keys.key_document(issuer, known)))
    except Outage:
        for path in (file, public):
            path.unlink(missing_ok=True)
        raise
    return NewKey(
        private=str(file.resolve()),
        public=str(public.resolve()),
        document=str(document.resolve()),
        issuer=issuer,
        key_id=keys.key_id(issuer, key.public_key()),
        publish_at=keys.document_address(issuer),
        set_up=settings is not None,
    )


def _in_use(workspace: Workspace) -> list[keys.PublicKey]:
    """The key that signs now, if one does: the section may be there before its first key, which is being made just now."""
    with contextlib.suppress(UsageError):
        signer = keys.read_signer(workspace)
        return [signer.public] if signer else []
    return []


def publish(folder: Path | None, into: Path) -> list[Path]:
    """Write the documents and the signed status lists into a folder as the check site has to serve them; returns the files. Raises
    UsageError and Outage."""
    from countersign.store import open_store

    workspace = open_workspace(folder)
    documents = issuance.published_documents(workspace)
    if not documents:
        raise UsageError(NOT_SET_UP, SET_UP)
    store, now = open_store(workspace), clock.now()
    below = urlsplit(workspace.settings.affiliate.check_url).path.rstrip("/").rpartition("/")[0]
    for number in issuance.status_lists(store):
        documents[f"{below}/status/{number}"] = issuance.status_list(store, workspace, number, now) or ""
    store.engine.dispose()
    written: list[Path] = []
    for path, text in documents.items():
        written.append(into / path.lstrip("/"))
        write_whole(written[-1], text.encode())
    return written


def look(workspace: Workspace) -> Iterator["Finding"]:
    """Doctor's findings: the key and the picture can be used, and what is published lists the key. Nothing where no recognition
    credential is set up. Raises UsageError."""
    from countersign.desk.doctor import Finding

    signer = keys.read_signer(workspace)
    if signer is None:
        return
    read_picture(workspace)
    yield Finding("ok", f"Recognition credentials are signed with the key {signer.key_id}.")
    problem = _published_problem(workspace, signer)
    address = keys.document_address(signer.issuer)
    if problem is None:
        yield Finding("ok", f"{address} lists that key.")
    else:
        yield problem


def _published_problem(workspace: Workspace, signer: keys.Signer) -> "Finding | None":
    """What is wrong with the published document, or kept it from being looked at."""
    from countersign.desk.doctor import Finding
    from countersign.verification import fetcher_for
    from countersign.verification.keys import KeyProblem
    from countersign.verification.network import documents
    from countersign.verification.proofs.controllers import NotListed, keys_of

    address = keys.document_address(signer.issuer)
    remedy = (
        f"Publish what `countersign credential publish DIR` writes, or let `countersign serve` answer at {address}."
    )
    try:
        body = documents.read(fetcher_for(workspace, clock.now()), address, f"The document of {signer.issuer}").body
    except documents.Missing as missing:
        level = "note" if workspace.settings.network.offline else "warning"
        return Finding(level, missing.finding.detail, remedy)
    try:
        listed = list(keys_of(body, signer.issuer, signer.key_id))
    except (NotListed, KeyProblem) as error:
        return Finding("error", f"The signing key does not match what is published: at {address} it {error}.", remedy)
    public = cast(keys.PublicKey, listed[0].public)
    if keys.public_pem(public) != keys.public_pem(signer.public):
        return Finding("error", f"{address} lists another key under the name {signer.key_id}.", remedy)
    return None


def _own_did(workspace: Workspace) -> str:
    """The did:web of the host that the check address names."""
    parts = urlsplit(workspace.settings.affiliate.check_url)
    if parts.scheme != "https" or not parts.hostname:
        raise UsageError(
            f"check_url in {FILE_NAME} is {workspace.settings.affiliate.check_url}, and a did:web needs https.",
            "Give check_url an https address of a host of yours, such as https://check.demo-ea.example/c/",
        )
    return f"did:web:{parts.hostname}" + (f"%3A{parts.port}" if parts.port else "")


def _write_secret(file: Path, content: bytes) -> None:
    """A new file that only its owner may read, from its first byte on. Raises UsageError or Outage."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(
            f"{file} is there already; nothing was changed.", "A key is never overwritten: name another file."
        ) from error
    except OSError as error:
        raise Outage(
            f"{file} cannot be written: {error.strerror}.", "Name another folder, or check the disk."
        ) from error
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
