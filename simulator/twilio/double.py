"""Twilio's front door on loopback: the messaging and content APIs behind Basic authentication.

https://www.twilio.com/docs/usage/api
"""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from simulator.faults import FaultPlan
from simulator.http import HttpDouble, Response, json_response
from simulator.journal import Clock, Journal, real_clock
from simulator.request import Request
from simulator.twilio import content, listing, sending
from simulator.twilio.cdn import Cdn
from simulator.twilio.citizens import Citizen
from simulator.twilio.errors import ApiError
from simulator.twilio.model import (
    VERSION,
    Manner,
    Medium,
    Message,
    make_sid,
    media_json,
    message_json,
    rfc2822,
)
from simulator.twilio.webhook import signature, status_form, webhook_form
from simulator.twilio.world import World

ACCOUNT = make_sid("AC", 1)
TOKEN = "0123456789abcdef0123456789abcdef"
"""The account's key, worth nothing anywhere else."""
SENDERS = ("whatsapp:+62811000110", "+62811000110")
"""The hotline's invented number on both channels."""

_AC, _SM, _ME = r"(?P<account>AC\w+)", r"(?P<sid>[SM]M\w+)", r"(?P<media>ME\w+)"
_ROUTES = tuple(
    (verb, re.compile(path), method)
    for verb, path, method in (
        ("GET", f"/{VERSION}/Accounts/{_AC}.json", "accounts.fetch"),
        ("GET", f"/{VERSION}/Accounts/{_AC}/Messages.json", "messages.list"),
        ("POST", f"/{VERSION}/Accounts/{_AC}/Messages.json", "messages.create"),
        ("GET", f"/{VERSION}/Accounts/{_AC}/Messages/{_SM}.json", "messages.fetch"),
        ("GET", f"/{VERSION}/Accounts/{_AC}/Messages/{_SM}/Media.json", "media.list"),
        ("GET", f"/{VERSION}/Accounts/{_AC}/Messages/{_SM}/Media/{_ME}.json", "media.fetch"),
        ("GET", f"/{VERSION}/Accounts/{_AC}/Messages/{_SM}/Media/{_ME}", "media.get"),
        ("GET", r"/v1/Content/(?P<sid>HX\w+)", "content.fetch"),
        ("GET", r"/v1/Content/(?P<sid>HX\w+)/ApprovalRequests", "content.approvals"),
    )
)


