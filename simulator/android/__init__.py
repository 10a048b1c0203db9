"""A phone with the app SMS Gateway for Android on loopback, and the people it writes with."""

from simulator.android.double import PASSWORD, USER, AndroidDouble
from simulator.android.phone import Citizen, Phone
from simulator.android.shapes import Incoming, Outgoing, Received

__all__ = [
    "PASSWORD",
    "USER",
    "AndroidDouble",
    "Citizen",
    "Incoming",
    "Outgoing",
    "Phone",
    "Received",
]
