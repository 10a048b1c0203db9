"""Adapters classify, the pipeline retries: what a gateway's refusal means for the next step.

Every text here is for staff: Indonesian, one sentence, what to do next, and no citizen's name,
number or words. Details for engineers go into `detail`, under the same rule.
"""


class ChannelError(Exception):
    """A gateway did not do what was asked."""

    def __init__(self, text: str, *, detail: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.detail = detail


class Transient(ChannelError):
    """It was definitely not done and may work later. Never disables a channel."""

    def __init__(self, text: str, *, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(text, detail=detail)
        self.retry_after = retry_after
        """Seconds the provider asked us to wait, if it said."""


class Permanent(ChannelError):
    """It was definitely not done and will never work as it stands."""


class WindowClosed(Permanent):
    """The provider's time to answer is over; another route is needed."""


class OptedOut(Permanent):
    """The citizen told the gateway to let nothing through."""


class AuthFailed(ChannelError):
    """The account's credentials are refused: an alarm for the team, not a tight retry."""


class Ambiguous(ChannelError):
    """Nobody knows whether it was done. Never simply sent again."""
