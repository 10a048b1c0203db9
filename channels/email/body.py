"""What a mail says and what hangs on it: text chosen among the parts, attachments listed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email.html import html_texts
from channels.email.params import parameters
from channels.email.quotes import new_text, strip_quotes
from channels.email.split import Part, Source, chunks
from channels.email.text import decode_bytes
from channels.email.transfer import base64_text, decoded
from channels.message import Attachment
from channels.text import clean, one_line

TEXT_LIMIT = 1 << 20
"""Encoded bytes read of one text part; more is for a person's eyes."""
_MOST_TEXTS = 50

DAMAGED_BASE64 = "sebagian isi surel rusak (base64)"
UNKNOWN_CHARSET = "huruf surel tidak dikenal"
TOO_LONG = "isi surel terlalu panjang, hanya awalnya dibaca"
ENCRYPTED = "isi surel dienkripsi"

_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
    "audio/ogg": ".ogg",
    "video/mp4": ".mp4",
}
_PATHS = re.compile(r"[/\\]")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')


@dataclass(slots=True)
class Body:
    """A mail's text, new and whole, its attachments, and what could not be understood."""

    text: str = ""
    full_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    problems: list[str] = field(default_factory=list)


def read_body(source: Source, root: Part) -> Body:
    """Text and attachments of the mail that `root` spans."""
    body = Body()
    texts = _Texts(source, body.problems)
    chosen = texts.choose(root)
    body.attachments = tuple(_attachments(source, root))
    if not any(new.strip() for _, new in chosen):
        # Only a forwarded mail as an attachment: what it says is what the citizen wants said.
        for part in root.walk():
            if part.type.startswith("message/rfc822") and part.children:
                chosen = texts.choose(part.children[0])
                break
    body.full_text = "\n\n".join(full for full, _ in chosen if full)
    body.text = strip_quotes("\n\n".join(new for _, new in chosen if new)) or new_text(
        body.full_text
    )
    if root.type in ("multipart/encrypted", "application/pkcs7-mime") and not body.full_text:
        body.problems.append(ENCRYPTED)
    return body


def is_text(part: Part) -> bool:
    """Whether a part is body text rather than an attachment."""
    if part.type not in ("text/plain", "text/html") or part.params.get("name"):
        return False
    disposition = part.headers.get("content-disposition")
    return not disposition.lower().startswith("attachment") and "filename" not in disposition


class _Texts:
    """Picks and decodes the text parts of one mail."""

    def __init__(self, source: Source, problems: list[str]) -> None:
        self._source = source
        self._problems = problems
        self._left = _MOST_TEXTS

    def choose(self, part: Part) -> list[tuple[str, str]]:
        """(whole, new) of each text below `part`: one of the alternatives, all of the rest."""
        if part.type.startswith("multipart/") and part.children:
            if part.type != "multipart/alternative":
                return [text for child in part.children for text in self.choose(child)]
            for child in sorted(part.children, key=lambda each: each.type == "text/html"):
                found = self.choose(child)
                if any(full.strip() for full, _ in found):
                    return found
            return []
        broken = part.type.startswith("multipart/")
        if self._left <= 0 or not (broken or is_text(part)):
            return []
        self._left -= 1
        text = self._decode(part)
        if part.type == "text/html":
            full, new = html_texts(text)
            return [(full, new)]
        if part.params.get("format", "").lower() == "flowed":
            text = _unflow(text, part.params.get("delsp", "").lower() == "yes")
        text = text.strip("\n") if text.strip() else ""
        return [(text, text)]

    def _decode(self, part: Part) -> str:
        data = self._source.read(part.start, min(part.end, part.start + TEXT_LIMIT))
        if part.end - part.start > TEXT_LIMIT:
            self._note(TOO_LONG)
        encoding = transfer_encoding(part)
        if encoding == "base64":
            data, sound = base64_text(data)
            if not sound:
                self._note(DAMAGED_BASE64)
        else:
            data = b"".join(decoded([data], encoding))
        text, sure = decode_bytes(data, part.params.get("charset", ""))
        if not sure:
            self._note(UNKNOWN_CHARSET)
        return clean(text)

    def _note(self, problem: str) -> None:
        if problem not in self._problems:
            self._problems.append(problem)


def transfer_encoding(part: Part) -> str:
    """The encoding of a part's body, in lower case."""
    return part.headers.get("content-transfer-encoding").lower().strip("\"'; ")


def _unflow(text: str, delete_space: bool) -> str:
    """Join what `format=flowed` broke (RFC 3676); quoted lines keep their marks."""
    out: list[str] = []
    flowing = False
    for line in text.split("\n"):
        stuffed = line[1:] if line.startswith(" ") else line
        quoted = stuffed.startswith(">")
        if flowing and out and not quoted and stuffed != "-- ":
            out[-1] += stuffed
        else:
            out.append(stuffed)
        flowing = stuffed.endswith(" ") and stuffed != "-- " and not quoted
        if flowing and delete_space:
            out[-1] = out[-1][:-1]
    return "\n".join(out)


def _attachments(source: Source, root: Part) -> list[Attachment]:
    found: list[Attachment] = []
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.type.startswith("multipart/"):
            waiting.extend(reversed(part.children))
        elif not is_text(part):
            size = sum(map(len, content(source, part)))
            name = _name(part, len(found) + 1)
            kind = part.type
            found.append(Attachment(name=name, content_type=kind, size=size, part=part.path))
    return found


def content(source: Source, part: Part) -> Iterator[bytes]:
    """The decoded bytes of a part, in chunks."""
    return decoded(chunks(source, part.start, part.end), transfer_encoding(part))


def _name(part: Part, number: int) -> str:
    disposition = parameters(part.headers.get("content-disposition"))
    name = disposition.get("filename") or part.params.get("name", "")
    if not name and part.type == "message/rfc822" and part.children:
        name = part.children[0].headers.text("subject", 80)
        name = f"{name}.eml" if name else ""
        name = _PATHS.sub("-", name)
    return safe_name(name) or f"lampiran-{number}{_EXTENSIONS.get(part.type, '')}"


def safe_name(name: str) -> str:
    """A file name without folders, controls or tricks, at most 200 characters; may be ""."""
    name = _NOT_IN_NAMES.sub("_", one_line(_PATHS.split(clean(name))[-1], 2000)).strip(". ")
    if len(name) <= 200:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:200]
    return f"{stem[: 199 - len(extension)]}.{extension}"
