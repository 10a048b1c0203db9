"""What a provider hands over by calling us: committed raw before it is told that we have it.

The same inbox as that of the poller, under the same key: what was polled already, or comes
again, adds nothing. No cursor moves, so the next poll looks at everything once more.
"""

from collections import defaultdict

from channels.base import Batch, Hook, Receives
from channels.message import Delivery
from pipeline.ports import Context, Office
from store import deliveries


def take(ctx: Context, office: Office, account: str, channel: Receives, hook: Hook) -> int:
    """Keep what is in a provider's call; how many of it are new. Returns after the commit.

    Raises AuthFailed where the call is not the provider's.
    """
    streams: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in channel.receive(hook):
        streams[delivery.stream].append(delivery)
    batches = [Batch(stream=name, deliveries=them, cursor=None) for name, them in streams.items()]
    keys = [deliveries.adopt(ctx.store.blobs, batch) for batch in batches]
    if not batches:
        return 0
    with ctx.store.write("ingest.hook", facility=office.id) as db:
        added = sum(
            deliveries.keep(db, office.id, office.accounts[account], batch, ctx.clock(), key)
            for batch, key in zip(batches, keys, strict=True)
        )
    if added:
        ctx.wake("record")
    return added
