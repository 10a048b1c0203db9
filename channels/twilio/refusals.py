"""What Twilio's refusals mean for the next step.

Errors are JSON `{"code", "message", "more_info", "status"}`; `message` may name the citizen's
number and is never kept. https://www.twilio.com/docs/usage/twilios-response
https://www.twilio.com/docs/api/errors
"""

import json
import ssl
from collections.abc import Iterator, Mapping

from channels.errors import (
    Ambiguous,
    AuthFailed,
    ChannelError,
    OptedOut,
    Permanent,
    Transient,
    WindowClosed,
)

WINDOW_CLOSED = "63016"
"""Free text outside the 24 hours, and no template."""
OPTED_OUT = "21610"
"""The citizen sent STOP to this number."""
_TOO_MANY = ("20429", "14107", "63018")
_AUTH = ("20003", "20005", "20008")
_NO_RECIPIENT = ("21211", "21614", "63003", "63024")
_TOO_LONG = ("21617", "21658")


class Gone(Permanent):
    """What was asked for is not there (any more)."""


def refusal(
    status: int, text: str, headers: Mapping[str, str], *, account: str, sending: bool
) -> ChannelError:
    """The error for an HTTP answer other than 2xx. `sending`: it may have written to somebody."""
    code = _code(text)
    detail = code or f"http-{status}"
    if status == 429 or code in _TOO_MANY:
        return Transient(
            f"Twilio (akun {account}) sedang membatasi permintaan; akan dicoba lagi sendiri.",
            detail=detail,
            retry_after=_seconds(headers.get("Retry-After", "")),
        )
    if status in (401, 403) or code in _AUTH:
        return AuthFailed(
            f"Twilio menolak login akun {account}; periksa account_sid dan auth_token di"
            " konfigurasi [[twilio]].",
            detail=detail,
        )
    if status >= 500 or status == 408:
        return broken(account, detail, sending=sending)
    if status == 404 and not sending:
        return Gone(
            f"Twilio (akun {account}) tidak menemukan yang diminta; periksa account_sid dan"
            " base_url di konfigurasi [[twilio]].",
            detail=detail,
        )
    return refused(code, account, detail)


def refused(code: str, account: str, detail: str) -> Permanent:
    """Definitely not done, for the reason of that code."""
    if code == WINDOW_CLOSED:
        return WindowClosed(
            "Batas 24 jam WhatsApp sudah lewat; kirim lewat templat atau telepon pengadu.",
            detail=detail,
        )
    if code == OPTED_OUT:
        return OptedOut(
            "Warga meminta tidak dikirimi pesan lagi; sampaikan jawaban dengan cara lain.",
            detail=detail,
        )
    if code in _NO_RECIPIENT:
        return Permanent(
            "Nomor pengadu tidak dapat menerima pesan ini; telepon atau temui pengadu.",
            detail=detail,
        )
    if code in _TOO_LONG:
        return Permanent("Jawaban terlalu panjang; pendekkan lalu kirim lagi.", detail=detail)
    return Permanent(
        f"Twilio (akun {account}) menolak permintaan ini (kode {detail}); jalankan tanggap doctor"
        " dan sampaikan jawaban dengan cara lain.",
        detail=detail,
    )


def broken(account: str, detail: str, *, sending: bool) -> ChannelError:
    """The connection or the gateway failed while it had the request in hand."""
    if sending:
        return Ambiguous(
            "Hubungan ke Twilio putus saat mengirim; pastikan dahulu apakah warga menerimanya.",
            detail=detail,
        )
    return unreachable(account, detail)


def unreachable(account: str, detail: str) -> Transient:
    """Nothing was handed over, or nothing but a question."""
    return Transient(
        f"Twilio (akun {account}) tidak dapat dihubungi; akan dicoba lagi sendiri, periksa"
        " internet bila berlangsung lama.",
        detail=detail,
    )


def never_left(error: BaseException) -> bool:
    """Whether a connection error proves that not one byte of the request was sent."""
    from urllib3.exceptions import ConnectTimeoutError

    proofs = (ConnectTimeoutError, ssl.SSLCertVerificationError)  # the first: refused, DNS too
    return any(isinstance(cause, proofs) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__]
            yield one


def _code(text: str) -> str:
    try:
        code = json.loads(text)["code"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return str(code) if isinstance(code, int | str) and str(code).isdecimal() else ""


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() and len(text) < 7 else None
