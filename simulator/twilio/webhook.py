"""What Twilio would POST to a public address, and how it signs that.

https://www.twilio.com/docs/messaging/guides/webhook-request
https://www.twilio.com/docs/usage/webhooks/webhooks-security#how-twilio-signs-requests
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from simulator.twilio.model import VERSION, Message, segments


def webhook_form(account: str, message: Message, url: str, name: str = "") -> dict[str, str]:
    """The fields for a message that came in; `url` is where media addresses begin."""
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsMessageSid": message.sid,
        "AccountSid": account,
        "ApiVersion": VERSION,
        "From": message.sender or "",
        "To": message.to,
        "Body": message.body,
        "SmsStatus": "received",
        "NumMedia": str(len(message.media)),
        "NumSegments": "1" if message.medium == "whatsapp" else str(segments(message.body)),
    }
    for place, medium in enumerate(message.media):
        path = f"/{VERSION}/Accounts/{account}/Messages/{message.sid}/Media/{medium.sid}"
        form[f"MediaUrl{place}"] = url + path
        form[f"MediaContentType{place}"] = medium.content_type
    if message.medium == "whatsapp":
        form["WaId"] = form["From"].removeprefix("whatsapp:").removeprefix("+")
        form["MessageType"] = _kind(message)
        if name:
            form["ProfileName"] = name
    return form | dict(message.about)


def status_form(account: str, message: Message) -> dict[str, str]:
    """The fields for a message's new status.

    https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
    """
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "AccountSid": account,
        "ApiVersion": VERSION,
        "From": message.sender or "",
        "To": message.to,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
    }
    return form if message.error_code is None else form | {"ErrorCode": str(message.error_code)}


def signature(token: str, url: str, form: Mapping[str, Any]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the address and the fields in the order of names."""
    said = url + "".join(name + str(form[name]) for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def _kind(message: Message) -> str:
    if "Latitude" in message.about:
        return "location"
    if "ButtonText" in message.about:
        return "button"
    return message.media[0].content_type.partition("/")[0] if message.media else "text"
