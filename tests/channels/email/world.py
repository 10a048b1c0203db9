"""Email for the contract: a mailbox in a real Dovecot, an SMTP sink, and their absence."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from channels.email import bodies
from channels.email.adapter import EmailChannel
from channels.email.config import EmailConfig
from simulator.faults import DROP_AFTER_COMMIT, Refuse
from simulator.mail import MailWorld
from simulator.net import free_port
from tests.channels.contract import World
from tests.channels.email.test_compose import part
from tests.channels.world import NOW, Mailbox, mail


@contextmanager
def open_world(request: pytest.FixtureRequest) -> Iterator[World]:
    mailbox: Mailbox = request.getfixturevalue("mailbox")
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.setattr(bodies, "BATCH_BYTES", 3 * len(mail("m")))
    password = mailbox.server.password
    with MailWorld(user=mailbox.user, password=password) as sink:
        config = mailbox.config(smtp_port=sink.port)
        with closing(_channel(config)) as channel:
            yield World(
                channel=channel,
                unplugged=_channel(mailbox.config(port=free_port(), smtp_port=free_port())),
                locked_out=_channel(mailbox.config(password="s4lah", smtp_port=sink.port)),
                secrets=(password, "s4lah", mailbox.user, "warga@contoh.example"),
                arrive=lambda number: mailbox.put(*(mail(f"m{n}") for n in range(number))),
                reply=part(external_id=channel.external_id(7)),
                taken=lambda: len(sink.letters()),
                drop=lambda: sink.faults.add(DROP_AFTER_COMMIT, method="DATA"),
                throttle_send=lambda: sink.faults.add(Refuse(451, "4.7.0 later"), method="DATA"),
                lacks={
                    "throttle_poll": "Dovecot does not throttle; a BYE is tried in test_faults.py",
                    "withdraw": "a mail cannot be taken back",
                    "finds": "only where the provider files Sent by itself: test_adapter.py",
                },
            )


def _channel(config: EmailConfig) -> EmailChannel:
    return EmailChannel(config, key=b"kunci-uji", clock=lambda: NOW)
