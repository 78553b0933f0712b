"""base64url in its one spelling: what is read is exactly what an encoder writes, and nothing beside it."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.verification import keys
from countersign.verification.keys import KeyProblem
from tests.verification.making import Json

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_the_book(text: str) -> bytes | None:
    """RFC 4648 §5 without padding, by decoding and encoding again; None for anything an encoder would not have written."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return raw if written(raw) == text else None


def read(text: str) -> bytes | None:
    try:
        return keys.base64url(text)
    except KeyProblem:
        return None


@given(st.binary(max_size=200))
def test_what_an_encoder_writes_is_read(raw: bytes) -> None:
    assert keys.base64url(written(raw)) == raw


@given(st.text(alphabet=LETTERS, max_size=12) | st.text(alphabet=LETTERS + "+/=.\n\0 é\ud800", max_size=8) | st.text())
def test_what_no_encoder_writes_is_refused(text: str) -> None:
    assert read(text) == by_the_book(text)


@pytest.mark.parametrize("length", [1, 2])
def test_of_all_last_letters_one_in_sixteen_or_four_is_taken(length: int) -> None:
    start = "A" * length
    assert [c for c in LETTERS if read(start + c) is not None] == [
        c for c in LETTERS if by_the_book(start + c) is not None
    ]


@pytest.mark.parametrize("text", ["A", "A===", "AA==", "+A", "/w", "AA\n", " AA", "ÄA", "A\0", "\ud800A"])
def test_other_alphabets_padding_and_white_space_are_refused(text: str) -> None:
    with pytest.raises(KeyProblem, match=r"^is not base64url$"):
        keys.base64url(text)


@pytest.mark.parametrize("text", ["AB", "AAB", "-_"])
def test_bits_that_mean_nothing_must_be_zero(text: str) -> None:
    with pytest.raises(KeyProblem, match="is not spelled as issuers' software spells it"):
        keys.base64url(text)


@pytest.mark.parametrize("value", [5, None, ["AA"], {"x": "AA"}, True])
def test_a_key_whose_number_is_no_text_is_no_key(value: object) -> None:
    jwk: Json = {"kty": "OKP", "crv": "Ed25519", "x": value}
    with pytest.raises(KeyProblem, match="not a complete public JWK"):
        keys.from_jwk(jwk)
