"""The storm: what is done to the desk, window by window, in an order that the seed decides.

In each window several lanes work side by side: mails come in, processes die and sleep, servers
go, gateways fail, the clock jumps. A window ends when every lane has done its part.
"""

import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import psycopg

from tests.pipeline.mail_desk import bounced
from tests.soak import gateways
from tests.soak.gateways import Gateways
from tests.soak.keeper import Slot
from tests.soak.mails import Citizens, Fate, Mail
from tests.soak.world import LEASE, Rows, World

_DAY = 86_400.0
_PAST = "clock in 2009"
_FORWARD = "clock a day ahead"
_FIRE = 240.0
"""Seconds that are waited, at most, for what is to go wrong: a busy machine takes its time."""
_TRICKLE = 0.7
"""Seconds between two mails while a window waits for the rest of its faults."""
_DOWN = (sqlite3.Error, psycopg.Error, OSError)


@dataclass(frozen=True, slots=True)
class Scale:
    """How long and how hard."""

    mails: int
    windows: int
    seconds: float
    """Of one window, at least."""
    burst: int
    big: int
    """Bytes."""
    texts: int = 400
    """Citizens who write on WhatsApp or by SMS."""
    locked: float = 12.0
    """Seconds that another program has the database locked; longer than SQLite waits."""
    answered: int = 10
    """One case in so many is."""
    every_window: bool = True
    """Every kind of fault in each window; else once in all, and kills in each."""


