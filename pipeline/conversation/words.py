"""Words of command: what a citizen asks the desk itself for, and nothing else besides."""

import re
from enum import StrEnum

from pipeline.conversation.plain import plain


class Command(StrEnum):
    """A word by which a citizen asks the desk itself for something."""

    RELEASE = "release"
    """LIHAT: let the answer that waits come."""
    STOP = "stop"
    """STOP, BERHENTI: no messages any more."""
    START = "start"
    """MULAI: messages again."""
    SATISFIED = "satisfied"
    """PUAS."""
    UNSATISFIED = "unsatisfied"
    """BELUM."""
    AGREED = "agreed"
    """SETUJU, «YA, sudah jelas»: a signature at a distance."""


VERDICTS = frozenset({Command.SATISFIED, Command.UNSATISFIED, Command.AGREED})
"""What only somebody who has an answer can say; «belum» besides is a word like any other."""

_TABLE: dict[Command, str] = {
    Command.RELEASE: (
        "lihat|liat|lht|lhat|liht|lihta|lihay|lihat jawaban|lihat balasan|balas lihat|ningali|"
        "tingali|ndelok|delok|mirsani"
    ),
    Command.STOP: (
        "stop|stp|setop|stopp|stopall|stop all|sotp|berhenti|brhenti|berenti|brenti|bernti|"
        "berhneti|unsubscribe|unsubscrib|unsub|stop pesan|stop kirim pesan|stop sms|stop wa|"
        "berhenti berlangganan|jangan kirim pesan lagi|jgn kirim pesan lagi|mandheg|eureun"
    ),
    Command.START: "mulai|mulay|mulei|mula i|mlai|start|strt|unstop|mulai lagi|mimiti|miwiti",
    Command.SATISFIED: "puas|pus|sudah puas|sdh puas|udah puas|saya puas|puas sekali|puas bgt",
    Command.UNSATISFIED: "belum|blm|belom|blum|blom|belun|belum puas|blm puas|blm puas saya",
    Command.AGREED: (
        "setuju|stuju|setujui|setju|setuju pak|setuju bu|ya setuju|sy setuju|saya setuju|"
        "ya sudah jelas|ya sdh jelas|ya udah jelas|iya sudah jelas|iya sdh jelas|iya udah jelas|"
        "ya jelas|sudah jelas|sdh jelas|y sudah jelas|nggih sampun jelas|sampun jelas|"
        "muhun tos jelas|tos jelas|sarujuk"
    ),
}
_COMMANDS = {words: meaning for meaning, table in _TABLE.items() for words in table.split("|")}
_ADDRESSED = re.compile(r"(?: (?:min|pak|bu|kak|mas|mbak|mba|dok|ya|dong|donk|aja|saja))+\Z")
_NUMBER = re.compile(r" ?(?:(?:no|nomor|nomer|nmr|adu) ?)?(?:(?:adu )?20\d\d )?0*(\d{1,6})\Z")


def command(text: str) -> Command | None:
    """The command that this message is, and nothing else besides; None for a text. A case's
    number may follow («LIHAT 0042»).
    """
    return _read(text)[0]


def named_serial(text: str) -> int | None:
    """The number that follows a command, without its year."""
    return _read(text)[1]


def _read(text: str) -> tuple[Command | None, int | None]:
    if len(text) > 60:
        return None, None
    words = plain(text)
    number = _NUMBER.search(words)
    bare = words[: number.start()] if number else words
    for candidate in (bare, _ADDRESSED.sub("", bare)):
        if found := _COMMANDS.get(candidate):
            return found, int(number[1]) if number else None
    return None, None
