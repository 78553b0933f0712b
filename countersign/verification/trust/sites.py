"""Which hosts can be one issuer's own: no IP address, no name of a private network, no domain at which anybody gets a site.

The last is a list of what is met in practice, not the whole Public Suffix List: it catches the slip of registering the platform
in place of the issuer's site on it. What it does not know it lets through, and a person vets the rest.
"""

import re

_REGISTRIES = frozenset(
    ["ac", "co", "com", "edu", "gob", "gouv", "gov", "go", "k12", "mil", "ne", "net", "nom", "or", "org", "sch"]
)
"""Second-level names that registries of countries give domains under, as in "co.uk"."""

_HOSTS = """
    alwaysdata.net amplifyapp.com appspot.com awsapprunner.com azureedge.net azurefd.net azurestaticapps.net azurewebsites.net
    blob.core.windows.net cloudapp.azure.com cloudapp.net cloudflarestorage.com cloudfront.net cloudfunctions.net core.windows.net
    deno.dev digitaloceanspaces.com elasticbeanstalk.com fastly.net firebaseapp.com firebasedatabase.app firebaseio.com fly.dev
    googleapis.com herokuapp.com myqcloud.com netlify.app netlify.com now.sh ondigitalocean.app onrender.com pages.dev
    pythonanywhere.com r2.cloudflarestorage.com r2.dev railway.app render.com run.app storage.cloud.google.com
    storage.yandexcloud.net trafficmanager.net up.railway.app vercel.app web.app web.core.windows.net workers.dev

    bitbucket.io bitbucket.org codeberg.org codeberg.page codepen.io codesandbox.io csb.app gist.github.com gitbook.io gitea.com
    gitee.com gitee.io github.com github.dev github.io gitlab.com gitlab.io glitch.me hf.space htmlpreview.github.io huggingface.co
    jsfiddle.net pastebin.com raw.github.com readthedocs.io repl.co replit.app replit.dev sourceforge.io sourceforge.net sr.ht
    srht.site stackblitz.io

    arweave.net cdn.skypack.dev cdn.statically.io cdnjs.cloudflare.com cloudflare-ipfs.com dweb.link esm.sh gateway.pinata.cloud
    ipfs.io nftstorage.link raw.githack.com rawcdn.githack.com rawgit.com cdn.rawgit.com unpkg.com w3s.link

    api.allorigins.win archive.is archive.org archive.ph archive.today corsproxy.io images.weserv.nl perma.cc r.jina.ai
    web.archive.org wsrv.nl

    1drv.ms app.box.com box.com docs.google.com drive.google.com drive.proton.me dropbox.com dropboxusercontent.com groups.google.com
    icloud.com mega.nz mediafire.com my.sharepoint.com onedrive.live.com script.google.com sharepoint.com sites.google.com
    wetransfer.com

    airtable.com blogger.com blogspot.com bubbleapps.io canva.com canva.site carrd.co framer.app framer.website ghost.io
    godaddysites.com jimdo.com jimdosite.com livejournal.com medium.com my.canva.site myshopify.com neocities.org notion.site
    notion.so square.site squarespace.com strikingly.com substack.com surge.sh tumblr.com tripod.com webflow.io weebly.com
    weeblysite.com wikidot.com wix.com wixsite.com wixstudio.io wordpress.com

    ddns.net devtunnels.ms duckdns.org dyndns.org freeddns.org hopto.org lhr.life loca.lt localhost.run localtunnel.me myftp.org
    ngrok-free.app ngrok.app ngrok.dev ngrok.io no-ip.org serveo.net sytes.net trycloudflare.com ts.net zapto.org

    bit.ly buff.ly goo.gl is.gd linktr.ee ow.ly rebrand.ly t.co t.ly tiny.cc tinyurl.com
"""
_PLATFORMS = frozenset(_HOSTS.split())
"""Hosts, with and without www: of clouds, code, packages, archives and proxies, files, home pages, tunnels, and short links."""

