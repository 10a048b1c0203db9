"""Every view by its name: a post, drawn from the truth as it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlmodel import Session

from notifier import (
    card_view,
    case_views,
    file_view,
    notice_view,
    reply_views,
    trouble_views,
    window_views,
)
from notifier.buttons import Rows
from notifier.scene import Scene
from notifier.sheet import Sheet
from pipeline.ports import Office
from pipeline.posts import View
from pipeline.quiet import is_quiet
from store.tables import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message ready for the Bot API."""

    text_html: str
    buttons: Rows
    protect: bool
    """Nobody can pass it on: it may hold a citizen's words."""
    silent: bool


_VIEWS: Mapping[str, Callable[[Scene], tuple[Sheet, Rows]]] = MappingProxyType(
    {
        View.CARD: card_view.card,
        View.CASE: case_views.case,
        View.JOINED: case_views.joined,
        View.FILE: file_view.file,
        View.FOREIGN: case_views.foreign,
        View.MENU: case_views.menu,
        View.LIST: case_views.listing,
        View.ASIDE: case_views.aside,
        View.APPROVAL: reply_views.approval,
        View.FORWARDED: reply_views.forwarded,
        View.NOTE: reply_views.note,
        View.APPROVED: reply_views.approved,
        View.RECEIPT: reply_views.receipt,
        View.CANCELLED: reply_views.cancelled,
        View.DOUBT: trouble_views.doubt,
        View.FAILED: trouble_views.failed,
        View.COPY: reply_views.copy,
        View.CALL: window_views.call,
        View.NOTICE: notice_view.notice,
    }
)


def render(db: Session, post: Post, office: Office, now: datetime, username: str) -> Rendered:
    """Draw a post. Reads only. Raises KeyError for a kind that no view is known for."""
    scene = Scene(db=db, post=post, office=office, now=now, username=username)
    sheet, buttons = draw(scene)
    quiet = is_quiet(office.settings.quiet, now.astimezone(scene.zone).time())
    return Rendered(
        text_html=sheet.html(),
        buttons=buttons,
        protect=post.staff_id is not None,
        silent=quiet and not card_view.urgent(scene),
    )


def render_plainly(
    db: Session, post: Post, office: Office, now: datetime, username: str
) -> Rendered:
    """Draw a card with nothing on it that could fail: its numbers."""
    scene = Scene(db=db, post=post, office=office, now=now, username=username)
    text = card_view.plain(scene).html()
    return Rendered(text_html=text, buttons=(), protect=False, silent=False)


def draw(scene: Scene) -> tuple[Sheet, Rows]:
    """The view that a scene's post names, for whatever shows it. Raises KeyError."""
    return _VIEWS[scene.post.kind](scene)
