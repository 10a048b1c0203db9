"""Which messages a list shows, in which order and on which page.

https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from simulator.twilio.errors import ApiError
from simulator.twilio.model import VERSION, Message, message_json
from simulator.twilio.world import World

_FILTERS = ("To", "From", "DateSent", "DateSent>", "DateSent<")
_KNOWN = {*_FILTERS, "PageSize", "Page", "PageToken"}
_DAY = timedelta(days=1)
_MOST = 1000


def page(world: World, account: str, params: Mapping[str, str]) -> dict[str, Any]:
    """One page, newest first. The token names the last message of the page before, so that what
    comes in meanwhile moves nothing from one page to the next. Raises ApiError.
    """
    if unknown := sorted(set(params) - _KNOWN):
        raise ApiError(20001, f"unknown parameters {', '.join(unknown)}")
    size, number, token = _page(params)
    with world.changed:
        found = _found(world, params)
        start = _after(found, token)
        shown = found[start : start + size]
        for message in shown:
            world.meet_fate(message)
        rows = [message_json(account, it) for it in shown]
        for message in shown:
            world.progress(message)
    uri = f"/{VERSION}/Accounts/{account}/Messages.json?"
    kept = {name: params[name] for name in _FILTERS if name in params} | {"PageSize": str(size)}
    more = kept | {"Page": str(number + 1), "PageToken": f"PA{rows[-1]['sid']}"} if rows else {}
    return {
        "end": start + len(rows) - 1 if rows else 0,
        "first_page_uri": uri + urlencode(kept | {"Page": "0"}),
        "messages": rows,
        "next_page_uri": uri + urlencode(more) if start + size < len(found) else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": start,
        "uri": uri + urlencode(params),
    }


def _found(world: World, params: Mapping[str, str]) -> list[Message]:
    names = ("DateSent>", "DateSent<", "DateSent")
    after, before, on = (_range(world, params.get(name)) for name in names)
    found = [
        it
        for it in world.messages.values()
        if it.listed
        and params.get("To") in (None, it.to)
        and params.get("From") in (None, it.sender)
        and (after is None or it.date >= after[0])
        and (before is None or it.date < before[1])
        and (on is None or on[0] <= it.date < on[1])
    ]
    return sorted(found, key=lambda it: (it.date, it.seq), reverse=True)


def _range(world: World, value: str | None) -> tuple[datetime, datetime] | None:
    """From when until before when a date means: a second or, by day, the whole day."""
    if value is None:
        return None
    for form, span in (("%Y-%m-%dT%H:%M:%SZ", timedelta(seconds=1)), ("%Y-%m-%d", _DAY)):
        try:
            start = datetime.strptime(value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        if world.manner.dates == "day":
            start, span = start.replace(hour=0, minute=0, second=0), _DAY
        return start, start + span
    raise ApiError(20001, "DateSent is no date")


def _page(params: Mapping[str, str]) -> tuple[int, int, str]:
    try:
        size, number = int(params.get("PageSize", "50")), int(params.get("Page", "0"))
    except ValueError:
        raise ApiError(20001, "PageSize and Page are numbers") from None
    if size > _MOST:
        raise ApiError(20007)
    token = params.get("PageToken", "")
    if size < 1 or number < 0 or bool(number) != bool(token):
        raise ApiError(20001, "Page beyond the first needs its PageToken")
    return size, number, token.removeprefix("PA")


def _after(found: list[Message], sid: str) -> int:
    if not sid:
        return 0
    places = [place for place, it in enumerate(found) if it.sid == sid]
    if not places:
        raise ApiError(20001, "PageToken")
    return places[0] + 1
