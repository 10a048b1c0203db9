"""What a citizen sent that still lies at the gateway is fetched, once and below a cap."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

import structlog

from channels import message
from channels.base import Fetched, Fetches
from channels.errors import ChannelError, Permanent
from pipeline import posts
from pipeline.attempts import wait
from pipeline.files import Capped, TooLarge
from pipeline.ports import Context
from pipeline.posts import View
from pipeline.sending import NO_ADAPTER_WAIT, Gate
from store import deliveries, media
from store.deliveries import Waiting
from store.tables import Attachment, Message

log = structlog.get_logger(__name__)

MOST = 25 << 20
"""Bytes of a file that is fetched; chat gateways carry less."""
MAX_TRIES = 12
"""Until it is given up: some nine hours by default."""
ONE_TRY = timedelta(minutes=10)
"""So long nobody else tries; one that was cut off is taken up again after it."""

GONE, TOO_LARGE, REFUSED, GIVEN_UP = "gone", "too-large", "refused", "given-up"
"""`Attachment.reason` of one that is not to be had."""


@dataclass(frozen=True, slots=True)
class _Try:
    id: int
    attempts: int
    """This one included."""
    wanted: message.Attachment
    row: Waiting | None
    """The raw delivery that named it."""
    complaint_id: int | None


def fetch_next(ctx: Context, gate: Gate) -> bool:
    """Fetch one file; False when none is due."""
    now = ctx.clock()
    with ctx.store.read() as db:
        found = media.next_due(db, gate.account_id, now)
        if found is None:
            return False
        said = db.get_one(Message, found.message_id)
        row = deliveries.by_id(db, said.delivery_id)
    adapter = gate.adapter
    able = isinstance(adapter, Fetches)
    with ctx.store.write("media.claim", facility=gate.office.id) as db:
        pause = ONE_TRY if able else timedelta(seconds=NO_ADAPTER_WAIT)
        taken = media.claim(db, found, now + pause, counts=able)
    if taken and isinstance(adapter, Fetches):
        attempt = _Try(found.id or 0, found.attempts + 1, _wanted(found), row, said.complaint_id)
        _fetch(ctx, gate, adapter, attempt)
    return True


def _wanted(row: Attachment) -> message.Attachment:
    return message.Attachment(
        name=row.name, content_type=row.content_type, size=row.size, part=row.part, remote=True
    )


def _fetch(ctx: Context, gate: Gate, adapter: Fetches, attempt: _Try) -> None:
    spool = ctx.store.blobs.spool / f"media-{attempt.id}.{secrets.token_hex(4)}"
    try:
        fetched = _write(ctx, adapter, attempt, spool)
    except (LookupError, FileNotFoundError):
        _settle(ctx, gate, attempt, fetch_state=media.FAILED, reason=GONE)
    except TooLarge:
        _settle(ctx, gate, attempt, fetch_state=media.FAILED, reason=TOO_LARGE)
    except Permanent as error:
        _settle(ctx, gate, attempt, fetch_state=media.FAILED, reason=REFUSED)
        log.warning("media.refused", attachment=attempt.id, detail=error.detail)
    except Exception as error:  # noqa: BLE001  (an adapter's bug must not stop the others)
        _later(ctx, gate, attempt, error)
    else:
        size, key = spool.stat().st_size, ctx.store.blobs.adopt(spool)
        wanted = attempt.wanted
        _settle(
            ctx,
            gate,
            attempt,
            fetch_state=media.DONE,
            reason="",
            blob=key,
            size=size,
            name=(fetched.name if fetched else "") or wanted.name,
            content_type=(fetched.content_type if fetched else "") or wanted.content_type,
        )
    finally:
        with suppress(OSError):
            spool.unlink(missing_ok=True)


def _write(ctx: Context, adapter: Fetches, attempt: _Try, spool: Path) -> Fetched | None:
    if attempt.row is None:
        raise LookupError
    delivery = deliveries.load(attempt.row, ctx.store.blobs)
    with spool.open("xb") as file:
        # An adapter only writes.
        fetched = adapter.fetch(delivery, attempt.wanted, cast(BinaryIO, Capped(file, MOST)))
        if not file.tell():
            raise LookupError
    return fetched


def _later(ctx: Context, gate: Gate, attempt: _Try, error: Exception) -> None:
    detail = error.detail if isinstance(error, ChannelError) else ""
    log.warning(
        "media.not-fetched", attachment=attempt.id, error=type(error).__name__, detail=detail
    )
    if attempt.attempts >= MAX_TRIES:
        _settle(ctx, gate, attempt, fetch_state=media.FAILED, reason=GIVEN_UP)
        return
    known = error if isinstance(error, ChannelError) else None
    due: datetime = ctx.clock() + timedelta(seconds=wait(ctx, attempt.attempts, known))
    with ctx.store.write("media.later", facility=gate.office.id) as db:
        media.settle(db, attempt.id, due_at=due)


def _settle(ctx: Context, gate: Gate, attempt: _Try, **values: object) -> None:
    with ctx.store.write("media.settle", facility=gate.office.id) as db:
        if media.settle(db, attempt.id, due_at=None, **values) and attempt.complaint_id:
            posts.touch(db, attempt.complaint_id, views=(View.CASE,))
    ctx.wake("post")
