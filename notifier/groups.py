"""The teams' groups: where the bot belongs, and where they move."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import Session, col, select

from store.tables import Group


def of_chat(db: Session, chat_id: int) -> Sequence[Group]:
    """The groups of our facilities that are this chat: none, one, or several that share it."""
    query = select(Group).where(Group.chat_id == chat_id).order_by(col(Group.facility_id))
    return db.exec(query).all()


def move(db: Session, old: int, new: int) -> None:
    """A group became a supergroup under a new id."""
    well = {"broken": "", "failing_since": None, "failing_why": ""}
    db.execute(update(Group).where(col(Group.chat_id) == old).values(chat_id=new, **well))
