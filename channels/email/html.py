"""HTML bodies as text: laid out by inscriptis, quotations found by selectolax.

Both are loaded on first use: most mail has a plain body as well.
"""

import re
from html import unescape
from typing import TYPE_CHECKING

from channels.email.quotes import QUOTE_MARK
from channels.text import clean

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_LAYOUT_LIMIT = 300_000
_HTML_LIMIT = 2_000_000
_UNSEEN = "head, style, script, template, noscript, title, object, iframe"
_QUOTING_CLASSES = {"yahoo_quoted", "zmail_extra", "protonmail_quote", "tutanota_quote"}
_QUOTATIONS = ", ".join(["blockquote", *(f".{name}" for name in sorted(_QUOTING_CLASSES))])
_INDENTED_ONLY = re.compile(r"border\s*:\s*(?:none|0)", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
_CLOSE_THEMSELVES = _EMPTY | {"dd", "dt", "li", "option", "p", "td", "th", "tr"}
_MANY_BREAKS = re.compile(r"\n{3,}")
_MAX_NESTING = 400
_MAX_TAGS_OPEN = 5_000
_MOST_QUOTATIONS = 200
_MARKER = "\u2060KUTIPAN\u2060"


def html_texts(html: str) -> tuple[str, str]:
    """The whole text of `html`, and the text with a mark in place of each quotation.

    Never raises; falls back to plainer ways where a library gives up or finds nothing.
    """
    html = clean(html[:_HTML_LIMIT]).replace("\xa0", " ")
    if _nesting(html) > _MAX_TAGS_OPEN:  # parsing takes time in the square of it
        return _without_tags(html)
    try:
        from selectolax.lexbor import LexborHTMLParser

        tree = LexborHTMLParser(html)
        for node in tree.css(_UNSEEN):
            node.decompose()
        whole = tree.html or ""
        bare = tree.body.text(separator="\n") if tree.body else ""
        if _nesting(whole) > _MAX_NESTING:
            return _tidy(bare), _tidy(bare)
        full = _laid_out(whole, bare)
        if not _mark_quotations(tree):
            return full, full
        bare = tree.body.text(separator="\n") if tree.body else ""
        return full, _laid_out(tree.html or "", bare).replace(_MARKER, f"\n{QUOTE_MARK}\n")
    except Exception:  # noqa: BLE001 - C parsers on hostile input; the raw mail is kept anyway
        return _without_tags(html)


def _without_tags(html: str) -> tuple[str, str]:
    plain = _tidy(unescape(_ANY_TAG.sub("\n", html)))
    return plain, plain


def _mark_quotations(tree: "LexborHTMLParser") -> bool:
    """Put the marker in place of every outermost quotation; whether there was any."""
    found = []
    for node in tree.css(_QUOTATIONS)[:_MOST_QUOTATIONS]:
        above = node.parent
        while above is not None and not _is_quotation(above):
            above = above.parent
        if above is None and not _INDENTED_ONLY.search(node.attributes.get("style") or ""):
            found.append(node)
    for node in found:
        node.replace_with(_MARKER)
    return bool(found)


def _is_quotation(node: "LexborNode") -> bool:
    classes = (node.attributes.get("class") or "").split()
    return node.tag == "blockquote" or not _QUOTING_CLASSES.isdisjoint(classes)


def _laid_out(html: str, bare: str) -> str:
    if len(html) <= _LAYOUT_LIMIT:
        from inscriptis import get_text

        text = _tidy(get_text(html))
        if text:
            return text
    return _tidy(bare)


def _nesting(html: str) -> int:
    """How deep elements lie at most: layout engines give up on, or choke at, thousands."""
    depth = deepest = 0
    for match in _TAG.finditer(html):
        if match[2].lower() not in _CLOSE_THEMSELVES:
            depth += -1 if match[1] else 1
            deepest = max(deepest, depth)
    return deepest


def _tidy(text: str) -> str:
    lines = (line.strip() for line in clean(text).split("\n"))
    return _MANY_BREAKS.sub("\n\n", "\n".join(lines)).strip()
