"""Forgeries by looks: issuers that only look like a registered one. Their sound twin is the registered issuer itself."""

from models.credentials import CarrierKind
from tests.forgeries.actors import ACME, ACME_DID, ACME_DID_KEY, DID_KEY
from tests.forgeries.corpus import Scene, forgery
from tests.forgeries.publishing import KEY
from tests.verification.making import ED, THIEF, jws, multibase, ob3

NAME = "Acme Learning"
STRANGE = "https://unrelated.example/profile"
CALLS = f"which is or resembles the registered issuer “{NAME}”"


def issued(forged: bool, identifier: str = STRANGE, name: str = "Somebody") -> Scene:
    """A token of the thief's own, sound in itself, whose issuer has that id and name; or the registered issuer's."""
    if not forged:
        own = ob3(issuer={"id": ACME, "type": ["Profile"], "name": NAME})
        return Scene(jws(own, ED, kid=KEY), CarrierKind.jwt)
    theirs = ob3(issuer={"id": identifier, "type": ["Profile"], "name": name})
    return Scene(jws(theirs, THIEF, kid=f"{identifier}#key-1"), CarrierKind.jwt)


# Names


@forgery("look-name-of-a-registered-issuer", "issuer_trusted", CALLS)
def same_name(forged: bool) -> Scene:
    """A stranger calls itself exactly like a registered issuer."""
    return issued(forged, name=NAME)


@forgery("look-name-with-cyrillic-letters", "issuer_trusted", "written with letters of Cyrillic and Latin alphabets")
def cyrillic(forged: bool) -> Scene:
    """The name has Cyrillic letters that look like Latin ones."""
    return issued(forged, name="Асme Lеarning")


@forgery("look-name-with-invisible-characters", "issuer_trusted", "written with invisible characters")
def invisible(forged: bool) -> Scene:
    """The name has characters of no width in it."""
    return issued(forged, name="Acme\u200b Lear\u200dning")


@forgery("look-name-written-backwards", "issuer_trusted", "⟨U+202E⟩gninraeL emcA")
def backwards(forged: bool) -> Scene:
    """The name is written backwards and shown forwards, by a character that turns the direction."""
    return issued(forged, name="\u202egninraeL emcA")


@forgery("look-name-with-letters-of-mathematics", "issuer_trusted", CALLS)
def mathematics(forged: bool) -> Scene:
    """The name is written with the bold letters of mathematics."""
    return issued(forged, name="𝐀𝐜𝐦𝐞 𝐋𝐞𝐚𝐫𝐧𝐢𝐧𝐠")


@forgery("look-name-with-letters-that-look-alike", "issuer_trusted", CALLS)
def leaming(forged: bool) -> Scene:
    """An m in place of r and n."""
    return issued(forged, name="Acme Leaming")


@forgery(
    "look-famous-name-with-a-did-of-its-own", "issuer_trusted", "“National Education Association (fictional)” (“NEA”)"
)
def famous(forged: bool) -> Scene:
    """A famous short name, and a DID that proves itself."""
    did, key = (f"did:key:{multibase(THIEF)}", THIEF) if forged else (ACME_DID_KEY, DID_KEY)
    body = ob3(issuer={"id": did, "type": ["Profile"], "name": "NEA Micro-credentials" if forged else NAME})
    return Scene(jws(body, key, kid=did), CarrierKind.jwt)


# Addresses


@forgery("look-site-that-begins-like-it", "issuer_trusted", "only begins like issuer.example")
def begins_like(forged: bool) -> Scene:
    """A site of the thief's whose name begins with the issuer's."""
    return issued(forged, "https://issuer.example.evil.example/profile")


@forgery("look-site-that-ends-like-it", "issuer_trusted", "only ends like issuer.example")
def ends_like(forged: bool) -> Scene:
    """A site of the thief's whose name ends with the issuer's."""
    return issued(forged, "https://notissuer.example/profile")


@forgery("look-site-as-user-name", "issuer_trusted", "before an @; it leads to evil.example")
def user_name(forged: bool) -> Scene:
    """The issuer's site stands before an @, where a user name belongs."""
    return issued(forged, "https://issuer.example@evil.example/profile")