_SHARED = re.compile(
    "|".join(
        (
            r"([a-z0-9-]+\.)?(dualstack\.)?([a-z]{2}(-[a-z]+)+-\d+\.)?amazonaws\.com(\.cn)?",  # s3.us-west-2; a bucket has one more
            r"(lambda-url\.)?([a-z]{2}(-[a-z]+)+-\d+\.)?(on\.aws|elasticbeanstalk\.com|awsapprunner\.com)",
            r"[a-z0-9-]+\.(googleapis\.com|run\.app|firebasedatabase\.app|cloudapp\.azure\.com|aliyuncs\.com)",  # a service, a region
            r"([a-z]{2}\.)?r\.appspot\.com|a\.run\.app",
            r"([a-z0-9-]+\.)*(googleusercontent|githubusercontent)\.com",  # raw, objects, media, gist, avatars, webcache, …
            r"([a-z0-9-]+\.)?jsdelivr\.net",
            r"z\d+\.web\.core\.windows\.net|([a-z0-9]+\.)?\d+\.azurestaticapps\.net",
            r"(s3\.)?([a-z0-9-]+\.)?(backblazeb2|wasabisys|linodeobjects|vultrobjects|digitaloceanspaces)\.com",
            r"[a-z]{3}\d+\.cdn\.digitaloceanspaces\.com",
            r"(objectstorage\.[a-z0-9-]+|cos\.[a-z0-9-]+)\.(oraclecloud|myqcloud)\.com",
            r"(dl|dl-web|uc[a-z0-9]+\.dl)\.dropboxusercontent\.com",
            r"([a-z0-9-]+\.)+(translate\.goog|cdn\.ampproject\.org)",  # another's page, as a third party gives it
            r"(.+\.)?(nip|sslip|xip)\.io",  # an IP address that looks like a name
        )
    )
)
"""The same, where one platform has many hosts: a region, a service, a mirror."""

_PRIVATE = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".onion")


OF_THE_FIELD = frozenset(
    [
        "academy",
        "api",
        "app",
        "apps",
        "award",
        "awards",
        "badge",
        "badges",
        "board",
        "campus",
        "center",
        "centre",
        "certificate",
        "certificates",
        "certification",
        "class",
        "college",
        "connect",
        "course",
        "courses",
        "credential",
        "credentials",
        "demo",
        "dev",
        "digital",
        "district",
        "edu",
        "education",
        "host",
        "hosting",
        "hub",
        "institute",
        "issuer",
        "issuers",
        "learn",
        "learning",
        "library",
        "micro",
        "microcredential",
        "microcredentials",
        "museum",
        "network",
        "online",
        "open",
        "openbadge",
        "openbadges",
        "platform",
        "portal",
        "program",
        "public",
        "school",
        "schools",
        "science",
        "service",
        "services",
        "site",
        "skills",
        "staging",
        "state",
        "student",
        "students",
        "teach",
        "teacher",
        "teachers",
        "teaching",
        "test",
        "training",
        "union",
        "university",
        "verify",
        "wallet",
        "web",
        "www",
    ]
)
"""Labels of hosts, and names, that say nothing of whose they are."""


def own_label(host: str) -> str:
    """The label of a host that its owner chose: "nea" of www.nea.org and of nea.co.uk, "acme" of acme.github.io."""
    labels = host.split(".")
    for n in range(1, len(labels)):
        if unfit(".".join(labels[n:])):  # a domain under which others have theirs, at the latest the last label alone
            return labels[n - 1]
    return host


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
        host.removeprefix("www.") in _PLATFORMS
        or _SHARED.fullmatch(host)
        or (country and len(labels) == 2 and labels[0] in _REGISTRIES)
        or re.fullmatch(r"(k12\.)?[a-z]{2}\.us", host)
    ):
        return "is a domain at which anybody can have a site or put files; name a site that is the issuer's alone"
    return ""
