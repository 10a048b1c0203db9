"""The truth, table by table. Everything belongs to a facility.

Datetimes are aware and UTC. Moments of leases are seconds since 1970 by the database's own
clock (see `store.clock`), because two hosts need not agree on the time. `table=True` models do
not validate: what comes from outside is checked before it gets here.
"""

from store.tables.alerts import Alert, AlertCopy, AlertMail
from store.tables.answers import Approval, AutoReply, Reply, ReplyPart
from store.tables.cases import Attachment, Complaint, Contact, Message, Suggestion
from store.tables.chat import Bot, Group, Post, Prompt, Update
from store.tables.columns import metadata
from store.tables.facilities import Account, Counter, Cursor, Facility, Lease, Secret
from store.tables.intake import Blob, BlobChunk, Delivery
from store.tables.people import Invite, Staff
from store.tables.trail import Event, EventText

__all__ = [
    "Account",
    "Alert",
    "AlertCopy",
    "AlertMail",
    "Approval",
    "Attachment",
    "AutoReply",
    "Blob",
    "BlobChunk",
    "Bot",
    "Complaint",
    "Contact",
    "Counter",
    "Cursor",
    "Delivery",
    "Event",
    "EventText",
    "Facility",
    "Group",
    "Invite",
    "Lease",
    "Message",
    "Post",
    "Prompt",
    "Reply",
    "ReplyPart",
    "Secret",
    "Staff",
    "Suggestion",
    "Update",
    "metadata",
]
