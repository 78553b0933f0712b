"""The picture that carries the credential."""

import struct
import zlib
from io import BytesIO
from typing import Any, cast

import pytest
from openbadges_bakery import bake as bake_of_the_bakery  # pyright: ignore[reportUnknownVariableType]
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from PIL import Image

from countersign.errors import UsageError
from countersign.issuance.credential import baking
from tests.issuance.credential.conftest import PICTURE


def png_of(width: int = 8, height: int = 8) -> bytes:
    made = BytesIO()
    Image.new("RGB", (width, height), "white").save(made, "PNG")
    return made.getvalue()


def declaring(width: int) -> bytes:
    """A small file that says it is a huge picture."""
    head = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return png_of()[:8] + chunk + png_of()[33:]


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (b"", "is not a PNG that can be read."),
        (b"GIF89a" + bytes(40), "is not a PNG that can be read."),
        (png_of()[:-20], "is not a PNG that can be read."),
        (png_of().replace(b"IDAT", b"IDAX"), "is not a PNG that can be read."),
        (png_of() + bytes(2_000_000), "is larger than 2 MB."),
        (declaring(60_000), "has 60000 × 60000 pixels."),
        (baking.bake(png_of(), "a.b.c"), "carries a credential already."),
    ],
    ids=["empty", "a GIF", "cut off", "damaged", "large", "a bomb", "baked"],
)
def test_a_picture_that_cannot_carry_a_credential_is_refused(picture: bytes, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        baking.checked(picture, "seal.png")
    assert caught.value.what == f"The picture seal.png {sentence}"


def baked_by_the_bakery(text: str) -> bytes:
    return cast(Any, bake_of_the_bakery)(BytesIO(png_of()), text).read()


def test_a_picture_baked_by_the_bakery_is_refused_too() -> None:
    old = baked_by_the_bakery("https://badges.nea.example/assertions/1")
    with pytest.raises(UsageError, match="carries a credential already"):
        baking.checked(old, "seal.png")


def test_the_bakerys_own_keyword_is_one_that_readers_of_open_badges_3_do_not_look_for() -> None:
    old = baked_by_the_bakery("a.b.c")
    with pytest.raises(OB3VerificationError, match="No openbadgecredential iTXt chunk"):
        OB3Verifier.extract_token_from_png(old)
    assert OB3Verifier.extract_token_from_png(baking.bake(png_of(), "a.b.c")) == "a.b.c"


def test_the_picture_looks_the_same_with_the_credential_in_it() -> None:
    with Image.open(BytesIO(PICTURE)) as before, Image.open(BytesIO(baking.bake(PICTURE, "a.b.c"))) as after:
        assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()


def test_the_picture_that_is_shipped_can_be_used() -> None:
    assert baking.checked(PICTURE, "shipped") == PICTURE
