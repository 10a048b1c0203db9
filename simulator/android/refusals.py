"""How the app says no."""


class Refusal(Exception):
    """A status and, in JSON, `{"message": …}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def bad(message: str) -> Refusal:
    """400."""
    return Refusal(400, message)
