"""An HTTP request, taken apart: whichever way its parameters were packed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

_NAME = re.compile(r'\b(name|filename)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came, whichever way the parameters were packed (query, form, JSON, multipart)."""

    verb: str
    path: str
    """Without query, unquoted."""
    headers: Mapping[str, str]
    """Names in lower case."""
    params: Mapping[str, Any]
    """Strings; from a JSON body whatever JSON holds."""
    files: Mapping[str, Upload] = field(default_factory=dict)


def unpack(content_type: str, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters and files of a body. Raises ValueError when it is not what its type says."""
    if not body:
        return {}, {}
    if content_type.startswith("application/json"):
        value = json.loads(body)
        return (value if isinstance(value, dict) else {}), {}
    if content_type.startswith("multipart/form-data"):
        return _multipart(content_type.partition("boundary=")[2].strip('"').encode(), body)
    return dict(parse_qsl(body.decode(), keep_blank_values=True)), {}


def _multipart(boundary: bytes, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    params: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.decode().split("\r\n"))
        }
        names = dict(_NAME.findall(lines.get("content-disposition", "")))
        if "filename" in names:
            kind = lines.get("content-type", "application/octet-stream")
            files[names["name"]] = Upload(names["filename"], kind, data)
        else:
            params[names["name"]] = data.decode()
    return params, files
