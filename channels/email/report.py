"""The parts of a machine's report: which kind it is, and the groups of fields in it.

https://www.rfc-editor.org/rfc/rfc6522 (multipart/report), rfc3464 (delivery), rfc8098 (reading)
"""

from collections.abc import Iterator

from channels.email.body import content
from channels.email.headers import Headers, read_headers
from channels.email.split import Part, Source

READ = 1 << 18
"""Bytes of one part that are looked at."""
DELIVERY = ("message/delivery-status", "message/global-delivery-status")
READING = ("message/disposition-notification", "message/global-disposition-notification")


def kind(root: Part) -> str:
    """`delivery`: on the delivery of an earlier mail; `loose`: parts of such a report under
    another type, which a person forwarding one may produce too; `other`: any other report (of
    reading, of abuse); "" for what is none.
    """
    has_status = any(part.type in DELIVERY for part in outside(root))
    if root.type == "multipart/report":
        said = root.params.get("report-type", "").lower() in ("delivery-status", "")
        return "delivery" if has_status or said else "other"
    return "loose" if has_status else ""


def outside(root: Part) -> Iterator[Part]:
    """Every part that is not within an enclosed mail."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        if part.type.startswith("multipart/"):
            waiting.extend(reversed(part.children))


def groups(source: Source, part: Part) -> list[Headers]:
    """The groups of fields in a part, whatever lies between them."""
    block = start(source, part)
    found = []
    while block:
        headers, used = read_headers(block)
        if headers:
            found.append(headers)
        block = block[used:] if used else block.partition(b"\n")[2]
    return found


def start(source: Source, part: Part) -> bytes:
    """The first decoded bytes of a part."""
    data = b""
    for chunk in content(source, part):
        data += chunk
        if len(data) >= READ:
            break
    return data[:READ]
