"""The acts on the telephone: WhatsApp with a photo, an answer after the window, SMS."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tanggap.demo import ledger
from tanggap.demo.cast import numbers_on_cards
from tanggap.demo.letter import PHOTO
from tanggap.demo.phones import ANDROID, GAMMU, TWILIO, Caller, Phones
from tanggap.demo.play import Play

TOILET = Caller("Sulastri Bunga", "+6281200000411", TWILIO)
LATE = Caller("Parman Senja", "+6281200000412", TWILIO)
COUNTER = Caller("", "+6281200000413", ANDROID)
MODEM = Caller("", "+6281200000414", GAMMU)
"""All numbers are invented."""

SAID = {
    TOILET: "wc perempuan di belakang bau bgt & lantainya licin, tadi ibu sy hampir jatuh",
    LATE: "Obat darah tinggi sudah 3 hari kosong, bapak saya disuruh beli sendiri di luar.",
    COUNTER: "Poli gigi kok tutup hari Kamis, padahal di papan tertulis buka. Mohon penjelasan.",
    MODEM: "Lampu parkiran mati, motor saya hampir hilang semalam.",
}
ANSWERS = {
    TOILET: "Terima kasih fotonya, Bu. Lantai WC sudah dikeringkan dan diberi alas karet.",
    LATE: "Mohon maaf. Obatnya sudah datang pagi ini dan kami sisihkan untuk Bapak.",
    COUNTER: (
        "Mohon maaf. Poli gigi tutup Kamis kemarin karena dokternya mengikuti pelatihan; papan "
        "di depan sudah kami betulkan. Poli gigi buka lagi Senin sampai Sabtu pukul 07.30."
    ),
    MODEM: "Terima kasih. Lampu parkiran sudah diganti dan satpam berkeliling tiap jam.",
}


def by_phone(play: Play, phones: Phones, now: datetime) -> None:
    """Four citizens write, are answered, and one releases an answer that came after the window."""
    callers = [one for one in SAID if one.channel != GAMMU or phones.modem is not None]
    numbers = _write(play, phones, callers, now)
    for number in numbers:
        _answer(play, number)
    for caller in callers:
        if caller is not LATE:
            _arrives(play, phones, caller)
    _released(play, phones)
    phones.see()


def confirmed(play: Play) -> None:
    """Wait until the desk knows what the phones have confirmed."""
    database = play.world.desk.database
    play.cast.until(
        lambda: ledger.unconfirmed(database) == 0 or None,
        "kabar sampai dan dibaca dari gateway telepon belum semuanya datang",
    )


def _write(play: Play, phones: Phones, callers: Sequence[Caller], now: datetime) -> Sequence[str]:
    before = len(numbers_on_cards(play.world))
    phones.says(TOILET, "Assalamualaikum")
    phones.says(LATE, SAID[LATE], at=now - timedelta(hours=25))
    phones.says(TOILET, SAID[TOILET])
    phones.says(TOILET, photo=PHOTO)
    for caller in callers:
        if caller.channel != TWILIO:
            phones.says(caller, SAID[caller])

    def shown() -> Sequence[str] | None:
        new = numbers_on_cards(play.world)[before:]
        return new if len(new) >= len(callers) else None

    return play.cast.until(shown, "aduan lewat telepon belum semuanya tampil pada kartu grup")


def _answer(play: Play, number: str) -> None:
    play.clerk.takes(number)
    case = play.clerk.reads(f"Aduan {number.rpartition('-')[2]}:")
    caller = next(one for one, said in SAID.items() if said[:30] in case.text)
    play.clerk.writes(ANSWERS[caller], case)
    play.approved(number)


def _arrives(play: Play, phones: Phones, caller: Caller) -> None:
    def look() -> str | None:
        return next((it for it in phones.texts(caller) if ANSWERS[caller] in it), None)

    text = play.cast.until(look, f"jawaban lewat {caller.channel} belum sampai di ponsel warga")
    play.screen.line(f"📱 {caller.channel}: {text.splitlines()[0]}", "magenta")


def _released(play: Play, phones: Phones) -> None:
    """Who wrote yesterday reads the template first, and asks for the answer."""

    def asked() -> str | None:
        return next((it for it in phones.texts(LATE) if "LIHAT" in it), None)

    text = play.cast.until(asked, "templat setelah 24 jam belum sampai di ponsel warga")
    play.screen.line(f"📱 {LATE.channel}: {text}", "magenta")
    phones.says(LATE, "LIHAT")
    play.screen.line("📱 Warga membalas: LIHAT", "magenta")
    _arrives(play, phones, LATE)
