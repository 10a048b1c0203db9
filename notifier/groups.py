"""The teams' groups: where the bot belongs, and what becomes of them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from pipeline import posts
from pipeline.ports import Office
from pipeline.posts import View
from store.states import Role
from store.tables import Group, Staff


def of_chat(db: Session, chat_id: int) -> Group | None:
    """The group of one of our facilities that is this chat."""
    return db.exec(select(Group).where(Group.chat_id == chat_id)).first()


def move(db: Session, old: int, new: int) -> None:
    """A group became a supergroup under a new id."""
    db.execute(update(Group).where(col(Group.chat_id) == old).values(chat_id=new, broken=""))


def removed(db: Session, now: datetime, group: Group, offices: Mapping[int, Office]) -> None:
    """The bot was thrown out: cards have nowhere to stand, and the coordinators are told."""
    if group.broken or group.facility_id not in offices:
        return
    group.broken = "removed"
    coordinators = select(Staff.id).where(
        Staff.facility_id == group.facility_id,
        Staff.role == Role.COORDINATOR,
        col(Staff.active),
    )
    for staff_id in db.exec(coordinators):
        posts.ask(
            db,
            View.NOTICE,
            facility_id=group.facility_id,
            now=now,
            staff_id=staff_id,
            params={"key": "group-broken"},
        )
