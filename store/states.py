"""The words for where a thing stands. Slugs are stored and shown to programs; what people read
are translations of them.
"""

from enum import StrEnum


class Disposition(StrEnum):
    """What became of a delivery. Every one ends in exactly one of these but `pending`."""

    PENDING = "pending"
    RECORDED = "recorded"
    JOINED = "joined"
    DUPLICATE = "duplicate"
    STATUS = "status"
    ECHO = "echo"
    SET_ASIDE = "set-aside"
    QUARANTINED = "quarantined"


class Kind(StrEnum):
    """What a citizen's message is."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    QUESTION = "question"
    PRAISE = "praise"
    EMERGENCY = "emergency"
    PRESS = "press"
    NOT_A_COMPLAINT = "not-a-complaint"


class Status(StrEnum):
    """How far a complaint has come."""

    NEW = "new"
    TAKEN = "taken"
    DRAFTED = "drafted"
    APPROVED = "approved"
    ANSWERED = "answered"
    AWAITING_COMPLAINANT = "awaiting-complainant"
    ESCALATED = "escalated"
    CLOSED = "closed"
    SET_ASIDE = "set-aside"


OPEN = (
    Status.NEW,
    Status.TAKEN,
    Status.DRAFTED,
    Status.APPROVED,
    Status.AWAITING_COMPLAINANT,
    Status.ESCALATED,
)
"""The statuses of a case that still waits for the desk or the citizen."""


class SendState(StrEnum):
    """How far an effect on the outside has got. It never moves backwards, with one exception:
    a definite refusal takes `sending` back to `pending`, because nothing was done; so does the
    gateway's later word that the time to answer was over (`accepted`), and then it waits.
    """

    HELD = "held"
    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


AT_GATEWAY = (SendState.ACCEPTED, SendState.DELIVERED, SendState.READ)
"""The gateway has it."""


class Role(StrEnum):
    """What a member of staff may do at the desk."""

    CLERK = "clerk"
    TEAM = "team"
    COORDINATOR = "coordinator"
    HEAD = "head"
    QUALITY = "quality"
    UNIT = "unit"
    DINAS = "dinas"


class ReplyKind(StrEnum):
    """What a reply is to the citizen."""

    ANSWER = "answer"
    QUESTION = "question"
    CORRECTION = "correction"


class AutoReplyKind(StrEnum):
    """What the desk says to a citizen by itself."""

    RECEIPT = "receipt"
    EMERGENCY = "emergency"
    TEMPLATE = "template"
    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"


class UpdateState(StrEnum):
    """How far an update from the team's chat has got."""

    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


class SuggestionState(StrEnum):
    """What a person made of a suggestion to join two complaints."""

    OPEN = "open"
    JOINED = "joined"
    REJECTED = "rejected"
