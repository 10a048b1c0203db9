"""What nobody needs any more goes, once a day and a little at a time."""

from datetime import timedelta

from store import deliveries
from store.engine import Store

KEPT = timedelta(days=1)
"""How long a file stays that no row names: a backup, or whoever is between adopting it and naming
it, takes less.
"""
MOST = 1000
"""Removed in one go; the rest tomorrow."""


def forget_blobs(store: Store, most: int = MOST) -> int:
    """Remove files that no delivery and no attachment names, brought longer than `KEPT` ago; how
    many.
    """
    gone = 0
    for keys in store.blobs.old(KEPT):
        with store.read() as db:
            named = deliveries.named_blobs(db, keys)
        for key in keys:
            # What is brought again from now on is not old: `remove` looks at that once more.
            gone += key not in named and store.blobs.remove(key, KEPT)
            if gone >= most:
                return gone
    return gone
