"""Messages into the phone under ids of our own: one that it has already, it does not take again.

https://docs.sms-gate.app/features/sending-messages/
https://docs.sms-gate.app/features/status-tracking/
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from channels.android.client import AndroidClient, Answer
from channels.errors import Ambiguous, Permanent, Transient
from channels.message import DeliveryState, OutboundReply, Receipt, StatusUpdate
from channels.phone import e164, later_ids

_STATES = {
    "Sent": DeliveryState.ACCEPTED,
    "Delivered": DeliveryState.DELIVERED,
    "Failed": DeliveryState.FAILED,
    "Cancelled": DeliveryState.FAILED,
}
"""Pending, Processed and Cancelling are still on their way."""
_CODE = re.compile(r"RESULT_[A-Z_]{3,60}|TTL expired|Can't parse number")
"""What of the app's words names nobody."""


class Sender:
    """Any thread may."""

    def __init__(self, client: AndroidClient) -> None:
        self._client = client

    def send(self, part: OutboundReply, now: datetime) -> Receipt:
        """Hand it over, unless the phone has it already. Raises ChannelError."""
        if not e164(part.recipient):
            raise Permanent("Nomor tujuan SMS tidak dapat dipakai; jawab dengan cara lain.")
        for chosen in later_ids(part.external_id):
            answer = self._client.post(
                "/messages",
                {
                    "id": chosen,
                    "textMessage": {"text": part.text},
                    "phoneNumbers": [part.recipient],
                    "withDeliveryReport": True,
                },
            )
            if answer.status in (200, 201, 202):
                return Receipt(external_id=chosen, at=now)
            if answer.status != 409:
                raise self._refused(answer)
            if not self._failed(chosen, part.recipient):
                return Receipt(external_id=chosen, at=now)
        raise Permanent("SMS ini sudah sembilan kali gagal dikirim ponsel; jawab dengan cara lain.")

    def status(self, external_ids: Sequence[str]) -> Iterator[StatusUpdate]:
        """How far each has got; what the phone has forgotten is left out. Raises ChannelError."""
        for chosen in external_ids:
            message = self._message(chosen)
            state = _STATES.get(str(message.get("state")))
            if state is not None:
                failed = state is DeliveryState.FAILED
                yield StatusUpdate(
                    external_id=chosen, state=state, reason=_reason(message) if failed else ""
                )

    def _failed(self, chosen: str, recipient: str) -> bool:
        """Whether what the phone has under this id came to nothing, so that it may go again."""
        try:
            message = self._message(chosen)
        except Transient as error:
            # It is there; whether it failed is asked for when the same id is tried again.
            raise Ambiguous(error.text, detail=error.detail) from None
        numbers = {e164(str(it.get("phoneNumber"))) for it in _recipients(message)} - {""}
        if numbers and e164(recipient) not in numbers:
            raise Permanent(
                "Ponsel SMS sudah memakai nomor pesan ini untuk orang lain, mungkin karena Tanggap "
                "dipulihkan dari cadangan; jawab dengan cara lain.",
            )
        return _STATES.get(str(message.get("state"))) is DeliveryState.FAILED

    def _message(self, chosen: str) -> Mapping[str, Any]:
        answer = self._client.get(f"/messages/{chosen}")
        if answer.status == 404:
            return {}
        if answer.status != 200:
            raise self._client.refusal(answer)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Transient("Jawaban ponsel SMS tidak dapat dibaca.", detail="no JSON object")
        return found

    def _refused(self, answer: Answer) -> Exception:
        if answer.status >= 500:
            # The app answers so when it broke down half way, too.
            return Ambiguous(
                "Ponsel SMS gagal menjawab saat menerima pesan.", detail=f"HTTP {answer.status}"
            )
        return self._client.refusal(answer)


def _recipients(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = message.get("recipients")
    return [it for it in found if isinstance(it, dict)] if isinstance(found, list) else []


def _reason(message: Mapping[str, Any]) -> str:
    words = [str(it.get("error") or "") for it in _recipients(message)]
    match = next((match for said in words if (match := _CODE.search(said))), None)
    return match[0] if match else str(message.get("state")).lower()
