"""Short messages by key, some with a choice under them."""

from sqlmodel import col, select

from notifier.buttons import MEDIA, Button, Rows, Verb, data
from notifier.scene import Scene
from notifier.sheet import Sheet
from notifier.texts import TEXTS
from notifier.turn import CHOOSE, MEDIUM
from store.tables import Complaint, Prompt


def notice(scene: Scene) -> tuple[Sheet, Rows]:
    """`params.key` names the text; `params.cases` the complaints to choose from.

    A choice has its buttons for as long as it is awaited.
    """
    params = {name: value for name, value in scene.params.items() if value is not None}
    key = str(params.pop("key", "other"))
    cases = str(params.pop("cases", ""))
    name = f"notice.{key}" if f"notice.{key}" in TEXTS[scene.lang] else "notice.other"
    sheet = scene.sheet()
    sheet.line(scene.say(name, **params))
    if scene.post.complaint_id:
        sheet.line(scene.complaint().number)
    if key == "which-draft":
        return sheet, _cases(scene, cases, Verb.SHOW)
    awaited = scene.db.get(Prompt, scene.post.staff_id)
    if key == "medium" and awaited is not None and awaited.purpose == MEDIUM:
        return sheet, _media(scene)
    if key == "which-case" and awaited is not None and awaited.purpose == CHOOSE:
        return sheet, (*_cases(scene, cases, Verb.CHOOSE), (scene.button(Verb.DROP, 0),))
    return sheet, ()


def _media(scene: Scene) -> Rows:
    buttons = [
        Button(scene.word("medium", medium), data(Verb.MEDIUM, 0, medium)) for medium in MEDIA
    ]
    return tuple(buttons[:2]), tuple(buttons[2:]), (scene.button(Verb.DROP, 0),)


def _cases(scene: Scene, ids: str, verb: Verb) -> Rows:
    wanted = [int(number) for number in ids.split(",") if number]
    found = scene.db.exec(
        select(Complaint)
        .where(col(Complaint.id).in_(wanted), Complaint.facility_id == scene.office.id)
        .order_by(col(Complaint.id))
    )
    return tuple((scene.button(verb, case.id, number=case.number),) for case in found)
