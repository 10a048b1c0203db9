"""What goes wrong at the gateways: rules of the plan, each counted when it befell a request."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from random import Random

from simulator.faults import (
    DROP_AFTER_COMMIT,
    DROP_BEFORE_COMMIT,
    Action,
    Call,
    Cut,
    Moment,
    Refuse,
    Rule,
    Silence,
    TooMany,
)
from tests.soak.keeper import Slot
from tests.soak.world import LEASE, World

_IMAP = ("EXAMINE", "NOOP", "UID SEARCH", "UID FETCH", "UID FETCH")
_CHAT = ("sendMessage", "sendMessage", "answerCallbackQuery", "getUpdates")
SILENT = 4.0
"""Seconds that Telegram says nothing."""

_CHAT_FAULTS: dict[str, Action] = {
    "telegram 429": TooMany(1),
    "telegram 5xx": Refuse(502),
    "telegram silent": Silence(SILENT),
    "telegram drops before": DROP_BEFORE_COMMIT,
    "telegram drops after": DROP_AFTER_COMMIT,
}
_MAIL_FAULTS: dict[str, Action] = {
    "smtp drops before": DROP_BEFORE_COMMIT,
    "smtp drops after": DROP_AFTER_COMMIT,
    "smtp refuses": Refuse(451, "4.3.0 later"),
}
_IMAP_FAULTS: dict[str, Action] = {
    "imap drops before": DROP_BEFORE_COMMIT,
    "imap drops after": DROP_AFTER_COMMIT,
}
_TEXT_FAULTS: dict[str, tuple[str, str, Action]] = {
    "twilio 429 to a poll": ("twilio", "messages.list", TooMany(1)),
    "twilio 429": ("twilio", "messages.create", TooMany(1)),
    "twilio 5xx": ("twilio", "messages.create", Refuse(502)),
    "twilio silent": ("twilio", "messages.list", Silence(SILENT)),
    "twilio drops before": ("twilio", "messages.create", DROP_BEFORE_COMMIT),
    "twilio drops after": ("twilio", "messages.create", DROP_AFTER_COMMIT),
    "twilio without the photo": ("twilio", "media.get", Refuse(502)),
    "android 5xx": ("android", "inbox.list", Refuse(502)),
    "android drops before": ("android", "messages.create", DROP_BEFORE_COMMIT),
    "android drops after": ("android", "messages.create", DROP_AFTER_COMMIT),
}
STRUCK = "killed, answer at smtp"
PAUSED = "paused, mail in hand"
TEXTED = "killed, answer at twilio"
KINDS = (*_CHAT_FAULTS, *_MAIL_FAULTS, *_IMAP_FAULTS, *_TEXT_FAULTS, STRUCK, TEXTED)


class Gateways:
    """Adds rules, and knows which of them have fired."""

    def __init__(self, world: World, rng: Random) -> None:
        self._world = world
        self._rng = rng
        self._rules: list[tuple[str, Rule]] = []

    def add(self, kind: str) -> None:
        """One more fault of this kind, soon."""
        if kind in _CHAT_FAULTS:
            # What was dropped must have been worth something: a card, a draft.
            methods = _CHAT[:1] if "drops" in kind else _CHAT
            self._rule(kind, _CHAT_FAULTS[kind], "telegram", methods, self._rng.randint(1, 3))
        elif kind in _MAIL_FAULTS:
            self._rule(kind, _MAIL_FAULTS[kind], "smtp", ("DATA",), 1)
        elif kind in _TEXT_FAULTS:
            gateway, method, action = _TEXT_FAULTS[kind]
            self._rule(kind, action, gateway, (method,), 1)
        elif kind in (STRUCK, TEXTED):
            part = "run" if "run" in self._world.keeper.parts else "work"
            action = Cut(Moment.COMMIT, strike=self._world.strike(part))
            gateway, method = ("smtp", "DATA") if kind == STRUCK else ("twilio", "messages.create")
            self._rule(kind, action, gateway, (method,), 1)
        else:
            self._rule(kind, _IMAP_FAULTS[kind], "imap", _IMAP, 1)

    def _rule(
        self, kind: str, action: Action, gateway: str, methods: Sequence[str], times: int
    ) -> None:
        method = self._rng.choice(methods)
        # After those that wait for the same: only one of two can befall a request.
        before = [
            rule.nth + (rule.times or 1) - 1 - rule.seen
            for _, rule in self._rules
            if (rule.gateway, rule.method) == (gateway, method)
        ]
        nth = max([0, *before]) + (1 if gateway == "smtp" else self._rng.randint(1, 3))
        rule = self._world.faults.add(action, gateway=gateway, method=method, nth=nth, times=times)
        self._rules.append((kind, rule))

    def fired(self) -> list[str]:
        """The kinds of those that befell a request since the last question."""
        done = [(kind, rule) for kind, rule in self._rules if rule.fired]
        self._rules = [pair for pair in self._rules if pair not in done]
        return [kind for kind, _ in done]

    @property
    def waiting(self) -> list[str]:
        """The kinds of those whose request has not come yet."""
        return [kind for kind, rule in self._rules if not rule.fired]


def pause_with_mail_in_hand(world: World, timeout: float) -> bool:
    """Stop whoever polls as it asks for a mail, let it sleep through its lease, wake it."""
    caught: list[Slot] = []
    stopped = threading.Event()

    def stop(call: Call) -> bool:
        if caught or "BODY" not in str(call.params):
            return False
        slot = world.holder("poll:")
        if slot is not None and world.keeper.signal(slot, signal.SIGSTOP):
            caught.append(slot)
            stopped.set()
        return False  # nothing goes wrong with the request itself

    world.faults.add(
        DROP_BEFORE_COMMIT, gateway="imap", method="UID FETCH", where=_careful(stop), times=None
    )
    if not stopped.wait(timeout):
        return False
    threading.Event().wait(2 * LEASE)
    world.keeper.signal(caught[0], signal.SIGCONT)
    return True


def _careful(look: Callable[[Call], bool]) -> Callable[[Call], bool]:
    def careful(call: Call) -> bool:
        try:
            return look(call)
        except Exception as error:  # noqa: BLE001  (the database may be away just now)
            os.write(2, f"soak: {type(error).__name__}\n".encode())
            return False

    return careful
