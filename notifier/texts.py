"""What people in the team's chat read, by key and language."""

from collections.abc import Mapping
from types import MappingProxyType

from notifier import texts_en, texts_id
from pipeline.calendar import Lang

TEXTS: Mapping[Lang, Mapping[str, str]] = MappingProxyType(
    {"id": MappingProxyType(texts_id.TEXTS), "en": MappingProxyType(texts_en.TEXTS)}
)


def language(setting: str) -> Lang:
    """The language of a setting; Indonesian for what we do not speak."""
    return "en" if setting == "en" else "id"


def say(lang: Lang, key: str, /, **params: str | int) -> str:
    """The text of a key. A parameter `role` is a slug and is put into words.

    Raises KeyError for a key that does not exist.
    """
    if "role" in params:
        params["role"] = word(lang, "role", str(params["role"]))
    return TEXTS[lang][key].format_map(params)


def word(lang: Lang, kind: str, slug: str) -> str:
    """A slug in words; the slug itself where nobody has named it yet."""
    return TEXTS[lang].get(f"{kind}.{slug}", slug)
