"""What a new message is checked for before Twilio takes it.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message
"""

import json
import re
from collections.abc import Mapping

from simulator.twilio.errors import ApiError
from simulator.twilio.model import Message
from simulator.twilio.world import WINDOW, World

_KNOWN = {
    "To", "From", "MessagingServiceSid", "Body", "ContentSid", "ContentVariables", "MediaUrl",
    "StatusCallback",
}  # fmt: skip
_NUMBER = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_UNFIT = re.compile(r"[\n\r\t]| {5}")
"""https://developers.facebook.com/docs/whatsapp/message-templates/guidelines"""
_BODY = 1600
_REVIEW = {"rejected": 63040, "paused": 63041, "disabled": 63042}


def create(world: World, params: Mapping[str, str]) -> Message:
    """Take a message. Raises ApiError."""
    if unknown := sorted(set(params) - _KNOWN):
        raise ApiError(20001, f"unknown parameters {', '.join(unknown)}")
    with world.changed:
        to = _to(params)
        sender, service = _sender(world, params, to)
        phone = world.phone(to)
        if phone.opted_out:
            raise ApiError(21610)
        text, doom = _text(world, params, to)
        urls = _media(params)
        if not text and not urls:
            raise ApiError(21619)
        doom = phone.error or doom or (None if _templated(params) else _window(world, to))
        if doom is not None and doom >= 63000 and world.manner.refuses_at_once:
            raise ApiError(doom)
        return world.send(
            sender, to, text, doom=doom, content_sid=params.get("ContentSid", ""),
            media_urls=urls, service_sid=service,
        )  # fmt: skip


def _templated(params: Mapping[str, str]) -> bool:
    """Whether the text comes from a template."""
    return "ContentSid" in params


def _to(params: Mapping[str, str]) -> str:
    to = params.get("To", "")
    if not to:
        raise ApiError(21604)
    if not _NUMBER.fullmatch(to):
        raise ApiError(21211)
    return to


def _sender(world: World, params: Mapping[str, str], to: str) -> tuple[str | None, str | None]:
    """The address it comes from, unless the service will choose it, and the service."""
    service = params.get("MessagingServiceSid")
    if service is not None and service != world.service:
        raise ApiError(21703)
    sender = params.get("From")
    if sender is None:
        if service is None:
            raise ApiError(21603)
        return None, service
    if not _NUMBER.fullmatch(sender):
        raise ApiError(21212)
    if sender not in world.senders:
        raise ApiError(63007 if sender.startswith("whatsapp:") else 21606)
    if sender.startswith("whatsapp:") != to.startswith("whatsapp:"):
        raise ApiError(21910)
    return sender, service


def _text(world: World, params: Mapping[str, str], to: str) -> tuple[str, int | None]:
    """The text, and what WhatsApp will object to in it."""
    if not _templated(params):
        if "ContentVariables" in params:
            raise ApiError(21654)
        body = params.get("Body", "")
        if len(body) > _BODY:
            raise ApiError(21617)
        return body, None
    if "Body" in params:
        raise ApiError(20001, "Body and ContentSid exclude each other")
    content = world.contents.get(params["ContentSid"])
    if content is None:
        raise ApiError(21655)
    variables = _variables(params.get("ContentVariables", "{}"))
    if set(_BLANK.findall(content.body)) - set(variables):
        raise ApiError(21656, "a blank is not filled")
    text = _BLANK.sub(lambda blank: variables[blank[1]], content.body)
    if not to.startswith("whatsapp:") or content.status == "approved":
        return text, None
    return text, _REVIEW.get(content.status, 63016)


def _variables(value: str) -> dict[str, str]:
    """https://www.twilio.com/docs/api/errors/21656"""
    try:
        variables = json.loads(value)
    except ValueError:
        raise ApiError(21656, "no JSON") from None
    if not isinstance(variables, dict):
        raise ApiError(21656, "no JSON object")
    for filled in variables.values():
        if not isinstance(filled, str) or not filled.strip() or _UNFIT.search(filled):
            raise ApiError(21656, "a value is no plain, filled string")
    return variables


def _media(params: Mapping[str, str]) -> tuple[str, ...]:
    url = params.get("MediaUrl")
    if url is None:
        return ()
    if not re.match(r"https?://[^/]", url):
        raise ApiError(21620)
    return (url,)


def _window(world: World, to: str) -> int | None:
    """63016 where the citizen has not written for a day: on WhatsApp only a template gets through.

    https://www.twilio.com/docs/api/errors/63016
    """
    if not to.startswith("whatsapp:"):
        return None
    heard = world.phone(to).heard_at
    return 63016 if heard is None or world.clock() - heard > WINDOW else None
