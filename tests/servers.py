"""Real servers, from Debian's packages, started by the tests on folders and ports of their own."""

import grp
import imaplib
import ipaddress
import itertools
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psycopg import sql


class PostgreSQL:
    """A private PostgreSQL that listens on a Unix socket in `folder` only."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not found:
            raise RuntimeError("PostgreSQL is not installed; `make test` installs it.")
        self._bin = found[-1].parent
        self._folder = folder
        self._data = folder / "data"
        self._as: list[str] = []
        if os.getuid() == 0:  # the server refuses to run as root
            user = pwd.getpwnam("postgres")
            self._as = ["runuser", "-u", "postgres", "--"]
            os.chown(folder, user.pw_uid, user.pw_gid)
            for parent in folder.parents:  # the postgres user must be able to walk down to it
                if parent.stat().st_uid == os.getuid() and parent != Path("/"):
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self._run(
            "initdb", "-D", str(self._data), "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-U", "postgres"
        )
        options = f"-c listen_addresses= -c unix_socket_directories={self._folder} -c fsync=off"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-o", options, "-l", str(self._folder / "log"), "start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def fresh_database(self) -> str:
        """The URL of a new, empty database."""
        return self._create("template1")

    def copy_of(self, url: str) -> str:
        """The URL of a new database like the one at `url`, which nobody may have open."""
        return self._create(url.partition("@/")[2].partition("?")[0])

    def _create(self, template: str) -> str:
        name = f"test{next(self._numbers)}"
        with psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self._folder)


def server_folder(name: str) -> Path:
    """A new folder for a server. Not below pytest's own: every pytest that starts closes that to other accounts, and the
    servers run as such when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix=f"countersign-{name}-"))
    folder.chmod(0o711)
    return folder


