"""Decisions. Every function takes `(db, now, office, actor, ...)`, runs inside its caller's
write transaction, writes its audit event, asks for the posts that tell people, and raises
`Refused` for what is not allowed: then nothing of it is kept.
"""

from pipeline.desk.approval import approve, note, request_changes, show, undo
from pipeline.desk.byhand import record_by_hand
from pipeline.desk.cases import (
    close,
    find_case,
    join,
    promote,
    reject,
    reopen,
    restore,
    set_aside,
    show_case,
    show_files,
    split,
    take,
)
from pipeline.desk.drafting import draft, resubmit
from pipeline.desk.elsewhere import answered_elsewhere, send_anyway
from pipeline.desk.enrol import enrol, leave, started
from pipeline.desk.outcome import PHONED, mark_sent, resend
from pipeline.desk.refused import Refused
from pipeline.desk.versions import digest_of, next_step, parts_of
from store.staff import code_hash

__all__ = [
    "PHONED",
    "Refused",
    "answered_elsewhere",
    "approve",
    "close",
    "code_hash",
    "digest_of",
    "draft",
    "enrol",
    "find_case",
    "join",
    "leave",
    "mark_sent",
    "next_step",
    "note",
    "parts_of",
    "promote",
    "record_by_hand",
    "reject",
    "reopen",
    "request_changes",
    "resend",
    "restore",
    "resubmit",
    "send_anyway",
    "set_aside",
    "show",
    "show_case",
    "show_files",
    "split",
    "started",
    "take",
    "undo",
]
