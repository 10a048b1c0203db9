"""The provider's time to answer: when it closes, what happens after, what opens it again.

An approved answer keeps its route and its digest. While the window is closed its parts wait: for
the citizen to write (who is told by a template that an answer is ready), or, where that cannot be,
for a person to telephone. Whatever the citizen writes lets it leave, once.

https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window
"""

from pipeline.window.opening import heard
from pipeline.window.stage import BEFORE, remind_at, window_due
from pipeline.window.waits import (
    approved,
    closed,
    may_leave,
    not_held_any_more,
    template_failed,
    words_of,
)
from pipeline.window.ways import note, prospect, way

__all__ = [
    "BEFORE",
    "approved",
    "closed",
    "heard",
    "may_leave",
    "not_held_any_more",
    "note",
    "prospect",
    "remind_at",
    "template_failed",
    "way",
    "window_due",
    "words_of",
]
