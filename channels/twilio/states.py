"""How far a message got, from Twilio's words to ours.

https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from collections.abc import Iterator, Sequence

from channels.message import DeliveryState, StatusUpdate
from channels.twilio.client import TwilioClient
from channels.twilio.refusals import OPTED_OUT, WINDOW_CLOSED, Gone

_STATES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), DeliveryState.ACCEPTED),
    # Of several segments some arrived: the citizen has something, and more may come.
    "partially_delivered": DeliveryState.ACCEPTED,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    **dict.fromkeys(("undelivered", "failed", "canceled"), DeliveryState.FAILED),
}

OUTGOING = frozenset(_STATES)
"""Statuses that only a message of ours can have. What has none of them counts as a citizen's:
rather one card too many than one complaint lost."""


def update(sid: str, status: str, error: str) -> StatusUpdate | None:
    """The status of an outgoing message; None for a word that Twilio does not have for one."""
    state = _STATES.get(status)
    if state is None:
        return None
    failed = state is DeliveryState.FAILED
    return StatusUpdate(
        external_id=sid,
        state=state,
        reason=(error or status) if failed else "",
        window_closed=failed and error == WINDOW_CLOSED,
        opted_out=failed and error == OPTED_OUT,
    )


def ask(client: TwilioClient, sids: Sequence[str]) -> Iterator[StatusUpdate]:
    """Ask for each message by its SID; one that is gone is left out. Raises ChannelError."""
    for sid in sids:
        try:
            found = update(sid, *client.message_status(sid))
        except Gone:
            continue
        if found is not None:
            yield found
