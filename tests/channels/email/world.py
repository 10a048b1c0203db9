"""Email for the contract: a mailbox in a real Dovecot, an SMTP sink, and their absence."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from channels.email import bodies
from channels.email.adapter import EmailChannel
from channels.email.config import EmailConfig
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
            )


def _channel(config: EmailConfig) -> EmailChannel:
    return EmailChannel(config, key=b"kunci-uji", clock=lambda: NOW)
