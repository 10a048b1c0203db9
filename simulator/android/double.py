"""The local server of SMS Gateway for Android (capcom6/android-sms-gateway) on loopback.

https://docs.sms-gate.app/getting-started/local-server/
"""

import base64
import itertools
from collections.abc import Mapping
from typing import Any

from simulator.android.inbox import listed
from simulator.android.phone import Citizen, Phone
from simulator.android.refusals import Refusal
from simulator.android.sending import create
from simulator.android.shapes import Incoming, Outgoing, incoming_json, outgoing_json, stamp
from simulator.faults import FaultPlan
from simulator.http import HttpDouble, Response, json_response
from simulator.journal import Clock, Journal, real_clock
from simulator.request import Request

USER, PASSWORD = "sms", "loopback-only"
NUMBER = "+62811000220"
"""The SIM card's invented number."""
_DEVICE = "loopback00000000phone"
_WEAK, _EMPTY = 25, 10


class AndroidDouble(HttpDouble):
    """`with AndroidDouble(journal, faults) as android:` then `url`, `user`, `password`, `phone`."""

    gateway = "android"

    def __init__(
        self,
        journal: Journal | None = None,
        faults: FaultPlan | None = None,
        *,
        clock: Clock = real_clock,
        user: str = USER,
        password: str = PASSWORD,
        number: str = NUMBER,
    ) -> None:
        super().__init__(journal or Journal(clock), faults or FaultPlan())
        self.user = user
        self.password = password
        self.phone = Phone(clock=clock, number=number)
        self.old = False
        """An app before 1.59: no inbox, and a repeated id is taken in silence, without effect."""
        self._ids = itertools.count(1)

    def citizen(self, number: str) -> Citizen:
        """Somebody with this number, the same at every mention."""
        return Citizen(self.phone, self.phone.handset(number))

    def sent(self, message_id: str) -> None:
        """The network took it."""
        self.phone.move(message_id, "Sent")

    def deliver(self, message_id: str) -> None:
        """The other phone confirmed it."""
        self.phone.move(message_id, "Delivered")

    def fail(self, message_id: str, error: str = "Send result: RESULT_ERROR_NO_SERVICE") -> None:
        """It did not get through: the last word, even after Delivered."""
        self.phone.move(message_id, "Failed", error)

    def show(self, message: Incoming) -> None:
        """A message that was `listed=False` is in the inbox from now on."""
        with self.phone.changed:
            message.listed = True

    def messages(self) -> tuple[Outgoing, ...]:
        """All that were taken, oldest first."""
        with self.phone.changed:
            return tuple(self.phone.outbox.values())

    def name(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        """`messages.create`, `messages.fetch`, `inbox.list`, `device`, `health`, `root`."""
        method, ids = _route(request)
        return method, {**request.params, **ids, "authorization": _came(request)}

    def too_many(self, retry_after: int) -> Response:
        """A proxy before the phone says so; the app itself never does."""
        return json_response(
            429, {"message": "Too Many Requests"}, outcome="fault: 429", committed=False,
            headers={"Retry-After": str(retry_after)},
        )  # fmt: skip

    def answer(self, request: Request) -> Response:
        """Check the password, which health alone does not need; then do what was asked."""
        method, ids = _route(request)
        if method != "health" and not self._knows(request):
            return Response(
                status=401, body=b"", outcome="refused: 401", committed=False,
                headers={"WWW-Authenticate": 'Basic realm="Access to SMS Gateway"'},
            )  # fmt: skip
        try:
            with self.phone.changed:
                return self._do(method, request.params, ids.get("id", ""))
        except Refusal as refusal:
            return json_response(
                refusal.status, {"message": refusal.message},
                outcome=f"refused: {refusal.status}", committed=False,
            )  # fmt: skip

    def _do(self, method: str, params: Mapping[str, Any], message_id: str) -> Response:
        if method == "messages.create":
            return self._create(params)
        if method == "messages.fetch":
            return self._fetch(message_id)
        if method == "inbox.list" and not self.old:
            return self._inbox(params)
        if method == "health":
            return self._health()
        if method == "root":
            return json_response(200, {"status": "ok", "model": "Loopback"})
        if method == "device":
            now = stamp(self.phone.clock())
            device = {"id": _DEVICE, "name": "loopback/phone", "createdAt": now, "lastSeen": now}
            return json_response(200, [device | {"updatedAt": now}])
        return _nothing()

    def _create(self, params: Mapping[str, Any]) -> Response:
        if self.old and params.get("id") in self.phone.outbox:
            known = self.phone.outbox[params["id"]]
            return json_response(202, outgoing_json(_DEVICE, known), committed=False)
        made = create(self.phone, _DEVICE, params, f"loopback{next(self._ids):013}")
        made.states = dict.fromkeys(made.numbers, "Pending")
        made.history = {"Pending": made.at}
        answer = outgoing_json(_DEVICE, made)
        self.phone.take(made)
        return json_response(
            202, answer, result=made.id, headers={"Location": f"/messages/{made.id}"}
        )

    def _fetch(self, message_id: str) -> Response:
        message = self.phone.outbox.get(message_id)
        if message is None:
            return _nothing()
        shown = outgoing_json(_DEVICE, message)
        self.phone.progress(message)
        return json_response(200, shown)

    def _inbox(self, params: Mapping[str, Any]) -> Response:
        found, total = listed(self.phone, _DEVICE, params)
        rows = [incoming_json(it) for it in found]
        headers = {"X-Total-Count": str(total)}
        return json_response(200, rows, result=[it.id for it in found], headers=headers)

    def _health(self) -> Response:
        """https://docs.sms-gate.app/features/health/#local-mode"""
        level = self.phone.battery
        status = "fail" if level < _EMPTY else "warn" if level < _WEAK else "pass"
        check = {"description": "Battery level in percent", "observedUnit": "percent"}
        checks = {"battery:level": check | {"observedValue": level, "status": status}}
        value = {"status": status, "version": "1.60.0", "releaseId": 1, "checks": checks}
        return json_response(500 if status == "fail" else 200, value)

    def _knows(self, request: Request) -> bool:
        keys = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {keys}"


def _route(request: Request) -> tuple[str, dict[str, str]]:
    plain = {"/": "root", "/health": "health", "/inbox": "inbox.list", "/device": "device"}
    if request.verb == "GET" and request.path in plain:
        return plain[request.path], {}
    base, _, last = request.path.removeprefix("/").partition("/")
    if base in ("message", "messages"):
        if request.verb == "POST" and not last:
            return "messages.create", {}
        if request.verb == "GET" and last:
            return "messages.fetch", {"id": last}
    return "?", {}


def _came(request: Request) -> bool:
    return "authorization" in request.headers


def _nothing() -> Response:
    return Response(status=404, body=b"", outcome="refused: 404", committed=False)
