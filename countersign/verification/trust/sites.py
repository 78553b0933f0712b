"""Which hosts can be one issuer's own: no IP address, no name of a private network, no domain under which anybody gets a site.

The last is a list of what is met in practice, not the whole Public Suffix List: it catches the slip of registering the platform
in place of the issuer's site on it. What it does not know it lets through, and a person vets the rest.
"""

import re

_REGISTRIES = frozenset(
    ["ac", "co", "com", "edu", "gob", "gouv", "gov", "go", "k12", "mil", "ne", "net", "nom", "or", "org", "sch"]
)
"""Second-level names that registries of countries give domains under, as in "co.uk"."""

_PLATFORMS = frozenset(
    [
        "amazonaws.com",
        "s3.amazonaws.com",
        "cloudfront.net",
        "azurewebsites.net",
        "blob.core.windows.net",
        "web.core.windows.net",
        "appspot.com",
        "web.app",
        "firebaseapp.com",
        "storage.googleapis.com",
        "googleapis.com",
        "run.app",
        "github.io",
        "githubusercontent.com",
        "raw.githubusercontent.com",
        "gist.githubusercontent.com",
        "gitlab.io",
        "bitbucket.io",
        "pages.dev",
        "workers.dev",
        "r2.dev",
        "netlify.app",
        "vercel.app",
        "herokuapp.com",
        "onrender.com",
        "fly.dev",
        "glitch.me",
        "repl.co",
        "surge.sh",
        "neocities.org",
        "blogspot.com",
        "wordpress.com",
        "weebly.com",
        "wixsite.com",
        "squarespace.com",
        "webflow.io",
        "ngrok.io",
        "ngrok-free.app",
        "sharepoint.com",
        "dropboxusercontent.com",
    ]
)
_PRIVATE = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".onion")


def unfit(host: str) -> str:
    """Why a lower-case host cannot be one issuer's own, as the end of a sentence; empty when nothing speaks against it."""
    labels = host.split(".")
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        return "is an IP address, which belongs to whoever has the network just now"
    if len(labels) == 1:
        return "is a bare name, which means another machine in every network"
    if host.endswith(_PRIVATE):
        return "is a name of private networks, and nothing is fetched from those"
    country = len(labels[-1]) == 2
    if (
        host in _PLATFORMS
        or (country and len(labels) == 2 and labels[0] in _REGISTRIES)
        or re.fullmatch(r"(k12\.)?[a-z]{2}\.us", host)
    ):
        return "is a domain under which anybody can have a site; name the issuer's own site there"
    return ""
