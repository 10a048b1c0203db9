"""Whether the team's chat can be reached, by what was last tried: since when not, and why not.

Two directions fail apart from each other: cards to the group (a facility's `team_group` row,
written by the stage `post`) and what people tap and write (a bot's row, written by its listener).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from channels.errors import Ambiguous, AuthFailed, Transient
from pipeline import posts
from pipeline.ports import GroupGone
from store.states import Role
from store.tables import Alert, Bot, Group, Staff
from store.upsert import insert_into


class Why(StrEnum):
    """The reasons, as they are stored; the notifier and the doctor have the words."""

    REMOVED = "removed"
    """The bot is not in the group, or the group is no more."""
    RESTRICTED = "restricted"
    """The bot is in the group and may not write there."""
    NO_GROUP = "no-group"
    """No group was ever named."""
    TOKEN = "token"  # noqa: S105  (no secret)
    """The bot's token is refused."""
    AWAY = "away"
    """The provider cannot be reached."""
    SILENT = "silent"
    """It is reached and gives no answer, or none that can be understood."""
    BUSY = "busy"
    """It wants to be left alone for a while."""
    CONFLICT = "conflict"
    """Another program listens under the same token."""
    REFUSED = "refused"
    """It refuses what is asked, for a reason of ours."""


GROUP_LOST = (f"group-{Why.REMOVED}", f"group-{Why.RESTRICTED}")
"""Keys of what those who lead the desk are told when cards have nowhere to go."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong since when."""

    since: datetime
    why: Why


def why(error: Exception) -> Why:
    """The reason that an error of the chat stands for."""
    match error:
        case GroupGone():
            return Why(error.why) if error.why in list(Why) else Why.REMOVED
        case AuthFailed():
            return Why.TOKEN
        case Transient(detail="409"):
            return Why.CONFLICT
        case Transient(retry_after=float() | int()):
            return Why.BUSY
        case Transient():
            return Why.AWAY
        case Ambiguous():
            return Why.SILENT
    return Why.REFUSED


def chat_down_since(db: Session, facility_id: int) -> datetime | None:
    """Since when no card gets into the facility's group; None while all is well, as far as was
    tried. Without a group: since the oldest alert that waits for one.
    """
    trouble = chat_trouble(db, facility_id)
    return trouble.since if trouble else None


def chat_trouble(db: Session, facility_id: int) -> Trouble | None:
    """The same with its reason."""
    group = db.get(Group, facility_id)
    if group is not None:
        return _trouble(group.failing_since, group.failing_why)
    oldest = db.exec(
        select(func.min(Alert.created_at)).where(
            Alert.facility_id == facility_id, col(Alert.post_id).is_(None)
        )
    ).one()
    return _trouble(oldest, Why.NO_GROUP)


def chat_failed(db: Session, facility_id: int, reason: Why, now: datetime) -> None:
    """A card did not get there. The first failure since the last success dates it; `store.posts`
    ends it when a post is placed in the group.
    """
    db.execute(
        update(Group)
        .where(col(Group.facility_id) == facility_id)
        .values(failing_since=func.coalesce(Group.failing_since, now), failing_why=str(reason))
    )


def group_lost(db: Session, facility_id: int, reason: Why, now: datetime) -> None:
    """Nothing can be written to the group until a person mends it: whoever leads the desk is told
    in private, once a loss and reason.
    """
    group = db.get(Group, facility_id)
    if group is None or group.broken == reason:
        return
    group.broken = reason
    chat_failed(db, facility_id, reason, now)
    tell_leads(db, facility_id, now, f"group-{reason}")


def person_lost(db: Session, facility_id: int, staff: Staff, now: datetime) -> None:
    """Nothing can be written to this person until they press Start: the others are told."""
    if staff.started:
        tell_leads(db, facility_id, now, "person-lost", besides=staff.id, name=staff.name)
    staff.started = False


def tell_leads(
    db: Session,
    facility_id: int,
    now: datetime,
    key: str,
    *,
    besides: int | None = None,
    **params: str | int | None,
) -> None:
    """Ask for a short text in the private chat of every coordinator and head."""
    leads = select(Staff.id).where(
        Staff.facility_id == facility_id,
        col(Staff.role).in_((Role.COORDINATOR, Role.HEAD)),
        col(Staff.active),
        col(Staff.telegram_id).is_not(None),
    )
    for staff_id in db.exec(leads.order_by(col(Staff.id))).all():
        if staff_id != besides:
            posts.ask(
                db,
                posts.View.NOTICE,
                facility_id=facility_id,
                now=now,
                staff_id=staff_id,
                params={"key": key, **params},
            )


def listening_failed(db: Session, bot_id: int, reason: Why, now: datetime) -> None:
    """Nothing could be heard from this bot's chats."""
    new = {"bot_id": bot_id, "failing_since": now, "failing_why": str(reason)}
    db.execute(insert_into(db, Bot).on_conflict_do_nothing(), new)
    since = func.coalesce(Bot.failing_since, now)
    db.execute(
        update(Bot)
        .where(col(Bot.bot_id) == bot_id)
        .values(failing_since=since, failing_why=str(reason))
    )


def listening_worked(db: Session, bot_id: int) -> None:
    """It was heard again."""
    well = {"failing_since": None, "failing_why": ""}
    db.execute(update(Bot).where(col(Bot.bot_id) == bot_id).values(well))


def listening_trouble(db: Session, bot_id: int) -> Trouble | None:
    """Since when the bot's chats cannot be heard: taps and answers wait there."""
    bot = db.get(Bot, bot_id)
    return _trouble(bot.failing_since, bot.failing_why) if bot else None


def _trouble(since: datetime | None, reason: str) -> Trouble | None:
    if since is None:
        return None
    return Trouble(since, Why(reason) if reason in list(Why) else Why.REFUSED)
