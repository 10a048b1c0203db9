"""From the section of an account to its adapter. Each is imported only where one is configured:
start-up and memory count on a small machine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from channels.base import Channel
from tanggap.clock import now
from tanggap.requestlog import RequestLog
from tanggap.settings import Account, Android, Email, Gammu, Twilio


@dataclass(frozen=True, slots=True)
class Parts:
    """What an adapter is given besides its section."""

    facility: str
    """The facility's name, as citizens read it."""
    key: bytes
    """Signs our own ids."""
    request_log: RequestLog | None


def make(account: Account, parts: Parts) -> Channel:
    """The account's adapter."""
    return _MAKERS[account.kind](account, parts)


def _email(account: Email, parts: Parts) -> Channel:
    from channels.email.adapter import EmailChannel
    from channels.email.config import EmailConfig, Tls

    # `since` stays out: what arrived before it is recorded too, only not alerted.
    config = EmailConfig(
        name=account.name,
        user=account.user,
        password=account.password.get_secret_value(),
        address=account.address,
        sender_name=parts.facility,
        host=account.host,
        port=account.port,
        tls=Tls(account.tls),
        folders=account.folders,
        sent_folder=account.sent_folder,
        smtp_host=account.smtp_host,
        smtp_port=account.smtp_port,
        smtp_tls=Tls(account.smtp_tls),
        smtp_user=account.smtp_user,
        smtp_password=account.smtp_password.get_secret_value(),
        authserv_ids=account.authserv_ids,
        file_sent=account.file_sent,
    )
    return EmailChannel(config, key=parts.key, clock=now, request_log=parts.request_log)


def _twilio(account: Twilio, parts: Parts) -> Channel:
    from channels.twilio.adapter import TwilioChannel
    from channels.twilio.config import TwilioConfig

    config = TwilioConfig(
        name=account.name,
        account_sid=account.account_sid,
        auth_token=account.auth_token.get_secret_value(),
        whatsapp=account.whatsapp,
        sms=account.sms,
        base_url=account.base_url,
        content_url=account.content_url,
        template=account.template,
        webhook_url=account.webhook_url,
    )
    return TwilioChannel(config, clock=now, request_log=parts.request_log)


def _android(account: Android, parts: Parts) -> Channel:
    from channels.android.adapter import AndroidChannel
    from channels.android.config import AndroidConfig

    config = AndroidConfig(
        name=account.name,
        base_url=account.base_url,
        user=account.user,
        password=account.password.get_secret_value(),
        number=account.number,
    )
    return AndroidChannel(config, key=parts.key, clock=now, request_log=parts.request_log)


def _gammu(account: Gammu, parts: Parts) -> Channel:
    from channels.gammu.adapter import GammuChannel
    from channels.gammu.config import GammuConfig

    config = GammuConfig(name=account.name, spool=account.spool, number=account.number)
    return GammuChannel(config, key=parts.key, clock=now)


_MAKERS: Mapping[str, Callable[[Any, Parts], Channel]] = {
    Email.kind: _email,
    Twilio.kind: _twilio,
    Android.kind: _android,
    Gammu.kind: _gammu,
}
