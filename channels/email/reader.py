"""Mail as the desk's Message. Whatever the bytes are, nothing here raises."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from channels.email.body import Body, read_body
from channels.email.headers import Headers, message_id, message_ids, parties, sent_at
from channels.email.identity import identity
from channels.email.ids import About, first_verified
from channels.email.marks import automated, vouched
from channels.email.report import kind as report_kind
from channels.email.split import MemorySource, Part, Source, split
from channels.email.text import decode_bytes
from channels.message import Message, Party
from channels.text import clean

_log = logging.getLogger(__name__)

NO_MAIL = "bukan surel yang lengkap"
NO_SENDER = "alamat pengirim tidak terbaca"
FAILED = "surel tidak dapat diuraikan"
_SALVAGED = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the desk knows about itself when it reads a mail."""

    own_addresses: Collection[str] = ()
    key: bytes = b""
    """Verifies our signed Message-IDs; empty: none is ours."""
    authserv_ids: Collection[str] = ()
    """Names under which our own mail server writes Authentication-Results."""


def parse(
    raw: bytes,
    *,
    own_addresses: Collection[str] = (),
    key: bytes = b"",
    authserv_ids: Collection[str] = (),
    junk: bool = False,
    truncated: bool = False,
) -> Message:
    """The Message that `raw` is. Never raises: what is not understood is said in `unreadable`.

    `junk`: the mail lay in the Junk folder. `truncated`: `raw` is only the start of the mail.
    """
    known = Known(own_addresses=own_addresses, key=key, authserv_ids=authserv_ids)
    return read(MemorySource(raw), known, junk=junk, truncated=truncated)


def read(source: Source, known: Known, *, junk: bool = False, truncated: bool = False) -> Message:
    """Like parse, from anything that can be read in pieces."""
    try:
        root, problems = split(source)
        return _message(source, root, problems, known, junk=junk, truncated=truncated)
    except OSError:
        raise  # the disk's trouble, not the mail's
    except Exception as error:  # noqa: BLE001 - the border's promise: a person reads it instead
        _log.warning("a mail could not be parsed: %s", type(error).__name__)
        return _salvage(source, truncated=truncated)


def _message(
    source: Source, root: Part, problems: list[str], known: Known, *, junk: bool, truncated: bool
) -> Message:
    headers = root.headers
    senders = parties(headers.all("from")) or parties(headers.all("sender"))
    sender = senders[0] if senders else Party(address="")
    number = message_id(headers.get("message-id"))
    answered = message_ids(headers.get("in-reply-to"))
    references = message_ids(" ".join(headers.all("references")))
    body = _body(source, root)
    if not headers:
        problems.append(NO_MAIL)
    elif not senders:
        problems.append(NO_SENDER)
    return Message(
        identity=identity(source, root, number),
        external_id=number,
        conversation=sender.address.lower(),
        sender=sender,
        subject=headers.text("subject"),
        text=body.text,
        full_text=body.full_text,
        sent_at=sent_at(headers.get("date")),
        in_reply_to=answered[0] if answered else "",
        references=references,
        attachments=body.attachments,
        automated=automated(
            headers,
            sender,
            report=report_kind(root),
            own={each.lower() for each in known.own_addresses},
            junk=junk,
        )
        # A colleague's answer to our own alert is no citizen's complaint.
        or ("own" if first_verified((*answered, *references), known.key, About.ALERT) else ""),
        answers_part=first_verified((*answered, *reversed(references)), known.key),
        vouched=bool(known.authserv_ids) and vouched(headers, known.authserv_ids),
        unreadable="; ".join(dict.fromkeys([*problems, *body.problems])),
        truncated=truncated,
    )


def _body(source: Source, root: Part) -> Body:
    try:
        return read_body(source, root)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - the header is still worth having
        _log.warning("a mail's body could not be parsed: %s", type(error).__name__)
        text = clean(decode_bytes(source.read(root.start, root.start + _SALVAGED))[0]).strip()
        return Body(text=text, full_text=text, problems=[FAILED])


def _salvage(source: Source, *, truncated: bool) -> Message:
    whole = Part("1", headers=Headers({}), start=0, end=source.size, type="", params={})
    text = clean(decode_bytes(source.read(0, _SALVAGED))[0]).strip()
    return Message(
        identity=identity(source, whole, ""),
        external_id="",
        conversation="",
        sender=Party(address=""),
        text=text,
        full_text=text,
        unreadable=FAILED,
        truncated=truncated,
    )
