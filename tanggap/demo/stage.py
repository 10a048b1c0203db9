"""From the first gateway to the last count, with what is to be said when it does not work."""

import logging
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import FrameType

from tanggap.demo import ledger, secrecy, stories, witness
from tanggap.demo.calls import SAID, by_phone, confirmed
from tanggap.demo.cast import Cast
from tanggap.demo.count import compare
from tanggap.demo.errors import Late, Trouble
from tanggap.demo.letter import Letter
from tanggap.demo.own import own_letters
from tanggap.demo.play import BY_HAND, Play
from tanggap.demo.show import Feed, Screen
from tanggap.demo.world import (
    CARD_SECONDS,
    POLL_SECONDS,
    RETRY_SECONDS,
    UNDO_SECONDS,
    World,
)

_GATEWAYS = ("Telegram", "aduan:", "wa:", "sms:", "modem:")
"""How findings of the doctor's begin that are about what the demo put there itself."""


def perform(folder: Path | None, fault: str) -> int:
    """Play it and count; the exit status."""
    # aiosmtpd warns about a name of its own.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    screen = Screen()
    place = Path(tempfile.mkdtemp(prefix="tanggap-demo-"))
    started = time.monotonic()
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        own = own_letters(folder, screen.line) if folder else None
        with World(place, fault, telephones=own is None) as world:
            _announce(screen)
            _play(world, screen, own)
        agreed = _count(world, screen)
        world.desk.show("register")
    except (Trouble, OSError, RuntimeError) as trouble:
        # The latter two: a server of the demo's own did not come up.
        screen.line(f"Peragaan berhenti: {trouble}", "bold red")
        screen.line(f"Catatannya ada di {place}")
        return 1
    except KeyboardInterrupt:
        screen.line(f"Peragaan dihentikan. Catatannya ada di {place}")
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    screen.line(f"Basis data: {world.desk.database}")
    took = f"{time.monotonic() - started:.0f} detik"
    if not agreed:
        screen.line(f"Peragaan selesai ({took}), tetapi hitungannya TIDAK cocok.", "bold red")
        return 1
    screen.line(f"Peragaan selesai ({took}): kedua hitungan cocok.", "bold green")
    return 0


def _announce(screen: Screen) -> None:
    screen.title("Meja pengaduan Puskesmas Melati: peragaan")
    screen.line(
        "Semua gateway tiruan di komputer ini; warga dan aduannya rekaan. Agar cukup semenit: "
        f"undo_seconds = {UNDO_SECONDS:g} (biasanya 120), card_seconds = {CARD_SECONDS:g} (3), "
        f"poll_seconds = {POLL_SECONDS:g} (30), retry_seconds = {RETRY_SECONDS:g} (60)."
    )


def _play(world: World, screen: Screen, own: list[Letter] | None) -> None:
    cast = Cast(world, screen)
    play = Play(cast)
    with Feed(screen, world, [actor.person for actor in cast.actors]):
        try:
            screen.title("Tim didaftarkan dengan kode sekali pakai; tanggap run dimulai")
            codes = _prepare(world, play)
            world.start_desk()
            play.enrol(codes)
            _acts(play, screen, own)
            play.finish()
            world.desk.stop()
            world.keep_mails()
            if world.phones is not None:
                world.phones.keep(world.folder)
        except Late as late:
            raise Trouble(_why(world) or str(late)) from None
        finally:
            world.keep_journal()


def _acts(play: Play, screen: Screen, own: list[Letter] | None) -> None:
    if own is not None:
        screen.title(f"{len(own)} surat dari folder masuk")
        play.answer_own(play.deliver(own))
        return
    now = datetime.now().astimezone()
    letters = stories.morning(now)
    screen.title(f"Pagi: {len(letters)} surat masuk")
    numbers = play.deliver(letters)
    screen.title("Aduan ditangani, dijawab, disetujui koordinator dan kepala")
    play.answer_the_first(numbers)
    answered = (stories.QUEUE, stories.MEDICINE, stories.TOILET, stories.GONE, stories.ATTITUDE)
    answers = play.receive(*answered)
    for answer in answers:
        screen.line(f"📬 {answer.to}: {answer.message['Subject']}", "magenta")
    screen.title("Siang: susulan, pantulan, dan surat baru")
    play.second_delivery(now, answers)
    if play.world.phones is not None:
        screen.title("WhatsApp dan SMS: foto, jendela 24 jam, balasan lewat jalan yang sama")
        by_phone(play, play.world.phones, now)
    screen.title("Aduan lewat telepon dicatat dengan /catat")
    play.by_hand()
    if play.world.phones is not None:
        confirmed(play)


def _prepare(world: World, play: Play) -> dict[str, str]:
    """Invite the team, and ask the doctor meanwhile whether the desk reaches its gateways.

    Raises Trouble.
    """
    with ThreadPoolExecutor(1) as meanwhile:
        asked = meanwhile.submit(_why, world)
        codes = play.invite()
        if why := asked.result():
            raise Trouble(why)
    return codes


def _why(world: World) -> str:
    """What `tanggap doctor` finds wrong with a gateway; empty when nothing is."""
    for finding in world.desk.findings():
        if not finding["ok"] and finding["what"].startswith(_GATEWAYS):
            return f"{finding['what']} — {finding['fix']}"
    return ""


def _count(world: World, screen: Screen) -> bool:
    sorted_mails = all(letter.kind for letter in world.letters)
    rows = compare(
        witness.tally(world.folder), ledger.tally(world.desk.database, sorted_mails=sorted_mails)
    )
    screen.title("Hasil")
    screen.counts(rows)
    forbidden = [*secrecy.marks(world.letters), BY_HAND, *secrecy.of_callers(SAID)]
    leaked = secrecy.leaks(
        [*witness.group_texts(world.folder), world.desk.log.read_text(encoding="utf-8")], forbidden
    )
    for mark in leaked:
        screen.line(f"Kata warga terbaca di grup atau di log: {mark}", "bold red")
    if not leaked:
        screen.line(f"Dari {len(forbidden)} kata warga tidak satu pun ada di grup tim atau di log.")
    return not leaked and all(row.agrees for row in rows)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
