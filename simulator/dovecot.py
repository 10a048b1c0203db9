"""A real Dovecot in a folder of its own: versions 2.3 and 2.4, as root or as anybody.

https://doc.dovecot.org/2.3/configuration_manual/quick_configuration/
https://doc.dovecot.org/2.4.0/core/config/quick.html
"""

import getpass
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from simulator.imap import JUNK, SENT, ImapServer
from simulator.process import UNPRIVILEGED, InFolder, as_nobody, is_root

_HEAD_23 = """\
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
# A wrong password is answered at once, however often it was wrong before.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

_HEAD_24 = """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
auth_allow_cleartext = yes
mail_driver = maildir
mailbox_list_layout = maildir++
mail_path = {folder}/mail/%{{user}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {group}
    home = {folder}/home/%{{user}}
  }}
}}
"""

_REST = """\
protocols = imap
listen = 127.0.0.1
ssl = no
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
auth_failure_delay = 0s
mail_max_userip_connections = 100
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox {junk} {{
    auto = subscribe
    special_use = \\Junk
  }}
  mailbox {sent} {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
"""


@cache
def _program() -> str:
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    return shutil.which("dovecot", path=places) or ""


@cache
def version() -> tuple[int, int]:
    """(2, 3) or (2, 4). Raises RuntimeError where there is no Dovecot."""
    if not available():
        raise RuntimeError("Dovecot is not installed")
    shown = subprocess.run([_program(), "--version"], capture_output=True, text=True, check=True)
    major, minor = shown.stdout.split()[0].split(".")[:2]
    return int(major), int(minor)


def available() -> bool:
    """Whether this machine has a Dovecot with IMAP."""
    return bool(_program()) and any(
        Path(lib, "dovecot", "imap").exists()
        for lib in ("/usr/lib", "/usr/libexec", "/usr/local/libexec")
    )


class DovecotServer(InFolder, ImapServer):
    """Any user name is let in with the one password and gets its own Maildir.

    Not as root: Dovecot's mail processes never run as that.
    """

    def __init__(self, user: str = "aduan", password: str = "rahasia") -> None:
        super().__init__(user, password)
        self._configure()

    def command(self) -> list[str]:
        """In the foreground, so that its process id is the child's."""
        return as_nobody([_program(), "-F", "-c", str(self.folder / "conf")])

    def start(self) -> None:
        """Run it and wait until somebody can log in: asked to stop earlier, it would linger."""
        super().start()
        with self.session():
            pass

    def change_uidvalidity(self, folder: str = "INBOX", user: str = "") -> None:
        """Give a folder a new UIDVALIDITY, as after a restore; the UIDs start anew at 1."""
        maildir = self.folder / "mail" / (user or self.user)
        if folder != "INBOX":
            maildir /= f".{folder}"
        self.stop()
        uidlist = maildir / "dovecot-uidlist"
        header, _, mails = uidlist.read_text(encoding="utf-8").partition("\n")
        found = re.search(r"\bV(\d+)", header)
        assert found is not None, header
        names = [line.split(" ", 1)[1] for line in mails.splitlines()]
        lines = [f"3 V{int(found[1]) + 1} N{len(names) + 1}"]
        lines += [f"{uid} {name}" for uid, name in enumerate(names, 1)]
        uidlist.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        for index in maildir.glob("dovecot.index*"):
            index.unlink()
        self.start()

    def _configure(self) -> None:
        user, group = UNPRIVILEGED
        if not is_root():
            # Unix only, as Dovecot is; this module is imported on Windows too.
            import grp

            user, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
        text = (_HEAD_23 if version() < (2, 4) else _HEAD_24) + _REST
        filled = text.format(
            folder=self.folder,
            user=user,
            group=group,
            password=self.password,
            port=self.port,
            junk=JUNK,
            sent=SENT,
        )
        (self.folder / "conf").write_text(filled, encoding="utf-8")
