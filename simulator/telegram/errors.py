"""How the Bot API says no."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """A refusal: `{"ok": false, "error_code": …, "description": …, "parameters": …}`.

    https://core.telegram.org/bots/api#making-requests
    """

    def __init__(
        self, code: int, description: str, parameters: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = dict(parameters or {})

    def json(self) -> dict[str, Any]:
        """The answer's body."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad(description: str) -> ApiError:
    """400 Bad Request."""
    return ApiError(400, f"Bad Request: {description}")


def forbidden(description: str) -> ApiError:
    """403 Forbidden."""
    return ApiError(403, f"Forbidden: {description}")
