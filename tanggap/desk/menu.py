"""The menu: a list, a case, and what can be decided about it, by typing numbers."""

import json
import uuid
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from notifier.buttons import MEDIA, Verb
from notifier.texts import say, word
from pipeline import desk
from pipeline.desk import access
from pipeline.posts import View
from store.tables import Complaint, Reply
from tanggap.desk import files, views
from tanggap.desk.actions import ACTIONS, Given
from tanggap.desk.session import Done, Session
from tanggap.desk.terminal import Interrupted, paragraphs
from tanggap.desk.views import Choice, Screen
from tanggap.desk.words import words


def run(session: Session) -> None:
    """Until the person leaves. Raises Ended, and Refused when the PIN is locked meanwhile."""
    session.title()
    session.warn()
    page = 1
    while True:
        with session.ctx.store.read() as db:
            text, page, pages = views.listing(session.eyes(db), page)
        session.terminal.say(f"\n{text}")
        typed = session.line(words(session.lang, "list-how")).strip()
        following, previous, record_, aside, leave = words(session.lang, "keys").split()
        match typed.lower():
            case "":
                continue
            case key if key == following:
                page = min(page + 1, pages)
            case key if key == previous:
                page -= 1
            case key if key == record_:
                _record(session)
            case key if key == aside:
                _aside(session)
            case key if key == leave:
                session.say("bye")
                return
            case _:
                _open(session, typed)


def _open(session: Session, typed: str) -> None:
    with session.ctx.store.read() as db:
        cases = desk.find_case(db, session.office, typed)
    if len(cases) == 1:
        _case(session, cases[0].id or 0)
    elif cases:
        session.terminal.say("\n".join([words(session.lang, "which"), *(c.number for c in cases)]))
    else:
        session.refused(desk.Refused("no-such-complaint"))


def _case(session: Session, complaint_id: int) -> None:
    while True:
        try:
            with session.ctx.store.read() as db:
                complaint = access.case(db, session.office, complaint_id)
                screen = views.case(session.eyes(db), complaint)
        except desk.Refused as refused:
            session.refused(refused)
            return
        if not _choose(session, screen, complaint):
            return


def _aside(session: Session) -> None:
    while True:
        try:
            with session.ctx.store.read() as db:
                screen = views.aside(session.eyes(db))
        except desk.Refused as refused:
            session.refused(refused)
            return
        if not _choose(session, screen, None):
            return


def _choose(session: Session, screen: Screen, complaint: Complaint | None) -> bool:
    """Show it and do what is chosen; False when nothing more is."""
    lines = [f"  {position}. {choice.label}" for position, choice in enumerate(screen.choices, 1)]
    session.terminal.say("\n".join(["", screen.text, "", *lines]))
    typed = session.line(words(session.lang, "choose")).strip()
    if not typed or typed == "0":
        return False
    if not (typed.isascii() and typed.isdigit() and int(typed) <= len(screen.choices)):
        session.say("no-choice")
        return True
    choice = screen.choices[int(typed) - 1]
    if choice.action == Verb.APPROVE and not _sure(session, choice):
        session.say("nothing")
    else:
        attempt(session, choice, complaint)
    return True


def attempt(session: Session, choice: Choice, complaint: Complaint | None) -> bool:
    """Ask for what the decision still needs, decide, and say what came of it."""
    action = ACTIONS[choice.action]
    try:
        if choice.action == Verb.FILES and complaint is not None:
            return _save(session, choice, complaint)
        text = ""
        if action.text:
            session.say("write")
            text = paragraphs(session.line)
            if not text:
                session.say("nothing")
                return False
        given = Given(number=choice.number, digest=choice.digest, text=text)
        session.answer(session.decide(action, given))
    except Interrupted:
        session.say("nothing")
        return False
    except desk.Refused as refused:
        if refused.key.startswith("pin-"):
            raise  # not about the decision: whoever sits there is not believed any more
        session.refused(refused)
        return False
    except DBAPIError:
        session.say("busy")
        return False
    return True


def _sure(session: Session, choice: Choice) -> bool:
    with session.ctx.store.read() as db:
        reply = db.get_one(Reply, choice.number)
        scene = session.eyes(db).scene(View.APPROVAL, reply_id=reply.id)
        recipient = scene.party(reply.recipient_name, reply.recipient)
    prompt = words(session.lang, "sure", version=reply.version, recipient=recipient)
    return session.line(prompt).strip().lower() == words(session.lang, "yes")


def _save(session: Session, choice: Choice, complaint: Complaint) -> bool:
    folder = session.line(words(session.lang, "folder")).strip()
    if not folder:
        session.say("nothing")
        return False
    return save(session, choice, complaint, Path(folder).expanduser())


def save(session: Session, choice: Choice, complaint: Complaint, folder: Path) -> bool:
    """Save what the citizen attached, as far as it may be opened. Raises Refused and Ended."""
    if not folder.is_dir():
        session.say("folder-none")
        return False
    done = session.decide(ACTIONS[Verb.FILES], Given(number=choice.number))
    ids = [
        int(json.loads(post.params)["attachment_id"])
        for post in done.posts
        if post.kind == View.FILE
    ]
    whole = True
    try:
        for saved in files.save(session.ctx.store, session.office, complaint.number, ids, folder):
            if isinstance(saved, Path):
                session.say("saved", path=str(saved))
            else:
                name, why = saved
                whole = False
                session.terminal.say(f"{name}: {say(session.lang, f'file.{why}')}")
    except files.NoFolder:
        session.say("folder-none")
        return False
    notices = [post for post in done.posts if post.kind != View.FILE]
    if notices:
        session.answer(Done(posts=notices))
    return whole


def _record(session: Session) -> None:
    lines = [
        f"  {position}. {word(session.lang, 'medium', medium)}"
        for position, medium in enumerate(MEDIA, 1)
    ]
    session.terminal.say("\n".join(lines))
    typed = session.line(words(session.lang, "medium")).strip()
    if typed not in [str(position) for position in range(1, len(MEDIA) + 1)]:
        session.say("nothing")
        return
    contact = session.line(words(session.lang, "contact")).strip()
    name = session.line(words(session.lang, "name")).strip()
    try:
        record(session, MEDIA[int(typed) - 1], contact, name)
    except desk.Refused as refused:
        if refused.key.startswith("pin-"):
            raise
        session.refused(refused)
    except Interrupted:
        session.say("nothing")


def record(session: Session, medium: str, contact: str, name: str) -> bool:
    """Type a complaint in. Raises Refused and Ended."""
    session.say("write")
    text = paragraphs(session.line)
    if not text:
        session.say("nothing")
        return False
    given = Given(
        text=text, medium=medium, contact=contact, name=name, key=f"desk:{uuid.uuid4().hex}"
    )
    session.decide(ACTIONS["record"], given)
    session.terminal.say(say(session.lang, "notice.recording"))
    session.warn()
    return True
