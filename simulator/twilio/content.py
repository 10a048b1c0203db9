"""The Content API: templates and their review.

https://www.twilio.com/docs/content/content-api-resources
"""

from typing import Any

from simulator.twilio.errors import ApiError
from simulator.twilio.model import Content
from simulator.twilio.world import World

_BASE = "https://content.twilio.com/v1/Content"
_CREATED = "2026-01-05T02:00:00Z"


def fetch(world: World, account: str, sid: str) -> dict[str, Any]:
    """https://www.twilio.com/docs/content/content-api-resources#fetch-a-content-resource"""
    content = _find(world, sid)
    return {
        "account_sid": account,
        "date_created": _CREATED,
        "date_updated": _CREATED,
        "friendly_name": content.name,
        "language": content.language,
        "links": {"approval_fetch": f"{_BASE}/{sid}/ApprovalRequests"},
        "sid": sid,
        "types": {"twilio/text": {"body": content.body}},
        "url": f"{_BASE}/{sid}",
        "variables": {},
    }


def approvals(world: World, account: str, sid: str) -> dict[str, Any]:
    """https://www.twilio.com/docs/content/content-api-resources#fetch-an-approval-status-request"""
    content = _find(world, sid)
    return {
        "account_sid": account,
        "sid": sid,
        "url": f"{_BASE}/{sid}/ApprovalRequests",
        "whatsapp": {
            "allow_category_change": True,
            "category": content.category,
            "content_type": "twilio/text",
            "flows": None,
            "name": content.name,
            "rejection_reason": content.rejection_reason,
            "status": content.status,
            "type": "whatsapp",
        },
    }


def _find(world: World, sid: str) -> Content:
    with world.changed:
        content = world.contents.get(sid)
    if content is None:
        raise ApiError(20404, f"/v1/Content/{sid}")
    return content
