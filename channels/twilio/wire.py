"""The SDK's HTTP under our rules: a timeout, our hosts only, nothing logged, errors sorted.

Imported only when a configured account first speaks to Twilio: the SDK takes time and memory.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from twilio.base.exceptions import TwilioException
from twilio.base.page import Page
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.errors import ChannelError
from channels.twilio.config import TwilioConfig
from channels.twilio.refusals import broken, never_left, refusal, unreachable

RequestLog = Callable[[str, str, str, Mapping[str, Any]], object]
"""Told of every request before it leaves: gateway, method, url without query, parameters."""


class Http(HttpClient):  # type: ignore[misc]  # the SDK has no types
    """Raises ChannelError for everything but an answer of 2xx. For any thread: the SDK's own
    keeps the last answer on itself, where another thread's may take its place.
    """

    def __init__(self, config: TwilioConfig, request_log: RequestLog | None) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False, timeout=config.timeout)
        self.session = requests.Session()
        self.session.trust_env = not config.on_loopback
        self._config = config
        self._request_log = request_log

    def request(  # the SDK's signature
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """As the SDK wants it, but that no redirect is followed. Raises ChannelError."""
        self.permit(url)
        self.note(method, url, {**(params or {}), **(data or {})})
        sending = method.upper() != "GET"
        with self.sorted_errors(sending=sending):
            answer = self.session.request(
                method,
                url,
                params=params,
                data=data,
                headers=headers,
                auth=auth,
                timeout=timeout or self.timeout,
                allow_redirects=False,
            )
        answer.encoding = "utf-8"  # JSON is; without a word about it requests would guess
        if not 200 <= answer.status_code < 300:
            raise self.refusal(answer, sending=sending)
        return Response(answer.status_code, answer.text, answer.headers)

    def refusal(self, answer: requests.Response, *, sending: bool = False) -> ChannelError:
        """The error for an answer other than 2xx."""
        name, status, text = self._config.name, answer.status_code, answer.text
        return refusal(status, text, answer.headers, account=name, sending=sending)

    def permit(self, url: str) -> None:
        """Our credentials go to the configured hosts only. Raises ChannelError."""
        bases = (self._config.base_url, self._config.content_base)
        if _origin(url) not in [_origin(base) for base in bases]:
            raise unreachable(self._config.name, "foreign-host")

    def note(self, method: str, url: str, params: Mapping[str, Any]) -> None:
        """Tell the request log."""
        if self._request_log is not None:
            split = urlsplit(url)
            asked = {**dict(parse_qsl(split.query, keep_blank_values=True)), **params}
            known = {name: value for name, value in asked.items() if value is not None}
            plain = split._replace(query="", fragment="").geturl()
            self._request_log("twilio", method.upper(), plain, known)

    @contextmanager
    def sorted_errors(self, *, sending: bool) -> Iterator[None]:
        """Turn what the network and the SDK raise into ChannelError; their texts hold numbers."""
        try:
            yield
        except ChannelError:
            raise
        except (requests.RequestException, OSError) as error:
            name, detail = self._config.name, type(error).__name__
            if never_left(error):
                raise unreachable(name, detail) from None
            raise broken(name, detail, sending=sending) from None
        except (TwilioException, ValueError, LookupError, TypeError, AttributeError) as error:
            # 2xx, and then no JSON of the shape that Twilio describes.
            raise broken(self._config.name, type(error).__name__, sending=sending) from None


class RawPage(Page):  # type: ignore[misc]  # the SDK has no types
    """A page of records as the dictionaries that Twilio sent."""

    def get_instance(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The record itself."""
        return payload


def make(config: TwilioConfig, http: Http) -> Client:
    """The SDK's client for this account, on the configured hosts."""
    client = Client(config.account_sid, config.auth_token, http_client=http)
    client.api.base_url = config.base_url
    client.content.base_url = config.content_base
    return client


def _origin(url: str) -> tuple[str, str]:
    split = urlsplit(url)
    return split.scheme.lower(), split.netloc.lower()
