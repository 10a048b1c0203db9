"""The play: a morning at the complaint desk, in a minute."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from simulator.mail import Letter as Received
from simulator.telegram import Seen
from tanggap.demo import ledger, stories
from tanggap.demo.cast import CHANGES, NUMBER, UNDO, Cast, numbers_on_cards
from tanggap.demo.errors import Late
from tanggap.demo.letter import AUTOMATIC, Letter, Writer, bounce

CLERK, COORDINATOR, HEAD, OFFICER = (
    "Wulan Sekarjati",
    "dr. Bening Kartikasari",
    "dr. Teguh Lintang",
    "Jarwo Samudra",
)
BY_HAND = (
    "Bu Tumirah lewat telepon: lampu jalan masuk Pustu mati, licin kalau hujan. 0856-0000-3305"
)
"""What the clerk types in with /catat."""

_ANSWERS = (
    ("antri", "Mohon maaf atas antreannya, Bapak/Ibu. Alur antrean sudah kami perbaiki."),
    ("obate", "Nyuwun pangapunten. Obatnya sudah kami pesan dan sudah ada mulai besok."),
    ("biaya", "Peserta BPJS aktif tidak dikenai biaya. Kami telusuri kuitansinya."),
    ("wc", "Terima kasih fotonya. WC sudah dibersihkan dan dijadwalkan tiap dua jam."),
    ("loket baru buka", "Terima kasih. Mulai Senin loket dibuka tepat pukul 7.30."),
    ("ketus", "Kami mohon maaf. Petugas sudah kami ingatkan untuk lebih ramah."),
)
_GENERIC = "Terima kasih atas aduannya. Sedang kami tindak lanjuti; kabar berikutnya menyusul."
_SHOWN_OWN = 3


class Play:
    """Acts in their order; each waits for what people see."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.world = cast.world
        self.screen = cast.screen
        self.clerk = cast.add(7001, CLERK)
        self.coordinator = cast.add(7002, COORDINATOR)
        self.head = cast.add(7003, HEAD)
        self.officer = cast.add(7004, OFFICER)

    def invite(self) -> dict[str, str]:
        """`tanggap staff add` for everybody; name → one-time code. The officer gets none: the
        numeric id is known, and Start was never pressed.
        """
        codes = {CLERK: self._code(CLERK, "clerk")}
        known = ("staff", "add", OFFICER, "--role", "team", "--telegram", "7004")
        with ThreadPoolExecutor(3) as at_once:
            added = at_once.submit(self.world.desk.command, *known)
            coordinator = at_once.submit(self._code, COORDINATOR, "coordinator")
            head = at_once.submit(self._code, HEAD, "head")
            added.result()
            return codes | {COORDINATOR: coordinator.result(), HEAD: head.result()}

    def enrol(self, codes: dict[str, str]) -> None:
        """Each follows the link with the code, and is welcomed."""
        for actor in (self.clerk, self.coordinator, self.head):
            self.screen.act(actor.name, "membuka tautan undangan dan menekan Start")
            actor.person.start(codes[actor.name])
        for actor in (self.clerk, self.coordinator, self.head):
            actor.reads("Selamat datang")

    def deliver(self, letters: list[Letter]) -> list[str]:
        """Put mails into the mailbox and wait for their cards; the numbers that are new."""
        before = len(numbers_on_cards(self.world))
        self.world.put(letters)
        self._settled()
        return list(numbers_on_cards(self.world))[before:]

    def _settled(self) -> None:
        count = len(self.world.letters)
        database = self.world.desk.database

        def recorded() -> bool | None:
            return ledger.settled(database) >= count or None

        def shown() -> bool | None:
            return set(ledger.numbers(database)) <= set(numbers_on_cards(self.world)) or None

        self.cast.until(recorded, "surat yang masuk belum semuanya dicatat")
        self.cast.until(shown, "belum semua aduan tampil pada kartu grup")

    def answer_the_first(self, numbers: list[str]) -> None:
        """Six complaints are answered, each in its own way."""
        for number in numbers[:5]:
            self.clerk.takes(number)
            case = self.clerk.reads(f"Aduan {_short(number)}:")
            if "wc nya" in case.text:
                self.clerk.taps(case, "Lampiran (1)")
                self.clerk.reads(number, "Pesan ke-1")
            self.clerk.writes(_answer_to(case), case)
            if "obate" in case.text:
                self._improved(number)
            self.approved(number, 2 if "obate" in case.text else 1)
            if "biaya" in case.text:
                self.coordinator.taps(self.coordinator.reads("✅", number, button=UNDO), UNDO)
                self.clerk.reads("dibatalkan dan tidak dikirim", number)
        self._by_a_newcomer(numbers[5])
        self._joined(numbers[7], numbers[6])

    def approved(self, number: str, version: int = 1) -> None:
        """Coordinator and head say yes to a draft."""
        if version == 1:
            self.coordinator.approves(number)
        else:
            self.coordinator.writes(f"/setujui {_short(number)}")
            self.coordinator.approves(number, version)
        self.head.approves(number, version)
        self.clerk.reads("✅", number)

    def _improved(self, number: str) -> None:
        """The coordinator wants another word; the clerk writes the next draft."""
        draft = self.coordinator.sees_draft(number)
        self.coordinator.taps(draft, CHANGES)
        self.coordinator.reads("Tulis apa yang perlu diperbaiki", number)
        self.coordinator.writes("“sudah ada” diganti “sedang dikirim”, ya.")
        note = self.clerk.reads("Diminta perbaikan", number)
        self.clerk.writes(
            "Nyuwun pangapunten. Obatnya sudah kami pesan dan sedang dikirim; besok ada.", note
        )
        self.coordinator.reads(number, "Konsep ke-2:")

    def _by_a_newcomer(self, number: str) -> None:
        """Somebody on the team who never pressed Start."""
        said = self.officer.takes(number)
        self.screen.message(f"→ {OFFICER}", said)
        self.officer.opens_bot()
        case = self.officer.reads(f"Aduan {_short(number)}:")
        self.officer.writes(_answer_to(case), case)
        self.coordinator.approves(number)
        self.head.approves(number)
        self.officer.reads("✅", number)

    def _joined(self, newer: str, older: str) -> None:
        """Two that may be one: a person decides."""
        self.clerk.takes(newer)
        case = self.clerk.reads(f"Aduan {_short(newer)}:", f"Mungkin sama dengan {older}")
        self.clerk.taps(case, f"Gabungkan dengan {_short(older)}")
        self.clerk.reads(f"Digabungkan dengan {older}", newer)

    def receive(self, *writers: Writer) -> list[Received]:
        """Wait until each of them has an answer in the mailbox."""
        return [self._answer_for(writer.address) for writer in writers]

    def _answer_for(self, address: str) -> Received:
        def look() -> Received | None:
            letters = self.world.mail.letters(address)
            return next((it for it in letters if not it.message["Auto-Submitted"]), None)

        return self.cast.until(look, f"balasan untuk {address} belum sampai di kotak suratnya")

    def answer_own(self, numbers: list[str]) -> None:
        """With somebody's own mails: the first few get the same kind answer."""
        for number in numbers[:_SHOWN_OWN]:
            self.clerk.takes(number)
            case = self.clerk.reads(f"Aduan {_short(number)}:")
            self.clerk.writes(_GENERIC, case)
            self.approved(number)
        self._sent()
        for seen in self.clerk.person.private.messages():
            if "Sudah dikirim" in (it.text for it in seen.buttons):
                self.clerk.taps(seen, "Sudah dikirim")
                self.clerk.reads("sudah disampaikan", NUMBER.findall(seen.text)[0])

    def second_delivery(self, at: datetime, answers: list[Received]) -> None:
        """What comes back after the answers, and new mails."""
        queue, _, toilet, gone, attitude = answers
        failed = _number_of(self.clerk.reads("loket baru buka"))
        self.cast.expected.append(failed)
        letters = [
            stories.QUEUE.letter(
                "antre-lagi",
                at,
                "Re: Antrean loket",
                "jawabannya muter2, hari ini antri lagi 3 jam",
                answers=queue.message_id,
                quoting=queue.text,
                joins=_id(queue, "In-Reply-To"),
            ),
            stories.TOILET.letter(
                "wc-terima-kasih",
                at,
                "Re: ini wc nya min",
                "ok mksh 👍",
                answers=toilet.message_id,
                quoting=toilet.text,
                joins=_id(toilet, "In-Reply-To"),
            ),
            stories.ATTITUDE.letter(
                "sikap-cuti",
                at,
                "Balasan otomatis: Re: Pelayanan loket",
                "Saya sedang cuti dan membaca surat minggu depan.",
                answers=attitude.message_id,
                headers={"Auto-Submitted": "auto-replied"},
                kind=AUTOMATIC,
            ),
            bounce("pantulan", at, gone.raw, gone.to),
            *stories.later(at),
        ]
        self.deliver(letters)
        self.clerk.reads("Pesan susulan", "muter2")
        self.clerk.reads("gagal dikirim", failed)

    def by_hand(self) -> None:
        """/catat, the same approval, and the answer carried by the clerk."""
        self.clerk.writes(f"/catat {BY_HAND}")
        self.clerk.taps(self.clerk.reads("datang lewat apa", button="Telepon"), "Telepon")
        case = self.clerk.reads("Tercatat dengan nomor")
        number = _number_of(case)
        self.clerk.writes("Terima kasih, Bu. Lampunya diganti hari ini.", case)
        self.approved(number)
        copy = self.clerk.reads("Salin dan sampaikan", number, button="Sudah dikirim")
        self.clerk.taps(copy, "Sudah dikirim")
        self.clerk.reads(f"Balasan untuk {number} sudah disampaikan")
        self.clerk.writes("/daftar")
        self.clerk.reads("Aduan terbuka")

    def finish(self) -> None:
        """Wait until nothing is under way any more."""
        self._settled()
        self._sent()

    def _sent(self) -> None:
        database = self.world.desk.database
        self.cast.until(
            lambda: ledger.leaving(database) == 0 or None, "masih ada balasan yang belum terkirim"
        )

    def _code(self, name: str, role: str) -> str:
        printed = self.world.desk.command("staff", "add", name, "--role", role)
        code = printed.partition("start=")[2].split()
        if not code:
            raise Late("tanggap staff add tidak mencetak tautan: bot Telegram tidak menjawab.")
        return code[0]


def _answer_to(case: Seen) -> str:
    return next((text for word, text in _ANSWERS if word in case.text), _GENERIC)


def _number_of(seen: Seen) -> str:
    return str(NUMBER.findall(seen.text)[0])


def _short(number: str) -> str:
    return number.rpartition("-")[2]


def _id(letter: Received, header: str) -> str:
    return str(letter.message[header] or "").strip().strip("<>")
