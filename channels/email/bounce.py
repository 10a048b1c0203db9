"""Mail servers' reports on our own mail: what became of which reply, of which alert.

https://www.rfc-editor.org/rfc/rfc3464 Only a report that carries back one of our signed
Message-IDs says anything about our mail; every other one is somebody else's.
"""

import logging
import re
from email import message_from_bytes

from channels.email.body import content
from channels.email.headers import Headers, message_id, read_headers
from channels.email.ids import About, verify
from channels.email.split import Part, Source, split
from channels.message import DeliveryState, Message, StatusUpdate

_log = logging.getLogger(__name__)

_OUR_ID = re.compile(r"(?:reply|alert)-[0-9]{1,19}\.[0-9a-f]{32}@[^\s<>@]{1,255}", re.IGNORECASE)
_STATUS = re.compile(r"\b([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_READ = 1 << 18
_ACTIONS = {
    "failed": (DeliveryState.FAILED, False),
    "delayed": (DeliveryState.ACCEPTED, True),
    "delivered": (DeliveryState.DELIVERED, False),
    "relayed": (DeliveryState.ACCEPTED, False),
    "expanded": (DeliveryState.ACCEPTED, False),
}
_GRAVEST = list(_ACTIONS)


def status_update(source: Source, message: Message, key: bytes) -> StatusUpdate | None:
    """What a report says about a mail of ours; None when it is about none of them.

    A delay is `accepted` and `temporary`: the server still tries.
    """
    root, _ = split(source)
    candidates = (
        *_returned_ids(source, root),
        *_OUR_ID.findall(message.full_text),
        message.in_reply_to,
        *message.references,
    )
    number = next((each for each in candidates if _ours(each, key)), None)
    if number is None:
        return None
    action, reason = _reported(source, root)
    if not action:
        action, reason = _guessed(source, message)
    state, temporary = _ACTIONS[action]
    return StatusUpdate(
        external_id=number,
        part=verify(number, key),
        alert=verify(number, key, About.ALERT),
        state=state,
        reason=reason,
        temporary=temporary,
    )


def _ours(message_id: str, key: bytes) -> bool:
    return any(verify(message_id, key, about) is not None for about in About)


def _returned_ids(source: Source, root: Part) -> list[str]:
    found = []
    for part in root.walk():
        if part.type == "text/rfc822-headers":
            headers, _ = read_headers(_start(source, part))
            found.append(message_id(headers.get("message-id")))
        elif part.type.startswith(("message/rfc822", "message/global")) and part.children:
            found.append(message_id(part.children[0].headers.get("message-id")))
    return found


def _reported(source: Source, root: Part) -> tuple[str, str]:
    """The gravest action of a delivery-status part and its status code; "" when there is none."""
    worst, reason = "", ""
    for part in root.walk():
        if part.type not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        for fields in _groups(_start(source, part)):
            action = fields.get("action").lower().split(" ")[0]
            status = _STATUS.search(fields.get("status"))
            code = status[1] if status else ""
            if action not in _ACTIONS:
                action = {"5": "failed", "4": "delayed", "2": "delivered"}.get(code[:1], "")
            if action and (not worst or _GRAVEST.index(action) < _GRAVEST.index(worst)):
                worst, reason = action, code
    return worst, reason


def _groups(block: bytes) -> list[Headers]:
    groups = []
    while block:
        headers, used = read_headers(block)
        if headers:
            groups.append(headers)
        block = block[used:] if used else block.partition(b"\n")[2]
    return groups


def _guessed(source: Source, message: Message) -> tuple[str, str]:
    """The same for the many programs that report in their own words."""
    status = _STATUS.search(message.full_text)
    code = status[1] if status else ""
    temporary = code.startswith("4")
    try:
        from flufl.bounce import all_failures

        delayed, failed = all_failures(message_from_bytes(source.read(0, _READ)))
        temporary = not failed if delayed or failed else temporary
    except Exception as error:  # noqa: BLE001 - its detectors walk hostile mail unguarded
        _log.warning("a bounce could not be classified: %s", type(error).__name__)
    return ("delayed" if temporary else "failed"), code


def _start(source: Source, part: Part) -> bytes:
    data = b""
    for chunk in content(source, part):
        data += chunk
        if len(data) >= _READ:
            break
    return data[:_READ]
