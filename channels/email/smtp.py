"""Hands an answer to the mail server, once, and says precisely how far that got.

SMTP knows no exactly-once. Until the text begins to flow a failure means "not sent"; from then
to the server's final word it means "nobody knows"; after that word the mail is the server's.
https://www.rfc-editor.org/rfc/rfc5321#section-4.2
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime

from channels.email.compose import compose, compose_notice
from channels.email.config import EmailConfig, Tls
from channels.errors import Ambiguous, AuthFailed, ChannelError, Permanent, Transient
from channels.message import OutboundReply, Receipt

_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}")
# Gmail's "Daily user sending limit exceeded" is a 550, but tomorrow it works.
# https://support.google.com/a/answer/3726730
_TOMORROW = "5.4.5"
_TOMORROW_SECONDS = 6 * 3600.0
_AUTH_CODES = (530, 534, 535, 538)


class SmtpSender:
    """Sends for one account, a connection for each answer: there are few, and far between."""

    def __init__(self, config: EmailConfig, *, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._clock = clock

    def send(self, part: OutboundReply) -> Receipt:
        """Raises Transient, Permanent or AuthFailed when it was certainly not sent; Ambiguous."""
        self._hand_over(part.recipient, self.compose(part))
        return Receipt(external_id=part.external_id, at=self._clock())

    def notify(self, recipient: str, *, subject: str, text: str, message_id: str) -> Receipt:
        """A notice to the desk's own people. Raises as `send`."""
        mail = compose_notice(
            recipient,
            subject=subject,
            text=text,
            message_id=message_id,
            sender=self._config.mailbox,
            sender_name=self._config.sender_name,
            date=self._clock(),
        )
        self._hand_over(recipient, mail)
        return Receipt(external_id=message_id, at=self._clock())

    def compose(self, part: OutboundReply) -> bytes:
        """The mail as it is sent now. Raises Permanent."""
        return compose(
            part,
            sender=self._config.mailbox,
            sender_name=self._config.sender_name,
            date=self._clock(),
        )

    def check(self) -> None:
        """Connect and log in only. Raises as `send` does."""
        _leave(self._connect())

    def _hand_over(self, recipient: str, mail: bytes) -> None:
        smtp = self._connect()
        try:
            self._envelope(smtp, recipient)
            self._content(smtp, mail)
        finally:
            _leave(smtp)

    def _connect(self) -> smtplib.SMTP:
        try:
            smtp = self._open()
        except smtplib.SMTPConnectError as error:
            raise self._refused(error.smtp_code, _bytes(error.smtp_error), "sambungan") from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._unreachable(error) from None
        try:
            self._greet(smtp)
        except ChannelError:
            _leave(smtp)
            raise
        except (OSError, smtplib.SMTPException) as error:
            _leave(smtp)
            raise self._unreachable(error) from None
        return smtp

    def _open(self) -> smtplib.SMTP:
        login, timeout = self._config.smtp, self._config.connect_timeout
        # Our own name is never looked up: that can take a resolver's whole timeout.
        us = "[127.0.0.1]"
        if login.tls is Tls.IMPLICIT:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                login.host, login.port, us, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(login.host, login.port, us, timeout=timeout)
        if smtp.sock is not None:
            smtp.sock.settimeout(self._config.read_timeout)
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        login = self._config.smtp
        try:
            smtp.ehlo_or_helo_if_needed()
            if login.tls is Tls.STARTTLS:
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            if smtp.has_extn("auth"):
                smtp.login(login.user, login.password)
        except smtplib.SMTPResponseException as error:
            stage = "login" if isinstance(error, smtplib.SMTPAuthenticationError) else "sambungan"
            raise self._refused(error.smtp_code, _bytes(error.smtp_error), stage) from None
        except smtplib.SMTPServerDisconnected:
            raise
        except (smtplib.SMTPException, UnicodeError) as error:
            # No STARTTLS, no method we know, or a password that its method cannot carry.
            raise AuthFailed(
                f"Cara login atau enkripsi server SMTP akun {self._config.name} tidak cocok:"
                " periksa smtp_tls, smtp_port dan password di konfigurasi.",
                detail=type(error).__name__,
            ) from None

    def _envelope(self, smtp: smtplib.SMTP, recipient: str) -> None:
        """Everything up to the server's "go ahead": whatever fails here, nothing was sent."""
        try:
            self._expect(smtp.mail(self._config.mailbox), "alamat pengirim")
            self._expect(smtp.rcpt(recipient), "alamat penerima")
            code, answer = smtp.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            raise self._unreachable(error) from None
        if code != 354:
            raise self._refused(code, answer, "isi surat")

    def _content(self, smtp: smtplib.SMTP, mail: bytes) -> None:
        try:
            smtp.send(re.sub(rb"(?m)^\.", b"..", mail) + b".\r\n")
            code, answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise self._unknown(type(error).__name__) from None
        if not 200 <= code < 600 or 300 <= code < 400:
            raise self._unknown(str(code))
        self._expect((code, answer), "isi surat")

    def _expect(self, reply: tuple[int, bytes], stage: str) -> None:
        if not 200 <= reply[0] < 300:
            raise self._refused(reply[0], reply[1], stage)

    def _unreachable(self, error: Exception) -> Transient:
        login = self._config.smtp
        if isinstance(error, ssl.SSLError):
            return Transient(
                f"Enkripsi dengan server SMTP akun {self._config.name} gagal; jawaban belum"
                " terkirim. Periksa smtp_tls, smtp_port (465 implicit, 587 starttls), nama host"
                " dan jam komputer ini.",
                detail=type(error).__name__,
            )
        return Transient(
            f"Server SMTP akun {self._config.name} tidak dapat dihubungi ({login.host}:"
            f"{login.port}); jawaban belum terkirim dan dicoba lagi otomatis. Bila terus terjadi,"
            " periksa internet, smtp_host dan smtp_port.",
            detail=type(error).__name__,
        )

    def _unknown(self, detail: str) -> Ambiguous:
        return Ambiguous(
            f"Sambungan SMTP akun {self._config.name} putus saat jawaban diserahkan: belum pasti"
            " terkirim. Periksa folder Terkirim, lalu pilih kirim ulang atau sudah terkirim.",
            detail=detail,
        )

    def _refused(self, code: int, answer: bytes, stage: str) -> ChannelError:
        """Sort a refusal by its codes. The free text may quote an address: it stays out."""
        enhanced = _ENHANCED.search(answer)
        status = f"{code} {enhanced[0].decode()}" if enhanced else str(code)
        name = self._config.name
        if 500 <= code < 600 and (stage == "login" or code in _AUTH_CODES):
            return AuthFailed(
                f"Server SMTP menolak login akun {name} ({status}): periksa smtp_user dan"
                " smtp_password di konfigurasi (Gmail dan Yahoo meminta sandi aplikasi).",
                detail=status,
            )
        if status.endswith(_TOMORROW):
            return Transient(
                f"Batas kirim harian akun {name} tercapai ({status}); jawaban dicoba lagi nanti.",
                detail=status,
                retry_after=_TOMORROW_SECONDS,
            )
        if 500 <= code < 600:
            return Permanent(
                f"Server SMTP akun {name} menolak {stage} ({status}); jawaban tidak terkirim."
                " Hubungi pelapor dengan cara lain atau perbaiki alamatnya.",
                detail=status,
            )
        return Transient(
            f"Server SMTP akun {name} menunda {stage} ({status}); jawaban dicoba lagi otomatis.",
            detail=status,
        )


def _leave(smtp: smtplib.SMTP) -> None:
    """Whatever happens now changes nothing about what was accepted."""
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _bytes(answer: bytes | str) -> bytes:
    return answer if isinstance(answer, bytes) else answer.encode("ascii", "replace")
