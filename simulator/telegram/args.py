"""The parameters of one call, read as the Bot API reads them: strings or JSON, either way."""

import json
from collections.abc import Mapping
from typing import Any

from simulator.request import Upload
from simulator.telegram.errors import bad


class Args:
    """Typed access to the parameters. Every reader raises ApiError 400 on nonsense."""

    def __init__(self, params: Mapping[str, Any], files: Mapping[str, Upload]) -> None:
        self._params = params
        self._files = files

    def has(self, name: str) -> bool:
        """Whether it was given at all."""
        return name in self._params or name in self._files

    def text(self, name: str) -> str:
        """A string, empty where absent."""
        value = self._params.get(name, "")
        if not isinstance(value, str):
            return json.dumps(value)
        return value

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number."""
        value = self._params.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f'field "{name}" must be a number') from None

    def chat_id(self) -> int:
        """The target chat; names (@…) are chats that nobody made here."""
        if not self.has("chat_id"):
            raise bad("chat_id is empty")
        try:
            return int(self._params["chat_id"])
        except (TypeError, ValueError):
            raise bad("chat not found") from None

    def flag(self, name: str) -> bool:
        """A boolean: true, "true" or 1."""
        return str(self._params.get(name, "")).lower() in ("true", "1")

    def structure(self, name: str) -> Any:
        """A JSON value, given as such or as its text; None where absent."""
        value = self._params.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """A file of the request, by its field or by `attach://…`."""
        link = self.text(name) if name in self._params else ""
        if link.startswith("attach://"):
            return self._files.get(link.removeprefix("attach://"))
        return self._files.get(name)
