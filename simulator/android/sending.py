"""What a message to send is checked for, with the limits of the app's own API description.

https://docs.sms-gate.app/features/sending-messages/
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from simulator.android.phone import Phone
from simulator.android.refusals import Refusal, bad
from simulator.android.shapes import Outgoing, moment

_KNOWN = {
    "id", "phoneNumbers", "textMessage", "withDeliveryReport", "ttl", "validUntil", "simNumber",
    "priority", "isEncrypted", "deviceId", "skipPhoneValidation",
}  # fmt: skip
_LONGEST, _ID, _MOST, _SIMS, _SHORTEST = 65535, 36, 100, 3, 5


def create(phone: Phone, device: str, params: Mapping[str, Any], own_id: str) -> Outgoing:
    """The message, not yet taken. `own_id` where none was chosen. Raises Refusal."""
    if unknown := sorted(set(params) - _KNOWN):
        raise bad(f"unknown fields: {', '.join(unknown)}")
    if params.get("deviceId", device) != device:
        raise bad("Invalid device ID")
    text, numbers = _text(params), _numbers(params)
    chosen = params.get("id", own_id)
    if not isinstance(chosen, str) or not 0 < len(chosen) <= _ID:
        raise bad(f"id must be a string of 1 to {_ID} characters")
    _numbered(params, "simNumber", 1, _SIMS)
    _numbered(params, "priority", -128, 127)
    if not isinstance(params.get("withDeliveryReport", True), bool):
        raise bad("withDeliveryReport must be true or false")
    made = Outgoing(id=chosen, numbers=numbers, text=text, at=phone.clock())
    made.report = params.get("withDeliveryReport", True)
    _limit(made, params)
    # The app keeps recipients under (message, number): the same number twice meets itself.
    if chosen in phone.outbox or len(set(numbers)) < len(numbers):
        raise Refusal(409, "Message with the same ID already exists")
    return made


def _text(params: Mapping[str, Any]) -> str:
    message = params.get("textMessage")
    if message is None:
        raise bad("Must specify exactly one of: textMessage, dataMessage, mmsMessage, or message")
    if not isinstance(message, dict) or set(message) != {"text"}:
        raise bad("textMessage must be an object with text")
    text = message["text"]
    if not isinstance(text, str) or not text:
        raise bad("Text message is empty")
    if len(text) > _LONGEST:
        raise bad("text is too long")
    return text


def _numbers(params: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = params.get("phoneNumbers")
    if not isinstance(numbers, list) or not numbers:
        raise bad("phoneNumbers is empty")
    if len(numbers) > _MOST or not all(isinstance(it, str) for it in numbers):
        raise bad(f"phoneNumbers must be at most {_MOST} strings")
    return tuple(numbers)


def _numbered(params: Mapping[str, Any], name: str, low: int, high: int) -> None:
    value = params.get(name, low)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise bad(f"{name} must be between {low} and {high}")


def _limit(made: Outgoing, params: Mapping[str, Any]) -> None:
    if "ttl" in params and "validUntil" in params:
        raise bad("fields conflict: ttl and validUntil")
    if "ttl" in params:
        _numbered(params, "ttl", _SHORTEST, 2**31)
        made.until = made.at + timedelta(seconds=params["ttl"])
    if "validUntil" in params:
        made.until = moment(str(params["validUntil"]))
        if made.until is None:
            raise bad("validUntil must be a valid ISO date time")
        if made.until < made.at:
            raise bad("message already expired")
