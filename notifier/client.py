"""The one bot of this process: an asyncio loop in a thread, and a plain call for everybody else.

A Bot does not survive a change of loops, so all of them share this one; and the library is
imported at the first call, because start-up time and memory count on a small machine.
"""

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from telegram.request import HTTPXRequest

RequestLog = Callable[[str, str, str, Mapping[str, Any]], None]
"""Told of every request before it leaves: gateway, method, url without the token, parameters."""
Files = Mapping[str, tuple[BinaryIO, str]]
"""Field → an open file and the name to send it under."""
Result = TypeVar("Result")

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 15.0
_BYTES_DIGESTED_PER_SECOND = 500_000
"""How fast a file is taken in at the other end, at least, once it has arrived there."""
_SLACK_SECONDS = 10.0
"""How much longer than the long poll itself its answer may take."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class TelegramClient:
    """Calls of the Bot API, from any thread.

    `base_url` may end with `/bot` or not. Nothing is sent before the first call.
    """

    def __init__(
        self,
        token: str,
        base_url: str = "https://api.telegram.org",
        request_log: RequestLog | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/").removesuffix("/bot")
        self._token = token
        self._request_log = request_log
        self._lock = threading.Lock()
        self._api: _Api | None = None
        self._poll: Future[Any] | None = None
        self._interrupted = False
        self._closed = False
        self._username = ""
        self.answered: float | None = None
        """The monotonic moment of the last answer that was a success."""
        # Their INFO lines print the token's URL, their DEBUG lines citizens' words.
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)

    @property
    def bot_id(self) -> int:
        """The number before the token's colon; 0 for what is no token."""
        number = self._token.partition(":")[0]
        return int(number) if number.isdecimal() else 0

    @property
    def username(self) -> str:
        """The bot's name without @, asked once. Raises as `call`."""
        if not self._username:
            self._username = str(self.call("getMe")["username"])
        return self._username

    def call(self, method: str, **params: Any) -> Any:
        """Run a method of the Bot API by its documented name; its `result` as JSON.

        Raises ChannelError (Rejected for a 400), NotStarted, GroupGone or Migrated.
        """
        return self._settle(self._begin(method, params), params)

    def upload(
        self, method: str, field: str, file: BinaryIO, name: str, **params: Any
    ) -> dict[str, Any]:
        """Run a method that sends a file, from its first byte, in pieces as the network takes
        them; the message. The file stays open until this returns. Raises as `call`.

        https://core.telegram.org/bots/api#sending-files
        """
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        read_timeout = _READ_SECONDS + size / _BYTES_DIGESTED_PER_SECOND
        begun = self._begin(method, params, read_timeout, {field: (file, name)})
        message: dict[str, Any] = self._settle(begun, params)
        return message

    def get_updates(
        self, offset: int | None, timeout: int, allowed: Sequence[str]
    ) -> list[dict[str, Any]]:
        """One long poll of `timeout` seconds; nothing when it was interrupted. Raises as `call`.

        https://core.telegram.org/bots/api#getupdates
        """
        params = {"offset": offset, "timeout": timeout, "allowed_updates": list(allowed)}
        with self._lock:
            if self._interrupted:
                return []
        poll = self._begin("getUpdates", params, read_timeout=timeout + _SLACK_SECONDS)
        with self._lock:
            self._poll = poll
            if self._interrupted:
                poll.cancel()
        try:
            updates: list[dict[str, Any]] = self._settle(poll, params)
        except CancelledError:
            return []
        return updates

    def interrupt(self) -> None:
        """End the long poll that is under way, and every later one: we are stopping."""
        with self._lock:
            self._interrupted = True
            if self._poll is not None:
                self._poll.cancel()

    def close(self) -> None:
        """Let go of the connections and end the thread. Calls after this raise RuntimeError."""
        self.interrupt()
        with self._lock:
            self._closed = True
            api, self._api = self._api, None
        if api is not None:
            api.close()

    def _begin(
        self,
        method: str,
        params: Mapping[str, Any],
        read_timeout: float = _READ_SECONDS,
        files: Files = MappingProxyType({}),
    ) -> "Future[Any]":
        if self._request_log is not None:
            url = f"{self.base_url}/bot***/{method}"
            self._request_log(
                "telegram",
                method,
                url,
                {name: value for name, value in params.items() if value is not None}
                | dict.fromkeys(files, "file"),
            )
        with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            if self._api is None:
                self._api = _Api(self._token, self.base_url)
            return self._api.begin(method, params, read_timeout, files)

    def _settle(self, future: "Future[Any]", params: Mapping[str, Any]) -> Any:
        from telegram.error import TelegramError

        from notifier.errors import sort

        try:
            result = future.result()
        except TelegramError as problem:
            # `from None`: a traceback must not carry what the library quotes.
            raise sort(problem, private=int(params.get("chat_id") or 0) > 0) from None
        self.answered = time.monotonic()
        return result


class _Api:
    """The library's Bot on a loop of its own."""

    def __init__(self, token: str, base_url: str) -> None:
        # The library warns at every 429 unless told which type we expect.
        os.environ.setdefault("PTB_TIMEDELTA", "1")
        from telegram import Bot

        # The typed methods and `do_api_request` are no way to the raw answer, which has to be
        # stored before anything understands it; `_post` is what both are made of.
        self._bot = Bot(
            token,
            base_url=f"{base_url}/bot",
            base_file_url=f"{base_url}/file/bot",
            request=_request(base_url, 8),
            get_updates_request=_request(base_url, 1),
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
        self._thread.start()

    def begin(
        self, method: str, params: Mapping[str, Any], read_timeout: float, files: Files
    ) -> "Future[Any]":
        """Hand the call to the loop."""
        from telegram import InputFile

        # Without `read_file_handle` the library leaves the file on the disk.
        attached = {
            field: InputFile(file, name, read_file_handle=False)
            for field, (file, name) in files.items()
        }
        return self._on_loop(
            self._bot._post(method, {**params, **attached}, read_timeout=read_timeout)
        )

    def close(self) -> None:
        """End what is under way, close the connections, stop the loop."""
        with contextlib.suppress(CancelledError):
            self._on_loop(self._shut()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _shut(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for request in self._bot._request:
            await request.shutdown()

    def _on_loop(self, work: Coroutine[Any, Any, Result]) -> "Future[Result]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)


def _request(base_url: str, connections: int) -> "HTTPXRequest":
    from telegram.request import HTTPXRequest

    loopback = urlsplit(base_url).hostname in _LOOPBACK
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        write_timeout=_READ_SECONDS,
        pool_timeout=_READ_SECONDS,
        # A proxy of the surroundings has no business between us and this machine.
        httpx_kwargs={"trust_env": not loopback},
    )
