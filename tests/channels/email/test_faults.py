"""The connection to a real server breaks at every command, at each of its three moments."""

from collections.abc import Iterator

import pytest

from channels.base import Polls
from channels.email import bodies
from channels.email.adapter import EmailChannel
from channels.errors import Ambiguous, Transient
from simulator.faults import Action, Cut, FaultPlan, Moment, Refuse, Silence, TooMany
from simulator.mail import MailWorld
from simulator.proxy import ImapProxy
from tests.channels.email.test_compose import part
from tests.channels.world import NOW, Desk, Mailbox, mail

pytestmark = pytest.mark.dovecot
COMMANDS = ["LOGIN", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH"]
KINDS: list[Action] = [
    *(Cut(moment) for moment in Moment),
    Silence(2),
    TooMany(60),
    Refuse(0, "[UNAVAILABLE] nanti"),
]


@pytest.fixture
def faults() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
def sink(mailbox: Mailbox, faults: FaultPlan) -> Iterator[MailWorld]:
    with MailWorld(faults=faults, user=mailbox.user, password=mailbox.server.password) as sink:
        yield sink


@pytest.fixture
def channel(mailbox: Mailbox, faults: FaultPlan) -> Iterator[EmailChannel]:
    with ImapProxy(mailbox.server.port, faults=faults) as proxy:
        config = mailbox.config(port=proxy.port, read_timeout=0.4)
        adapter = EmailChannel(config, key=b"kunci-uji", clock=lambda: NOW)
        yield adapter
        adapter.close()


def persist(desk: Desk, channel: Polls) -> int:
    """Poll until it ends well; how often it did not."""
    for failures in range(10):
        try:
            desk.poll(channel)
        except Transient:
            continue
        return failures
    raise AssertionError("it never ended well")


@pytest.mark.parametrize("action", KINDS, ids=lambda action: str(action)[:40])
@pytest.mark.parametrize("command", COMMANDS)
def test_whatever_breaks_off_is_taken_up_again(
    mailbox: Mailbox,
    channel: EmailChannel,
    faults: FaultPlan,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    action: Action,
) -> None:
    monkeypatch.setattr(bodies, "BATCH_BYTES", 2 * len(mail("m0")))
    mailbox.put(*(mail(f"m{n}") for n in range(4)))
    rule = faults.add(action, gateway="imap", method=command)

    failures = persist(desk, channel)

    assert rule.fired
    # What breaks after the answer has come is noticed at the next command, if at all.
    assert failures == 1 or (failures == 0 and action == Cut(Moment.ANSWER))
    assert len(desk.taken) == len(set(desk.taken)) == 4


@pytest.mark.parametrize("nth", range(1, 8))
def test_a_large_mail_survives_a_break_at_every_range(
    mailbox: Mailbox, channel: EmailChannel, faults: FaultPlan, desk: Desk, nth: int
) -> None:
    large = mail("besar", 4 * bodies.RANGE)
    mailbox.put(mail("awal"), large, mail("akhir"))
    faults.add(Cut(Moment.COMMIT), gateway="imap", method="UID FETCH", nth=nth)

    persist(desk, channel)

    assert list(desk.bodies.values()) == [mail("awal"), large, mail("akhir")]
    assert [path.name for path in desk.spool.iterdir()] == [
        delivery.raw.name
        for batch in desk.batches
        for delivery in batch.deliveries
        if not isinstance(delivery.raw, bytes)
    ]


def test_a_line_that_carries_one_range_at_a_time_still_brings_the_mail(
    mailbox: Mailbox, channel: EmailChannel, faults: FaultPlan, desk: Desk
) -> None:
    """Sizes, one range, gone: over and over. What is on the disk is not fetched again."""
    large = mail("besar", 9 * bodies.RANGE)
    mailbox.put(large)
    for life in range(9):
        faults.add(Cut(Moment.RECEIPT), gateway="imap", method="UID FETCH", nth=3 * life + 3)

    failures = persist(desk, channel)

    assert failures == 9
    assert list(desk.bodies.values()) == [large]


@pytest.mark.parametrize(
    ("action", "kind", "arrived"),
    [
        (Cut(Moment.RECEIPT), Ambiguous, 0),
        (Cut(Moment.COMMIT), Ambiguous, 1),
        (Silence(2), Ambiguous, 0),
        (Refuse(451, "4.3.0 nanti"), Transient, 0),
    ],
    ids=str,
)
def test_a_break_after_the_text_began_is_in_doubt(
    mailbox: Mailbox,
    sink: MailWorld,
    faults: FaultPlan,
    action: Action,
    kind: type[Exception],
    arrived: int,
) -> None:
    config = mailbox.config(smtp_port=sink.port, read_timeout=0.4)
    channel = EmailChannel(config, key=b"kunci-uji", clock=lambda: NOW)
    faults.add(action, gateway="smtp", method="DATA")
    reply = part(external_id=channel.external_id(7))

    with pytest.raises(kind):
        channel.send(reply)

    assert len(sink.letters()) == arrived


def test_a_copy_whose_filing_broke_off_is_not_filed_twice(
    channel: EmailChannel, mailbox: Mailbox, faults: FaultPlan
) -> None:
    reply = part(external_id=channel.external_id(7))
    faults.add(Cut(Moment.COMMIT), gateway="imap", method="APPEND")
    with pytest.raises(Transient):
        channel.file_sent(reply)

    assert channel.file_sent(reply)

    mailbox.program.select_folder("Sent")
    assert mailbox.program.search("ALL") == [1]
