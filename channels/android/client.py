"""The phone's own HTTP server, a request a connection: no proxy, no redirect, a bounded answer.

https://docs.sms-gate.app/getting-started/local-server/
"""

import base64
import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from channels.android.config import AndroidConfig
from channels.errors import Ambiguous, AuthFailed, ChannelError, Permanent, Transient

RequestLog = Callable[[str, str, str, Mapping[str, Any]], object]
"""Told of every request before it leaves: gateway, method, url, parameters."""

LARGEST = 16 * 1024 * 1024
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the phone said."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    text: str

    def json(self) -> Any:
        """Raises ValueError."""
        try:
            return json.loads(self.text)
        except RecursionError:
            raise ValueError("nested too deeply") from None


class AndroidClient:
    """Any thread may ask."""

    def __init__(self, config: AndroidConfig, request_log: RequestLog | None) -> None:
        self._config = config
        self._request_log = request_log

    def get(self, path: str, **params: str | int) -> Answer:
        """Raises Transient where no answer came, whatever its status; see `refusal`."""
        query = f"?{urlencode(params)}" if params else ""
        return self._ask("GET", path, query, params, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Raises Transient where it never left, Ambiguous where nobody knows what became of it."""
        return self._ask("POST", path, "", body, json.dumps(body).encode())

    def refusal(self, answer: Answer) -> ChannelError:
        """What an answer that is no success means: it was not done."""
        status = answer.status
        detail = f"HTTP {status}"  # the app's words may hold the number that it was asked for
        if status in (401, 403):
            return AuthFailed(
                "Ponsel SMS menolak user atau password; samakan [[android]] dengan yang tampil di "
                "aplikasi SMS Gateway.",
                detail=detail,
            )
        if status == 429 or status >= 500:
            return Transient(
                "Ponsel SMS sedang tidak dapat melayani; dicoba lagi otomatis.",
                detail=detail,
                retry_after=_seconds(answer.headers.get("retry-after", "")),
            )
        if status == 404:
            return Permanent(
                "Alamat itu bukan SMS Gateway, atau aplikasinya lebih lama dari versi 1.59; "
                "periksa base_url dan perbarui aplikasinya.",
                detail=detail,
            )
        return Permanent("Ponsel SMS menolak permintaan ini.", detail=detail)

    def _ask(
        self, method: str, path: str, query: str, params: Mapping[str, Any], body: bytes | None
    ) -> Answer:
        parts = urlsplit(self._config.base_url)
        where = f"{parts.path.rstrip('/')}{quote(path)}"
        if self._request_log is not None:
            url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{where}"
            self._request_log("android", method, url, params)
        connection = self._connect(parts.scheme, parts.hostname or "", parts.port)
        try:
            connection.request(method, where + query, body, self._headers(body))
            response = connection.getresponse()
            raw = response.read(LARGEST)
        except (OSError, http.client.HTTPException) as error:
            if method == "POST":
                raise Ambiguous(
                    "Sambungan ke ponsel SMS putus saat mengirim.", detail=type(error).__name__
                ) from None
            raise self._unreachable(error) from None
        finally:
            connection.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, raw.decode("utf-8", "replace"))

    def _connect(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        timeout = self._config.timeout
        connection = (
            http.client.HTTPSConnection(
                host, port, timeout=timeout, context=ssl.create_default_context()
            )
            if scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=timeout)
        )
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._unreachable(error) from None
        return connection

    def _headers(self, body: bytes | None) -> dict[str, str]:
        login = f"{self._config.user}:{self._config.password}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(login).decode()}",
            "Accept": "application/json",
        }
        return headers if body is None else headers | {"Content-Type": "application/json"}

    def _unreachable(self, error: Exception) -> Transient:
        return Transient(
            "Ponsel SMS tidak dapat dihubungi; periksa apakah ponsel menyala, tersambung ke WiFi, "
            "dan server lokal di aplikasi SMS Gateway aktif.",
            detail=type(error).__name__,
        )


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None
