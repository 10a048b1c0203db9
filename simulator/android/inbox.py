"""Which of the received messages the app lists, newest first.

https://docs.sms-gate.app/features/reading-messages/#get-inbox
"""

from collections.abc import Mapping
from datetime import datetime

from simulator.android.phone import Phone
from simulator.android.refusals import bad
from simulator.android.shapes import Incoming, moment

_KNOWN = {"type", "limit", "offset", "from", "to", "deviceId", "includeAttachments"}
_TYPES = {"SMS", "DATA_SMS", "MMS", "MMS_DOWNLOADED"}
_START = "1970-01-01T00:00:00Z"
_MOST = 500


def listed(
    phone: Phone, device: str, params: Mapping[str, str]
) -> tuple[tuple[Incoming, ...], int]:
    """The part that was asked for, and how many there are in all. Raises Refusal."""
    if unknown := sorted(set(params) - _KNOWN):
        raise bad(f"unknown parameters: {', '.join(unknown)}")
    if params.get("type", "SMS") not in _TYPES:
        raise bad("Invalid type")
    if params.get("deviceId", device) != device:
        raise bad("Invalid device ID")
    limit, offset = _whole(params, "limit", 50), _whole(params, "offset", 0)
    if not 1 <= limit <= _MOST:
        raise bad(f"limit must be between 1 and {_MOST}")
    if offset < 0:
        raise bad("offset must be >= 0")
    start, end = _range(phone, params)
    found = [
        it
        for it in phone.inbox.values()
        if it.listed and start <= it.at <= end and params.get("type", "SMS") == "SMS"
    ]
    found.sort(key=lambda it: (it.at, it.id), reverse=True)
    return tuple(found[offset : offset + limit]), len(found)


def _range(phone: Phone, params: Mapping[str, str]) -> tuple[datetime, datetime]:
    start = moment(params.get("from", _START))
    end = moment(params["to"]) if "to" in params else phone.clock()
    if start is None:
        raise bad("Invalid from datetime")
    if end is None:
        raise bad("Invalid to datetime")
    if start > end:
        raise bad("Start date cannot be after end date")
    return start, end


def _whole(params: Mapping[str, str], name: str, otherwise: int) -> int:
    """As the app reads it: what is no number counts as not given."""
    try:
        return int(params.get(name, otherwise))
    except ValueError:
        return otherwise
