"""The first counting: from what the gateways kept, and nothing else.

A finished run leaves, beside the database: `gateways.jsonl` (every request to the doubles, and
every mail and message that was put in), `imap/FOLDER/*.eml` (what lay in the IMAP server at the
end), `kotak-surat/ADDRESS` (a Maildir a citizen) and `ponsel.jsonl` (what arrived on phones).
"""

import hashlib
import html
import json
import mailbox
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

_NUMBER = re.compile(r"ADU-\d{4}-(\d+)")
_TAG = re.compile(r"<[^>]+>")
_POSTED = ("sendMessage", "editMessageText")
_ASIDE = ("automatic", "list", "junk")
_BY_HAND = re.compile(r"Tercatat dengan nomor (\S+?)\.?\n")
_CARRIED = re.compile(r"Balasan untuk (\S+) sudah disampaikan")
_UNDONE = re.compile(r"dibatalkan dan tidak dikirim\.\n(\S+)")


def tally(folder: Path) -> dict[str, list[str]]:
    """Label → what the gateways say there is. The labels are those of `ledger.tally`."""
    entries = list(_done(folder))
    put = [entry["params"] for entry in entries if entry["gateway"] == "imap"]
    group, private = _chats(entries)
    numbers = sorted({found[0] for text in group for found in _NUMBER.finditer(text)})
    said = "\n".join(private) + "\n"
    found = list(_letters(folder))
    letters = [(to, mail) for to, mail in found if not mail["Auto-Submitted"]]
    automatic = [(to, mail) for to, mail in found if mail["Auto-Submitted"]]
    return {
        "Surat di server, masing-masing satu nasib": [_digest(raw) for raw in _in_server(folder)],
        **(_by_kind(put) if all(it["kind"] for it in put) else _differing(folder)),
        "Nomor aduan pada kartu grup": numbers,
        "Nomor urut tanpa lubang": [f"{serial:04}" for serial, _ in enumerate(numbers, 1)],
        "Dicatat petugas (/catat)": sorted(set(_BY_HAND.findall(said))),
        "Balasan di kotak surat warga": [
            f"{to} {_id(mail, 'Message-ID')} ↩ {_id(mail, 'In-Reply-To')}" for to, mail in letters
        ],
        "Balasan sampai pada pengirim aduannya": list(_rightful(letters, put)),
        "Teks otomatis di kotak surat warga": [
            f"{to} {_id(mail, 'Message-ID')}" for to, mail in automatic
        ],
        **_by_phone(folder, entries),
        "Balasan disampaikan petugas": sorted(set(_CARRIED.findall(said))),
        "Balasan dibatalkan": sorted(set(_UNDONE.findall(said))),
    }


def group_texts(folder: Path) -> list[str]:
    """Every text that was accepted for a group, as people read it."""
    return _chats(_done(folder))[0]


def _by_phone(folder: Path, entries: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What was said and heard on telephones."""
    said = [entry["params"] for entry in entries if entry["gateway"] == "phone"]
    kept = folder / "ponsel.jsonl"
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    received = [json.loads(line) for line in lines]
    # Each of them has one trouble, whatever they say about it.
    first: dict[str, str] = {}
    for it in said:
        first.setdefault(it["from"], it["text"])
    return {
        "Pesan warga lewat WhatsApp dan SMS, di aduannya": [
            f"{it['channel']} {it['from']} {_mark(it['text'])} → {_mark(first[it['from']])}"
            for it in said
        ],
        "Pesan kita di ponsel warga": [
            f"{it['channel']} {it['to']} {_mark(it['text'])}" for it in received
        ],
        "Sampai atau dibaca, menurut gateway": [
            f"{it['id']} {it['state']}" for it in received if it["state"] in ("delivered", "read")
        ],
    }


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _done(folder: Path) -> Iterator[Mapping[str, Any]]:
    for line in (folder / "gateways.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["committed"]:
            yield entry


def _chats(entries: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """What was posted in groups, and in private: a group's id is negative."""
    chats: tuple[list[str], list[str]] = ([], [])
    for entry in entries:
        if entry["gateway"] == "telegram" and entry["method"] in _POSTED:
            text = html.unescape(_TAG.sub("", str(entry["params"]["text"])))
            chats[int(entry["params"]["chat_id"]) > 0].append(text)
    return chats


def _by_kind(put: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What each mail is, as whoever put it in says."""
    first: dict[str, Mapping[str, Any]] = {}
    twins = []
    for mail in put:
        if mail["kind"] == "duplicate" or mail["sha256"] in first:
            twins.append(mail["sha256"][:12])
        else:
            first[mail["sha256"]] = mail
    by_id: dict[str, Mapping[str, Any]] = {}
    for mail in first.values():
        by_id.setdefault(mail["message_id"], mail)

    def beginning(mail: Mapping[str, Any]) -> str:
        """The first mail of the case: a follow-up may answer a follow-up."""
        while mail["joins"]:
            mail = by_id[mail["joins"]]
        return str(mail["sha256"])[:12]

    return {
        "Surat warga, masing-masing di satu aduan": [
            digest[:12] for digest, mail in first.items() if mail["kind"] == "human"
        ],
        "Surat kembar": twins,
        "Disisihkan (otomatis, milis, spam)": [
            f"{mail['kind']} {digest[:12]}"
            for digest, mail in first.items()
            if mail["kind"] in _ASIDE
        ],
        "Surat kembali (pantulan)": [
            digest[:12] for digest, mail in first.items() if mail["kind"] == "bounce"
        ],
        "Susulan yang bergabung sendiri": [
            f"{digest[:12]} → {beginning(mail)}" for digest, mail in first.items() if mail["joins"]
        ],
    }


def _differing(folder: Path) -> dict[str, list[str]]:
    """Nobody knows what somebody's own mails are; only which of them differ, in what a person
    reads of them, whatever way they came.
    """
    first: dict[tuple[str, ...], str] = {}
    for raw in _in_server(folder):
        mail = message_from_bytes(raw)
        body = raw.partition(b"\r\n\r\n")[2].rstrip().decode("latin-1")
        names = ("Message-ID", "From", "Date", "Subject")
        first.setdefault((*(_id(mail, name) for name in names), body), _digest(raw))
    return {"Surat yang berbeda": list(first.values())}


def _in_server(folder: Path) -> Iterator[bytes]:
    for path in sorted((folder / "imap").rglob("*.eml")):
        yield path.read_bytes()


def _letters(folder: Path) -> Iterator[tuple[str, Message]]:
    """(address, mail) of everything that lies in the citizens' mailboxes."""
    root = folder / "kotak-surat"
    for place in sorted(root.iterdir()) if root.exists() else ():
        box = mailbox.Maildir(place, create=False)
        for key in box.keys():  # noqa: SIM118  (a mailbox iterates over its mails)
            yield place.name, message_from_bytes(box.get_bytes(key))


def _rightful(
    letters: Iterable[tuple[str, Message]], put: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """For every answer in a mailbox: the mail that it answers, and who had sent that one."""
    senders: dict[str, set[str]] = {}
    for mail in put:
        senders.setdefault(mail["message_id"], set()).add(mail["from"].lower())
    for to, answer in letters:
        if parent := _id(answer, "In-Reply-To"):
            known = senders.get(parent, {"?"})
            yield f"{parent} → {to if to in known else min(known)}"


def _id(mail: Message, header: str) -> str:
    return str(mail[header] or "").strip().strip("<>")


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:12]
