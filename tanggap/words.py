"""What became of a delivery, in the words of whoever sits at the terminal."""

from store import claims
from store.states import Disposition
from store.unfinished import End

_OUTCOMES = {
    Disposition.RECORDED: "tercatat",
    Disposition.JOINED: "digabungkan",
    Disposition.DUPLICATE: "sudah pernah diterima",
    Disposition.STATUS: "kabar status balasan",
    Disposition.ECHO: "salinan kiriman sendiri",
    Disposition.SET_ASIDE: "disisihkan, bukan aduan",
}


def why(reason: str, error: str) -> str:
    """Why a delivery is in quarantine."""
    if reason == claims.MISSING:
        return "berkas hilang"
    if reason == claims.DIED:
        return "proses mati setiap kali mengolahnya"
    return f"gagal diolah ({error})" if error else "gagal diolah"


def cure(reason: str) -> str:
    """What to do about it before `tanggap replay`."""
    if reason == claims.MISSING:
        return "Kembalikan folder blobs dari cadangan, lalu jalankan tanggap replay."
    return "Perbarui Tanggap, lalu jalankan tanggap replay."


def is_open(end: End) -> bool:
    """Whether nothing came of it yet."""
    return end.disposition in (Disposition.PENDING, Disposition.QUARANTINED)


def outcome(end: End) -> str:
    """One delivery's end after a replay."""
    if end.disposition is Disposition.QUARANTINED:
        return f"masih gagal: {why(end.reason, end.error)}"
    if end.disposition is Disposition.PENDING:
        return f"masih menunggu (akun {end.account}); lihat tanggap doctor"
    word = _OUTCOMES[end.disposition]
    return f"{word}, {end.number}" if end.number else word
