"""TANGGAP_REQUEST_LOG: every request to a gateway and every mail that leaves, as a line of JSON,
for checks on loopback.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tanggap.settings import Settings
from tanggap.switches import request_log


class RequestLog:
    """Appends `{"gateway","method","url","params"}` to a file, with every known secret removed."""

    def __init__(self, file: Path, settings: Settings) -> None:
        self._file = file
        self._lock = threading.Lock()
        secrets = [settings.telegram.token, settings.database.url, settings.queue.redis_url]
        secrets += [secret for account in settings.accounts for secret in account.secrets]
        self._secrets = [value for one in secrets if (value := one.get_secret_value())]

    def __call__(self, gateway: str, method: str, url: str, params: Mapping[str, Any]) -> None:
        """One request, before it leaves."""
        entry = {"gateway": gateway, "method": method, "url": url, "params": dict(params)}
        line = json.dumps(entry, ensure_ascii=False, default=str)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def open_request_log(settings: Settings) -> RequestLog | None:
    """The log that the environment asks for, where it is allowed."""
    file = request_log(settings)
    return RequestLog(file, settings) if file else None
