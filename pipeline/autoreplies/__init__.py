"""What the desk says to a citizen by itself: who gets it, when, and in which words."""

from pipeline.autoreplies.due import heard
from pipeline.autoreplies.rules import may_reach
from pipeline.autoreplies.words import Words, words

__all__ = ["Words", "heard", "may_reach", "words"]
