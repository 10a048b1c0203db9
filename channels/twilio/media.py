"""Gets the bytes of a citizen's photo or voice note.

The address comes from Twilio's own list for that message, never from a payload; the account's
credentials go to Twilio alone. https://www.twilio.com/docs/messaging/api/media-resource
"""

from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

from channels.base import Fetched
from channels.message import Attachment, Delivery
from channels.twilio.client import Record, TwilioClient
from channels.twilio.parsing import file_name
from channels.twilio.refusals import Gone, unreachable
from channels.twilio.shapes import kind, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest, Response

    _Auth = tuple[str, str] | Callable[[PreparedRequest], PreparedRequest]

REDIRECTS = 2
"""Other addresses that a file may be handed on to."""
_CHUNK = 64 * 1024


def fetch(
    client: TwilioClient, delivery: Delivery, attachment: Attachment, into: BinaryIO
) -> Fetched:
    """Write the bytes. Raises LookupError where they are gone, ChannelError, and what `into`
    raises beyond its cap.
    """
    found = _listed(client, delivery)
    try:
        number = int(attachment.part) + 1
        record = dict(enumerate(found, 1))[number]
        path = str(record["uri"]).removesuffix(".json")
    except (ValueError, LookupError):
        raise LookupError(f"media {attachment.part}") from None
    try:
        with closing(_opened(client, client.config.base_url.rstrip("/") + path)) as answer:
            size = _copied(client, answer, into)
            given = answer.headers.get("Content-Type", "")
    except Gone:
        raise LookupError(f"media {attachment.part}") from None
    known = kind(str(record.get("content_type") or "")) or kind(given)
    return Fetched(
        name=file_name(known, number),
        content_type=known or "application/octet-stream",
        size=size,
    )


def _listed(client: TwilioClient, delivery: Delivery) -> list[Record]:
    raw = delivery.raw if isinstance(delivery.raw, bytes) else delivery.raw.read_bytes()
    try:
        sid = read(raw).sid
    except ValueError:
        raise LookupError("no message") from None
    if not sid.isalnum():
        raise LookupError("no message")
    try:
        return client.media(sid)
    except Gone:
        raise LookupError("message gone") from None


def _opened(client: TwilioClient, url: str) -> "Response":
    """The answer whose body is the file; at most `REDIRECTS` addresses further on."""
    http, config = client.http(), client.config
    http.permit(url)
    answer = _get(client, url, (config.account_sid, config.auth_token))
    for _ in range(REDIRECTS):
        if not answer.is_redirect:
            break
        with closing(answer):
            url = urljoin(url, answer.headers["Location"])
        if urlsplit(url).scheme != "https" and not config.on_loopback:
            raise unreachable(config.name, "redirect-plain")
        # Wherever it leads, it carries its own permission: nothing of ours, no .netrc either.
        answer = _get(client, url, _nothing)
        if answer.status_code in (404, 410):
            answer.close()
            raise LookupError("media gone")
    if answer.status_code == 200:
        return answer
    with closing(answer):
        at_home = urlsplit(url).netloc == urlsplit(config.base_url).netloc
        if at_home and not answer.is_redirect:
            raise http.refusal(answer)
        raise unreachable(config.name, f"media-http-{answer.status_code}")


def _get(client: TwilioClient, url: str, auth: "_Auth") -> "Response":
    http = client.http()
    http.note("GET", url, {})
    with http.sorted_errors(sending=False):
        return http.session.request(
            "GET",
            url,
            headers={"Accept-Encoding": "identity"},
            auth=auth,
            stream=True,
            timeout=http.timeout,
            allow_redirects=False,
        )


def _nothing(request: "PreparedRequest") -> "PreparedRequest":
    return request


def _copied(client: TwilioClient, answer: "Response", into: BinaryIO) -> int:
    size = 0
    chunks = answer.iter_content(_CHUNK)
    while True:
        with client.http().sorted_errors(sending=False):
            chunk = next(chunks, b"")
        if not chunk:
            break
        into.write(chunk)  # outside: what `into` raises is the caller's own
        size += len(chunk)
    expected = answer.headers.get("Content-Length", "")
    if expected.isdecimal() and size != int(expected):
        raise unreachable(client.config.name, "media-short")
    return size
