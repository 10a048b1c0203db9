"""Where the real parts are handed to the pipeline: the one place that knows all of them."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from channels.base import Channel
from channels.manual import ManualChannel
from ingest import importer
from ingest.importer import ImportChannel
from notifier import alert_mail
from notifier.chat import TelegramChat
from notifier.client import TelegramClient
from pipeline.ports import Context, DeskSettings, Fallback, Office
from store import facilities
from store.engine import Store
from tanggap import adapters
from tanggap.adapters import Parts
from tanggap.broker import Queue, open_queue
from tanggap.clock import now
from tanggap.database import ensure_facilities, open_database
from tanggap.keys import signing_key
from tanggap.requestlog import open_request_log
from tanggap.settings import Account, Facility, Settings


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
        configured = [one for one in settings.accounts if settings.home(one) is facility]
        channels = _channels(configured, Parts(facility.name, key, request_log))
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
            accounts=_accounts(store, ids[facility.key], facility, configured, channels),
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


def _channels(configured: Sequence[Account], parts: Parts) -> dict[str, Channel]:
    channels = [adapters.make(account, parts) for account in configured]
    own = {account.own_address for account in configured if account.kind == ImportChannel.channel}
    # Every facility has these two, whatever is configured.
    channels += [ManualChannel(), ImportChannel(own, parts.key)]
    return {channel.account: channel for channel in channels}


def _accounts(
    store: Store,
    facility_id: int,
    facility: Facility,
    configured: Sequence[Account],
    channels: dict[str, Channel],
) -> dict[str, int]:
    addresses = {account.name: account.own_address for account in configured}
    since = {account.name: account.since_utc(facility.time_zone) for account in configured}
    since[importer.ACCOUNT] = importer.EPOCH
    with store.write("setup.accounts", facility=facility_id) as db:
        return {
            name: facilities.ensure_account(
                db,
                facility_id,
                channel=channel.channel,
                name=name,
                address=addresses.get(name, ""),
                since=since.get(name),
                now=now(),
            )
            for name, channel in channels.items()
        }


def _desk_settings(settings: Settings) -> DeskSettings:
    return DeskSettings(**settings.desk.model_dump(exclude={"approval"}))
