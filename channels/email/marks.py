"""What the header says about a mail: whether a person wrote it, and whether a server vouches."""

import re
from collections.abc import Collection

from channels.email.headers import Headers, parties
from channels.message import Party

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"([a-z0-9-]+)\s*=\s*([a-z]+)(.*)\Z", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"([a-z]+\.[a-z-]+)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_DAEMONS = {"mailer-daemon", "mailerdaemon", "mail-daemon"}
_NOREPLY = re.compile(
    r"(?:no|do[-_.]?not)[-_.]?reply|(?:tidak|jangan)[-_.]?(?:di)?balas", re.IGNORECASE
)


def automated(
    headers: Headers, sender: Party, *, is_report: bool, own: Collection[str], junk: bool
) -> str:
    """Why it is no person's message: own, bounce, automatic, list, junk; "" for a person's.

    RFC 3834 (Auto-Submitted), RFC 2919 (List-Id), Exchange's X-Auto-Response-Suppress. `own`
    holds our addresses in lower case.
    """
    address = sender.address.lower()
    local = address.partition("@")[0]
    precedence = headers.get("precedence").lower()
    submitted = _COMMENT.sub("", headers.get("auto-submitted").lower()).partition(";")[0].strip()
    suppressed = headers.get("x-auto-response-suppress").lower()
    if address in own:
        return "own"
    if is_report or local in _DAEMONS:
        return "bounce"
    if submitted not in ("", "no") or "x-autoreply" in headers or "x-autorespond" in headers:
        return "automatic"
    if "list-id" in headers or precedence == "list":
        return "list"
    if precedence in ("bulk", "junk", "auto_reply") or suppressed not in ("", "none"):
        return "automatic"
    if headers.get("return-path") == "<>":
        return "bounce"
    if _NOREPLY.match(local):
        return "automatic"
    return "junk" if junk else ""


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
