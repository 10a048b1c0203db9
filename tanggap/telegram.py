"""The few questions that the command line asks Telegram; the chat itself is `notifier`.

https://core.telegram.org/bots/api#making-requests
"""

from typing import Any

from tanggap.settings import Settings

_SECONDS = 5.0


class NoAnswer(Exception):
    """Telegram refused or was not reached; the argument is its error code, or 0 for no answer."""


def ask(settings: Settings, method: str, **params: str | int) -> Any:
    """Call a method and return its `result`. Raises NoAnswer, never with the token in it."""
    import httpx

    from tanggap.requestlog import open_request_log

    url = f"{settings.telegram.root}/bot{settings.telegram.token.get_secret_value()}/{method}"
    if log := open_request_log(settings):
        log("telegram", method, f"{settings.telegram.root}/bot***/{method}", params)
    try:
        with httpx.Client(timeout=_SECONDS, trust_env=not settings.loopback) as client:
            answer = client.post(url, json=params)
        document = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise NoAnswer(0) from None
    if not isinstance(document, dict) or not document.get("ok"):
        raise NoAnswer(answer.status_code)
    return document.get("result")


def bot_name(settings: Settings) -> str:
    """The bot's user name, or "" where no token is configured or Telegram does not answer."""
    if not settings.telegram.token.get_secret_value():
        return ""
    try:
        return str(ask(settings, "getMe").get("username", ""))
    except (NoAnswer, AttributeError):
        return ""
