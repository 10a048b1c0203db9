"""What `tanggap doctor` says about a mail account, each finding with its cure."""

import ipaddress
from collections.abc import Iterator

from channels.base import Finding
from channels.email.config import EmailConfig, Login, Tls
from channels.email.connection import connect, imap_errors, say_goodbye
from channels.email.folders import Folders, Role, discover
from channels.email.smtp import SmtpSender
from channels.errors import ChannelError


def check(config: EmailConfig, sender: SmtpSender) -> Iterator[Finding]:
    """Log in to both servers and look at the folders. Sends and changes nothing."""
    name = config.name
    try:
        client = connect(config)
        try:
            with imap_errors(config):
                folders = discover(client, config)
        finally:
            say_goodbye(client)
    except ChannelError as error:
        yield Finding(ok=False, what=f"{name}: membaca email (IMAP)", fix=error.text)
    else:
        yield Finding(ok=True, what=f"{name}: login IMAP berhasil")
        yield from _folders(config, folders)
    try:
        sender.check()
    except ChannelError as error:
        yield Finding(ok=False, what=f"{name}: mengirim email (SMTP)", fix=error.text)
    else:
        yield Finding(ok=True, what=f"{name}: login SMTP berhasil")
    for protocol, login in (("tls", config.imap), ("smtp_tls", config.smtp)):
        if login.tls is Tls.NONE and not _on_this_machine(login):
            yield Finding(
                ok=False,
                what=f"{name}: kata sandi dikirim tanpa enkripsi ke {login.host}",
                fix=f'isi {protocol} = "implicit" atau "starttls" di konfigurasi [[email]]',
            )


def _folders(config: EmailConfig, folders: Folders) -> Iterator[Finding]:
    name = config.name
    read = ", ".join(folder.name for folder in folders.read if folder.role is not Role.SENT)
    yield Finding(ok=True, what=f"{name}: folder yang dibaca: {read or 'tidak ada'}")
    if folders.missing:
        yield Finding(
            ok=False,
            what=f"{name}: folder {', '.join(folders.missing)} tidak ditemukan",
            fix=f"perbaiki folders atau sent_folder; yang ada: {', '.join(folders.names)}",
        )
    if folders.sent:
        yield Finding(ok=True, what=f"{name}: folder terkirim: {folders.sent}")
    elif not config.sent_folder:
        yield Finding(
            ok=False,
            what=f"{name}: folder surat terkirim tidak ditemukan",
            fix=f"isi sent_folder di konfigurasi; yang ada: {', '.join(folders.names)}",
        )


def _on_this_machine(login: Login) -> bool:
    try:
        return ipaddress.ip_address(login.host).is_loopback
    except ValueError:
        return login.host == "localhost"
