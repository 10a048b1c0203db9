"""Machines' reports on our own mail: what became of which reply, of which alert.

https://www.rfc-editor.org/rfc/rfc3464 (delivery) https://www.rfc-editor.org/rfc/rfc8098 (reading)
Only a report that carries back one of our signed Message-IDs says anything about our mail; every
other one is somebody else's, whatever it claims.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes

from channels.email import report
from channels.email.headers import message_id, message_ids, read_headers
from channels.email.ids import About, verify
from channels.email.marks import is_daemon
from channels.email.reasons import basic_reply, code_in, reason
from channels.email.split import Part, Source, split
from channels.message import DeliveryState, Message, StatusUpdate

_log = logging.getLogger(__name__)

_OUR_ID = re.compile(
    r"(?:reply|alert|auto)-[0-9]{1,19}\.[0-9a-f]{32}@[^\s<>@]{1,255}", re.IGNORECASE
)
_ID_LINE = re.compile(r"message-id:\s*<?(" + _OUR_ID.pattern + ")", re.IGNORECASE)
_ORIGINAL_ID = ("original-message-id", "x-original-message-id")
_RETURNED = re.compile(
    r"^[\s>*-]*(?:(?:this is a copy|below this line|copy of (?:the|your) (?:original )?message"
    r"|(?:original|returned) message|included is a copy|pesan asli|salinan pesan)"
    r"|(?:message-id|return-path|received):).*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_STILL_TRYING = re.compile(
    r"\bdelay|still (?:being )?(?:tr|retr)|will (?:be )?(?:retr|keep trying|try again|continue)"
    r"|not yet been delivered|no action is required|warning message only|do not need to resend"
    r"|tertunda|masih (?:akan )?(?:di)?coba|akan (?:terus )?(?:di)?coba",
    re.IGNORECASE,
)
_ACTIONS = {
    "failed": (DeliveryState.FAILED, False),
    "delayed": (DeliveryState.ACCEPTED, True),
    "delivered": (DeliveryState.DELIVERED, False),
    "relayed": (DeliveryState.ACCEPTED, False),
    "expanded": (DeliveryState.ACCEPTED, False),
}
_GRAVEST = list(_ACTIONS)
_BY_CLASS = {"5": "failed", "4": "delayed", "2": "delivered"}


def status_update(source: Source, message: Message, key: bytes) -> StatusUpdate | None:
    """What a machine's mail says about a mail of ours; None when it is about none of them.

    A delay is `accepted` and `temporary`: the server still tries.
    """
    root, _ = split(source)
    read = next((part for part in report.outside(root) if part.type in report.READING), None)
    if read is not None:
        return _read(source, message, read, key)
    if message.automated != "bounce":
        return None
    number = _ours(_named(source, root, message), key)
    action, why = _reported(source, root)
    if number and not action:
        action, why = _guessed(source, message)
    if not number or not action:
        return None
    state, temporary = _ACTIONS[action]
    return StatusUpdate(
        external_id=number,
        part=verify(number, key),
        alert=verify(number, key, About.ALERT),
        auto=verify(number, key, About.AUTO),
        state=state,
        reason=why,
        temporary=temporary,
        report=message.identity,
    )


def _read(source: Source, message: Message, part: Part, key: bytes) -> StatusUpdate | None:
    """A receipt of reading; one that says deleted, denied or dispatched says nothing."""
    for fields in report.groups(source, part):
        shown = fields.get("disposition").lower().rpartition(";")[2].strip().startswith("displayed")
        named = (message_id(fields.get(name)) for name in _ORIGINAL_ID)
        number = _ours((*named, message.in_reply_to, *reversed(message.references)), key)
        if shown and number:
            return StatusUpdate(
                external_id=number,
                part=verify(number, key),
                alert=verify(number, key, About.ALERT),
                auto=verify(number, key, About.AUTO),
                state=DeliveryState.READ,
                report=message.identity,
            )
    return None


def _ours(candidates: Iterable[str], key: bytes) -> str:
    """The first id that we signed, "" when none is."""
    signed = (each for each in candidates for about in About if verify(each, key, about))
    return next(signed, "")


def _named(source: Source, root: Part, message: Message) -> Iterator[str]:
    """The ids that may be the returned mail's, the surest first: a returned mail carries the
    ids of the whole conversation in its References, and those of earlier replies with them.
    """
    for name in _ORIGINAL_ID:
        yield message_id(root.headers.get(name))
    for part in root.walk():
        if part.type == "text/rfc822-headers":
            yield message_id(read_headers(report.start(source, part))[0].get("message-id"))
        elif part.type.startswith(("message/rfc822", "message/global")) and part.children:
            yield message_id(part.children[0].headers.get("message-id"))
    texts = [report.start(source, part).decode("latin-1") for part in _leaves(root)]
    for pattern in (_ID_LINE, _OUR_ID):
        for text in (message.full_text, *texts):
            yield from pattern.findall(text)
    for name in ("in-reply-to", "references"):
        for value in root.headers.all(name):
            yield from reversed(message_ids(value))


def _leaves(root: Part) -> list[Part]:
    """Parts in which an id may stand: text, status fields, an enclosed mail that is encoded."""
    return [
        part
        for part in root.walk()
        if not part.children and part.type.startswith(("text/", "message/"))
    ][:20]


def _reported(source: Source, root: Part) -> tuple[str, str]:
    """The gravest action of a delivery-status part and its reason; "" when there is none."""
    worst, why = "", ""
    for part in report.outside(root):
        if part.type not in report.DELIVERY:
            continue
        for fields in report.groups(source, part):
            action = fields.get("action").lower().split(" ")[0].rstrip(";")
            code = code_in(fields.get("status"))
            if action not in _ACTIONS:
                action = _BY_CLASS.get(code[:1], "")
            if action and (not worst or _GRAVEST.index(action) < _GRAVEST.index(worst)):
                worst, why = action, reason(code, " ".join(fields.all("diagnostic-code")))
    return worst, why


def _guessed(source: Source, message: Message) -> tuple[str, str]:
    """The same for the many programs that report in their own words; "" when what came from
    nobody in particular says nothing of a failure (an absence notice with an empty sender).
    """
    words = _RETURNED.sub("", message.full_text) or message.full_text
    words = f"{message.subject}\n{words}"[:20_000]
    code = code_in(words) or basic_reply(words)
    trying, failed = _detected(source)
    why = reason(code_in(words), words)
    if failed:
        return "failed", why
    if trying or code.startswith("4") or (not code and _STILL_TRYING.search(words)):
        return "delayed", why
    if code.startswith("5") or is_daemon(message.sender.address) or why:
        return "failed", why
    return "", ""


def _detected(source: Source) -> tuple[bool, bool]:
    """Whether the library that knows the programs' own words sees a delay, and a failure."""
    try:
        from flufl.bounce import all_failures

        delayed, failed = all_failures(message_from_bytes(source.read(0, report.READ)))
    except Exception as error:  # noqa: BLE001 - its detectors walk hostile mail unguarded
        _log.warning("a bounce could not be classified: %s", type(error).__name__)
        return False, False
    return bool(delayed), bool(failed)
