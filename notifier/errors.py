"""What a refusal of the Bot API means for the next step.

https://core.telegram.org/bots/api#making-requests
"""

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from channels.errors import Ambiguous, AuthFailed, ChannelError, Permanent, Transient
from pipeline import chathealth
from pipeline.ports import GroupGone, NotStarted

if TYPE_CHECKING:
    from telegram import error

_AWAY = "Telegram tidak dapat dihubungi; periksa sambungan internet."
_DOUBT = "Jawaban Telegram tidak sampai; pesan mungkin sudah sampai, mungkin belum."
_BUSY = "Telegram meminta menunggu; pesan dikirim lagi sesudahnya."
_TOKEN = "Token bot Telegram ditolak; perbaiki [telegram] token di berkas konfigurasi."  # noqa: S105  (no secret)
_CONFLICT = "Bot ini juga dijalankan di tempat lain; hentikan salah satunya."
_REJECTED = "Telegram menolak pesan ini; laporkan kepada pengelola sistem."
_REMOVED = "Bot tidak dapat menulis di grup tim; masukkan kembali bot ke grup itu."
_RESTRICTED = "Bot ada di grup tim, tetapi tidak boleh menulis di sana; beri izinnya."
_MUTE = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_send_plain_forbidden",
    "topic_closed",
    "topic_deleted",
)
"""Words of a 400 that is about the bot's rights in a group, in lower case."""
_NO_GROUP = (
    "chat not found",
    "group chat was deactivated",
    "bot is not a member",
    "peer_id_invalid",
)


class Why(StrEnum):
    """The refusals that mean something to the caller; the provider's own words stay away from
    logs, because they may quote the message.
    """

    NOT_MODIFIED = "message is not modified"
    NO_MESSAGE = "message to edit not found"
    NOT_EDITABLE = "message can't be edited"
    TOO_OLD = "query is too old"
    OTHER = "other"


class Rejected(Permanent):
    """A 400: the request itself is refused, and `why`."""

    def __init__(self, why: Why) -> None:
        super().__init__(_REJECTED, detail=f"400 {why}")
        self.why = why


class Migrated(Exception):
    """The group has become a supergroup, under `chat_id`. Nothing was done."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("migrated")
        self.chat_id = chat_id


def sort(problem: "error.TelegramError", *, private: bool) -> Exception:
    """The exception to raise: ours instead of the library's, whose text may hold anything.

    `private` tells whether the chat concerned is a person's.
    """
    from telegram import error  # late: it costs 25 MB and a third of a second

    match problem:
        case error.ChatMigrated():
            return Migrated(problem.new_chat_id)
        case error.RetryAfter():
            return Transient(_BUSY, detail="429", retry_after=_seconds(problem.retry_after))
        case error.Forbidden():
            return NotStarted() if private else GroupGone(_REMOVED)
        case error.InvalidToken():
            return AuthFailed(_TOKEN, detail="401 or 404")
        case error.Conflict():
            return Transient(_CONFLICT, detail="409")
        # Before NetworkError, whose subclass it is.
        case error.BadRequest():
            return _rejected(problem, private=private)
        case error.NetworkError():
            return _network(problem)
    return Permanent(_REJECTED, detail=type(problem).__name__)


def _rejected(problem: "error.BadRequest", *, private: bool) -> Exception:
    words = problem.message.lower()
    if any(it in words for it in _NO_GROUP):
        return NotStarted() if private else GroupGone(_REMOVED)
    if not private and any(it in words for it in _MUTE):
        return GroupGone(_RESTRICTED, chathealth.Why.RESTRICTED)
    return Rejected(next((it for it in Why if it in words), Why.OTHER))


def _network(problem: "error.NetworkError") -> ChannelError:
    import httpx

    cause = problem.__cause__
    detail = type(cause or problem).__name__
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return Transient(_AWAY, detail=detail)  # it never left
    return Ambiguous(_DOUBT, detail=detail)


def _seconds(wait: float | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
