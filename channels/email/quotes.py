"""What is new in a mail: quoted earlier mails and the phone's signature taken away.

The known libraries know no Indonesian. The rule that matters most: never lose a citizen's own
words. A sentence such as "Pada tanggal 5 petugas menulis: tutup." is no quote, answers between
quotes stay, and where nothing would be left the whole text comes back.
"""

import re
from collections.abc import Sequence

from channels.text import clean

QUOTE_MARK = "> …"
"""Stands for a quotation that was already removed from HTML."""

_LONGEST_TEXT = 2_000_000
_LONGEST_PATTERN = 500
_ATTRIBUTION_START = re.compile(
    r"(?:Pada|On|Tanggal)\b|\d{4}[-/]\d\d|\d{1,2}[-/ ]|\S.{0,120}\b(?:menulis|wrote)\b", re.I
)
_ATTRIBUTION = re.compile(
    r"(?:(?:Pada|On|Tanggal)\b.{4,400}\b(?:menulis|menuliskan|wrote)"
    r"|.{1,200}\b(?:menulis|wrote)\b.{0,20}\b(?:pada|on|at)\b.{4,120}"
    r"|\d{4}-\d\d-\d\d.{4,200}<[^<>\s]+@[^<>\s]+>"
    r"|.{1,200}\b(?:menulis|wrote))\s*:\s*\Z",
    re.I | re.S,
)
_TIMED = re.compile(r"\b\d{1,2}[.:]\d{2}\b")
_DATED = re.compile(r"\b(?:19|20)\d\d\b")
_BARS = r"[-_=*\s]*"
_ORIGINAL = re.compile(
    r"[-_=*]{2,}\s*(?:Pesan|Surel|Email|Original|Asal)\s*"
    r"(?:Asli|Asal|Sebelumnya|Message|Mail|Email|Pesan|)\s*[-_=*]{2,}\s*\Z",
    re.I,
)
_FORWARD = re.compile(
    rf"(?:[-_=*]{{2,}}\s*(?:Pesan (?:yang )?(?:di)?terusan|Pesan (?:yang )?diteruskan"
    rf"|Diteruskan|Forwarded (?:message|mail|email)(?: (?:from|by) .{{1,80}})?){_BARS}"
    rf"|(?:Mulai|Awal) pesan (?:yang )?(?:di)?teruskan\s*:|Awal pesan terusan\s*:"
    rf"|Begin forwarded message\s*:)\s*\Z",
    re.I,
)
_FIELD = re.compile(
    r"[*_\s]*(?P<name>Dari|From|Pengirim|Dikirim|Terkirim|Sent|Tanggal|Tgl|Date|Kepada|Ke|Untuk|To|Cc"
    r"|Bcc|Tembusan|Subjek|Subyek|Subject|Perihal|Judul|Balas ke|Reply-To)[*_\s]*:",
    re.I,
)
_FIRST_FIELDS = {"dari", "from", "pengirim"}
_DATE_FIELDS = {"dikirim", "terkirim", "sent", "tanggal", "tgl", "date"}
_DEVICE = (
    r"iPhone|iPad|ponsel(?: pintar| cerdas)?|HP|handphone|smartphone|telepon|perangkat|Galaxy"
    r"|Samsung|Xiaomi|Redmi|POCO|Oppo|Vivo|Realme|Infinix|Huawei|Android|BlackBerry|Yahoo|Outlook"
    r"|Gmail|e-?mail|surel|mail|Windows|Zimbra|Roundcube|Proton|aplikasi|tablet|mobile"
)
_APP_SIGNATURE = re.compile(
    rf"(?:(?:Dikirim|Terkirim) (?:dari|melalui|menggunakan)|Sent (?:from|via|using|with))(?: my)?"
    rf" (?:{_DEVICE})(?: (?:{_DEVICE}|saya|di|untuk|for|on|dengan|smartphone|phone|device|seluler"
    rf"|iOS|pintar|5G|4G|\S*\d\S*)){{0,6}}"
    rf"(?:[.,]? (?:Dapatkan|Get|Unduh) .{{0,60}})?[\s.!]*(?:<https?://\S*>)?\Z"
    rf"|(?:Get|Dapatkan|Unduh) (?:the )?(?:Outlook|Yahoo Mail|BlueMail|Gmail)"
    rf" (?:for|untuk|di) (?:Android|iOS|iPhone|Windows)[\s.]*(?:<https?://\S*>)?\Z",
    re.I,
)
_RULE = re.compile(r"[_\-=*]{5,}\s*\Z")
_MOST_SIGNATURE_LINES = {"-- ": 15, "--": 6}


