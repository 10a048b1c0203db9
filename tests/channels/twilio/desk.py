"""A desk that commits what is polled, at a time that the test moves."""

from pathlib import Path

from channels.base import Batch, ChannelState
from channels.message import Message
from channels.twilio.adapter import TwilioChannel
from tests.channels.contract import Committed
from tests.doubles import ManualClock


class Desk(Committed):
    """Commits as ingest does, at the clock's time."""

    def __init__(self, spool: Path, clock: ManualClock) -> None:
        super().__init__(spool)
        self.clock = clock

    def state(self) -> ChannelState:
        return ChannelState(cursors=dict(self.cursors), spool=self.spool, now=self.clock())

    def news(self, channel: TwilioChannel) -> list[str]:
        """The texts that one more look brings, in order."""
        texts = []
        for batch in channel.poll(self.state()):
            self.commit(batch)
            texts += [text_of(channel, batch, n) for n in range(len(batch.deliveries))]
        return texts


def text_of(channel: TwilioChannel, batch: Batch, n: int) -> str:
    (event,) = channel.parse(batch.deliveries[n])
    assert isinstance(event, Message)
    return event.text
