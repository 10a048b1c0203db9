"""What one Android phone is known by: where its app listens, and the app's user and password."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AndroidConfig:
    """One phone, as the `[[android]]` table of the settings describes it."""

    name: str
    """The account's name in the configuration."""
    base_url: str
    """Such as http://192.168.1.20:8080, as the app shows it."""
    user: str
    password: str = field(repr=False)
    number: str = ""
    """The SIM's own number, E.164."""
    timeout: float = 15.0
    """Seconds to connect, and seconds without a single byte."""