def new_text(text: str) -> str:
    """`text` without quoted mails and signatures; the whole of it where nothing would be left."""
    return strip_quotes(text) or clean(text).strip()


def strip_quotes(text: str) -> str:
    """Like new_text, but "" where nothing of the sender's own is left."""
    lines = clean(text[:_LONGEST_TEXT]).split("\n")
    kept: list[str] = []
    index = 0
    while index < len(lines):
        if len(lines[index]) > _LONGEST_PATTERN:  # no program writes its marks that long
            kept.append(lines[index])
            index += 1
            continue
        line = lines[index].strip()
        if _FORWARD.match(line):
            return _tidy(kept) or _forwarded(lines[index + 1 :])
        if _ORIGINAL.match(line) or _is_field_block(lines, index):
            break
        folded = _attribution(lines, index)
        if folded:
            index += folded
            if not _quote_follows(lines, index):
                break
            continue
        quoted = _quoted(lines, index)
        if not quoted:
            kept.append(lines[index])
        index += quoted or 1
    return _tidy(kept)


def _attribution(lines: Sequence[str], index: int) -> int:
    """How many lines the line "Pada … menulis:" takes here, folded or not; 0 if it is none."""
    if not _ATTRIBUTION_START.match(lines[index].strip()):
        return 0
    joined = ""
    for count, line in enumerate(lines[index : index + 4], 1):
        joined = f"{joined} {line.strip()}".strip()
        if not line.strip() or len(joined) > _LONGEST_PATTERN:
            return 0
        if joined.endswith(":") and _ATTRIBUTION.match(joined):
            sure = "@" in joined or (_TIMED.search(joined) and _DATED.search(joined))
            return count if sure or _quote_follows(lines, index + count) else 0
    return 0


def _quote_follows(lines: Sequence[str], index: int) -> bool:
    for line in lines[index : index + 4]:
        if line.strip():
            return line.lstrip().startswith((">", "|"))
    return False


def _quoted(lines: Sequence[str], index: int) -> int:
    """How many lines from here are quoted with `>`; "> 3 jam menunggu" alone is a citizen's."""
    count = 0
    while index + count < len(lines) and lines[index + count].lstrip().startswith(">"):
        count += 1
    if count == 1 and re.match(r"\s*>+\s*\d", lines[index]):
        return 0
    return count


def _is_field_block(lines: Sequence[str], index: int) -> bool:
    """Whether Outlook's "Dari: / Dikirim: / Kepada: / Subjek:" stands here.

    A letter may begin with "Dari:" and "Perihal:" as well, so a mail address, a time of day or
    a rule above must prove that a program wrote it.
    """
    first = _FIELD.match(lines[index])
    if not first or first["name"].lower() not in _FIRST_FIELDS:
        return False
    names = {first["name"].lower()}
    above = lines[max(0, index - 3) : index]
    proof = "@" in lines[index] or any(_RULE.match(line.strip()) for line in above)
    for line in lines[index + 1 : index + 10]:
        match = _FIELD.match(line)
        if match:
            name = match["name"].lower()
            names.add(name)
            proof = proof or "@" in line or bool(name in _DATE_FIELDS and _TIMED.search(line))
    return proof and len(names) >= 3 and bool(names & _DATE_FIELDS)


def _forwarded(lines: Sequence[str]) -> str:
    """What a forwarded mail says, without the header lines its program put above it."""
    index = 0
    while index < len(lines) and (not lines[index].strip() or _FIELD.match(lines[index])):
        index += 1
    content = lines[index:] if any(line.strip() for line in lines[index:]) else lines
    return "\n".join(line for line in content if line.strip() != QUOTE_MARK).strip()


def _tidy(lines: list[str]) -> str:
    """Without signatures, a rule left at the end, and more than one blank line at a time."""
    for index, line in enumerate(lines):
        most = _MOST_SIGNATURE_LINES.get(line)
        if most and sum(bool(each.strip()) for each in lines[index + 1 :]) <= most:
            lines = lines[:index]
            break
    lines = [line.rstrip() for line in lines if not _is_signature(line)]
    while lines and (not lines[-1] or _RULE.match(lines[-1])):
        lines.pop()
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return text.strip()


def _is_signature(line: str) -> bool:
    return len(line) <= _LONGEST_PATTERN and bool(_APP_SIGNATURE.match(line.strip()))