@forgery("look-site-with-a-user-name", "issuer_trusted", "can be read in more than one way (a user name before the @)")
def with_user_name(forged: bool) -> Scene:
    """The right site, with a user name before it."""
    return issued(forged, "https://eve@issuer.example/profile")


@forgery(
    "look-site-in-punycode", "issuer_trusted", "is written with letters that only look like those of issuer.example"
)
def punycode(forged: bool) -> Scene:
    """A site whose name has a Cyrillic letter, as the network spells it."""
    host = "\u0456ssuer".encode("punycode").decode()
    return issued(forged, f"https://xn--{host}.example/profile")


@forgery("look-site-behind-another", "issuer_trusted", "behind its host; it leads to evil.example")
def behind_another(forged: bool) -> Scene:
    """The issuer's address stands behind that of the thief's site."""
    return issued(forged, f"https://evil.example/{ACME}")


@forgery("look-site-with-a-hyphen", "issuer_trusted", "resembles issuer.example")
def hyphen(forged: bool) -> Scene:
    """A hyphen in place of the dot."""
    return issued(forged, "https://issuer-example.test/profile")


@forgery("look-site-with-a-digit", "issuer_trusted", "resembles issuer.example")
def digit(forged: bool) -> Scene:
    """A digit in place of a letter."""
    return issued(forged, "https://1ssuer.example/profile")


@forgery("look-site-under-another-top-level-domain", "issuer_trusted", "resembles issuer.example")
def top_level(forged: bool) -> Scene:
    """The same name under another top-level domain."""
    return issued(forged, "https://issuer.test/profile")


@forgery("look-site-below-it", "issuer_trusted", "lies below issuer.example")
def below(forged: bool) -> Scene:
    """A site below the issuer's, which may be anybody's."""
    return issued(forged, "https://eve.issuer.example/profile")


@forgery("look-site-with-a-dot-at-its-end", "issuer_trusted", "a dot at the end of the host")
def dot(forged: bool) -> Scene:
    """The same site with a dot at its end."""
    return issued(forged, "https://issuer.example./profile")


@forgery("look-site-at-another-port", "issuer_trusted", "(a port)")
def port(forged: bool) -> Scene:
    """The same site at another port, where another program answers."""
    return issued(forged, "https://issuer.example:8443/profile")


@forgery("look-address-without-encryption", "issuer_trusted", "in http and https only")
def http(forged: bool) -> Scene:
    """The same address with http."""
    return issued(forged, ACME.replace("https", "http"))


@forgery("look-address-in-upper-case", "issuer_trusted", "in upper and lower case only")
def upper_case(forged: bool) -> Scene:
    """The same address with a capital letter in its path."""
    return issued(forged, "https://issuer.example/Profile")


@forgery("look-address-with-a-slash", "issuer_trusted", "in a slash at its end only")
def slash(forged: bool) -> Scene:
    """The same address with a slash at its end."""
    return issued(forged, f"{ACME}/")


@forgery(
    "look-address-of-another-page",
    "issuer_trusted",
    "is at issuer.example, a registered site of Acme Learning, but is not",
)
def another_page(forged: bool) -> Scene:
    """Another page of the issuer's site, such as a user's."""
    return issued(forged, "https://issuer.example/users/eve")


@forgery("look-address-with-dot-segments", "issuer_trusted", "is not an address registered for it")
def dot_segments(forged: bool) -> Scene:
    """The same address by way of a folder and back."""
    return issued(forged, "https://issuer.example/users/../profile")


@forgery("look-did-that-begins-like-it", "issuer_trusted", "only begins like issuer.example")
def did_begins_like(forged: bool) -> Scene:
    """A DID of a site whose name begins with the issuer's."""
    return issued(forged, f"{ACME_DID}.evil.example")


@forgery("look-did-below-it", "issuer_trusted", "is at issuer.example")
def did_below(forged: bool) -> Scene:
    """A DID of a user of the issuer's site."""
    return issued(forged, f"{ACME_DID}:users:eve")
