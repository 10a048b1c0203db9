"""What the terminal says, in two languages; buttons and views use the chat's own texts."""

from collections.abc import Mapping
from types import MappingProxyType

from notifier.texts import TEXTS, say
from pipeline.calendar import Lang
from pipeline.desk.refused import Refused

_ID = {
    "title": "Meja pengaduan {name}, di komputer ini. {who} ({role}).",
    "who": "Siapa Anda? Ketik nomor urut atau nama: ",
    "who-none": "Belum ada petugas dengan PIN. Jalankan dulu: tanggap staff pin NAMA",
    "who-unknown": "Nama itu tidak ada di daftar.",
    "pin": "PIN: ",
    "idle": "Sepuluh menit tidak dipakai. Masukkan PIN lagi, lalu ulangi yang terakhir diketik.",
    "over": "Sesi Anda berakhir: akses dicabut atau PIN diganti.",
    "bye": "Selesai.",
    "list": "Aduan terbuka: {count} (halaman {page} dari {pages})",
    "list-none": "Tidak ada aduan terbuka.",
    "overdue": "TERLAMBAT",
    "list-how": (
        "Ketik nomor aduan (misalnya 0042), l = lanjut, m = mundur, c = catat aduan, "
        "s = yang disisihkan, k = keluar: "
    ),
    "keys": "l m c s k",
    "which": "Nomor itu ada lebih dari satu; ketik lengkap:",
    "choose": "Pilih nomor (Enter = kembali): ",
    "no-choice": "Pilihan itu tidak ada.",
    "draft": "Tulis balasan",
    "note": "Tulis catatan perbaikan",
    "open": "Buka {number}",
    "write": "Tulis di bawah ini. Akhiri dengan baris yang hanya berisi titik; kosong = batal.",
    "sure": "Setujui konsep ke-{version} dan kirim kepada {recipient}? (y/t): ",
    "yes": "y",
    "nothing": "Dibatalkan; tidak ada yang berubah.",
    "digest": "Sidik konsep: {digest}",
    "not-yours": "Isi aduan tampil setelah Anda menanganinya.",
    "medium": "Aduan ini datang lewat apa? Pilih nomor (Enter = batal): ",
    "contact": "Nomor atau alamat pengadu (boleh kosong): ",
    "name": "Nama pengadu (boleh kosong): ",
    "folder": "Simpan ke folder mana? (Enter = batal): ",
    "folder-none": "Folder itu tidak ada atau tidak bisa ditulisi.",
    "saved": "Disimpan: {path}",
    "stopped": (
        "⚠ Yang diputuskan di sini dikirim oleh proses tanggap run; "
        "tidak ada yang berjalan sejak {since}."
    ),
    "stopped-never": (
        "⚠ Yang diputuskan di sini dikirim oleh proses tanggap run; belum pernah ada yang berjalan."
    ),
    "busy": "Basis data sedang tidak bisa dipakai. Lihat dulu keadaan aduannya, lalu coba lagi.",
    "usage": "Cara pakai: tanggap desk --as NAMA {usage}",
    "usage.case": "{action} NOMOR",
    "usage.reply": "{action} NOMOR KONSEP-KE",
    "usage.part": "{action} NOMOR KONSEP-KE",
    "usage.suggestion": "{action} NOMOR NOMOR-LAIN",
    "usage.message": "{action} NOMOR-URUT-PESAN",
    "usage.nothing": "{action} MEDIUM [KONTAK [NAMA]]",
    "usage.files": "{action} NOMOR FOLDER",
    "unknown-action": "Perintah meja tidak dikenal; yang ada: {actions}",
    "no-such": "Tidak ada yang cocok untuk itu.",
    "refused-pin-none": "PIN untuk nama itu belum ada. Minta teknisi: tanggap staff pin NAMA",
    "refused-pin-wrong": "PIN salah. Sisa percobaan: {left}.",
    "refused-pin-locked": (
        "PIN terlalu sering salah. Coba lagi {minutes} menit lagi; koordinator diberi tahu."
    ),
}
_EN = {
    "title": "Complaint desk of {name}, at this PC. {who} ({role}).",
    "who": "Who are you? Type a position or a name: ",
    "who-none": "Nobody has a PIN yet. Run first: tanggap staff pin NAME",
    "who-unknown": "That name is not on the list.",
    "pin": "PIN: ",
    "idle": "Ten minutes unused. Give your PIN again, then repeat what you typed last.",
    "over": "Your session has ended: access revoked or PIN changed.",
    "bye": "Done.",
    "list": "Open complaints: {count} (page {page} of {pages})",
    "list-none": "No open complaints.",
    "overdue": "OVERDUE",
    "list-how": (
        "Type a complaint's number (such as 0042), n = next, p = previous, r = record one, "
        "s = what was set aside, q = quit: "
    ),
    "keys": "n p r s q",
    "which": "More than one has that number; type it in full:",
    "choose": "Choose a number (Enter = back): ",
    "no-choice": "There is no such choice.",
    "draft": "Write a reply",
    "note": "Write the note about changes",
    "open": "Open {number}",
    "write": "Write below. End with a line that is a single dot; nothing = cancel.",
    "sure": "Approve draft {version} and send it to {recipient}? (y/n): ",
    "yes": "y",
    "nothing": "Cancelled; nothing has changed.",
    "digest": "Digest of the draft: {digest}",
    "not-yours": "The complaint's words are shown once you have taken it.",
    "medium": "How did this complaint come? Choose a number (Enter = cancel): ",
    "contact": "The complainant's number or address (may be empty): ",
    "name": "The complainant's name (may be empty): ",
    "folder": "Save to which folder? (Enter = cancel): ",
    "folder-none": "There is no such folder, or it cannot be written to.",
    "saved": "Saved: {path}",
    "stopped": (
        "⚠ What is decided here is sent by the process tanggap run; "
        "none has been running since {since}."
    ),
    "stopped-never": (
        "⚠ What is decided here is sent by the process tanggap run; none has ever been running."
    ),
    "busy": "The database cannot be used now. Look how the complaint stands, then try again.",
    "usage": "Usage: tanggap desk --as NAME {usage}",
    "usage.case": "{action} NUMBER",
    "usage.reply": "{action} NUMBER VERSION",
    "usage.part": "{action} NUMBER VERSION",
    "usage.suggestion": "{action} NUMBER OTHER-NUMBER",
    "usage.message": "{action} MESSAGE-ID",
    "usage.nothing": "{action} MEDIUM [CONTACT [NAME]]",
    "usage.files": "{action} NUMBER FOLDER",
    "unknown-action": "No such action at the desk; there are: {actions}",
    "no-such": "Nothing fits that.",
    "refused-pin-none": "There is no PIN for that name. Ask the technician: tanggap staff pin NAME",
    "refused-pin-wrong": "Wrong PIN. Tries left: {left}.",
    "refused-pin-locked": (
        "The PIN was wrong too often. Try again in {minutes} minutes; the coordinator is told."
    ),
}
WORDS: Mapping[Lang, Mapping[str, str]] = MappingProxyType(
    {"id": MappingProxyType(_ID), "en": MappingProxyType(_EN)}
)


def words(lang: Lang, key: str, /, **params: str | int) -> str:
    """A text of the terminal. Raises KeyError."""
    return WORDS[lang][key].format_map(params)


def refusal(lang: Lang, refused: Refused) -> str:
    """Why not, as the chat says it."""
    own = f"refused-{refused.key}"
    if own in WORDS[lang]:
        return words(lang, own, **refused.params)
    key = f"notice.{own}"
    return say(lang, key if key in TEXTS[lang] else "notice.other", **refused.params)
