"""One account's conversation with Twilio's REST API; the SDK is loaded at the first word.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/messaging/api/media-resource
https://www.twilio.com/docs/content/content-api-resources
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from channels.twilio.config import TwilioConfig

if TYPE_CHECKING:
    from channels.twilio.wire import Http

RequestLog = Callable[[str, str, str, Mapping[str, Any]], object]
Record = dict[str, Any]
"""A resource as Twilio's JSON has it."""
PAGE_SIZE = 200
"""Records asked for at once; Twilio gives at most 1,000."""


class TwilioClient:
    """For any thread. Every method raises ChannelError."""

    def __init__(self, config: TwilioConfig, request_log: RequestLog | None = None) -> None:
        self.config = config
        self._request_log = request_log
        self._made: tuple[Any, Http] | None = None
        self._making = threading.Lock()

    def messages(self, page_size: int = PAGE_SIZE, **filters: str) -> Iterator[Record]:
        """Message resources, newest first; a page is asked for when its first record is.

        Filters by Twilio's names: `To`, `From`, and `DateSent>` (ISO, UTC) as `sent_after`.
        """
        named = {"DateSent>" if name == "sent_after" else name: it for name, it in filters.items()}
        yield from self._records("Messages.json", {**named, "PageSize": page_size})

    def media(self, message: str) -> list[Record]:
        """The media of a message, always in the same order: by their SIDs."""
        found = self._records(f"Messages/{message}/Media.json", {"PageSize": PAGE_SIZE})
        return sorted(found, key=lambda one: str(one.get("sid")))

    def message_status(self, sid: str) -> tuple[str, str]:
        """Status and error code (or "") of one message."""
        with self._sdk(sending=False) as sdk:
            message = sdk.messages(sid).fetch()
            return str(message.status or ""), str(message.error_code or "")

    def create(self, **fields: Any) -> str:
        """Send one message, its fields by the SDK's names; the SID that it got."""
        with self._sdk(sending=True) as sdk:
            made = sdk.messages.create(**fields)
            if not made.sid:
                raise ValueError("no SID")
            return str(made.sid)

    def approval(self, content: str) -> str:
        """WhatsApp's word on a template: approved, pending, rejected, paused, disabled, ..."""
        with self._sdk(sending=False) as sdk:
            found = sdk.content.v1.contents(content).approval_fetch().fetch()
            return str((found.whatsapp or {}).get("status") or "")

    def account_status(self) -> str:
        """active, suspended or closed."""
        with self._sdk(sending=False) as sdk:
            return str(sdk.api.v2010.accounts(self.config.account_sid).fetch().status or "")

    def close(self) -> None:
        """End the kept connections, if there are any; the next question opens new ones."""
        with self._making:
            if self._made is not None:
                self._made[1].session.close()

    def http(self) -> "Http":
        """What speaks HTTP for this account; for media, which the SDK does not fetch."""
        return self._make()[1]

    def _records(self, path: str, params: Mapping[str, Any]) -> Iterator[Record]:
        with self._sdk(sending=False) as sdk:
            from channels.twilio.wire import RawPage

            version = sdk.api.v2010
            uri = f"/Accounts/{self.config.account_sid}/{path}"
            page = RawPage(version, version.page("GET", uri, params=dict(params)))
        while page is not None:
            with self._sdk(sending=False):
                records = [record for record in page if isinstance(record, dict)]
            yield from records
            with self._sdk(sending=False):
                page = page.next_page()

    @contextmanager
    def _sdk(self, *, sending: bool) -> Iterator[Any]:
        sdk, http = self._make()
        with http.sorted_errors(sending=sending):
            yield sdk

    def _make(self) -> tuple[Any, "Http"]:
        with self._making:
            if self._made is None:
                from channels.twilio import wire

                http = wire.Http(self.config, self._request_log)
                self._made = (wire.make(self.config, http), http)
            return self._made
