"""Asks Twilio what came in, right whether its date filter heeds the second or only the day.

A whole look goes back a day behind the last one, to midnight, and passes over what was handed over
already: what shows up late in the list is found, and nothing is asked of this machine's clock but
to be right within a day. Between two whole looks a glance at the newest does. The watermark moves
only with the last batch of a whole look.

Cursor of a stream, JSON: `at` (ISO, UTC) is when the last whole look began, `known` are
fingerprints of what was handed over since the day before, in the order of handing over.
https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from channels.base import Batch, ChannelState
from channels.errors import AuthFailed, ChannelError
from channels.message import Delivery
from channels.text import key
from channels.twilio.client import PAGE_SIZE, Record, TwilioClient
from channels.twilio.shapes import kind, taken_at

OVERLAP = timedelta(hours=24)
"""How far behind the last look a message may still show up in the list."""
FIRST = timedelta(days=30)
"""How far the first look goes back."""
WHOLE = timedelta(minutes=2)
"""How often all of the overlap is listed; in between only its newest, for the traffic's sake."""
GLANCE = 20
"""So many known ones in a row, newest first, and nothing new is expected behind them."""
BATCH = 50
"""Messages handed over at once."""
_RESTS = timedelta(hours=1)
"""An account on which nothing comes in writes its cursor no more often."""
_KNOWN_MOST = 5_000
"""Fingerprints kept. Beyond them the oldest are handed over again, and dropped by their key."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    at: datetime | None
    known: tuple[str, ...]

    def __str__(self) -> str:
        at = self.at.isoformat() if self.at else None
        return json.dumps({"at": at, "known": self.known[-_KNOWN_MOST:]}, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str | None) -> "_Cursor":
        """A cursor that cannot be read is none: everything is asked for again."""
        try:
            found = json.loads(text or "{}")
            at = datetime.fromisoformat(found["at"]).astimezone(UTC) if found["at"] else None
            return cls(at, tuple(str(it) for it in found["known"]))
        except (ValueError, TypeError, LookupError):
            return cls(None, ())


class TwilioPoller:
    """For one thread. What it remembers only spares traffic: without it the next look is whole."""

    def __init__(self, client: TwilioClient) -> None:
        self._client = client
        self._whole: dict[str, datetime] = {}

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """What is new on each configured sender, oldest first. Raises ChannelError."""
        for stream, address in self._client.config.senders.items():
            cursor = _Cursor.parse(state.cursors.get(stream))
            last = self._whole.get(stream)
            if cursor.at and last and timedelta() <= state.now - last < WHOLE:
                yield from self._glance(cursor, state, stream, address)
            else:
                self._whole.pop(stream, None)
                yield from self._look(cursor, state, stream, address)
                self._whole[stream] = state.now

    def _look(
        self, cursor: _Cursor, state: ChannelState, stream: str, address: str
    ) -> Iterator[Batch]:
        since = _since(cursor.at, state.now)
        listed = _dated(_incoming(self._client, address, since, PAGE_SIZE), state.now)
        # Only what the next look can meet again is worth remembering.
        horizon = _since(state.now, state.now) - OVERLAP
        met = tuple(_fingerprint(record) for at, record in listed if at >= horizon)
        done = _Cursor(state.now, met)
        handed_over = False
        for batch in self._batches(cursor, listed, stream, done):
            handed_over = True
            yield batch
        if not handed_over and (cursor.at is None or abs(state.now - cursor.at) >= _RESTS):
            yield Batch(stream=stream, deliveries=(), cursor=str(done))

    def _glance(
        self, cursor: _Cursor, state: ChannelState, stream: str, address: str
    ) -> Iterator[Batch]:
        """Only as far as the newest that are known; the watermark stays."""
        seen, met = set(cursor.known), 0
        found = []
        since = _since(cursor.at, state.now)
        for record in _incoming(self._client, address, since, GLANCE):
            met = met + 1 if _fingerprint(record) in seen else 0
            if met >= GLANCE:
                break
            found.append(record)
        yield from self._batches(cursor, _dated(found, state.now), stream, None)

    def _batches(
        self,
        cursor: _Cursor,
        listed: Sequence[tuple[datetime, Record]],
        stream: str,
        done: _Cursor | None,
    ) -> Iterator[Batch]:
        """What is not known of it; the last batch carries `done`, where that is given."""
        seen, known = set(cursor.known), list(cursor.known)
        fresh = [(at, record) for at, record in listed if _fingerprint(record) not in seen]
        for start in range(0, len(fresh), BATCH):
            part = fresh[start : start + BATCH]
            known += [_fingerprint(record) for _, record in part]
            so_far = _Cursor(cursor.at, tuple(known))
            last = start + BATCH >= len(fresh)
            yield Batch(
                stream=stream,
                deliveries=[_delivery(self._client, stream, at, record) for at, record in part],
                cursor=str(done if done and last else so_far),
            )


def _since(watermark: datetime | None, now: datetime) -> datetime:
    """Midnight (UTC) of the day before the watermark. A clock that was ahead hides nothing."""
    start = now - FIRST if watermark is None else min(watermark, now) - OVERLAP
    return start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _incoming(
    client: TwilioClient, address: str, since: datetime, page_size: int
) -> Iterator[Record]:
    """What came in to `address`, each once, newest first."""
    met = set()
    after = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    for record in client.messages(page_size, To=address, sent_after=after):
        sid = key(str(record.get("sid") or ""))
        if sid and sid not in met and str(record.get("direction")) == "inbound":
            met.add(sid)
            yield record


def _dated(records: Iterable[Record], now: datetime) -> list[tuple[datetime, Record]]:
    """Oldest first, each with when Twilio took it."""
    dated = [(taken_at(record) or now, record) for record in reversed([*records])]
    return sorted(dated, key=lambda one: one[0])


def _delivery(client: TwilioClient, stream: str, at: datetime, record: Record) -> Delivery:
    raw = json.dumps(record, separators=(",", ":")).encode()
    sid = key(str(record["sid"]))
    media = _media_types(client, sid) if str(record.get("num_media") or "0") != "0" else ""
    return Delivery(
        account=client.config.name,
        stream=stream,
        transport_id=sid,
        received_at=at,
        raw=raw,
        size=len(raw),
        meta={"medium": stream} | ({"media": media} if media else {}),
    )


def _media_types(client: TwilioClient, sid: str) -> str:
    """The types of a message's files, by comma: the resource itself tells only how many, and a
    voice note shall be called one. A courtesy: without it the message is handed over all the same.
    """
    try:
        found = client.media(sid)
    except AuthFailed:
        raise
    except ChannelError:
        return ""
    return ",".join(kind(str(one.get("content_type") or "")).replace(",", "") for one in found)


def _fingerprint(record: Record) -> str:
    """12 characters instead of 34: they stand in the cursor by the thousand."""
    sid = key(str(record["sid"]))
    return b64encode(blake2b(sid.encode(), digest_size=9).digest()).decode()
