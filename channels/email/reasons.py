"""Why a mail came back: one code out of what servers say in codes and in words.

https://www.rfc-editor.org/rfc/rfc3463 (the codes), https://www.iana.org/assignments/smtp-enhanced-status-codes
"""

import re

SPAM = "spam"
"""Stands behind the code of a refusal whose words speak of spam."""

# Neither a part of an address like 5.9.12.34, nor of a longer number.
_CODE = re.compile(r"(?<![\w.])([245]\.[0-7]\.[0-9]{1,3})(?!\.?[0-9])")
_REPLY = re.compile(r"(?<![\w.:-])([45][0-5][0-9])(?=[ -](?![0-9]))")
_GENERIC = re.compile(r"[245]\.[0-7]\.0\Z")
_SPAM = re.compile(
    r"\bspam|unsolicited|black ?list|block ?list|\bbulk mail|reputation|\bdns[br]l\b|\brbl\b",
    re.IGNORECASE,
)
_WORDS = {
    "5.2.2": (
        r"box (?:is |are )?full",
        r"over ?quota",
        r"quota.{0,20}exceed",
        r"exceed.{0,30}(?:quota|storage)",
        r"out of storage",
        r"kotak (?:surat|masuk)\w*.{0,30}penuh",
        r"kuota.{0,30}(?:penuh|habis|terlampaui)",
    ),
    "5.3.4": (r"size limit", r"too (?:large|big)", r"size.{0,20}exceed", r"terlalu besar"),
    "5.1.2": (
        r"domain.{0,60}(?:not (?:be )?found|(?:does not|doesn.t) exist|tidak (?:di|ada))",
        r"host (?:or domain )?(?:name )?(?:unknown|not found)",
        r"(?:find|resolve).{0,20}any host",
        r"nxdomain",
        r"non-existent hosts?",
    ),
    "5.2.1": (
        r"(?:mailbox|account|user).{0,30}(?:disabled|inactive|suspended|deactivated)",
        r"dinonaktifkan",
    ),
    "5.1.1": (
        r"(?:user|mailbox|recipient|address|account|alias).{0,60}"
        r"(?:unknown|not? (?:be )?found|(?:does not|n.t) exist|invalid|not listed)",
        r"(?:unknown|no such|invalid)(?: local| virtual)? "
        r"(?:user|recipient|mailbox|address|person|account|alias)",
        r"no mailbox here",
        r"unroute?able",
        r"alamat.{0,60}tidak (?:di|ada)",
    ),
    "5.4.7": (
        r"retry time(?:out)?.{0,30}exceeded",
        r"timed out",
        r"delivery time expired",
        r"connection refused",
    ),
}
_SAID = {
    code: re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)
    for code, patterns in _WORDS.items()
}


def code_in(text: str) -> str:
    """The first enhanced status code in a text that says more than its class, else the first of
    all; "" without one.
    """
    found = _CODE.findall(text)
    return next((code for code in found if not _GENERIC.match(code)), found[0] if found else "")


def basic_reply(text: str) -> str:
    """The first three-digit refusal in a server's words (`550 ...`), "" without one."""
    match = _REPLY.search(text)
    return match[1] if match else ""


def reason(code: str, words: str) -> str:
    """What is kept of a refusal: its code, with `spam` behind it where the words say so.

    A code that only says "failed" (5.0.0) gives way to the words, for many servers say no more.
    """
    if not code or _GENERIC.match(code):
        code = code_in(words) or code
    if _SPAM.search(words) and (code[1:4] in ("", ".0.", ".7.") or not code):
        return f"{code or '5.7.1'} {SPAM}"
    if not code or _GENERIC.match(code):
        said = next((known for known, pattern in _SAID.items() if pattern.search(words)), "")
        code = said or code or basic_reply(words)
    return code
