"""The Bot API's front door on loopback: tokens, methods, files.

https://core.telegram.org/bots/api#making-requests
"""

import re
from collections.abc import Mapping
from typing import Any

from simulator.faults import FaultPlan
from simulator.http import HttpDouble, Response, json_response
from simulator.journal import Clock, Journal, real_clock
from simulator.request import Request
from simulator.telegram import messages, methods  # noqa: F401  # they register themselves
from simulator.telegram.args import Args
from simulator.telegram.errors import ApiError
from simulator.telegram.limits import Flood, too_many
from simulator.telegram.registry import METHODS, call
from simulator.telegram.world import World

_PATH = re.compile(r"/(file/)?bot([^/]*)/(.*)")
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
TOKEN = "123456:AAE-loopback-only"
"""The one bot's token, worth nothing anywhere else."""


class Telegram(HttpDouble):
    """`with Telegram(journal, faults) as telegram:` then `base_url`, `token` and `world`.

    The clock rules dates, limits and ages; long polls wait in real seconds.
    """

    gateway = "telegram"

    def __init__(
        self,
        journal: Journal | None = None,
        faults: FaultPlan | None = None,
        *,
        token: str = TOKEN,
        username: str = "tanggap_bot",
        clock: Clock = real_clock,
        flood: Flood | None = None,
        sees_all: bool = True,
    ) -> None:
        super().__init__(journal or Journal(clock), faults or FaultPlan())
        self.token = token
        self.world = World(
            clock=clock,
            flood=flood or Flood(),
            bot_id=int(token.partition(":")[0]),
            bot_username=username,
            sees_all=sees_all,
        )

    @property
    def base_url(self) -> str:
        """As python-telegram-bot takes it: the token follows directly."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """The same for downloads."""
        return f"{self.url}/file/bot"

    def on_stop(self) -> None:
        """End the long polls."""
        self.world.updates.close()

    def name(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        """The documented name where there is one; `download` for files; never the token."""
        match = _PATH.fullmatch(request.path)
        files = {
            name: {"filename": it.filename, "size": len(it.data)}
            for name, it in request.files.items()
        }
        if match is None:
            return "?", {**request.params, **files}
        if match[1]:
            return "download", {"path": match[3]}
        known = METHODS.get(match[3].lower())
        return (known.name if known else match[3]), {**request.params, **files}

    def too_many(self, retry_after: int) -> Response:
        """429 with `retry_after` in its parameters."""
        return _refusal(too_many(retry_after), "fault: ")

    def answer(self, request: Request) -> Response:
        """Check the token, then run the method or hand out the file."""
        match = _PATH.fullmatch(request.path)
        try:
            if match is None or not _TOKEN.fullmatch(match[2]):
                raise ApiError(404, "Not Found")
            if match[2] != self.token:
                raise ApiError(401, "Unauthorized")
            if match[1]:
                return self._download(match[3])
            result = call(
                self.world,
                match[3],
                Args(request.params, request.files),
                set(request.params) | {name for name in request.files if name in _FILES},
            )
        except ApiError as refusal:
            return _refusal(refusal)
        return json_response(200, {"ok": True, "result": result}, result=_brief(result))

    def _download(self, path: str) -> Response:
        file = self.world.files.get(path.partition("/")[2])
        if file is None:
            raise ApiError(404, "Not Found")
        return Response(status=200, body=file.data, content_type="application/octet-stream")


_FILES = {"document", "photo"}


def _refusal(error: ApiError, prefix: str = "refused: ") -> Response:
    return json_response(
        error.code, error.json(), outcome=prefix + error.description, committed=False
    )


def _brief(result: Any) -> Any:
    """What the journal keeps of a result: ids, which tell it apart, and no more."""
    if isinstance(result, dict) and "message_id" in result:
        return {"chat_id": result["chat"]["id"], "message_id": result["message_id"]}
    if isinstance(result, list):
        return [it["update_id"] for it in result if "update_id" in it]
    return None
