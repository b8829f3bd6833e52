"""A mail host of real parts, Dovecot and Exim, in a folder of its own on loopback; IMAPS with a certificate of its own.

Everything sent to ``bot`` or ``resident`` at the host's domain lies in that person's box.
"""

from __future__ import annotations

import asyncio
import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.support.tools import able, needed

DOMAIN = "uk-uyut.example"
PASSWORD = "app-password-of-the-test"
USER = "Debian-exim"  # Exim wants to be this or root

DOVECOT = """
protocols = imap
base_dir = {rig}/run
state_dir = {rig}/run
log_path = {rig}/dovecot.log
listen = 127.0.0.1
ssl = required
ssl_cert = <{rig}/host.pem
ssl_key = <{rig}/host.key
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{rig}/mail/%n/Maildir
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={rig}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imap_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service auth {{
  user = {user}
}}
namespace inbox {{
  inbox = yes
}}
"""

EXIM = """
keep_environment =
primary_hostname = {domain}
spool_directory = {rig}/spool
log_file_path = {rig}/exim-%s.log
pid_file_path = {rig}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {smtp_port}
auth_advertise_hosts = *
tls_advertise_hosts =
acl_smtp_rcpt = recipient
begin acl
recipient:
  deny !authenticated = *
  accept domains = {domain}
         local_parts = bot : resident
  deny message = 5.1.1 no such user
begin routers
people:
  driver = accept
  domains = {domain}
  local_parts = bot : resident
  transport = box
begin transports
box:
  driver = appendfile
  directory = {rig}/mail/$local_part_data/Maildir
  maildir_format
  create_directory
  delivery_date_add
  return_path_add
  user = {user}
  group = {group}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if eq{{$auth3}}{{{password}}}}}
  server_set_id = $auth2
"""


@dataclass(frozen=True, slots=True)
class MailHost:
    folder: Path
    imap_port: int
    smtp_port: int

    @property
    def settings(self) -> dict[str, object]:
        """What a `MailConfig` needs to be ``bot`` of this host."""
        return {
            "address": f"bot@{DOMAIN}",
            "password": PASSWORD,
            "imap_host": "127.0.0.1",
            "imap_port": self.imap_port,
            "imap_security": "tls",
            "smtp_host": "127.0.0.1",
            "smtp_port": self.smtp_port,
            "smtp_security": "none",
            "ca_file": str(self.folder / "ca.pem"),
        }

    def open(self, person: str) -> imaplib.IMAP4_SSL:
        """Log in to a person's box."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        client = imaplib.IMAP4_SSL("127.0.0.1", self.imap_port, ssl_context=context, timeout=20)
        client.login(f"{person}@{DOMAIN}", PASSWORD)
        client.select("INBOX")
        return client

    async def put(self, person: str, raw: bytes) -> None:
        """Lay a mail into a box."""

        def append() -> None:
            client = self.open(person)
            done, said = client.append("INBOX", None, None, raw)
            client.logout()
            assert done == "OK", said

        await asyncio.to_thread(append)

    def mails(self, person: str) -> list[tuple[bytes, bytes]]:
        """Return flags and text of each mail of a box, without marking it."""
        client = self.open(person)
        _, data = client.fetch("1:*", "(FLAGS BODY.PEEK[])")
        client.logout()
        return [(item[0], item[1]) for item in data if isinstance(item, tuple)]


@contextmanager
def mail_host(folder: Path) -> Iterator[MailHost]:
    """Run both servers until the block ends; the test is skipped where they are not installed."""
    dovecot, exim = needed("dovecot", "dovecot-imapd"), needed("exim4", "exim4-daemon-light")
    able(os.geteuid() == 0, "only root may start Exim as its own user")
    group = grp.getgrgid(pwd.getpwnam(USER).pw_gid).gr_name
    host = MailHost(folder, free_port(), free_port())
    names = {"rig": folder, "user": USER, "group": group, "password": PASSWORD, "domain": DOMAIN}
    ports = {"imap_port": host.imap_port, "smtp_port": host.smtp_port}
    (folder / "dovecot.conf").write_text(DOVECOT.format(**names, **ports))
    (folder / "exim.conf").write_text(EXIM.format(**names, **ports))
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    issued.private_key_pem.write_to_path(str(folder / "host.key"))
    issued.cert_chain_pems[0].write_to_path(str(folder / "host.pem"))
    for part in ("spool", "mail", "run"):
        (folder / part).mkdir()
    for path in (folder, *folder.rglob("*")):
        if path.name != "exim.conf":  # Exim reads only what root wrote
            shutil.chown(path, USER, group)
    subprocess.run([dovecot, "-c", folder / "dovecot.conf"], check=True, timeout=20)
    try:
        subprocess.run([exim, "-C", folder / "exim.conf", "-bd", "-q1m"], check=True, timeout=20)
        yield host
    finally:
        pid = folder / "exim.pid"
        if pid.exists():
            os.kill(int(pid.read_text()), 15)
        subprocess.run([dovecot, "-c", folder / "dovecot.conf", "stop"], check=True, timeout=20)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
