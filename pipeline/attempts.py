"""An attempt to send a part: what is handed over, and how long to wait for the next."""

from channels.errors import ChannelError, Transient
from channels.message import OutboundReply, RouteKind
from pipeline.ports import Context
from store.tables import Reply, ReplyPart

LONGEST_WAIT = 3600.0
"""Seconds between tries at most; doubled each time from `retry_seconds`."""
LONGEST_ASKED = 86_400.0
"""Seconds of the provider's own wait that are believed."""
MAX_TRIES = 12
"""Definite refusals until it is given up: some nine hours by default."""
FIRST_ASKED = 10.0
"""Seconds after which a gateway is first asked what became of what it took."""


def outbound(part: ReplyPart, reply: Reply) -> OutboundReply:
    """A part as the adapter takes it."""
    return OutboundReply(
        part=part.id or 0,
        route=RouteKind(reply.route),
        recipient=reply.recipient,
        recipient_name=reply.recipient_name,
        subject=reply.subject,
        text=part.text,
        external_id=part.external_id,
        in_reply_to=reply.in_reply_to,
        references=tuple(reply.references.split()),
        since=part.started_at,
    )


def wait(ctx: Context, tries: int, error: ChannelError | None = None) -> float:
    """Seconds until the next try after so many, or as long as the gateway asked for."""
    pause = min(ctx.settings.retry_seconds * 2.0 ** min(tries - 1, 10), LONGEST_WAIT)
    asked = error.retry_after if isinstance(error, Transient) else None
    return max(pause, min(asked or 0.0, LONGEST_ASKED))
