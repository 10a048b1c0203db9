"""The Telegram Bot API on loopback, with the people on the other side of it."""

from simulator.telegram.double import Telegram
from simulator.telegram.group import Group
from simulator.telegram.limits import Flood
from simulator.telegram.model import Button, Seen
from simulator.telegram.people import Person, Room
from simulator.telegram.world import World

__all__ = ["Button", "Flood", "Group", "Person", "Room", "Seen", "Telegram", "World"]
