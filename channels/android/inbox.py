"""The phone's inbox as a stream.

The app lists newest first, by the network's time, so that an SMS that was late stands among older
ones, and says nothing of its own order. Asked for is therefore everything since three days before
the last look; what of it was seen stands in the cursor. The look itself counts only once all
pages have come.

https://docs.sms-gate.app/features/reading-messages/#get-inbox
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from channels.android.client import AndroidClient, Answer
from channels.android.listing import Item, http_date, items, moment
from channels.base import Batch, ChannelState
from channels.errors import Transient
from channels.message import Delivery

STREAM = "inbox"
OVERLAP = timedelta(days=3)
"""How late an SMS may come: a phone without signal gets what the network has kept for it."""
REST = timedelta(hours=1)
"""So often the cursor moves where nothing comes."""
PAGE = 200
"""Messages asked for at once; the app gives at most 500."""
BATCH = 50
"""Messages a batch."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    looked: datetime | None
    """When the last complete look began; None: never."""
    seen: Mapping[str, int]
    """Key → the network's time, in seconds since 1970."""

    @property
    def since(self) -> datetime | None:
        return self.looked - OVERLAP if self.looked else None

    def text(self) -> str:
        looked = self.looked.isoformat() if self.looked else ""
        return json.dumps({"looked": looked, "seen": self.seen}, separators=(",", ":"))


class Inbox:
    """For the one thread that polls; remembers nothing."""

    def __init__(self, client: AndroidClient, account: str) -> None:
        self._client = client
        self._account = account

    def poll(self, state: ChannelState) -> Iterator[Batch]:
        """What is new, oldest first. Raises ChannelError."""
        before = _read(state.cursors.get(STREAM, ""))
        found, began = self._look(before.since, state.now)
        seen = dict(before.seen)
        fresh = sorted((it for it in found if it.key not in seen), key=lambda it: (it.at, it.key))
        looked = began or before.looked
        for at in range(0, len(fresh), BATCH):
            some = fresh[at : at + BATCH]
            seen |= {it.key: int(it.at.timestamp()) for it in some}
            whole = at + BATCH >= len(fresh)
            cursor = _cursor(looked, seen) if whole else _Cursor(before.looked, seen)
            deliveries = [self._delivery(item) for item in some]
            yield Batch(stream=STREAM, deliveries=deliveries, cursor=cursor.text())
        if not fresh and looked and abs(looked - (before.looked or _LONG_AGO)) >= REST:
            yield Batch(stream=STREAM, deliveries=(), cursor=_cursor(looked, seen).text())

    def _look(self, since: datetime | None, now: datetime) -> tuple[list[Item], datetime | None]:
        """All messages since, and when the look began, by the slower of both clocks; None where
        the phone has more than it has shown.
        """
        found: dict[str, Item] = {}
        began, offset = now, 0
        while True:
            page, answer = self._page(since, offset, now)
            if page is None:  # the phone's clock is behind our last look: from the beginning
                since = None
                continue
            if offset == 0:
                began = min(now, http_date(answer.headers.get("date", "")) or now)
            known = len(found)
            found |= {item.key: item for item in page}
            offset += len(page)
            if len(page) < PAGE or len(found) == known:
                total = answer.headers.get("x-total-count", "")
                whole = len(found) >= int(total) if total.isdigit() else len(page) < PAGE
                return list(found.values()), began if whole else None

    def _page(
        self, since: datetime | None, offset: int, now: datetime
    ) -> tuple[list[Item] | None, Answer]:
        params: dict[str, str | int] = {"limit": PAGE, "offset": offset}
        if since is not None:
            params["from"] = since.astimezone(UTC).isoformat(timespec="milliseconds")
        answer = self._client.get("/inbox", **params)
        if answer.status == 400 and since is not None:
            return None, answer
        if answer.status != 200:
            raise self._client.refusal(answer)
        try:
            return items(answer.text, now), answer
        except (ValueError, RecursionError):
            raise Transient(
                "Jawaban ponsel SMS tidak dapat dibaca; periksa base_url di [[android]].",
                detail="no JSON list",
            ) from None

    def _delivery(self, item: Item) -> Delivery:
        return Delivery(
            account=self._account,
            stream=STREAM,
            transport_id=f"{item.name}:{item.key}",
            received_at=item.at,
            raw=item.raw,
            size=len(item.raw),
        )


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _cursor(looked: datetime | None, seen: Mapping[str, int]) -> _Cursor:
    """Without what the next look will not meet again."""
    since = _Cursor(looked, {}).since
    border = int(since.timestamp()) if since else None
    kept = {key: at for key, at in seen.items() if border is None or at >= border}
    return _Cursor(looked, kept)


def _read(cursor: str) -> _Cursor:
    if not cursor:
        return _Cursor(None, {})
    found = json.loads(cursor)
    return _Cursor(moment(found["looked"]), {str(k): int(v) for k, v in found["seen"].items()})
