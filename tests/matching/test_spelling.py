"""Many addresses are spelled at once exactly as one at a time, and whatever spelling was hashed is found."""

import hashlib
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from countersign.identity import rare_variants, reads, variants
from countersign.matching import spelling
from countersign.matching.scan import _Sought  # pyright: ignore[reportPrivateUsage]
from models.credentials import Identity

PLAIN = st.builds(
    "{}@{}".format,
    st.text(string.ascii_letters + string.digits + ".+'_-", min_size=1, max_size=12),
    st.text(string.ascii_letters + string.digits + ".-", min_size=1, max_size=12),
)
ODD = st.text(st.characters(exclude_characters="\n"), max_size=12) | st.sampled_from(
    [
        " pat@x.example ",
        "mailto:pat@x.example",
        "a@b@c",
        "@",
        "",
        "straße@x.example",
        "İ@x.example",
        "ΑΣ@x.example",
        "pat\x1f@x",
    ]
)


def utf8(spellings: tuple[str, ...]) -> set[bytes]:
    return {s.encode("utf-8", "surrogatepass") for s in spellings}


@given(st.lists(PLAIN, min_size=1, max_size=6) | st.lists(PLAIN | ODD, min_size=1, max_size=6))
@example(["a@b", "c@d@e", "f"])
@example(["Pat.Doe@School.Example", "pat.doe@school.example", "PAT.DOE@SCHOOL.EXAMPLE"])
def test_many_at_once_are_spelled_as_one_at_a_time(addresses: list[str]) -> None:
    text = "\n".join(addresses)
    common = set[bytes]().union(*(utf8(variants(a)) for a in addresses))
    rare = set[bytes]().union(*(utf8(rare_variants(a)) for a in addresses))
    assert set(spelling.common(text)) == common
    assert set(spelling.rare(text)) | common == rare | common


def test_addresses_that_differ_only_in_case_cost_no_more_hashes_than_they_have_spellings() -> None:
    assert spelling.common("pat@x.example\ndoe@x.example") == [b"pat@x.example", b"doe@x.example"]
    assert sorted(spelling.rare("pat@x.example")) == [b"PAT@X.EXAMPLE", b"Pat@x.example"]
    assert sorted(spelling.rare("pat.doe@x.example")) == [
        b"PAT.DOE@X.EXAMPLE",
        b"Pat.Doe@x.example",
        b"Pat.doe@x.example",
    ]


@given(
    st.lists(PLAIN, min_size=1, max_size=8, unique_by=str.casefold),
    st.data(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(["sha256", "md5"]),
    st.booleans(),
)
def test_whatever_matches_by_the_plain_definition_is_found(
    addresses: list[str], data: st.DataObject, salt: str, algorithm: str, upper: bool
) -> None:
    whose = data.draw(st.sampled_from(addresses))
    written = data.draw(st.sampled_from([*variants(whose), *rare_variants(whose), whose.swapcase()]))
    digest = hashlib.new(algorithm, (written + salt).encode()).hexdigest()
    identity = Identity("email", f"{algorithm}${digest.upper() if upper else digest}", hashed=True, salt=salt)
    sought = _Sought([identity])
    for spell in (spelling.common, spelling.rare):
        sought.try_all(spell("\n".join(addresses)))
    expected = [a.casefold() for a in addresses if reads(identity, a)]
    assert [sought.found[identity]] == expected if expected else sought.found == {}
    assert bool(sought) == (not expected)


@pytest.mark.parametrize("count", [1, 3])
def test_identities_with_one_salt_are_found_together(count: int) -> None:
    addresses = [f"pat{n}@x.example" for n in range(count)]
    sought = _Sought(
        Identity("email", "sha256$" + hashlib.sha256(f"{a}s".encode()).hexdigest(), hashed=True, salt="s")
        for a in addresses
    )
    sought.try_all(spelling.common("\n".join(["x@y.example", *addresses])))
    assert sorted(sought.found.values()) == addresses
    assert not sought
