"""Which channels people talk on: in short messages, several for one matter."""

CHAT_CHANNELS = frozenset({"twilio", "android", "gammu"})
"""Registry names. Mail is not among them, nor is what a clerk types in."""


def is_chat(channel: str) -> bool:
    """Whether messages of this channel are read as a conversation."""
    return channel in CHAT_CHANNELS
