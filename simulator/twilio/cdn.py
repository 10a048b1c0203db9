"""Where media really lies: another server, to which the account's key must never go.

https://www.twilio.com/docs/messaging/api/media-resource#fetch-a-media-resource
"""

from collections.abc import Mapping
from typing import Any

from simulator.faults import FaultPlan
from simulator.http import HttpDouble, Response
from simulator.journal import Journal
from simulator.request import Request
from simulator.twilio.model import Medium


class Cdn(HttpDouble):
    """Hands out what it was told of. Its journal says whether credentials came along."""

    gateway = "twilio-cdn"

    def __init__(self, journal: Journal, faults: FaultPlan) -> None:
        super().__init__(journal, faults)
        self.media: dict[str, Medium] = {}

    def offer(self, medium: Medium) -> str:
        """Its address from now on."""
        self.media[medium.sid] = medium
        return f"{self.url}/{medium.sid}"

    def name(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        """One method, `media.get`; `authorization` tells that the asker sent some."""
        came = "authorization" in request.headers
        return "media.get", {"sid": request.path.strip("/"), "authorization": came}

    def answer(self, request: Request) -> Response:
        """The bytes, for everybody who knows the address."""
        medium = self.media.get(request.path.strip("/"))
        if medium is None:
            return Response(status=404, body=b"", outcome="refused: 404", committed=False)
        return Response(status=200, body=medium.data, content_type=medium.content_type)

    def too_many(self, retry_after: int) -> Response:
        """A bare 429."""
        return Response(
            status=429, body=b"", outcome="fault: 429", committed=False,
            headers={"Retry-After": str(retry_after)},
        )  # fmt: skip
