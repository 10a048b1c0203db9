"""Email: IMAP in, SMTP out, and the reading of what citizens' mail programs write."""

from channels.email.quotes import new_text
from channels.email.reader import parse
from channels.email.sorting import events, fetch

__all__ = ["events", "fetch", "new_text", "parse"]