class Storm:
    """`run()` to its end; `done` counts what befell the desk, by kind and window."""

    def __init__(self, world: World, seed: int, scale: Scale, say: Callable[[str], None]) -> None:
        self.world = world
        self.scale = scale
        self.done: Counter[tuple[str, int]] = Counter()
        self.mails: list[Mail] = []
        self.bounced: set[str] = set()
        """Message-IDs of answers that came back to us."""
        self.tampered: set[int] = set()
        """Serials of cases whose approved answer somebody changed in the database."""
        self.planned: set[str] = set()
        self.errors: list[BaseException] = []
        self._say = say
        self._seed = seed
        self._citizens = Citizens(seed)
        self._day = list(self._citizens.day(scale.mails))
        self._gateways = Gateways(world, self._rng("gateways"))
        self._base = 0.0
        self._lock = threading.Lock()
        self._others_done = threading.Event()

    def _rng(self, lane: str) -> Random:
        return Random(f"{self._seed}/{lane}")

    def run(self) -> None:
        """All windows. Raises what went wrong in a lane: then the storm itself is broken."""
        deeds = {lane: self._plan(lane) for lane in ("processes", "servers", "clock", "lock")}
        for window in range(self.scale.windows):
            begun = time.monotonic()
            lanes: dict[str, Callable[[], None]] = {
                "mails": lambda: self._send(window),  # noqa: B023
                "chats": self._chat,
                "gateways": lambda: self._fail(window),  # noqa: B023
            } | {
                lane: lambda lane=lane: self._do(lane, deeds[lane][window], window)  # noqa: B023
                for lane in deeds
            }
            threads = [
                threading.Thread(target=self._guarded, args=(lane,), name=name)
                for name, lane in lanes.items()
            ]
            self._others_done.clear()
            for thread in threads:
                thread.start()
            for thread in threads[2:]:
                thread.join()
            self._others_done.set()
            for thread in threads[:2]:
                thread.join()
            if self.errors:
                raise self.errors[0]
            kills = sum(n for (kind, at), n in self.done.items() if at == window and "kill" in kind)
            took = time.monotonic() - begun
            self._say(f"window {window + 1}/{self.scale.windows}: {took:.0f} s, {kills} kills")
        self.world.faults.clear()
        self.world.all_awake()

    def _guarded(self, lane: Callable[[], None]) -> None:
        try:
            lane()
        except BaseException as error:  # noqa: BLE001  (raised again when the window ends)
            self.errors.append(error)

    def count(self, kind: str, window: int) -> None:
        """It was done."""
        with self._lock:
            self.done[kind, window] += 1

    # What is planned.

    def _kinds(self, lane: str) -> list[str]:
        shape, parts = self.world.shape, self.world.keeper.parts
        match lane:
            case "processes":
                each = [f"kill {part}" for part in parts] * 2
                each += [f"kill {part} at a commit" for part in parts]
                return each + [f"pause {part}" for part in parts]
            case "servers":
                kinds = ["cursor of a backup", "answer tampered with"]
                kinds += ["disk full"] if self.world.disk.mounted else []
                kinds += ["postgresql crash"] if shape.postgresql else []
                kinds += ["redis flushed", "redis killed"] if shape.redis else []
                return kinds + ([gateways.PAUSED] if parts.count("poll") else [])
            case "clock":
                return [_PAST, _FORWARD]
            case "lock":
                return ["database locked"]
        raise ValueError(lane)

    def _plan(self, lane: str) -> list[list[str]]:
        rng, kinds = self._rng(lane), self._kinds(lane)
        self.planned |= set(kinds)
        windows: list[list[str]] = [[] for _ in range(self.scale.windows)]
        for at, kind in enumerate(kinds):
            for window, deeds in enumerate(windows):
                plain_kill = kind in {f"kill {part}" for part in self.world.keeper.parts}
                if plain_kill or self.scale.every_window or at % len(windows) == window:
                    deeds.append(kind)
        for deeds in windows:
            rng.shuffle(deeds)
        return windows

    # The lanes.

    def _do(self, lane: str, deeds: Sequence[str], window: int) -> None:
        rng = self._rng(f"{lane}/{window}")
        pause = self.scale.seconds / (len(deeds) + 1)
        for kind in deeds:
            time.sleep(pause * rng.uniform(0.3, 1.0))
            if self._deed(kind, rng):
                self.count(kind, window)

    def _send(self, window: int) -> None:
        """This window's share of the mails; in the middle window the burst and the big one."""
        share = self._day[window :: self.scale.windows]
        begun = time.monotonic()
        for at, mail in enumerate(share):
            self._post(mail)
            ahead = begun + self.scale.seconds * (at + 1) / len(share) - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        if window == self.scale.windows // 2:
            burst = [self._citizens.write("plain")[0] for _ in range(self.scale.burst)]
            self.world.imap.append_all((mail.raw, None) for mail in burst)
            self.mails += burst
            self._post(self._citizens.big(self.scale.big))
        # What is to go wrong needs something that can: citizens go on until all of it has.
        while not self._others_done.wait(_TRICKLE):
            self._post(self._citizens.write("plain")[0])
        self._answer_back(window)

    def _chat(self) -> None:
        """This window's share of what comes on WhatsApp and by SMS."""
        chats, left = self.world.chats, self.scale.texts // self.scale.windows
        pause = self.scale.seconds / max(left, 1)
        while left > 0 or not self._others_done.is_set():
            chats.write()
            chats.answer_pings()
            left -= 1
            self._others_done.wait(pause if left > 0 else _TRICKLE)
            if left > 0 and self._others_done.is_set():
                time.sleep(0.05)

    def _post(self, mail: Mail) -> None:
        for folder in mail.folders:
            self.world.imap.append(mail.raw, folder)
        self.mails.append(mail)

    def _answer_back(self, window: int) -> None:
        """A citizen writes once more, a citizen's mail server sends an answer back."""
        answers = [
            (number, address, letter)
            for number, address in self._patiently(
                "SELECT complaint.number, contact.address FROM complaint"
                " JOIN contact ON contact.id = complaint.contact_id"
                " WHERE complaint.status = 'answered' ORDER BY complaint.id DESC LIMIT 20"
            )
            for letter in self.world.answers(address)[:1]
            if letter.message_id not in self.bounced
        ]
        if answers:
            number, address, letter = answers[0]
            self._post(self._citizens.further(letter.message_id, address, number))
            self.count("citizen answers back", window)
        if len(answers) > 1:
            number, address, letter = answers[-1]
            self.bounced.add(letter.message_id)
            raw = bounced(letter, key=f"dsn-{window}-{number}").replace(b"\n", b"\r\n")
            mail = Mail("bounce", f"dsn-{window}-{number}", address, raw, "", Fate.ASIDE)
            self._post(mail)
            self.count("answer comes back", window)

    def _fail(self, window: int) -> None:
        kinds = list(gateways.KINDS)
        rng = self._rng(f"gateways/{window}")
        rng.shuffle(kinds)
        if not self.scale.every_window:
            kinds = kinds[window :: self.scale.windows]
            rng = self._rng("gateways")
            rng.shuffle(shared := list(gateways.KINDS))
            kinds = shared[window :: self.scale.windows]
        self.planned |= set(kinds)
        for kind in kinds:
            self._gateways.add(kind)
            time.sleep(self.scale.seconds / (len(kinds) + 1))
        last = window == self.scale.windows - 1
        end = time.monotonic() + (_FIRE if last or self.scale.every_window else 0.0)
        while self._gateways.waiting and time.monotonic() < end:
            time.sleep(0.2)
        for kind in self._gateways.fired():
            self.count(kind, window)
        for kind in self._gateways.waiting:
            self._say(f"still to come: {kind}")

    # The deeds.

    def _deed(self, kind: str, rng: Random) -> bool:
        """Do it; whether it was done."""
        word, _, part = kind.partition(" ")
        match word:
            case "kill" if part.endswith(" at a commit"):
                return self._kill_at_commit(rng, part.removesuffix(" at a commit"))
            case "kill":
                return self._kill(rng, part)
            case "pause":
                return self._pause(rng, part)
            case "clock":
                return self._jump(kind, rng)
        return _DEEDS[kind](self, rng)

    def _living(self, rng: Random, part: str) -> Slot:
        end = time.monotonic() + 30
        while True:
            living = [slot for slot in self.world.keeper.of(part) if slot.pid]
            if living:
                return rng.choice(living)
            if time.monotonic() > end:
                raise TimeoutError(f"no {part} lives\n{self.world.logs()}")
            time.sleep(0.05)

    def _kill(self, rng: Random, part: str) -> bool:
        return self.world.keeper.signal(self._living(rng, part), signal.SIGKILL)

    def _kill_at_commit(self, rng: Random, part: str) -> bool:
        """At a point that this kind of process is known to pass, before or after the commit."""
        seen: set[str] = set()
        for slot in self.world.keeper.of(part):
            if slot.points.exists():
                seen |= set(slot.points.read_text().split())
        if not seen:
            return self._kill(rng, part)
        points = sorted(seen, key=lambda it: (not it.startswith(("ingest.", "reply.")), it))
        slot = self._living(rng, part)
        before = slot.deaths.total()
        slot.orders.write_text(f"{rng.choice(points)}:1")
        if not self.world.keeper.wait_dead(slot, before, 5.0):
            slot.orders.unlink(missing_ok=True)
            return self.world.keeper.signal(slot, signal.SIGKILL)
        return True

    def _pause(self, rng: Random, part: str) -> bool:
        """SIGSTOP for longer than its leases, wherever it is."""
        slot = self._living(rng, part)
        if not self.world.keeper.signal(slot, signal.SIGSTOP):
            return False
        time.sleep(LEASE * rng.uniform(1.3, 2.0))
        return self.world.keeper.signal(slot, signal.SIGCONT)

    def _jump(self, kind: str, rng: Random) -> bool:
        """Back to 2009 for a while, as a machine without a battery; or a day on, for good."""
        if kind == _FORWARD:
            self._base += _DAY
            self.world.chats.ahead = self._base
            self.world.set_clock(self._base)
            return True
        self.world.set_clock(-17 * 365 * _DAY)
        time.sleep(rng.uniform(1.5, 3.0))
        self.world.set_clock(self._base)
        return True

    def _lock_database(self, _rng: Random) -> bool:
        """Another program does what it should not."""
        db = self.world.connect()
        try:
            if isinstance(db, sqlite3.Connection):
                db.isolation_level = None
                db.execute("BEGIN IMMEDIATE")
            else:
                db.execute('LOCK TABLE delivery, reply_part, post, "update" IN EXCLUSIVE MODE')
            time.sleep(self.scale.locked)
            db.rollback()
        except _DOWN:
            return False
        finally:
            db.close()
        return True

    def _fill_disk(self, rng: Random) -> bool:
        self.world.disk.fill()
        time.sleep(rng.uniform(2.0, 3.0))
        self.world.disk.empty()
        if self.world.shape.postgresql:
            self.world.revive()
        return True

    def _crash(self, _rng: Random) -> bool:
        self.world.crash_database()
        return True

    def _flush(self, _rng: Random) -> bool:
        self.world.redis.flush()
        return True

    def _kill_redis(self, rng: Random) -> bool:
        self.world.redis.crash()
        time.sleep(rng.uniform(0.5, 2.0))
        self.world.redis.start()
        return True

    def _old_cursor(self, _rng: Random) -> bool:
        """A backup is played back: the cursor of last week, the mail of today."""
        return bool(self._patiently("DELETE FROM cursor RETURNING value"))

    def _tamper(self, _rng: Random) -> bool:
        """Somebody reaches into the database between an approval and its sending."""
        end = time.monotonic() + _FIRE
        while time.monotonic() < end:
            found = self._patiently(
                "UPDATE reply_part SET text = 'Tidak ada yang salah.' WHERE id = (SELECT min(id)"
                " FROM reply_part WHERE state = 'pending' AND attempts = 0) AND state = 'pending'"
                " RETURNING (SELECT complaint.serial FROM complaint JOIN reply"
                " ON reply.complaint_id = complaint.id WHERE reply.id = reply_part.reply_id)"
            )
            if found:
                self.tampered |= {int(row[0]) for row in found}
                return True
            time.sleep(0.1)
        return False

    def _patiently(self, query: str) -> Rows:
        """The query's rows, once the database is there and not locked."""
        end = time.monotonic() + 60
        while True:
            try:
                return self.world.rows(query)
            except _DOWN:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def _sleeper(self, _rng: Random) -> bool:
        return gateways.pause_with_mail_in_hand(self.world, _FIRE)

    def missing(self) -> Iterator[str]:
        """What was planned and never happened, in words."""
        parts = self.world.keeper.parts
        for window in range(self.scale.windows):
            for part in parts:
                if not self.done[f"kill {part}", window]:
                    yield f"no kill of {part} in window {window + 1}"
        for kind in sorted(self.planned):
            windows = [w for w in range(self.scale.windows) if self.done[kind, w]]
            if not windows:
                yield f"never done: {kind}"


_DEEDS: dict[str, Callable[[Storm, Random], bool]] = {
    "database locked": Storm._lock_database,
    "disk full": Storm._fill_disk,
    "postgresql crash": Storm._crash,
    "redis flushed": Storm._flush,
    "redis killed": Storm._kill_redis,
    "cursor of a backup": Storm._old_cursor,
    "answer tampered with": Storm._tamper,
    gateways.PAUSED: Storm._sleeper,
}
