"""Every channel there is, one line each."""

from collections.abc import Mapping

from channels.android.adapter import AndroidChannel
from channels.base import Channel
from channels.email.adapter import EmailChannel
from channels.gammu.adapter import GammuChannel
from channels.manual import ManualChannel
from channels.twilio.adapter import TwilioChannel

CHANNELS: Mapping[str, type[Channel]] = {
    "android": AndroidChannel,
    "email": EmailChannel,
    "gammu": GammuChannel,
    "manual": ManualChannel,
    "twilio": TwilioChannel,
}
"""Name (in the configuration, the register and the database) → adapter."""
