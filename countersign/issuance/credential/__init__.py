"""The recognition itself as an Open Badges 3.0 credential: signed with the affiliate's key, baked into a picture, revocable.

Only where `[recognition_credential]` is set up in countersign.toml. What the web has to serve (the console does, or
`countersign credential publish DIR` for any other server):

- `published_documents(workspace) -> dict[str, str]`: path → JSON text: the DID document (`/.well-known/did.json` for a did:web of a
  whole host) and the key set, `/.well-known/jwks.json`. Serve both as application/json, to anybody.
- `status_list(store, workspace, number, now) -> str | None`: the signed list for `/status/<number>`, beside `/c/`; None is a 404.
  Serve it as application/vc+jwt, and do not let it be kept longer than a few minutes.
- `credential_token(store, number) -> str | None`: the credential of the certificate with this number, for `/c/<number>/credential`; serve
  it as application/vc+jwt (application/jwt where that is asked for).
- `has_credential(store, number) -> bool`: whether there is one, whatever became of its file.
- `credential_picture(store, number) -> bytes | None`: the picture that carries it, image/png.

Without the section the first is empty and the others are None or False. The documents and the list raise UsageError when the key is not to be had.
"""

from countersign.issuance.credential.issuing import (
    credential_picture,
    credential_token,
    credentials_due,
    has_credential,
    issue_credentials,
    published_documents,
    status_list,
    status_lists,
)

__all__ = [
    "credential_picture",
    "credential_token",
    "credentials_due",
    "has_credential",
    "issue_credentials",
    "published_documents",
    "status_list",
    "status_lists",
]
