"""A wrong setting in words: which key, where, and how to mend it. Never its value."""

import os
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_EXAMPLES = {
    "int": "harus bilangan bulat tanpa tanda kutip",
    "float": "harus angka tanpa tanda kutip",
    "bool": "harus true atau false tanpa tanda kutip",
    "string": "harus teks dalam tanda kutip",
    "tuple": 'harus daftar, misalnya ["INBOX"]',
    "date": "harus tanggal seperti 2026-11-20",
    "datetime": "harus tanggal seperti 2026-11-20",
    "path": "harus nama berkas dalam tanda kutip",
}
"""The first word of pydantic's error types, and what is right instead."""


def explain(
    error: ValidationError, model: type[BaseModel], file: Path | None, document: dict[str, Any]
) -> str:
    """One Indonesian sentence about the first thing that is wrong."""
    found = error.errors(include_url=False, include_context=True, include_input=False)
    # A misspelt key also makes a missing one: the spelling is what has to be mended.
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    path = [part for part in first["loc"] if not str(part).startswith("function-")]
    several = isinstance(document.get(str(path[0])), list)
    fix = _fix(first, path, model)
    end = "" if fix.endswith("?") else "."
    return f"Setelan {_name(path, several)} {_where(path, file)}: {fix}{end}"


def _name(path: Sequence[int | str], several: bool) -> str:
    """('email', 1, 'port') is "[[email]] ke-2, port"; ('desk', 'quiet') is "[desk] quiet"."""
    section, rest = str(path[0]), [part for part in path[1:] if isinstance(part, str)]
    number = next((part for part in path[1:2] if isinstance(part, int)), None)
    label = f"[{section}]"
    if several and number is not None:
        label = f"[[{section}]] ke-{number + 1}," if rest else f"[[{section}]] ke-{number + 1}"
    return " ".join([label, *rest[:1]])


def _where(path: Sequence[int | str], file: Path | None) -> str:
    keys = [str(part) for part in path if isinstance(part, str)][:2]
    for depth in (2, 1):
        name = "TANGGAP_" + "__".join(keys[:depth]).upper()
        if any(variable.upper() == name for variable in os.environ):
            return f"(variabel lingkungan {name})"
    return f"di {file}" if file else "di tanggap.toml"


def _fix(first: Any, path: Sequence[int | str], model: type[BaseModel]) -> str:
    kind = str(first["type"])
    if kind == "missing":
        return f"belum diisi; tambahkan {path[-1]} = …"
    if kind == "extra_forbidden":
        known = _fields(model, path[:-1])
        near = get_close_matches(str(path[-1]), known, 1)
        return "tidak dikenal; " + (
            f"maksudnya {near[0]}?" if near else f"yang ada: {', '.join(known)}"
        )
    if kind == "value_error":
        return str(first["ctx"]["error"]).rstrip(".")
    if kind == "literal_error":
        return f"pilih salah satu: {str(first['ctx']['expected']).replace(' or ', ', ')}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"tulis sebagai bagian sendiri yang dimulai dengan [{path[0]}]"
    return _EXAMPLES.get(kind.split("_")[0], "nilainya tidak dapat dipakai")


def _fields(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """The keys there are at a place."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            inner = _model(model.model_fields[part].annotation)
            if inner is None:
                break
            model = inner
    return list(model.model_fields)


def _model(annotation: Any) -> type[BaseModel] | None:
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and not isinstance(one, UnionType) and issubclass(one, BaseModel):
            return one
    return None