class TwilioDouble(HttpDouble):
    """`with TwilioDouble(journal, faults) as twilio:` then `url`, `account`, `token`, `world`.

    The clock rules every date and the 24-hour window. `manner` may be changed at any time.
    """

    gateway = "twilio"

    def __init__(
        self,
        journal: Journal | None = None,
        faults: FaultPlan | None = None,
        *,
        clock: Clock = real_clock,
        manner: Manner | None = None,
        senders: Sequence[str] = SENDERS,
        account: str = ACCOUNT,
        token: str = TOKEN,
    ) -> None:
        super().__init__(journal or Journal(clock), faults or FaultPlan())
        self.account = account
        self.token = token
        self.manner = manner or Manner()
        self.world = World(clock=clock, manner=self.manner, senders=senders)
        self.cdn = Cdn(self.journal, self.faults)
        """Where media lies when `manner.media_elsewhere`."""

    def __enter__(self) -> Self:
        self.cdn.__enter__()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self.cdn.__exit__(kind, error, trace)

    def citizen(self, number: str, channel: str = "whatsapp", name: str = "") -> Citizen:
        """Somebody with this number (`+62…`) on WhatsApp or `sms`, the same at every mention."""
        phone = self.world.phone(f"whatsapp:{number}" if channel == "whatsapp" else number)
        phone.name = name or phone.name
        return Citizen(self.world, phone)

    def sent(self, sid: str) -> None:
        """It left Twilio."""
        self.world.move(sid, "sent")

    def deliver(self, sid: str) -> None:
        """It reached the phone."""
        self.world.move(sid, "delivered")

    def read(self, sid: str) -> None:
        """The citizen saw it."""
        self.world.move(sid, "read")

    def fail(self, sid: str, code: int, status: str = "failed") -> None:
        """It did not get through (`failed` or `undelivered`)."""
        self.world.move(sid, status, code)

    def show(self, message: Message) -> None:
        """A message that was `listed=False` is in the lists from now on."""
        with self.world.changed:
            message.listed = True

    def message(self, sid: str) -> Message:
        """What Twilio knows of it. Raises KeyError."""
        with self.world.changed:
            return self.world.messages[sid]

    def messages(self, direction: str = "outbound-api") -> tuple[Message, ...]:
        """All that were taken, oldest first."""
        with self.world.changed:
            every = self.world.messages.values()
            return tuple(it for it in every if it.direction == direction)

    def hook(self, message: Message, url: str) -> tuple[dict[str, str], str]:
        """The form that would be POSTed to `url` about it, and its X-Twilio-Signature."""
        if message.direction == "inbound":
            name = self.world.phone(message.sender or "").name
            form = webhook_form(self.account, message, self.url, name)
        else:
            form = status_form(self.account, message)
        return form, signature(self.token, url, form)

    def name(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        """`messages.list`, `messages.create`, …; parameters with ids, and whether keys came."""
        method, ids = _route(request)
        came = {"authorization": "authorization" in request.headers}
        return method or "?", {**request.params, **ids, **came}

    def too_many(self, retry_after: int) -> Response:
        """429 with Retry-After."""
        return _refusal(ApiError(20429), "fault: ", {"Retry-After": str(retry_after)})

    def answer(self, request: Request) -> Response:
        """Check the keys, then do what was asked."""
        method, ids = _route(request)
        try:
            if not self._knows(request.headers.get("authorization", ""), ids):
                raise ApiError(20003)
            if method is None:
                raise ApiError(20404, request.path)
            return self._do(method, request, ids)
        except ApiError as refusal:
            return _refusal(refusal, "refused: ", {})

    def _knows(self, header: str, ids: Mapping[str, str]) -> bool:
        keys = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        return header == f"Basic {keys}" and ids.get("account", self.account) == self.account

    def _do(self, method: str, request: Request, ids: Mapping[str, str]) -> Response:
        if method == "messages.list":
            page = listing.page(self.world, self.account, request.params)
            return json_response(200, page, result=[it["sid"] for it in page["messages"]])
        if method == "messages.create":
            made = sending.create(self.world, request.params)
            return json_response(201, message_json(self.account, made), result=made.sid)
        if method == "messages.fetch":
            return json_response(200, self._look(self._find(ids["sid"])))
        if method == "accounts.fetch":
            return json_response(200, self._account())
        if method.startswith("content."):
            work = content.fetch if method == "content.fetch" else content.approvals
            return json_response(200, work(self.world, self.account, ids["sid"]))
        return self._media(method, self._find(ids["sid"]), ids)

    def _look(self, message: Message) -> dict[str, Any]:
        with self.world.changed:
            self.world.meet_fate(message)
            shown = message_json(self.account, message)
            self.world.progress(message)
            return shown

    def _find(self, sid: str) -> Message:
        with self.world.changed:
            message = self.world.messages.get(sid)
        if message is None:
            raise ApiError(20404, sid)
        return message

    def _media(self, method: str, message: Message, ids: Mapping[str, str]) -> Response:
        if method == "media.list":
            rows = [media_json(self.account, message, it) for it in message.media]
            return json_response(200, _whole("media_list", rows))
        found = [it for it in message.media if it.sid == ids["media"]]
        if not found:
            raise ApiError(20404, ids["media"])
        if method == "media.fetch":
            return json_response(200, media_json(self.account, message, found[0]))
        return self._bytes(found[0])

    def _bytes(self, medium: Medium) -> Response:
        if self.manner.media_elsewhere:
            there = {"Location": self.cdn.offer(medium)}
            return Response(status=307, body=b"", headers=there)
        return Response(status=200, body=medium.data, content_type=medium.content_type)

    def _account(self) -> dict[str, Any]:
        """https://www.twilio.com/docs/iam/api/account#account-properties"""
        made = rfc2822(datetime.fromisoformat("2026-01-05T02:00:00+00:00"))
        return {
            "auth_token": "",
            "date_created": made,
            "date_updated": made,
            "friendly_name": "Puskesmas",
            "owner_account_sid": self.account,
            "sid": self.account,
            "status": "active",
            "subresource_uris": {},
            "type": "Full",
            "uri": f"/{VERSION}/Accounts/{self.account}.json",
        }


def _route(request: Request) -> tuple[str | None, dict[str, str]]:
    for verb, path, method in _ROUTES:
        match = path.fullmatch(request.path)
        if match and verb == request.verb:
            return method, match.groupdict()
    return None, {}


def _whole(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that fits on one page."""
    return {
        key: rows, "start": 0, "end": max(len(rows) - 1, 0), "page": 0, "page_size": 50,
        "next_page_uri": None, "previous_page_uri": None, "first_page_uri": "", "uri": "",
    }  # fmt: skip


def _refusal(error: ApiError, prefix: str, headers: Mapping[str, str]) -> Response:
    return json_response(
        error.status, error.json(), outcome=f"{prefix}{error.code}", committed=False,
        headers=headers,
    )  # fmt: skip
