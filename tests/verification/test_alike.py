"""Names and addresses that only look like a registered issuer's: none ever matches, and staff are told in which way they look alike."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from countersign.verification.network import addresses
from countersign.verification.trust import alike
from countersign.verification.trust.registry import Registry
from tests.verification.making import ED as KEY
from tests.verification.making import ISSUER, issuer, jws, look, ob3, registered, registry

DID = "did:web:nea.example"
DID_KEY = "did:key:z6Mkt2eMgUhP56cQAmoA2VkY4DtBDN9pAqd44ZVQUdyfMVTq"
KNOWN = Registry((
    issuer(
        id_="nea", name="National Education Association", also=("NEA",),
        ids=("https://badges.nea.example/issuer.json",),
        origins=frozenset({"https://badges.nea.example", "https://nea.example"}), dids=frozenset({DID, DID_KEY}),
    ),
    issuer(id_="digital-promise", name="Digital Promise", ids=("https://dp.example/issuers/demo",), origins=frozenset()),
))  # fmt: skip

TRICKS = {
    "begins like it": ("https://badges.nea.example.evil.test/issuer.json", "only begins like badges.nea.example"),
    "begins like it, with a hyphen": ("https://nea.example-badges.test/", "only begins like nea.example"),
    "ends like it": ("https://evilnea.example/", "only ends like nea.example"),
    "user name": ("https://badges.nea.example@evil.test/issuer.json", "before an @; it leads to evil.test"),
    "user name and password": ("https://nea.example:x@evil.test/", "before an @; it leads to evil.test"),
    "user name at the right host": ("https://eve@badges.nea.example/issuer.json", "more than one way (a user name"),
    "Cyrillic letter": ("https://bаdges.nea.example/issuer.json", "letters that only look like"),
    "punycode": ("https://xn--bdges-4ve.nea.example/issuer.json", "letters that only look like"),
    "trailing dot": ("https://badges.nea.example./issuer.json", "a dot at the end of the host"),
    "upper case in the path": ("https://badges.nea.example/ISSUER.json", "in upper and lower case only"),
    "another port": ("https://badges.nea.example:8443/issuer.json", "(a port)"),
    "empty port": ("https://badges.nea.example:/issuer.json", "(a port)"),
    "port with a zero before it": ("https://badges.nea.example:0443/issuer.json", "(a port)"),
    "backslashes": ("https:\\\\badges.nea.example\\issuer.json", "a backslash"),
    "backslash and @": ("https://badges.nea.example\\@evil.test/", "a backslash"),
    "http": ("http://badges.nea.example/issuer.json", "in http and https only"),
    "no scheme": ("//badges.nea.example/issuer.json", "no https:// before it"),
    "bare host": ("badges.nea.example/issuer.json", "no https:// before it"),
    "one slash": ("https:/badges.nea.example/issuer.json", "can be read in more than one way"),
    "percent in the host": ("https://badges%2enea.example/issuer.json", "percent signs in the host"),
    "ideographic full stop": ("https://badges。nea。example/issuer.json", "letters other than ASCII's"),
    "full-width letters": ("https://ｂadges.nea.example/issuer.json", "letters other than ASCII's"),
    "slash at the end": ("https://badges.nea.example/issuer.json/", "a slash at its end only"),
    "fragment": ("https://badges.nea.example/issuer.json#x", "in what follows it only"),
    "query": ("https://badges.nea.example/issuer.json?x=1", "in what follows it only"),
    "percent in the path": ("https://badges.nea.example/%69ssuer.json", "is not an address registered for it"),
    "dot segments": ("https://badges.nea.example/a/../issuer.json", "is not an address registered for it"),
    "another page of the site": ("https://badges.nea.example/other", "is not an address registered for it"),
    "a site below it": ("https://x.nea.example/", "lies below nea.example"),
    "in the path": ("https://evil.test/https://badges.nea.example/issuer.json", "behind its host; it leads to evil.test"),
    "in the query": ("https://evil.test/?issuer=badges.nea.example", "behind its host"),
    "the site's name as a label": ("https://nea.microcredentials.test/x", "carries “nea” in its host, a name of National"),
    "the name between hyphens": ("https://credentials-nea.test/i", "; it leads to credentials-nea.test"),
    "the whole name between hyphens": ("https://national-education-association.test/", "in its host, a name of National"),
    "the name in digits": ("https://n3a-badges.test/", "carries “nea” in its host"),
    "DID at a site with the name": ("did:web:nea.elsewhere.test", "carries “nea” in its host"),
    "hyphen for dot": ("https://badges-nea.test/", "resembles badges.nea.example"),
    "hyphen for the last dot": ("https://nea-example.test/", "resembles nea.example"),
    "another top-level domain": ("https://badges.nea.test/", "resembles badges.nea.example"),
    "a letter left out": ("https://badge.nea.test/", "resembles badges.nea.example"),
    "digit for letter": ("https://badge5.nea.test/", "resembles badges.nea.example"),
    "invisible at the end": ("https://badges.nea.example/issuer.json\u200b", "characters that nobody sees only"),
    "invisible in the host": ("https://bad\u00adges.nea.example/issuer.json", "characters that nobody sees only"),
    "blank before it": (" https://badges.nea.example/issuer.json", "characters that nobody sees only"),
    "DID that begins like it": ("did:web:nea.example.evil.test", "only begins like nea.example"),
    "DID with a path": ("did:web:nea.example:users:eve", "is not an address registered for it"),
    "DID with a port": ("did:web:nea.example%3A8443", "is not an address registered for it"),
    "DID in upper case": ("did:web:NEA.example", "in upper and lower case only"),
    "DID method in upper case": ("DID:WEB:nea.example", "in upper and lower case only"),
    "key of a DID": ("did:web:nea.example#key-1", "in what follows it only"),
    "did:key with one other letter": (DID_KEY[:-1] + "r", "resembles the registered did:key"),
}  # fmt: skip


@pytest.mark.parametrize(("identifier", "how"), TRICKS.values(), ids=TRICKS)
def test_an_address_that_only_looks_alike_is_nobodys_and_is_pointed_out(identifier: str, how: str) -> None:
    assert KNOWN.issuer_for(identifier) is None
    found = alike.of_identifier(identifier, KNOWN.issuers)
    assert found is not None
    assert found.issuer.id == "nea"
    assert how in found.sentence


@pytest.mark.parametrize(
    "identifier",
    ["https://unrelated.test/", "did:key:z6Mkjefz7dteDwY6NWuQuTZG63aHPYGzhcS2u7uhNYvKzWBr", "urn:uuid:1", "", "x", "https://",
     "https://[::1]/", "https://xn--/", "did:web:", "did:web:other.test", "https://dq.example/", "https://linear.test/",
     "https://neat-credentials.test/", "https://badges.vermont.test/", "https://credentials.linea-rts.test/"],
)  # fmt: skip
def test_an_address_of_somebody_else_is_not_pointed_out(identifier: str) -> None:
    assert alike.of_identifier(identifier, KNOWN.issuers) is None


@pytest.mark.parametrize(
    ("name", "whose", "manner"),
    [
        ("NEA", "nea", ""),
        ("N.E.A.", "nea", ""),
        ("nea ", "nea", ""),
        ("NEА", "nea", "letters of Cyrillic and Latin alphabets"),
        ("N\u200bEA", "nea", "N⟨U+200B⟩EA” (written with invisible characters)"),
        ("\u202eAEN", "nea", "⟨U+202E⟩AEN"),
        ("N\u0301EA", "nea", ""),
        ("ＮＥＡ", "nea", ""),
        ("𝐍𝐄𝐀", "nea", ""),
        ("NEA Micro-credentials", "nea", ""),
        ("N3A", "nea", ""),
        ("Nation4l Educ4tion 4ssociation", "nea", ""),
        ("Association, National Education", "nea", ""),
        ("The Association for National Education", "nea", ""),
        ("The National Education Association (NEA)", "nea", ""),
        ("Νational Education Association", "nea", "Greek and Latin"),
        ("National Education Assocation", "nea", ""),
        ("NATIONAL  EDUCATION ASSOCIATION", "nea", ""),
        ("Digita1 Prornise", "digital-promise", ""),
        ("Dıgital Promıse", "digital-promise", ""),
        ("digital-promise", "digital-promise", ""),
        ("Digital Promise Ltd.", "digital-promise", ""),
        ("D i g i t a l Promise", "digital-promise", ""),
    ],
)
def test_a_name_is_compared_by_its_looks(name: str, whose: str, manner: str) -> None:
    found = alike.of_name(name, KNOWN.issuers)
    assert found is not None
    assert found.issuer.id == whose
    assert manner in found.sentence


@pytest.mark.parametrize(
    "name",
    [
        "",
        "!!!",
        "Acme",
        "Linear Learning",
        "Northeastern",
        "Promise",
        "Вища школа",
        "学校",
        "N4A",
        "National Board",
        "Illinois Education Association",
        "National Association of Education Librarians",
        "Promise of the Digital Divide",
    ],
)
def test_a_name_of_its_own_is_not_pointed_out(name: str) -> None:
    assert alike.of_name(name, KNOWN.issuers) is None


@pytest.mark.parametrize("host", ["https://api.eu.badgr.test/x", "https://linden.badgr.test/x"])
def test_on_a_platform_the_neighbours_do_not_carry_each_others_name(host: str) -> None:
    elm = issuer(
        id_="elm", name="Elm", ids=("https://elm.badgr.test/i",), origins=frozenset({"https://elm.badgr.test"})
    )
    found = alike.of_identifier(host, (elm,))
    assert found is None or "a name of" not in found.sentence


def test_the_case_of_the_host_and_the_default_port_make_no_difference() -> None:
    for same in ("https://ISSUER.example/profile", "HTTPS://issuer.example:443/profile"):
        found = look(jws(ob3(issuer={"id": same, "type": ["Profile"], "name": "Acme"}), KEY))
        assert found.verdict.outcome == "verified"


def test_staff_read_in_the_verdict_in_which_way_a_strangers_address_looks_alike() -> None:
    strange = "https://issuer.example.evil.test/profile"
    given = ob3(issuer={"id": strange, "type": ["Profile"], "name": "Acme Leaming"})
    known = registry(issuer(registered(KEY, f"{ISSUER}#key-1")))
    check = look(jws(given | {"iss": strange, "jti": given["id"]}, KEY), known).verdict.decisive
    assert "“Acme Leaming”, which is or resembles the registered issuer “Acme Learning”" in check.detail
    assert "only begins like issuer.example, a registered site of Acme Learning" in check.detail
    assert "it leads to issuer.example.evil.test" in check.detail
    assert check.remedy.startswith("Ask Acme Learning whether this is theirs.")


REGISTERED = sorted({i for each in KNOWN.issuers for i in each.ids | each.dids})


def spelled_the_same(identifier: str, known: str) -> bool:
    """The stated freedom: the case of scheme and host, and the default port."""
    if not known.startswith("https://"):
        return identifier == known
    host, _, path = known.removeprefix("https://").partition("/")
    given, slash, rest = identifier[len("https://") :].partition("/")
    head = identifier[: len("https://")].lower() == "https://"
    return head and bool(slash) and rest == path and given.isascii() and given.lower() in (host, f"{host}:443")


changes = st.tuples(
    st.sampled_from(REGISTERED),
    st.integers(0, 60),
    st.integers(0, 3),
    st.one_of(
        st.sampled_from(
            [
                "",
                "@",
                ".",
                "/",
                "\\",
                "%2e",
                ":443",
                ":0443",
                "#",
                "?",
                "\u200b",
                "\u202e",
                "а",
                "xn--",
                " ",
                "http://",
                "。",
                "A",
            ]
        ),
        st.text(max_size=4),
    ),
)


def _changed(values: tuple[str, int, int, str]) -> str:
    known, at, less, more = values
    return known[:at] + more + known[at + less :]


@given(st.one_of(changes.map(_changed), st.text(max_size=60), st.text(string.printable, max_size=60)))
@example("HTTPS://BADGES.NEA.EXAMPLE:443/issuer.json")
@example("https://badges.nea.example:443/issuer.json")
@example("https://badges.nea.example:00443/issuer.json")
def test_no_text_but_the_registered_identifier_ever_matches(identifier: str) -> None:
    found = KNOWN.issuer_for(identifier)
    assert (found is not None) == any(spelled_the_same(identifier, known) for known in REGISTERED)
    other = alike.of_identifier(identifier, KNOWN.issuers)  # never raises, whatever it is given
    assert other is None or "\u202e" not in other.sentence


@given(st.text(max_size=300))
def test_any_name_can_be_compared_and_shown(name: str) -> None:
    found = alike.of_name(name, KNOWN.issuers)
    assert found is None or all(c.isprintable() for c in found.sentence)


@given(changes.map(_changed))
def test_no_address_but_one_at_a_registered_origin_is_taken_for_one(address: str) -> None:
    if KNOWN.at_origin(address):
        assert addresses.origin(address) in {"https://badges.nea.example", "https://nea.example"}
        assert address.isascii()
        assert "@" not in address.partition("//")[2].partition("/")[0]
