"""One IMAP connection, and what its refusals mean.

A client is not thread safe and its default timeout is none at all, so every thread opens its
own, here, and always with timeouts.
"""

import errno
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
)

from channels.email.config import EmailConfig, Tls
from channels.errors import AuthFailed, ChannelError, Transient

# RFC 5530 response codes, and two that Gmail and Exchange use, which say "later", not "never".
_LATER = re.compile(
    r"\[(UNAVAILABLE|INUSE|THROTTLED|LIMIT|SERVERBUG|OVERQUOTA)\b|[Tt]oo many", re.ASCII
)
# Exchange Online says how long: "Request is throttled. Suggested Backoff Time: 92415 milliseconds"
_BACKOFF = re.compile(r"Suggested Backoff Time: (\d{1,9}) milliseconds")
_CODE = re.compile(r"\[([A-Z]+)\b")
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
BUSY_SECONDS = 300.0
"""How long to leave a server alone that says it is busy but not for how long."""


def connect(config: EmailConfig) -> IMAPClient:
    """A logged-in client. Raises AuthFailed or Transient."""
    with imap_errors(config):
        login = config.imap
        client = IMAPClient(
            login.host,
            port=login.port,
            ssl=login.tls is Tls.IMPLICIT,
            ssl_context=_context(login.tls),
            timeout=SocketTimeout(config.connect_timeout, config.read_timeout),
        )
        try:
            client.normalise_times = False
            # IMAPClient has imaplib format every answer, bodies and all, for a debug log that
            # must not hold them: half the cost of a fetch, and citizens' words.
            client._imap.debug = 0
            if login.tls is Tls.STARTTLS:
                client.starttls(_context(login.tls))
            if (login.user + login.password).isascii():
                client.login(login.user, login.password)
            else:  # LOGIN cannot carry it
                client.plain_login(login.user, login.password)
        except BaseException:
            hang_up(client)
            raise
    return client


def hang_up(client: IMAPClient) -> None:
    """Close the socket without a farewell: it may be dead, or in the middle of an answer."""
    try:
        client.shutdown()
    except (OSError, IMAPClientError):
        return


def say_goodbye(client: IMAPClient) -> None:
    """End a healthy session; a failure no longer matters."""
    try:
        client.logout()
    except (OSError, IMAPClientError):
        hang_up(client)


@contextmanager
def imap_errors(config: EmailConfig) -> Iterator[None]:
    """Turn what IMAPClient raises into the words of channels.errors. Keeps ChannelErrors."""
    try:
        yield
    except ChannelError:
        raise
    except LoginError as error:
        raise _refused_login(config, error) from None
    except ssl.SSLCertVerificationError as error:
        raise Transient(
            f"Sertifikat server email akun {config.name} tidak dapat dipercaya: periksa nama host"
            " dan jam komputer ini.",
            detail=error.verify_message,
        ) from None
    except (ssl.SSLError, CapabilityError) as error:
        raise Transient(
            f"Enkripsi dengan server email akun {config.name} gagal: periksa tls dan port di"
            " konfigurasi (993 implicit, 143 starttls).",
            detail=type(error).__name__,
        ) from None
    except (IMAPClientError, OSError, ValueError, LookupError, AssertionError) as error:
        # The last three: IMAPClient's parser, fed by a server that answers nonsense.
        raise _interrupted(config, error) from None


def _refused_login(config: EmailConfig, error: LoginError) -> ChannelError:
    text = str(error)
    # IMAPClient wraps a connection that died during LOGIN as a refusal too.
    if isinstance(error.__context__, IMAPClientAbortError) or _LATER.search(text):
        return _interrupted(config, error)
    if "[PRIVACYREQUIRED]" in text:
        return AuthFailed(
            f"Server email akun {config.name} menolak login tanpa enkripsi: isi tls di konfigurasi"
            ' dengan "implicit" atau "starttls".',
            detail=_detail(error),
        )
    return AuthFailed(
        f"Server email menolak login akun {config.name}: periksa user dan password di konfigurasi"
        " (Gmail dan Yahoo meminta sandi aplikasi).",
        detail=_detail(error),
    )


def _interrupted(config: EmailConfig, error: Exception) -> Transient:
    text = str(error)
    if _LATER.search(text):
        stated = _BACKOFF.search(text)
        return Transient(
            f"Server email akun {config.name} sedang membatasi atau sibuk; dicoba lagi nanti.",
            detail=_detail(error),
            retry_after=int(stated[1]) / 1000 if stated else BUSY_SECONDS,
        )
    if isinstance(error, OSError) and error.errno in _DISK:
        return Transient(
            f"Surat besar akun {config.name} tidak dapat disimpan: disk komputer ini penuh atau"
            " tidak bisa ditulis. Kosongkan ruang disk; surat dicoba lagi otomatis.",
            detail=type(error).__name__,
        )
    return Transient(
        f"Sambungan ke server email akun {config.name} gagal; dicoba lagi otomatis. Bila terus"
        f" terjadi, periksa internet serta host dan port ({config.host}:{config.port}).",
        detail=_detail(error),
    )


def _detail(error: Exception) -> str:
    """The kind and the response code only: a server's free text may quote user or folder."""
    code = _CODE.search(str(error))
    return type(error).__name__ + (f" {code[1]}" if code else "")


def _context(tls: Tls) -> ssl.SSLContext | None:
    return None if tls is Tls.NONE else ssl.create_default_context()
