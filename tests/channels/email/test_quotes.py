"""Quoted mail goes, a citizen's own words stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import new_text
from channels.email.quotes import strip_quotes
from channels.text import clean

OWN_WORDS = [
    "Pada tanggal 5 Mei petugas menulis: tutup. Padahal buka.",
    "Pada tanggal 5 … petugas menulis: tutup.",
    "Pada tanggal 5 Maret petugas menulis:\ntutup sampai besok.",
    "Petugas menulis:\nbesok saja.",
    "On Monday the nurse wrote: closed. But it was open.",
    "Dari: Siti\nTanggal: 5 Mei\nKepada: Kepala Puskesmas\nPerihal: antre\n\nSaya kecewa",
    "Assalamualaikum\nDari: Siti\nTanggal: 5 Mei\nPerihal: antre\n\nSaya kecewa",
    "> 3 jam menunggu",
    "Dikirim dari HP saya tadi pagi foto WC kotor, belum dibalas",
    "Dikirim dari Puskesmas ke rumah sakit tanpa surat",
    "Sent from the counter to the pharmacy and back",
    "Kepada petugas: tolong ramah. Dari saya, warga.",
    "--- penting ---\nloket tutup",
    "Jam buka:\n- Senin\n- Kamis",
]

QUOTED = {
    "id, satu baris": "Pada Sen, 5 Jan 2026 pukul 08.30 Puskesmas <a@b.example> menulis:\n> lama",
    "id, dua baris": "Pada Sen, 5 Jan 2026 pukul 08.30 Puskesmas\n<a@b.example> menulis:\n\n> lama",
    "id, kata terakhir": "Pada Sen, 5 Jan 2026 08.30 Puskesmas <a@b.example>\nmenulis:\nlama",
    "id, tiga baris": "Pada Sen, 5 Jan 2026\npukul 08.30 Puskesmas\n<a@b.example> menulis:\nlama",
    "id, tanpa alamat": "Pada tanggal 05/01/2026 08:30, Puskesmas menulis:\n> lama",
    "en": "On Mon, Jan 5, 2026 at 8:30 AM Puskesmas <a@b.example> wrote:\n> lama",
    "en, dua baris": "On Mon, Jan 5, 2026 at 8:30 AM Puskesmas <\na@b.example> wrote:\n\n> lama",
    "nama dulu": "Puskesmas Melati menulis pada 2026-01-05 08:30:\n> lama",
    "nama dulu, en": "Puskesmas Melati wrote on 2026-01-05 08:30:\n> lama",
    "tanggal dulu": "2026-01-05 08:30 GMT+07:00 Puskesmas <a@b.example>:\n> lama",
    "outlook id": "Dari: P <a@b.example>\nDikirim: Senin 08.30\nKepada: B\nSubjek: x\n\nlama",
    "outlook, tebal": "*Dari:* P\n*Dikirim:* Senin, 5 Januari 2026 08.30\n*Kepada:* B\n\nlama",
    "outlook en": "From: P <a@b.example>\nSent: Monday 8:30\nTo: B\nSubject: x\n\nlama",
    "outlook, garis": "_______________\nFrom: P\nDate: kemarin\nTo: B\nSubject: x\n\nlama",
    "pesan asli": "-----Pesan Asli-----\nlama",
    "pesan asli, renggang": "----- Pesan Asli -----\nlama",
    "original": "-----Original Message-----\nlama",
    "terusan": "-------- Pesan terusan --------\nDari: P\n\nlama",
    "forwarded": "---------- Forwarded message ---------\nFrom: P\n\nlama",
    "awal pesan": "Awal pesan terusan:\n\nlama",
    "iphone en": "Begin forwarded message:\n\n> lama",
    "kutipan saja": "> lama\n> sekali",
    "tanda iphone": "Dikirim dari iPhone saya",
    "tanda yahoo": "Dikirim dari Yahoo Mail di Android",
    "tanda yahoo panjang": "Dikirim dari Yahoo Mail. Dapatkan aplikasinya",
    "tanda samsung": "Dikirim dari Galaxy saya",
    "tanda outlook": "Get Outlook for Android<https://tautan.example/x>",
    "tanda outlook id": "Dapatkan Outlook untuk iOS",
    "tanda en": "Sent from my iPhone",
    "tanda windows": "Sent from Mail for Windows 10",
    "tanda tangan": "-- \nBudi\nRT 3",
}


@pytest.mark.parametrize("text", OWN_WORDS)
def test_own_words_survive(text: str) -> None:
    assert new_text(text) == text
    assert new_text(f"Selamat pagi.\n\n{text}") == f"Selamat pagi.\n\n{text}"


@pytest.mark.parametrize("quoted", QUOTED.values(), ids=QUOTED)
def test_what_is_not_new_goes(quoted: str) -> None:
    assert new_text(f"Baik, terima kasih.\n\n{quoted}\n") == "Baik, terima kasih."
    crlf = f"Baik, terima kasih.\n\n{quoted}\n".replace("\n", "\r\n")
    assert new_text(crlf) == "Baik, terima kasih."


def test_answers_between_quotes_stay() -> None:
    text = "Pada 5 Jan 2026 P <a@b.example> menulis:\n> Sudah?\nSudah.\n> Kapan?\nKemarin.\n"
    assert new_text(text) == "Sudah.\nKemarin."


def test_a_forward_with_nothing_above_keeps_what_it_says() -> None:
    text = "Dikirim dari iPhone saya\n\n-------- Pesan terusan --------\nDari: P\n\nPustu tutup."
    assert new_text(text) == "Pustu tutup."


@pytest.mark.parametrize(
    "text",
    ["> lama\n> sekali", "Dikirim dari iPhone saya", "-----Pesan Asli-----\nlama", "-- \nBudi"],
)
def test_the_whole_text_comes_back_rather_than_nothing(text: str) -> None:
    assert strip_quotes(text) == ""
    assert new_text(text) == text


def test_a_line_of_two_dashes_is_no_signature_above_a_long_text() -> None:
    text = "Satu\n--\n" + "\n".join(f"baris {number}" for number in range(20))
    assert new_text(text) == text


_LINES = st.sampled_from(
    [*OWN_WORDS, *QUOTED.values(), "", "> kutip", "halo", "--", "-- ", "Dari: x", "To: y@z.example"]
)


@given(st.lists(_LINES | st.text(max_size=60), max_size=12).map("\n".join))
def test_invents_nothing_and_never_empties(text: str) -> None:
    found = new_text(text)
    assert bool(found.strip()) == bool(new_text(found).strip())
    known = {" ".join(line.split()) for line in clean(text).split("\n")}
    assert {" ".join(line.split()) for line in found.split("\n")} <= known | {""}
