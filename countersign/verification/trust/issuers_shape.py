"""The shape of `issuers.toml`: which tables and keys it has, and of which kind each is."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from countersign.verification import keys
from countersign.verification.trust import alike


def _seen(text: str) -> str:
    """The text, if everything in it can be seen: people compare it, and programs break lines in more places than TOML does."""
    if alike.visible(text, len(text)) != text:
        raise ValueError(f"“{alike.visible(text, 120)}” holds characters that nobody sees; write it without them")
    return text


def _seen_in_lines(text: str) -> str:
    """As `_seen`, for what may have several lines."""
    for line in text.replace("\t", " ").split("\n"):
        _seen(line)
    return text


Plain = Annotated[str, AfterValidator(_seen)]
Text = Annotated[Plain, Field(min_length=1)]
Note = Annotated[str, AfterValidator(_seen_in_lines)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class AcceptedPart(_Part):
    """From when and until when (last day included) the affiliate accepts what the issuer issued."""

    from_: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self


class VettedPart(_Part):
    """Who looked at the issuer, when, and by when it has to be looked at again."""

    by: Text
    on: date
    again_by: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.again_by is not None and self.again_by <= self.on:
            raise ValueError(f"again_by {self.again_by} is not after on {self.on}")
        return self


class KeyPart(_Part):
    """A pinned key in one of three forms, and when it was in use (both days included)."""

    id: Plain = ""
    pem: str | None = None
    jwk: dict[str, Any] | None = None
    multibase: str | None = None
    from_: date | None = Field(alias="from", default=None)
    until: date | None = None
    compromised: date | None = None
    note: Note = ""
    _public: keys.PublicKey = PrivateAttr()

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if sum(x is not None for x in (self.pem, self.jwk, self.multibase)) != 1:
            raise ValueError("give the key in exactly one form: pem, jwk or multibase")
        try:
            if self.pem is not None:
                self._public = keys.from_pem(self.pem)
            elif self.jwk is not None:
                self._public = keys.from_jwk(self.jwk)
            else:
                self._public = keys.from_multibase(self.multibase or "")
        except keys.KeyProblem as error:
            raise ValueError(f"the key {error}") from error
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        if self.from_ is not None and self.compromised is not None and self.compromised < self.from_:
            raise ValueError(
                f"compromised {self.compromised} is before from {self.from_}, when the key was not there yet"
            )
        return self

    @property
    def public(self) -> keys.PublicKey:
        """The key itself."""
        return self._public


class IssuerPart(_Part):
    """One `[[issuers]]` table. `contradictions` says what its parts must be beyond their kind."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: Text
    also: tuple[Text, ...] = ()
    ids: tuple[Text, ...] = ()
    origins: tuple[Text, ...] = ()
    paths: tuple[Text, ...] = ()
    dids: tuple[Text, ...] = ()
    jwks: tuple[Text, ...] = ()
    accepted: AcceptedPart
    vetted: VettedPart
    note: Note = ""
    demo: bool = False
    selective: bool = False
    """Its derived credentials (ecdsa-sd-2023) always disclose status and expiry: the issuer makes both mandatory, and has said so to the
    operator. Without that word a credential shown in part is held unless it shows both."""

    keys: tuple[KeyPart, ...] = ()


class IssuersFile(_Part):
    """The whole file."""

    issuers: tuple[IssuerPart, ...] = ()
