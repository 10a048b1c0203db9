"""Twilio's messaging API on loopback, with the people at the other end of it."""

from simulator.twilio.cdn import Cdn
from simulator.twilio.citizens import Citizen
from simulator.twilio.double import ACCOUNT, TOKEN, TwilioDouble
from simulator.twilio.model import Content, Manner, Medium, Message, Received
from simulator.twilio.webhook import signature, status_form, webhook_form
from simulator.twilio.world import World

__all__ = [
    "ACCOUNT",
    "TOKEN",
    "Cdn",
    "Citizen",
    "Content",
    "Manner",
    "Medium",
    "Message",
    "Received",
    "TwilioDouble",
    "World",
    "signature",
    "status_form",
    "webhook_form",
]
