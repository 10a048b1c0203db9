"""How Twilio says no: one shape for every refusal, one number for every reason.

https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions
https://www.twilio.com/docs/api/errors
"""

from collections.abc import Mapping
from typing import Any

MEANING: Mapping[int, str] = {
    20001: "Unknown or invalid parameter",
    20003: "Authenticate",
    20004: "Method not allowed",
    20007: "Page size too large",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Phone Number",
    21603: "A 'From' phone number is required",
    21604: "A 'To' phone number is required",
    21606: "The 'From' number is not a valid phone number for this account",
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21619: "A text message body or media urls must be specified",
    21620: "Invalid media URL(s)",
    21654: "A ContentSid must be specified if ContentVariables are provided",
    21655: "The ContentSid parameter is invalid",
    21656: "The ContentVariables parameter is invalid",
    21703: "The Messaging Service does not exist",
    21910: "'From' and 'To' must be of the same channel",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    63003: "Channel could not find To address",
    63007: "Could not find a Channel with the specified From address",
    63016: "Failed to send freeform message because you are outside the allowed window",
    63018: "Rate limit exceeded for channel",
    63021: "Channel invalid content error",
    63024: "Invalid message recipient",
    63040: "Template rejected",
    63041: "Template paused",
    63042: "Template disabled",
}
"""What the numbers mean that this double says of its own accord."""

_STATUS: Mapping[int, int] = {20003: 401, 20004: 405, 20404: 404, 20429: 429}


class ApiError(Exception):
    """A refusal, HTTP 400 unless the number says otherwise."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.status = _STATUS.get(code, 400)
        meaning = MEANING.get(code, "Unknown error")
        self.message = f"{meaning}: {detail}" if detail else meaning
        super().__init__(f"{code} {self.message}")

    def json(self) -> dict[str, Any]:
        """The answer's body."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
