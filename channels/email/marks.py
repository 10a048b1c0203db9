"""What the header says about a mail: whether a person wrote it, and whether a server vouches."""

import re
from collections.abc import Collection

from channels.email.headers import Headers, parties
from channels.message import Party

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"([a-z0-9-]+)\s*=\s*([a-z]+)(.*)\Z", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"([a-z]+\.[a-z-]+)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_DAEMONS = re.compile(r"mail(?:er|)[-_.]?daemon|microsoftexchange[0-9a-f]{32}", re.IGNORECASE)
_NOREPLY = re.compile(
    r"(?:no|do[-_.]?not)[-_.]?reply|(?:tidak|jangan)[-_.]?(?:di)?balas", re.IGNORECASE
)
_LIST_ADDRESS = re.compile(
    r"owner-.+|.+-(?:owner|request|bounces?|unsubscribe)|bounces?(?:[-+=].*)?", re.IGNORECASE
)
_LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "list-help", "list-owner")
_AUTO_FIELDS = (
    "x-autoreply",
    "x-auto-reply",
    "x-autorespond",
    "x-auto-respond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-fc-machinegenerated",
)
_NDR_FIELDS = ("x-failed-recipients", "x-ms-exchange-message-is-ndr")
# Only what programs put first and people do not: "Re: ..." is never one of these.
_AUTO_SUBJECT = re.compile(
    r"(?:auto(?:matic|mated)?[ -]?(?:reply|response|responder)|auto|out of (?:the )?office"
    r"(?: auto-?reply)?|(?:balasan|jawaban|respons?) otomatis|automatische antwort"
    r"|abwesenheits\w+|r.ponse automatique|(?:re|resp)(?:s?p?u?esta|osta) autom.tica"
    r"|自動応答|自动回复)\s*(?::|\Z)|your email requires verification",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|non.?deliver|delivery (?:status notification|fail|has failed|incomplete|delayed)"
    r"|(?:mail|message) delivery (?:fail|delayed)|mail delivery system|returned mail"
    r"|failure notice|warning: (?:could not send message|message .{0,40}delayed)|delayed mail"
    r"|(?:pesan|surat|surel|e?-?mail|pengiriman) ?(?:tidak (?:dapat |bisa )?(?:ter|di)(?:kirim"
    r"|sampai)\w*|gagal|tertunda)|tidak (?:ter|dapat di)kirim|unzustellbar|nicht zugestellt"
    r"|(?:message )?non (?:remis|distribu)|no se puede entregar|no entregado|onbestelbaar",
    re.IGNORECASE,
)


def automated(
    headers: Headers, sender: Party, *, report: str, own: Collection[str], junk: bool
) -> str:
    """Why it is no person's message: own, bounce, automatic, list, junk; "" for a person's.

    RFC 3834 (Auto-Submitted), RFC 2369 and 2919 (List-*), Exchange's X-Auto-Response-Suppress.
    `report` is what `channels.email.report.kind` says; `own` holds our addresses in lower case.
    """
    address = sender.address.lower()
    local = address.partition("@")[0]
    if address in own:
        return "own"
    null = headers.get("return-path") == "<>"
    submitted = _value(headers, "auto-submitted") not in ("", "no")
    if _is_bounce(headers, local, report, machine=null or submitted):
        return "bounce"
    precedence = {headers.get(name).lower() for name in ("precedence", "x-precedence")}
    switched = any(_value(headers, name) not in ("no", "none", "false") for name in _auto(headers))
    if submitted or switched or report:
        return "automatic"
    if any(name in headers for name in _LIST_FIELDS) or "list" in precedence:
        return "list"
    suppressed = _value(headers, "x-auto-response-suppress") not in ("", "none")
    if suppressed or precedence & {"bulk", "junk", "auto_reply"}:
        return "automatic"
    if null:
        return "bounce"
    if _NOREPLY.match(local) or _AUTO_SUBJECT.match(headers.text("subject", 200)):
        return "automatic"
    return "junk" if junk else ""


def unanswerable(address: str) -> bool:
    """Whether nobody reads what is sent there: a mail server's own address, a no-reply one, the
    machinery of a list. An answer to one of these is lost, or the first turn of a loop.
    """
    local = address.partition("@")[0]
    return bool(_NOREPLY.match(local) or _DAEMONS.match(local) or _LIST_ADDRESS.fullmatch(local))


def is_daemon(address: str) -> bool:
    """Whether it is a mail server's own address, from which only reports come."""
    return _DAEMONS.match(address.partition("@")[0]) is not None


def _is_bounce(headers: Headers, local: str, report: str, *, machine: bool) -> bool:
    """Sure signs first; then any two of what alone could be a person's."""
    if report == "delivery" or _DAEMONS.match(local) or any(it in headers for it in _NDR_FIELDS):
        return True
    subject = _BOUNCE_SUBJECT.match(headers.text("subject", 200)) is not None
    return [report == "loose", subject, machine or local == "postmaster"].count(True) > 1


def _auto(headers: Headers) -> list[str]:
    return [name for name in _AUTO_FIELDS if name in headers]


def _value(headers: Headers, name: str) -> str:
    return _COMMENT.sub("", headers.get(name).lower()).partition(";")[0].strip()


def vouched(headers: Headers, authserv_ids: Collection[str]) -> bool:
    """Whether the receiving server proved the From address (RFC 8601).

    Strict on purpose, since it lets a message join a case by itself: one From field with one
    address; only the topmost Authentication-Results of a server we were told to trust, for a
    sender can write more of them below; there `dmarc=pass`, or, where DMARC was not checked,
    a passing DKIM signature of exactly the From domain. SPF alone proves a shared host, not a
    person, and never counts.
    """
    froms = headers.all("from")
    senders = parties(froms)
    if len(froms) != 1 or len(senders) != 1 or froms[0].count("@") != 1:
        return False
    domain = senders[0].address.rpartition("@")[2].lower()
    trusted = {each.lower() for each in authserv_ids}
    for value in headers.all("authentication-results"):
        server, _, rest = _COMMENT.sub(" ", value).partition(";")
        if server.strip().lower().split(" ")[0] in trusted:
            return _passes(rest, domain)
    return False


def _passes(results: str, domain: str) -> bool:
    dmarc = dkim = False
    for result in results.split(";"):
        match = _RESULT.match(result.strip())
        if not match:
            continue
        method, passed = match[1].lower(), match[2].lower() == "pass"
        properties = {name.lower(): each.lower() for name, each in _PROPERTY.findall(match[3])}
        if method == "dmarc":
            if not passed or properties.get("header.from", domain) != domain:
                return False
            dmarc = True
        elif method == "dkim" and passed:
            signer = properties.get("header.d") or properties.get("header.i", "")
            dkim = dkim or signer.rpartition("@")[2] == domain
    return dmarc or dkim
