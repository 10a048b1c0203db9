"""An answer leaves, the citizen's mail server sends it back: the running desk, from the outside."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.telegram.model import Seen
from tests.faults.site import Site, dovecot
from tests.faults.team import Team
from tests.pipeline.mail_desk import bounced, mail

CITIZEN = "wati@hilang.example"
CAME_BACK = "gagal dikirim: suratnya kembali. Kotak suratnya penuh (5.2.2)."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    with dovecot() as server, Site(folder, server) as made, Team(made):
        yield made


def told(site: Site, who: str, words: str) -> Seen:
    """The private message with these words, once it is there."""
    end = time.monotonic() + 30
    while True:
        found = [it for it in site.people[who].private.messages() if words in it.text]
        if found:
            return found[-1]
        assert time.monotonic() < end, f"{who} is never told {words!r}"
        with site.telegram.world.changed:
            site.telegram.world.changed.wait(0.1)


def lines(site: Site, *words: str) -> list[dict[str, Any]]:
    printed = site.command("register", "--json", *words)
    return [json.loads(line) for line in printed.splitlines()]


def test_a_bounce_is_told_with_its_reason_and_stands_in_the_register(site: Site) -> None:
    site.receive(mail(CITIZEN, "Loketnya tutup.", Message_ID="<wati@hilang.example>"))
    letter = site.mail.wait_for(CITIZEN, timeout=60)
    told(site, "coordinator", "📨 Diterima gateway")
    site.receive(bounced(letter, "5.2.2", diagnostic="552 5.2.2 mailbox full"))
    for who in ("clerk", "coordinator"):
        text = told(site, who, CAME_BACK).text
        assert "[Kirim ulang] besok" in text
        assert "Aduan ini masih harus dijawab; batas " in text
        assert CITIZEN not in text
    buttons = told(site, "coordinator", CAME_BACK).buttons
    assert [button.text for button in buttons] == ["Kirim ulang"]
    site.rest()
    [line] = lines(site)
    assert [reply["state"] for reply in line["replies"]] == ["failed"]
    assert (line["status"], line["replied_at"]) == ("taken", None)
    group = " ".join(seen.text for seen in site.group.messages())
    assert "wati" not in group
    assert CITIZEN not in (site.folder / "log").read_text()
    # What a stranger's server sends back is set aside, listed, and nobody's business.
    forged = bounced(letter, key="asing").replace(letter.message_id.encode(), b"x@asing.example")
    site.receive(forged)
    end = time.monotonic() + 30
    while not (aside := [it for it in lines(site, "--all") if it["number"] is None]):
        assert time.monotonic() < end
    assert [it["external_ids"] for it in aside] == [["asing@mx.contoh.example"]]
    assert len(site.mail.letters()) == 1
