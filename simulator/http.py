"""The common ground of the gateways that speak HTTP: requests in, faults by plan, journal kept."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from simulator.faults import Action, Cut, FaultPlan, Moment, Refuse, Silence, TooMany
from simulator.journal import Journal
from simulator.net import LoopbackServer, Serving
from simulator.request import Request, unpack


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What goes back, and what the journal shall say about it."""

    status: int
    body: bytes
    content_type: str = "application/json"
    outcome: str = "ok"
    committed: bool = True
    result: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Besides Content-Type and Content-Length."""


def json_response(status: int, value: Any, **about: Any) -> Response:
    """A Response whose body is JSON; `about` are Response's own fields."""
    return Response(status=status, body=json.dumps(value).encode(), **about)


class HttpDouble(Serving):
    """A gateway on 127.0.0.1, one thread a connection. A context manager; `url` once entered."""

    gateway: ClassVar[str]

    def __init__(self, journal: Journal, faults: FaultPlan) -> None:
        super().__init__()
        self.journal = journal
        self.faults = faults

    @abstractmethod
    def name(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        """The method's name and the parameters, without secrets, for plan and journal."""

    @abstractmethod
    def answer(self, request: Request) -> Response:
        """Do what was asked. May block until `stopping` is set."""

    @abstractmethod
    def too_many(self, retry_after: int) -> Response:
        """How this gateway says that it was too much."""

    @property
    def url(self) -> str:
        """Scheme, host and port, no slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def server(self) -> LoopbackServer:
        """Hands each request to `serve`."""
        return _Server(self)

    def serve(self, request: Request) -> tuple[Response | None, Action | None]:
        """One request through journal and plan; no response means: close without a word."""
        method, params = self.name(request)
        seq = self.journal.receive(self.gateway, method, params)
        action = self.faults.meet(self.gateway, method, params)
        if isinstance(action, Cut) and action.when is Moment.RECEIPT:
            self.journal.finish(seq, f"fault: cut {action.when}")
            return None, action
        if isinstance(action, Silence):
            self.journal.finish(seq, "fault: silence")
            self.stopping.wait(action.seconds)
            return None, None
        if isinstance(action, Refuse | TooMany):
            response = self._refusal(action)
            self.journal.finish(seq, response.outcome)
            return response, None
        response = self.answer(request)
        cut = f"fault: cut {action.when}; " if isinstance(action, Cut) else ""
        self.journal.finish(
            seq, cut + response.outcome, committed=response.committed, result=response.result
        )
        if isinstance(action, Cut) and action.when is Moment.COMMIT:
            return None, action
        return response, action

    def _refusal(self, action: Refuse | TooMany) -> Response:
        if isinstance(action, TooMany):
            return self.too_many(action.retry_after)
        page = f"<html><head><title>{action.status} {action.text}</title></head></html>"
        return Response(
            status=action.status,
            body=page.encode(),
            content_type="text/html",
            outcome=f"fault: status {action.status}",
            committed=False,
        )


class _Server(LoopbackServer):
    def __init__(self, double: HttpDouble) -> None:
        self.double = double
        super().__init__(_Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
        """Nothing on the terminal: the journal has it all."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            params, files = unpack(headers.get("content-type", ""), body)
        except ValueError:
            self._write(Response(status=400, body=b"broken body", content_type="text/plain"))
            return
        request = Request(
            verb=self.command,
            path=unquote(split.path),
            headers=headers,
            params={**dict(parse_qsl(split.query, keep_blank_values=True)), **params},
            files=files,
        )
        response, action = self.server.double.serve(request)
        if response is not None:
            self._write(response)
        if isinstance(action, Cut) and action.strike is not None:
            action.strike()
        if response is None or isinstance(action, Cut):
            self.close_connection = True

    def _write(self, response: Response) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
        head = (
            f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n{more}"
            f"Content-Type: {response.content_type}\r\nContent-Length: {len(response.body)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + response.body)