def _own_ports() -> Iterator[int]:
    """The ports that this process of a parallel run gives out, in a circle from anywhere (`random` itself is hypothesis's).
    The processes share no port. All are below those that the system deals out to connections by itself, from 32768 on."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    mine = range(20_000 + number, 32_000, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    start = secrets.randbelow(len(mine))
    return itertools.cycle([*mine[start:], *mine[:start]])


_ports = _own_ports()


def free_port() -> int:
    """A TCP port on loopback that nobody listens on just now, and that stays free until the caller's server has started."""
    for port in itertools.islice(_ports, 1000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("No TCP port is free on loopback.")


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """(certificate, key) as PEM files, self-signed, for localhost and 127.0.0.1, valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "server.crt", folder / "server.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


class Dovecot:
    """A private Dovecot on loopback: `port` speaks IMAP (plain or STARTTLS), `tls_port` IMAP over TLS.

    `new_user()` makes a user with an empty mailbox, whose password is `PASSWORD`; any other password is refused. Runs as root
    or as an ordinary user. Dovecot 2.3 and 2.4 name their settings differently; both are written.
    """

    PASSWORD = "correct horse"

    def __init__(self, folder: Path) -> None:
        program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            raise RuntimeError("Dovecot is not installed (package dovecot-imapd); `make test` installs it.")
        self._program = program
        self._folder = folder
        self.host = "127.0.0.1"
        self.port, self.tls_port = free_port(), free_port()
        self.certificate, self._key = write_certificate(folder)
        self._users = folder / "users"  # all written before the start: Dovecot sees a change only by the second
        self._users.write_text("".join(f"user{n}:{{PLAIN}}{self.PASSWORD}\n" for n in range(1, 1000)), encoding="utf-8")
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        root = os.getuid() == 0
        self._account = "dovecot" if root else pwd.getpwuid(os.getuid()).pw_name
        if root:  # the mail processes run as Dovecot's own user and must be able to walk down to the folder
            for parent in (folder, *folder.parents):
                if parent.stat().st_uid == os.getuid() and parent != Path("/"):
                    parent.chmod(parent.stat().st_mode | 0o011)

    def __enter__(self) -> Self:
        account = pwd.getpwnam(self._account)
        mail = self._folder / "mail"
        mail.mkdir()
        os.chown(mail, account.pw_uid, account.pw_gid)
        config = self._folder / "dovecot.conf"
        config.write_text(self._settings(account), encoding="utf-8")
        log = (self._folder / "output").open("wb")
        with log:
            self._process = subprocess.Popen([self._program, "-F", "-c", str(config)], stdout=log, stderr=log)
        self._await()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_user(self) -> str:
        """The name of a new user with an empty mailbox."""
        return f"user{next(self._numbers)}"

    def append(self, user: str, message: bytes, at: datetime | None = None, folder: str = "INBOX") -> None:
        """Put a message into the user's mailbox, received (INTERNALDATE) `at`, now when not given."""
        with self._login(user) as client:
            when = imaplib.Time2Internaldate(at or datetime.now(UTC))
            self._must(client.append(folder, "", when, message))

    def flags(self, user: str, folder: str = "INBOX") -> list[str]:
        """The flags of each message in the user's folder, as the server writes them."""
        with self._login(user) as client:
            self._must(client.select(folder, readonly=True))
            _, data = client.fetch("1:*", "(FLAGS)")
            return [item.decode() for item in data if isinstance(item, bytes)]

    def renew(self, user: str) -> None:
        """Give the user's INBOX another UIDVALIDITY, messages and dates kept, as a restored server does."""
        validity = self._folder / "mail" / user / "dovecot-uidlist"
        first, _, rest = validity.read_text(encoding="ascii").partition("\n")
        words = [f"V{int(word[1:]) + 1}" if word.startswith("V") else word for word in first.split(" ")]
        for index in (self._folder / "mail" / user).glob("dovecot.index*"):
            index.unlink()
        validity.write_text(" ".join(words) + "\n" + rest, encoding="ascii")

    def _login(self, user: str) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self.host, self.port, timeout=20)
        self._must(client.login(user, self.PASSWORD))
        return client

    @staticmethod
    def _must(answer: tuple[str, object]) -> None:
        if answer[0] != "OK":
            raise RuntimeError(f"Dovecot answered {answer}")

    def _await(self) -> None:
        for _ in range(200):
            try:
                for port in (self.port, self.tls_port):
                    socket.create_connection((self.host, port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
                if self._process is not None and self._process.poll() is not None:
                    break
            else:
                return
        said = [
            path.read_text(errors="replace")
            for path in (self._folder / "output", self._folder / "log")
            if path.exists()
        ]
        raise RuntimeError("Dovecot did not start: " + "".join(said)[-2000:])

    def _settings(self, account: pwd.struct_passwd) -> str:
        version = subprocess.run([self._program, "--version"], check=True, capture_output=True, text=True).stdout
        group = grp.getgrgid(account.pw_gid).gr_name
        login = "dovenull" if os.getuid() == 0 else account.pw_name
        mail = f"{self._folder}/mail"
        owner = f"uid={account.pw_uid} gid={account.pw_gid}"
        common = f"""
protocols = imap
listen = 127.0.0.1
base_dir = {self._folder}/run
state_dir = {self._folder}/state
log_path = {self._folder}/log
default_login_user = {login}
default_internal_user = {account.pw_name}
default_internal_group = {group}
first_valid_uid = 1
auth_failure_delay = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
        if version.startswith(("2.0", "2.1", "2.2", "2.3")):
            return (
                common
                + f"""
service stats {{
  chroot =
}}
ssl = yes
ssl_cert = <{self.certificate}
ssl_key = <{self._key}
disable_plaintext_auth = no
mail_location = maildir:{mail}/%u
passdb {{
  driver = passwd-file
  args = {self._users}
}}
userdb {{
  driver = static
  args = {owner} home={mail}/%u
}}
"""
            )
        return (
            f"dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n{common}"
            + f"""
ssl = yes
ssl_server_cert_file = {self.certificate}
ssl_server_key_file = {self._key}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {mail}/%{{user}}
passdb passwd-file {{
  passwd_file_path = {self._users}
}}
userdb static {{
  fields {{
    uid = {account.pw_uid}
    gid = {account.pw_gid}
    home = {mail}/%{{user}}
  }}
}}
"""
        )
