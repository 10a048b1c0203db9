"""The Android double, asked over plain HTTP as the app's own server is."""

import base64
import http.client
import json
from typing import Any
from urllib.parse import urlencode

from simulator.android import AndroidDouble

ANI = "+6281234560001"


def ask(
    android: AndroidDouble, verb: str, path: str, body: Any = None, password: str = ""
) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON (None for an empty body) and headers in lower case."""
    keys = base64.b64encode(f"{android.user}:{password or android.password}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", android.port, timeout=20)
    try:
        head = {"Authorization": f"Basic {keys}", "Content-Type": "application/json"}
        connection.request(verb, path, None if body is None else json.dumps(body), head)
        response = connection.getresponse()
        data = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, json.loads(data) if data else None, headers
    finally:
        connection.close()


def send(android: AndroidDouble, **fields: Any) -> tuple[int, Any]:
    body = {"phoneNumbers": [ANI], "textMessage": {"text": "Terima kasih."}, **fields}
    status, answer, _ = ask(android, "POST", "/messages", body)
    return status, answer


def inbox(android: AndroidDouble, **params: Any) -> tuple[int, Any, dict[str, str]]:
    return ask(android, "GET", f"/inbox?{urlencode(params)}")


def texts(rows: Any) -> list[str]:
    return [it["contentPreview"] for it in rows]
