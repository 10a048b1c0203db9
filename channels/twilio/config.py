"""What one Twilio account needs to be known by: its keys, its senders, its template."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

API = "https://api.twilio.com"
CONTENT = "https://content.twilio.com"
WHATSAPP = "whatsapp:"
"""What stands before the number in a WhatsApp address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioConfig:
    """One account, as the `[[twilio]]` table of the settings describes it."""

    name: str
    """The account's name in the configuration."""
    account_sid: str
    auth_token: str = field(repr=False)
    whatsapp: str = ""
    """Our WhatsApp sender, E.164; empty: no WhatsApp on this account."""
    sms: str = ""
    """Our SMS number, E.164; empty: no SMS on this account."""
    base_url: str = API
    content_url: str = ""
    """Where templates are asked for; empty: Twilio's own host, or `base_url` where that is not."""
    template: str = ""
    """Content SID (HX…) of the approved template "Tanggapan {{1}} siap, balas LIHAT"."""
    webhook_url: str = ""
    """Our public address as Twilio calls it; empty: nothing is received by webhook."""
    timeout: float = 15.0
    """Seconds to connect, and seconds without a single byte."""

    @property
    def content_base(self) -> str:
        """`content_url` or what follows from `base_url`."""
        return self.content_url or (CONTENT if self.base_url == API else self.base_url)

    @property
    def senders(self) -> dict[str, str]:
        """Stream (whatsapp, sms) → our own address in Twilio's words, of what is configured."""
        both = {"whatsapp": WHATSAPP + self.whatsapp if self.whatsapp else "", "sms": self.sms}
        return {stream: address for stream, address in both.items() if address}

    @property
    def on_loopback(self) -> bool:
        """Whether the gateway is a double on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def medium(address: str) -> str:
    """`whatsapp` or `sms`: what an address in Twilio's words is of."""
    return "whatsapp" if address.startswith(WHATSAPP) else "sms"
