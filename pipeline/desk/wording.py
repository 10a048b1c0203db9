"""The parts in which an answer leaves, which the gateway of its way makes of the approved text."""

from channels.base import Sends, Splits
from channels.message import RouteKind
from store.tables import Complaint, Reply


def wordings(sender: Sends | None, reply: Reply, complaint: Complaint) -> list[str]:
    """The texts of the parts in their order: the same for the same version, for ever.

    Each bears the complaint's number and the version where the gateway has no other mark by which
    it is found again.
    """
    if isinstance(sender, Splits) and reply.route != RouteKind.MANUAL:
        return list(sender.split(reply.text, f"{complaint.number}/{reply.version}"))
    return [reply.text]
