"""Where the real parts are handed to the pipeline: the one place that knows all of them."""

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta

from channels.base import Channel
from channels.email.adapter import EmailChannel
from channels.email.config import EmailConfig, Tls
from channels.manual import ManualChannel
from ingest import importer
from ingest.importer import ImportChannel
from notifier import alert_mail
from notifier.chat import TelegramChat
from notifier.client import TelegramClient
from pipeline.ports import Context, DeskSettings, Fallback, Office
from store import facilities
from store.engine import Store
from tanggap.broker import Queue, open_queue
from tanggap.clock import now
from tanggap.database import ensure_facilities, open_database
from tanggap.keys import signing_key
from tanggap.requestlog import RequestLog, open_request_log
from tanggap.settings import Email, Facility, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """Everything open and connected, nothing started."""

    ctx: Context
    queue: Queue
    client: TelegramClient | None
    """None while no token is configured."""

    def close(self) -> None:
        """Let go of the database and of the team's chat."""
        if self.client is not None:
            self.client.close()
        self.ctx.store.close()


def open_everything(settings: Settings, *, hears: bool = True) -> Wired:
    """Open the store (migrated), the offices with their channels, and the team's chat.

    `hears`: whether stages run in this process; where none do, a wake-up goes to the others over
    Redis, or to nobody, and their sweepers do their part. Raises UserError.
    """
    store = open_database(settings, now())
    try:
        return _wire(settings, store, hears=hears)
    except BaseException:
        store.close()
        raise


def _wire(settings: Settings, store: Store, *, hears: bool) -> Wired:
    offices = _offices(settings, store)
    desk = _desk_settings(settings)
    queue = open_queue(settings, hears=hears)
    client = chat = None
    if token := settings.telegram.token.get_secret_value():
        client = TelegramClient(token, settings.telegram.root, open_request_log(settings))
        chat = TelegramChat(store, client, offices, now)
    ctx = Context(
        store=store,
        clock=now,
        wake=queue.wake,
        settings=desk,
        offices=offices,
        chat=chat,
        holder=f"{os.getpid()}-{secrets.token_hex(4)}",
    )
    return Wired(ctx=ctx, queue=queue, client=client)


def _offices(settings: Settings, store: Store) -> dict[int, Office]:
    key, request_log = signing_key(store, settings.data), open_request_log(settings)
    ids = ensure_facilities(store, settings, now())
    offices = {}
    for facility in settings.facility:
        mails = [mail for mail in settings.email if settings.home(mail) is facility]
        channels = _channels(facility, mails, key, request_log)
        offices[ids[facility.key]] = Office(
            id=ids[facility.key],
            slug=facility.key,
            name=facility.name,
            zone=facility.time_zone.key,
            profile=facility.rules,
            approval=tuple((settings.desk.approval or facility.rules.approval).split("+")),
            calendar=facility.rules.calendar(
                zone=facility.zone or None,
                workdays=facility.workdays or None,
                overrides=facility.holidays,
            ),
            settings=_desk_settings(settings),
            channels=channels,
            accounts=_accounts(store, ids[facility.key], facility, mails, channels),
            fallback=_fallback(settings, facility),
            emergency=facility.emergency,
            phones=facility.phones,
        )
    return offices


def _fallback(settings: Settings, facility: Facility) -> Fallback | None:
    found = settings.fallback_of(facility)
    if found is None:
        return None
    plan, sender = found
    return Fallback(
        recipients=plan.email,
        after=timedelta(minutes=plan.after_minutes),
        account=sender.name,
        write=alert_mail.write,
    )


def _channels(
    facility: Facility, mails: list[Email], key: bytes, request_log: RequestLog | None
) -> dict[str, Channel]:
    configs = [_email(mail, facility) for mail in mails]
    own = {config.mailbox for config in configs}
    channels: list[Channel] = [
        EmailChannel(config, key=key, clock=now, request_log=request_log) for config in configs
    ]
    # Every facility has these two, whatever is configured.
    channels += [ManualChannel(), ImportChannel(own, key)]
    return {channel.account: channel for channel in channels}


def _accounts(
    store: Store,
    facility_id: int,
    facility: Facility,
    mails: list[Email],
    channels: dict[str, Channel],
) -> dict[str, int]:
    configured = {mail.name: mail for mail in mails}
    since = {mail.name: mail.since_utc(facility.time_zone) for mail in mails}
    since[importer.ACCOUNT] = importer.EPOCH
    rows = {}
    with store.write("setup.accounts", facility=facility_id) as db:
        for name, channel in channels.items():
            mail = configured.get(name)
            rows[name] = facilities.ensure_account(
                db,
                facility_id,
                channel=channel.channel,
                name=name,
                address=(mail.address or mail.user) if mail else "",
                since=since.get(name),
                now=now(),
            )
    return rows


def _email(mail: Email, facility: Facility) -> EmailConfig:
    # `since` stays out: what arrived before it is recorded too, only not alerted.
    return EmailConfig(
        name=mail.name,
        user=mail.user,
        password=mail.password.get_secret_value(),
        address=mail.address,
        sender_name=facility.name,
        host=mail.host,
        port=mail.port,
        tls=Tls(mail.tls),
        folders=mail.folders,
        sent_folder=mail.sent_folder,
        smtp_host=mail.smtp_host,
        smtp_port=mail.smtp_port,
        smtp_tls=Tls(mail.smtp_tls),
        smtp_user=mail.smtp_user,
        smtp_password=mail.smtp_password.get_secret_value(),
        authserv_ids=mail.authserv_ids,
        file_sent=mail.file_sent,
    )


def _desk_settings(settings: Settings) -> DeskSettings:
    return DeskSettings(**settings.desk.model_dump(exclude={"approval"}))
