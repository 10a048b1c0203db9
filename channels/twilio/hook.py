"""What Twilio POSTs to our public address: the same deliveries as polling, only sooner.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import json
from collections.abc import Sequence

from channels.base import Hook
from channels.errors import AuthFailed
from channels.message import Delivery
from channels.text import key, one_line
from channels.twilio.config import TwilioConfig, medium
from channels.twilio.shapes import address
from channels.twilio.states import OUTGOING


def receive(config: TwilioConfig, hook: Hook) -> Sequence[Delivery]:
    """The message or status in it; none where it is about a number that is not configured.

    The address that was signed is the configured one, never the request's own. Raises AuthFailed.
    """
    form = dict(hook.form)
    if not _genuine(config, hook, form):
        raise AuthFailed(
            f"Panggilan webhook untuk akun {config.name} tidak ditandatangani Twilio; periksa"
            " webhook_url dan auth_token di konfigurasi [[twilio]].",
            detail="webhook-signature",
        )
    sid = key(form.get("MessageSid") or form.get("SmsSid", ""))
    status = form.get("MessageStatus") or form.get("SmsStatus", "")
    outgoing = status in OUTGOING
    ours = address(form.get("From" if outgoing else "To", ""))
    if not sid or ours not in config.senders.values():
        return ()
    raw = json.dumps(form, sort_keys=True, separators=(",", ":")).encode()
    return (
        Delivery(
            account=config.name,
            stream=medium(ours),
            transport_id=sid,
            # Each status of a message of ours is news; a citizen's message comes once.
            revision=one_line(status, 40) if outgoing else "0",
            received_at=hook.now,
            raw=raw,
            size=len(raw),
            meta={"medium": medium(ours)},
        ),
    )


def _genuine(config: TwilioConfig, hook: Hook, form: dict[str, str]) -> bool:
    from twilio.request_validator import RequestValidator

    # A name that comes twice is none of Twilio's, and could say one thing to us, another to it.
    if not config.webhook_url or not config.auth_token or len(form) != len(hook.form):
        return False
    signature = hook.headers.get("x-twilio-signature", "")
    validator = RequestValidator(config.auth_token)
    return bool(
        validator.validate(config.webhook_url, form, signature)
        and form.get("AccountSid", config.account_sid) == config.account_sid
    )
