"""What somebody should look at before an answer leaves: lines beside a draft."""

from notifier.scene import Scene
from pipeline.autoreplies import may_reach
from pipeline.desk import precheck
from store.tables import Complaint, Contact, Reply

_MOST = 5
"""Lines about numbers and addresses: who writes more of them sees it after the first few."""


def lookouts(scene: Scene, reply: Reply, complaint: Complaint) -> list[str]:
    """That the citizen wants no messages, and whose numbers and addresses stand in the text."""
    contact = scene.db.get_one(Contact, complaint.contact_id)
    refuses = [] if may_reach(scene.db, contact) else [scene.say("check.opted-out")]
    found = precheck.contacts(scene.db, scene.office, reply.text)[:_MOST]
    return [*refuses, *(scene.say(f"check.{it.kind}", hint=it.hint) for it in found)]
