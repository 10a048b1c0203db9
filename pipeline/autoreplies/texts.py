"""What citizens read without anybody having written it to them: Indonesian, plain and short.

An SMS holds 160 characters of the GSM alphabet; everything here but the long receipt keeps to that.
None of it speaks of danger as somebody does who is in it: sent back to us, it must stay harmless.
"""

import re
from collections.abc import Sequence

SMS = 160

_DESPAIR = re.compile(
    r"\b(?:akhiri|ngakhiri|mengakhiri|akhirin|ngakhirin) (?:\w+ )?(?:hidup|idup|nyawa|semua|urip)"
    r"|\b(?:bunuh|gantung) diri|\b(?:bundir|ngendat|suicide)\b"
    r"|\b(?:mau|mw|pengen|pengin|pingin|pgn|ingin|hoyong|mending|mendingan|lebih baik|arep) "
    r"(?:mati|modar|maot|paeh)\b"
    r"|\b(?:capek|cape|lelah|bosan|mau|kuat|sanggup|ingin|pengen|pgn) (?:hidup|idup|urip|hirup)\b"
    r"|\b(?:lukai|melukai|menyakiti|nyakitin|nyayat|menyayat) (?:diri|tangan|nadi)"
)


def despairs(text: str) -> bool:
    """Whether an emergency is somebody who does not want to live on: other words are kinder."""
    return _DESPAIR.search(" ".join(text.lower().split())) is not None


def emergency(number: str, text: str) -> str:
    """The fixed text for an emergency `text`: whom to call, and never medical advice."""
    if despairs(text):
        return (
            f"Anda tidak sendirian, kami peduli. Tolong telepon {number} sekarang atau datang ke "
            "IGD terdekat. Ajaklah orang yang Anda percaya menemani."
        )
    return (
        f"Bila ada bahaya, SEGERA telepon {number} atau datang ke IGD terdekat. Jangan menunggu "
        "balasan di sini. Petugas sudah diberi tahu. (Pesan otomatis)"
    )


def opted_out() -> str:
    """Somebody wants no messages any more."""
    return (
        "Baik, kami tidak mengirim pesan lagi ke nomor ini. Aduan Anda tetap ditangani. "
        "Balas MULAI bila ingin menerima pesan lagi."
    )


def opted_in() -> str:
    """And wants them again."""
    return "Baik, kami mengirim pesan lagi ke nomor ini. Balas BERHENTI bila tidak ingin."


def long_receipt(numbers: Sequence[str], day: str, number: str) -> str:
    """For channels with room. `day` as «Jum 27/11», empty where none is promised."""
    promise = f" Jawaban kami sampaikan paling lambat {day}." if day else ""
    return (
        f"Terima kasih. Aduan Anda kami terima dengan nomor {_listed(numbers)}.{promise}\n"
        "Layanan aduan ini gratis. Mohon tidak mengirim foto KTP.\n"
        f"Ada bahaya? Telepon {number} atau datang ke IGD terdekat."
    )


def short_receipt(numbers: Sequence[str], day: str, number: str) -> str:
    """For SMS: every number stays, other words go first."""
    promise = f" Dijawab paling lambat {day}." if day else ""
    brief = f" Dijawab s.d. {day}." if day else ""
    tails = (
        f" diterima.{promise} Gratis. Mohon tidak mengirim foto KTP. Darurat: telepon {number}",
        f" diterima.{brief} Gratis. Mohon tidak mengirim foto KTP. Darurat {number}",
        f" diterima.{brief} Gratis. Jangan kirim foto KTP. Darurat {number}",
        f" diterima.{brief} Gratis. Darurat {number}",
        f" diterima.{brief} Darurat {number}",
        " diterima.",
    )
    heads = (f"Aduan {_listed(numbers)}", f"Aduan {_shared(numbers)}")
    for tail in tails[:2]:
        if len(heads[0] + tail) <= SMS:
            return heads[0] + tail
    return next((it for tail in tails if len(it := heads[1] + tail) <= SMS), heads[1])


def mail_receipt(numbers: Sequence[str], day: str, number: str, name: str) -> tuple[str, str]:
    """Subject and text of the mail that `name` sends."""
    promise = f"Jawaban kami kirim ke alamat ini paling lambat {day}.\n" if day else ""
    text = (
        f"Terima kasih. Aduan Anda kami terima dengan nomor {_listed(numbers)}.\n{promise}\n"
        "Layanan aduan ini gratis. Mohon tidak mengirim foto KTP.\n"
        f"Ada bahaya? Telepon {number} atau datang ke IGD terdekat; jangan menunggu balasan "
        f"email.\n\n{name}\n(Pesan ini dikirim otomatis.)"
    )
    return f"Aduan {_listed(numbers)} diterima", text


def emergency_subject(number: str) -> str:
    """Subject of the emergency text as a mail."""
    return f"Bila ada bahaya: telepon {number}"


def _listed(numbers: Sequence[str]) -> str:
    return ", ".join(numbers)


def _shared(numbers: Sequence[str]) -> str:
    """`ADU-2026-0042/0043`: what they have in common once."""
    out, before = [], ""
    for number in numbers:
        head, _, serial = number.rpartition("-")
        if head != before:
            out.append(number)
        else:
            out[-1] += f"/{serial}"
        before = head
    return ", ".join(out)
