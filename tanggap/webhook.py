"""The entrance for providers that call instead of being asked: `POST /hook/ACCOUNT`.

It listens on loopback; what stands before it (a reverse proxy, a tunnel) brings the calls from
the internet. A call is believed for its signature alone, whatever name, address or path it came
by, and is answered only when its message is safe in the database.
"""

import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl

import structlog

from channels.base import Hook, Receives
from channels.errors import AuthFailed, ChannelError
from ingest import receiver
from pipeline.ports import Context, Office
from tanggap.bounded import Answer, BoundedServer, Limits, Question
from tanggap.settings import Settings

LIMITS = Limits(connections=8, body_bytes=64 * 1024, seconds=10.0)
_FORM = "application/x-www-form-urlencoded"
_FIELDS = 200

log = structlog.get_logger(__name__)


class _Target(NamedTuple):
    office: Office
    account: str
    channel: Receives


class Entrance:
    """Listens from the moment it is made. Raises UserError where the address is taken."""

    def __init__(
        self, settings: Settings, ctx: Context, stop: threading.Event, limits: Limits = LIMITS
    ) -> None:
        self._ctx = ctx
        self._targets = targets(ctx.offices)
        self._server = BoundedServer(
            "webhook",
            settings.webhook.address,
            self._answer,
            stop,
            methods=("POST",),
            limits=limits,
        )

    @property
    def url(self) -> str:
        """Where it is, with the port that was chosen when 0 was asked for."""
        return self._server.url

    def run(self) -> None:
        """Serve until stopped."""
        self._server.run()

    def _answer(self, question: Question) -> Answer:
        target = self._targets.get(question.path)
        if target is None:
            return Answer(HTTPStatus.NOT_FOUND)
        if question.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return Answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        try:
            form = parse_qsl(
                question.body.decode(),
                keep_blank_values=True,
                strict_parsing=True,
                max_num_fields=_FIELDS,
            )
        except ValueError:  # also bytes that are no UTF-8
            return Answer(HTTPStatus.BAD_REQUEST)
        return self._taken(target, question, form)

    def _taken(self, target: _Target, question: Question, form: list[tuple[str, str]]) -> Answer:
        hook = Hook(path=question.path, headers=question.headers, form=form, now=self._ctx.clock())
        try:
            receiver.take(self._ctx, target.office, target.account, target.channel, hook)
        except AuthFailed:
            log.warning("webhook.refused", account=target.account)
            return Answer(HTTPStatus.FORBIDDEN)
        except ChannelError as error:
            log.warning("webhook.failed", account=target.account, detail=error.detail)
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)
        except Exception as error:  # noqa: BLE001  (the provider tries again; polling finds it)
            log.error("webhook.bug", account=target.account, error=type(error).__name__)
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)
        # No content: to Twilio a text would be an answer for the citizen.
        return Answer(HTTPStatus.NO_CONTENT)


def targets(offices: Mapping[int, Office]) -> dict[str, _Target]:
    """Path → who takes it; the facility stands in it where there are several."""
    several = len(offices) > 1
    return {
        f"/hook/{office.slug}/{name}" if several else f"/hook/{name}": _Target(
            office, name, channel
        )
        for office in offices.values()
        for name, channel in office.channels.items()
        if isinstance(channel, Receives)
    }
